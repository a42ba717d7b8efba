/** Layers, initialisation, optimizers and schedules. */
module org.jacobi.layers {
    requires transitive org.jacobi.autograd;

    exports org.jacobi.layers;
    exports org.jacobi.layers.data;
    exports org.jacobi.layers.init;
    exports org.jacobi.layers.optim;
    exports org.jacobi.layers.vision.models;
}
