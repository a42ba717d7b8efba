package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;

/** Calls the kernels of pooling and interpolation. */
final class Pooling {
    private Pooling() {
    }

    private static void require(String op, Tensor x, Taps[] taps) {
        Checks.required(op, "the taps", taps);
        Checks.floating(op, x.dtype());
        if (taps.length > x.rank()) {
            throw new IllegalArgumentException(
                    op + ": taps for the last " + taps.length + " axes of shape " + x.shape() + ", which has fewer");
        }
        for (int i = 0; i < taps.length; i++) {
            int axis = x.rank() - taps.length + i;
            if (Checks.required(op, "a tap", taps[i]).size() != x.size(axis)) {
                throw new IllegalArgumentException(op + ": the taps are those of an axis of " + taps[i].size()
                        + ", axis " + axis + " of shape " + x.shape() + " has another size");
            }
        }
    }

    /** One axis after the other: axes that shrink from the outermost on, where rows are whole; others from the innermost on. */
    static Tensor resample(Tensor x, Taps... taps) {
        require("resample", x, taps);
        if (x.dtype().isHalf() && !x.backend().takesHalves()) {
            try (var scope = TensorScope.open()) {
                Tensor out = resample(x.to(DType.F32), taps).to(x.dtype());
                scope.keep(out);
                return out;
            }
        }
        boolean shrinks = Arrays.stream(taps).mapToDouble(t -> Math.log((double) t.outputs() / t.size())).sum() <= 0;
        Tensor out = x.alias();
        for (int i = 0; i < taps.length; i++) {
            int at = shrinks ? i : taps.length - 1 - i;
            if (!taps[at].isIdentity()) {
                out = out.replacedBy(resample(out, x.rank() - taps.length + at, taps[at]));
            }
        }
        return out;
    }

    private static Tensor resample(Tensor x, int axis, Taps taps) {
        Tensor out = Tensor.make("resample", x.device(), x.dtype(), x.shape().with(axis, taps.outputs()));
        out.backend().resample(out, x, axis, taps);
        Reference.reachabilityFence(x);
        return out;
    }

    /** The indices are null unless asked for. */
    static Located<Tensor> maxPool(Tensor x, boolean withIndices, Taps... windows) {
        require("maxPool", x, windows);
        if (windows.length > 3) {
            throw new IllegalArgumentException("maxPool: windows of " + windows.length + " axes; there can be 3");
        }
        for (Taps taps : windows) {
            for (int o = 0; o < taps.outputs(); o++) {
                if (taps.count(o) == 0) {
                    throw new IllegalArgumentException("maxPool: window " + o + " is empty; it has no largest element");
                }
            }
        }
        if (x.dtype().isHalf() && !x.backend().takesHalves()) {
            Located<Tensor> wide = maxPool(x.to(DType.F32), withIndices, windows);
            return new Located<>(wide.values().replacedBy(wide.values().to(x.dtype())), wide.indices());
        }
        int leading = x.rank() - windows.length;
        long[] sizes = x.shape().toArray();
        // Kernels know three axes: those that are missing have size 1.
        Taps[] axes = new Taps[] {Taps.single(), Taps.single(), Taps.single()};
        System.arraycopy(windows, 0, axes, 3 - windows.length, windows.length);
        long planes = Shape.of(Arrays.copyOf(sizes, leading)).numel();
        Tensor blocks = x.reshape(planes, axes[0].size(), axes[1].size(), axes[2].size());
        for (int i = 0; i < windows.length; i++) {
            sizes[leading + i] = windows[i].outputs();
        }
        Shape shape = Shape.of(planes, axes[0].outputs(), axes[1].outputs(), axes[2].outputs());
        Tensor values = Tensor.make("maxPool", x.device(), x.dtype(), shape);
        Tensor indices = withIndices ? Tensor.make("maxPool", x.device(), DType.I64, shape) : null;
        values.backend().maxPool(values, indices, blocks, axes[0], axes[1], axes[2]);
        Reference.reachabilityFence(x);
        blocks.release();
        return new Located<>(values.replacedBy(values.view(sizes)),
                withIndices ? indices.replacedBy(indices.view(sizes)) : null);
    }
}
