package org.jacobi.tensor.backend;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** Windows of an axis: their largest elements, and weighted sums of what is in them, which interpolation is too. */
public interface PoolingKernels extends Primitives {
    /** out[..., o, ...] = sum of weight x[..., source, ...] over the taps of o, along an axis. Its own backward, transposed. */
    default void resample(Tensor out, Tensor x, int axis, Taps taps) {
        fill(out, 0);
        for (int o = 0; o < taps.outputs(); o++) {
            Tensor slice = out.narrow(axis, o, 1);
            Tensor product = Tensor.empty(out.device(), out.dtype(), slice.shape());
            for (int tap = taps.start(o); tap < taps.start(o + 1); tap++) {
                Tensor weight = Tensor.scalar(taps.weight(tap), x.dtype());
                binary(BinaryOp.MUL, product, x.narrow(axis, taps.source(tap), 1), weight.expandTo(product.shape()));
                binary(BinaryOp.ADD, slice, slice, product);
            }
            product.release();
        }
    }

    /**
     * out = the largest element of each window, and where it is in its block; a NaN is larger than all else.
     *
     * @param out     (N, D', H', W')
     * @param indices i64, like out and contiguous, or null: the first largest element in row-major order
     * @param x       (N, D, H, W)
     */
    default void maxPool(Tensor out, Tensor indices, Tensor x, Taps depth, Taps height, Taps width) {
        long blocks = x.size(0);
        long n = out.numel() / Math.max(1, blocks);
        int most = most(depth) * most(height) * most(width);
        Tensor positions = Tensor.of(positions(depth, height, width, most)).to(x.device()).reshape(n * most, 1)
                .expand(blocks, n * most, 1);
        Tensor elements = Tensor.empty(x.device(), x.dtype(), blocks, n * most, 1);
        gather(elements, x.reshape(blocks, x.numel() / Math.max(1, blocks), 1), 1, positions);
        Tensor windows = elements.reshape(blocks, n, most);
        reduce(ReduceOp.MAX, out.reshape(blocks, n, 1), windows);
        if (indices != null) {
            Tensor chosen = Tensor.empty(x.device(), DType.I64, blocks, n, 1);
            argReduce(true, chosen, windows, 2);
            Tensor flat = positions.reshape(blocks * n, most, 1);
            gather(indices.reshape(blocks * n, 1, 1), flat, 1, chosen.reshape(blocks * n, 1, 1));
        }
        elements.release();
    }

    private static int most(Taps taps) {
        int most = 0;
        for (int o = 0; o < taps.outputs(); o++) {
            most = Math.max(most, taps.count(o));
        }
        return most;
    }

    /** Returns the positions of the elements of every window; a smaller window has its first element several times. */
    private static long[] positions(Taps depth, Taps height, Taps width, int most) {
        long[] positions = new long[depth.outputs() * height.outputs() * width.outputs() * most];
        int from = 0;
        for (int d = 0; d < depth.outputs(); d++) {
            for (int h = 0; h < height.outputs(); h++) {
                for (int w = 0; w < width.outputs(); w++) {
                    int at = from;
                    for (int i = depth.start(d); i < depth.start(d + 1); i++) {
                        for (int j = height.start(h); j < height.start(h + 1); j++) {
                            for (int k = width.start(w); k < width.start(w + 1); k++) {
                                positions[at++] = ((long) depth.source(i) * height.size() + height.source(j))
                                        * width.size() + width.source(k);
                            }
                        }
                    }
                    for (; at < from + most; at++) {
                        positions[at] = positions[from];
                    }
                    from += most;
                }
            }
        }
        return positions;
    }
}
