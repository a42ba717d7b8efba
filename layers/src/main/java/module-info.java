/** Layers, initialisation, optimizers and schedules. */
module org.jacobi.layers {
    requires com.fasterxml.jackson.databind;
    requires com.google.protobuf;
    requires java.desktop;
    requires me.tongfei.progressbar;
    requires transitive org.jacobi.autograd;
    requires xchart;

    exports org.jacobi.layers;
    exports org.jacobi.layers.data;
    exports org.jacobi.layers.init;
    exports org.jacobi.layers.loss;
    exports org.jacobi.layers.metrics;
    exports org.jacobi.layers.optim;
    exports org.jacobi.layers.train;
    exports org.jacobi.layers.train.report;

    // trainer.json is read into records.
    opens org.jacobi.layers.train to com.fasterxml.jackson.databind;
}
