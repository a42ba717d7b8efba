/** Needed on the module path only; a project on the class path leaves this file out. */
module hello.transformer {
    requires org.jacobi.transformer;
}
