/** JMH benchmarks: start them with {@code java -jar bench/target/jacobi-bench-*.jar}, as docs/architecture.md says. */
package org.jacobi.bench;
