/** Automatic differentiation. */
module org.jacobi.autograd {
    requires transitive org.jacobi.tensor;

    exports org.jacobi.autograd;
    exports org.jacobi.autograd.graph;
}
