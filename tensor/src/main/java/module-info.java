/** Tensors, who frees them, the kernels that work on them, and their files. */
module org.jacobi.tensor {
    requires com.fasterxml.jackson.core;
    requires jdk.incubator.vector;
    requires org.jacobi.natives;

    exports org.jacobi.tensor;
    exports org.jacobi.tensor.backend;
    exports org.jacobi.tensor.backend.reference;
    exports org.jacobi.tensor.io;
    exports org.jacobi.tensor.profile;
}
