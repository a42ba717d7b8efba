/** Memory blocks, worker threads, calls of OpenBLAS, and what the machine is. */
module org.jacobi.natives {
    // Where they are missing at run time, products are computed in Java and OpenBlas says why.
    requires static org.bytedeco.javacpp;
    requires static org.bytedeco.openblas;

    exports org.jacobi.natives;
    exports org.jacobi.natives.cuda;
}
