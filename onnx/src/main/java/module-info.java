/** Reads ONNX models and runs them on tensors. */
module org.jacobi.onnx {
    requires com.google.protobuf;
    requires transitive org.jacobi.tensor;

    exports org.jacobi.onnx;
}
