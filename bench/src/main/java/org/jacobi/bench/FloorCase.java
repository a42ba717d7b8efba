package org.jacobi.bench;

import java.util.Arrays;
import java.util.List;

import org.jacobi.natives.OpenBlas;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * The matrix products of a training step and nothing else: what a step costs that spends no time on anything but BLAS.
 *
 * <p>The products are plain calls of OpenBLAS's cblas_sgemm, none of our kernels, on operands that stay in the cache. A
 * product that occurs by itself is cut into as many parts as there are threads, by rows or by columns, whichever was
 * faster when it was tried; of a product that occurs many times at once the threads do whole ones.
 *
 * @param step     the training step
 * @param products all its products: of the forward, and two for each of them in the backward
 */
record FloorCase(TrainCase step, List<Product> products) implements Case {
    /** How often each way to cut a product is tried. */
    private static final int TRIALS = 100;

    /**
     * C (m, n) = op(A) (m, k) op(B) (k, n).
     *
     * @param atOnce how many independent ones there are at once, as for the heads of an attention
     * @param times  how often in a step
     */
    record Product(boolean transA, boolean transB, int m, int n, int k, int atOnce, int times) {
        double flop() {
            return 2.0 * m * n * k * atOnce * times;
        }

        /** Returns this product, which computes y = x wᵀ, and those that give the gradients of x and of w. */
        static List<Product> withBackward(int rows, int in, int out, int atOnce, int times) {
            return List.of(new Product(false, true, rows, out, in, atOnce, times),
                    new Product(false, false, rows, in, out, atOnce, times),
                    new Product(true, false, out, in, rows, atOnce, times));
        }
    }

    @Override
    public String name() {
        return step.name() + "-floor";
    }

    @Override
    public Group group() {
        return step.group();
    }

    @Override
    public double flop() {
        return products.stream().mapToDouble(Product::flop).sum();
    }

    @Override
    public double bytes() {
        return 0;
    }

    @Override
    public List<Input> inputs() {
        return List.of();
    }

    @Override
    public double secondsAnIteration() {
        return step.secondsAnIteration();
    }

    /** Nothing of it is compiled in Java but the calls. */
    @Override
    public double warmupSeconds() {
        return 2 * secondsAnIteration();
    }

    @Override
    public Work ours(Tensor[] inputs) {
        return new Calls();
    }

    private final class Calls implements Work {
        private final Tensor a = operand(products.stream().mapToLong(p -> (long) p.m() * p.k()).max().orElseThrow());
        private final Tensor b = operand(products.stream().mapToLong(p -> (long) p.k() * p.n()).max().orElseThrow());
        /** A result for each thread that does whole products. */
        private final Tensor c = operand(products.stream()
                .mapToLong(p -> (long) p.m() * p.n() * Math.min(p.atOnce(), threads())).max().orElseThrow());
        private final boolean[] byRows = new boolean[products.size()];

        Calls() {
            for (int i = 0; i < byRows.length; i++) {
                Product product = products.get(i);
                byRows[i] = median(product, true) <= median(product, false);
            }
        }

        private static Tensor operand(long numbers) {
            return Tensor.randn(new Generator(1), numbers);
        }

        private static int threads() {
            return WorkerPool.global().threads();
        }

        private long median(Product product, boolean rows) {
            long[] nanos = new long[TRIALS];
            for (int i = 0; i < TRIALS; i++) {
                long start = System.nanoTime();
                compute(product, rows);
                nanos[i] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            return nanos[TRIALS / 2];
        }

        private void compute(Product p, boolean rows) {
            long x = a.address();
            long y = b.address();
            long z = c.address();
            if (p.atOnce() > 1) {
                long share = Math.ceilDiv(p.atOnce(), threads());
                WorkerPool.global().parallelFor(p.atOnce(), share, (from, to) -> {
                    for (long i = from; i < to; i++) {
                        sgemm(p, p.m(), p.n(), x, y, z + from / share * p.m() * p.n() * Float.BYTES);
                    }
                });
                return;
            }
            int side = rows ? p.m() : p.n();
            WorkerPool.global().parallelFor(side, Math.ceilDiv(side, threads()), (from, to) -> {
                int length = (int) (to - from);
                if (rows) {
                    sgemm(p, length, p.n(), x + from * (p.transA() ? 1 : p.k()) * Float.BYTES, y,
                            z + from * p.n() * Float.BYTES);
                } else {
                    sgemm(p, p.m(), length, x, y + from * (p.transB() ? p.k() : 1) * Float.BYTES,
                            z + from * Float.BYTES);
                }
            });
        }

        private static void sgemm(Product p, int m, int n, long x, long y, long z) {
            OpenBlas.sgemm(p.transA(), p.transB(), m, n, p.k(), 1, x, p.transA() ? p.m() : p.k(), y,
                    p.transB() ? p.k() : p.n(), 0, z, p.n());
        }

        @Override
        public void run() {
            for (int i = 0; i < byRows.length; i++) {
                Product product = products.get(i);
                for (int time = 0; time < product.times(); time++) {
                    compute(product, byRows[i]);
                }
            }
        }

        @Override
        public List<float[]> results() {
            run();
            return List.of(c.toFloatArray());
        }
    }
}
