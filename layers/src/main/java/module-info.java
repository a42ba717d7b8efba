/** Layers, losses, optimizers and schedules; data: sets, loaders, tables, images and sounds; training and metrics. */
module org.jacobi.layers {
    requires com.fasterxml.jackson.databind;
    requires com.google.protobuf;
    requires de.siegmar.fastcsv;
    requires java.desktop;
    requires java.xml;
    requires me.tongfei.progressbar;
    requires transitive org.jacobi.autograd;
    requires xchart;

    exports org.jacobi.layers;
    exports org.jacobi.layers.audio;
    exports org.jacobi.layers.data;
    exports org.jacobi.layers.init;
    exports org.jacobi.layers.loss;
    exports org.jacobi.layers.metrics;
    exports org.jacobi.layers.optim;
    exports org.jacobi.layers.recurrent;
    exports org.jacobi.layers.tabular;
    exports org.jacobi.layers.train;
    exports org.jacobi.layers.train.report;
    exports org.jacobi.layers.vision;
    exports org.jacobi.layers.vision.models;

    // trainer.json is read into records.
    opens org.jacobi.layers.train to com.fasterxml.jackson.databind;
}
