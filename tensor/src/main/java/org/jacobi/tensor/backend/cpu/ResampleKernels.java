package org.jacobi.tensor.backend.cpu;

import java.util.Arrays;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** Weighted sums along an axis: of whole rows where others follow the axis, and within a row along the last one. */
final class ResampleKernels {
    private static final WindowRows ROWS = Simd.windowRows();
    /** The shortest run that is worth a call of its own. */
    private static final int SHORTEST = 4;

    private ResampleKernels() {
    }

    /** out and x are contiguous. */
    static void resample(Tensor out, Tensor x, int axis, Taps taps) {
        int count = taps.start(taps.outputs());
        int[] sources = new int[count];
        float[] weights = new float[count];
        Arrays.setAll(sources, taps::source);
        for (int tap = 0; tap < count; tap++) {
            weights[tap] = (float) taps.weight(tap);
        }
        long inner = 1;
        for (int i = axis + 1; i < x.rank(); i++) {
            inner *= x.size(i);
        }
        if (out.numel() == 0) {
            return;
        }
        if (inner == 1) {
            alongRows(out, x, taps, sources, weights);
        } else {
            acrossRows(out, x, taps, sources, weights, Math.toIntExact(inner));
        }
    }

    private static void acrossRows(Tensor out, Tensor x, Taps taps, int[] sources, float[] weights, int inner) {
        int outputs = taps.outputs();
        long o = out.address();
        long a = x.address();
        long step = (long) inner * Float.BYTES;
        long block = taps.size() * step;
        long work = inner * (1L + sources.length / outputs);
        WorkerPool.global().parallelFor(out.numel() / inner, FusedRows.rowsPerTask(work), (from, to) -> {
            for (long row = from; row < to; row++) {
                int output = (int) (row % outputs);
                ROWS.combine(o + row * step, a + row / outputs * block, step, sources, weights, taps.start(output),
                        taps.count(output), inner);
            }
        });
    }

    private static void alongRows(Tensor out, Tensor x, Taps taps, int[] sources, float[] weights) {
        TapRuns runs = TapRuns.of(taps);
        int outputs = taps.outputs();
        int size = taps.size();
        long o = out.address();
        long a = x.address();
        WorkerPool.global().parallelFor(out.numel() / outputs, FusedRows.rowsPerTask(outputs + sources.length),
                (from, to) -> {
                    for (long row = from; row < to; row++) {
                        row(o + row * outputs * Float.BYTES, a + row * size * Float.BYTES, taps, runs, sources,
                                weights);
                    }
                });
    }

    private static void row(long out, long x, Taps taps, TapRuns runs, int[] sources, float[] weights) {
        int pending = 0;
        for (int run = 0; run < runs.count; run++) {
            int first = runs.first[run];
            if (runs.length[run] >= SHORTEST && TapRuns.isEven(taps, first)) {
                gather(out, x, taps, sources, weights, pending, first);
                int tap = taps.start(first);
                ROWS.sum(out + 4L * first, x + 4L * sources[tap], runs.stride[run], taps.count(first), weights[tap],
                        runs.length[run]);
                pending = first + runs.length[run];
            }
        }
        gather(out, x, taps, sources, weights, pending, taps.outputs());
    }

    /** Outputs whose taps lie anywhere. */
    private static void gather(long out, long x, Taps taps, int[] sources, float[] weights, int from, int to) {
        int tap = taps.start(from);
        for (int o = from; o < to; o++) {
            int end = taps.start(o + 1);
            float sum = 0;
            for (; tap < end; tap++) {
                sum = Math.fma(FusedRows.get(x + 4L * sources[tap]), weights[tap], sum);
            }
            FusedRows.set(out + 4L * o, sum);
        }
    }
}
