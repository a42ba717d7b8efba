package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** The largest element of each window, a row of outputs at a time. */
final class PoolKernels {
    private static final WindowRows ROWS = Simd.windowRows();

    private PoolKernels() {
    }

    /** out (N, D', H', W'), indices or null, and x (N, D, H, W) are contiguous. */
    static void maxPool(Tensor out, Tensor indices, Tensor x, Taps depth, Taps height, Taps width) {
        TapRuns runs = TapRuns.of(width);
        long plane = (long) depth.size() * height.size() * width.size();
        int n = width.outputs();
        int rows = depth.outputs() * height.outputs();
        long o = out.address();
        long where = indices == null ? WindowRows.NONE : indices.address();
        long a = x.address();
        int most = most(depth) * most(height) * most(width);
        long grain = FusedRows.rowsPerTask((long) n * most);
        WorkerPool.global().parallelFor(out.size(0) * rows, grain, (from, to) -> {
            int[] offsets = new int[most];
            for (long row = from; row < to; row++) {
                int inPlane = (int) (row % rows);
                int d = inPlane / height.outputs();
                int h = inPlane % height.outputs();
                long begin = a + row / rows * plane * Float.BYTES;
                long at = row * n;
                for (int run = 0; run < runs.count; run++) {
                    int w = runs.first[run];
                    int taps = offsets(offsets, depth, d, height, h, width, w);
                    int base = width.source(width.start(w));
                    ROWS.max(o + 4 * (at + w), where == WindowRows.NONE ? where : where + 8 * (at + w), base,
                            begin + 4L * base, runs.stride[run], offsets, taps, runs.length[run]);
                }
            }
        });
    }

    private static int most(Taps taps) {
        int most = 0;
        for (int o = 0; o < taps.outputs(); o++) {
            most = Math.max(most, taps.count(o));
        }
        return most;
    }

    /** Writes where the elements of a window lie in their block, as if its first column were column 0; returns their count. */
    private static int offsets(int[] offsets, Taps depth, int d, Taps height, int h, Taps width, int w) {
        int count = 0;
        int column = width.source(width.start(w));
        for (int i = depth.start(d); i < depth.start(d + 1); i++) {
            for (int j = height.start(h); j < height.start(h + 1); j++) {
                int row = (depth.source(i) * height.size() + height.source(j)) * width.size() - column;
                for (int k = width.start(w); k < width.start(w + 1); k++) {
                    offsets[count++] = row + width.source(k);
                }
            }
        }
        return count;
    }
}
