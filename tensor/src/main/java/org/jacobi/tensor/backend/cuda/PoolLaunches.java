package org.jacobi.tensor.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** Launches of pooling.cu. The lists of taps are kept on the device: a network asks for the same ones in every step. */
final class PoolLaunches {
    private static final int KEPT_LISTS = 256;

    private final Gpu gpu;
    private final KernelFamily resample;
    private final KernelFamily maxPool;
    private final Map<Taps, Lists> lists = new LinkedHashMap<>(16, 0.75f, true);

    /** Where the lists of taps are on the device: the starts, the sources and the weights, 8 bytes each. */
    private record Lists(long address, long bytes) {
    }

    PoolLaunches(Gpu gpu) {
        this.gpu = gpu;
        resample = Rows.kernels(gpu, "pooling", "resample");
        maxPool = Rows.kernels(gpu, "pooling", "max_pool");
    }

    void resample(Tensor out, Tensor x, int axis, Taps taps) {
        if (out.numel() == 0) {
            return;
        }
        long inner = 1;
        for (int i = axis + 1; i < out.rank(); i++) {
            inner *= out.size(i);
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor from = dense.of(x);
            synchronized (this) {
                Lists on = onDevice(taps);
                Arguments arguments = Arguments.begin().add(to.address()).add(from.address());
                add(arguments, on, taps);
                arguments.add(out.numel() / inner / taps.outputs()).add(inner);
                launch(resample, out, arguments);
            }
        }
    }

    void maxPool(Tensor out, Tensor indices, Tensor x, Taps depth, Taps height, Taps width) {
        if (out.numel() == 0) {
            return;
        }
        try (var dense = new DenseOperands()) {
            Tensor to = dense.output(out);
            Tensor where = indices == null ? null : dense.output(indices);
            Tensor from = dense.of(x);
            synchronized (this) {
                Lists[] on = {onDevice(depth), onDevice(height), onDevice(width)};
                Arguments arguments = Arguments.begin().add(to.address()).add(where == null ? 0 : where.address())
                        .add(from.address());
                add(arguments, on[0], depth);
                add(arguments, on[1], height);
                add(arguments, on[2], width);
                launch(maxPool, out, arguments.add(x.size(0)));
            }
        }
    }

    private void launch(KernelFamily kernels, Tensor out, Arguments arguments) {
        kernels.get(Rows.way(out.dtype())).launch(Operands.blocks(gpu, out.numel()), 1, 1, Operands.BLOCK, 1,
                0,
                arguments);
    }

    private static void add(Arguments arguments, Lists on, Taps taps) {
        long sources = on.address + (taps.outputs() + 1L) * Long.BYTES;
        long weights = sources + (long) taps.start(taps.outputs()) * Long.BYTES;
        arguments.add(on.address).add(sources).add(weights).add(taps.size()).add(taps.outputs());
    }

    private Lists onDevice(Taps taps) {
        Lists known = lists.get(taps);
        if (known != null) {
            return known;
        }
        int count = taps.start(taps.outputs());
        long bytes = (taps.outputs() + 1L + 2L * count) * Long.BYTES;
        Lists made = new Lists(gpu.allocate(bytes, "pooling"), bytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(bytes, Long.BYTES);
            int at = 0;
            for (int o = 0; o <= taps.outputs(); o++) {
                host.setAtIndex(ValueLayout.JAVA_LONG, at++, taps.start(o));
            }
            for (int tap = 0; tap < count; tap++) {
                host.setAtIndex(ValueLayout.JAVA_LONG, at++, taps.source(tap));
            }
            for (int tap = 0; tap < count; tap++) {
                host.setAtIndex(ValueLayout.JAVA_DOUBLE, at++, taps.weight(tap));
            }
            gpu.copyIn(made.address, host.address(), bytes);
        }
        lists.put(taps, made);
        if (lists.size() > KEPT_LISTS) {
            // Those used longest ago; work that is queued may still read them.
            var oldest = lists.entrySet().iterator();
            Lists freed = oldest.next().getValue();
            oldest.remove();
            gpu.free(freed.address, freed.bytes);
        }
        return made;
    }
}
