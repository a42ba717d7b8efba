/**
 * Benchmarks of Jacobi, beside official PyTorch where it is built in: {@code ./jacobi bench}, as docs/benchmarks.md says.
 *
 * <p>{@link org.jacobi.bench.OpTable} and {@link org.jacobi.bench.TrainTable} say what is measured; a fork of JMH
 * measures one {@link org.jacobi.bench.Case} on one {@link org.jacobi.bench.Side}. PyTorch's side stands in
 * {@code src/peers}, which only the Maven profile {@code peers} compiles.
 */
package org.jacobi.bench;
