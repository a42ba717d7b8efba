package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Philox;

/**
 * Random numbers and dropout, by {@link Philox}: element i, in row-major order, takes word i.
 *
 * <p>A task makes the words of a piece of its elements, which stay in the first-level cache, and then uses them up.
 */
final class DropoutKernel {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final int PIECE = 2048;
    private static final int WORDS_PER_BLOCK = 4;

    private DropoutKernel() {
    }

    static void dropout(Tensor out, Tensor x, double p, long seed, long call) {
        int threshold = threshold(p);
        float scale = scale(p);
        long o = out.address();
        long a = x.address();
        withWords(out.numel(), seed, call,
                (first, words, n) -> ROWS.dropout(o + 4 * first, a + 4 * first, words, threshold, scale, n));
    }

    /** What a word's upper 24 bits must reach for its element to be kept: uniform(word) >= p, in integers. */
    static int threshold(double p) {
        return (int) Math.ceil(p * 0x1p24);
    }

    /** What a kept element is multiplied with. */
    static float scale(double p) {
        return (float) (1 / (1 - p));
    }

    static void uniform(Tensor out, long seed, long call, double from, double to) {
        float start = (float) from;
        float range = (float) (to - from);
        long o = out.address();
        withWords(out.numel(), seed, call,
                (first, words, n) -> ROWS.uniform(o + 4 * first, words, start, range, n));
    }

    static void normal(Tensor out, long seed, long call, double mean, double std) {
        long o = out.address();
        withWords(out.numel(), seed, call, (first, words, n) -> {
            for (int i = 0; i < n; i++) {
                // Two neighbours share the two words of their pair; the words are there even where the second is not.
                long pair = words + 4L * (i & ~1);
                double number = Philox.normal(NativeMemory.ALL.get(JAVA_INT_UNALIGNED, pair),
                        NativeMemory.ALL.get(JAVA_INT_UNALIGNED, pair + 4), (i & 1) == 1);
                FusedRows.set(o + 4 * (first + i), (float) (mean + std * number));
            }
        });
    }

    @FunctionalInterface
    private interface PieceBody {
        /** Does n elements, with their random words at the given address; first is a multiple of {@link #PIECE}. */
        void run(long first, long words, int n);
    }

    private static void withWords(long numel, long seed, long call, PieceBody body) {
        long bytes = (long) PIECE * Integer.BYTES;
        WorkerPool.global().parallelFor(numel, FusedRows.TASK_ELEMENTS, (from, to) -> {
            long words = SlabAllocator.global().allocate(bytes);
            try {
                for (long first = from; first < to; first += PIECE) {
                    int n = (int) Math.min(PIECE, to - first);
                    ROWS.philox(words, seed, call, first / WORDS_PER_BLOCK, Math.ceilDiv(n, WORDS_PER_BLOCK));
                    body.run(first, words, n);
                }
            } finally {
                SlabAllocator.global().free(words, bytes);
            }
        });
    }
}
