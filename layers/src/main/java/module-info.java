/** Layers, initialisation, optimizers, schedules, and data: sets, loaders, tables, images and sounds. */
module org.jacobi.layers {
    requires transitive org.jacobi.autograd;
    requires de.siegmar.fastcsv;
    requires java.desktop;
    requires java.xml;

    exports org.jacobi.layers;
    exports org.jacobi.layers.audio;
    exports org.jacobi.layers.data;
    exports org.jacobi.layers.init;
    exports org.jacobi.layers.optim;
    exports org.jacobi.layers.tabular;
    exports org.jacobi.layers.vision;
}
