package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.cpu.Axes;

/** Launches of scan.cu: running reductions along an axis. */
final class ScanLaunches {
    /** Lines of fewer elements are done by a thread each. */
    private static final int SHORT_LINE = 64;
    /** So many lines, unless their elements lie side by side, too. */
    private static final int MANY_LINES = 4096;
    private static final int OPERANDS = 3;

    private final Gpu gpu;
    private final KernelFamily scan;
    private final KernelFamily extreme;
    private final KernelFamily recurrence;

    ScanLaunches(Gpu gpu) {
        this.gpu = gpu;
        scan = new KernelFamily(gpu, "scan", "scan_float", "scan_integer");
        extreme = new KernelFamily(gpu, "scan", "extreme_float", "extreme_integer");
        recurrence = new KernelFamily(gpu, "scan", "recurrence_float");
    }

    void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        launch(scan, fromEnd, op.ordinal(), axis, out, x);
    }

    void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        launch(extreme, false, largest ? 1 : 0, axis, values, indices, x);
    }

    void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        launch(recurrence, fromEnd, 0, axis, out, a, b);
    }

    private void launch(KernelFamily kernels, boolean fromEnd, int op, int axis, Tensor... operands) {
        Tensor x = operands[operands.length - 1];
        if (x.numel() == 0) {
            return;
        }
        Axes axes = Axes.of(x.shape().with(axis, 1), operands);
        long length = x.size(axis);
        Arguments arguments = Arguments.begin();
        long lines = Operands.addAxes("scan", arguments, axes, 1);
        boolean alone = length < SHORT_LINE || lines >= MANY_LINES && x.stride(axis) != 1;
        arguments.add(length).add(fromEnd ? 1 : 0).add(alone ? 1 : 0).add(op);
        for (int k = 0; k < OPERANDS; k++) {
            if (k < operands.length) {
                Operands.addOperand(arguments, operands[k].address(), operands[k].dtype(), axes.strides[k], false);
            } else {
                Operands.addOperand(arguments, 0, x.dtype(), new long[0], false);
            }
        }
        for (int k = 0; k < OPERANDS; k++) {
            arguments.add(k < operands.length ? operands[k].stride(axis) : 0);
        }
        int blocks = alone ? Operands.blocks(gpu, lines) : Operands.atMost(gpu, lines);
        kernels.get(x.dtype().isFloating() ? 0 : 1).launch(blocks, 1, 1, Operands.BLOCK, 1, 0, arguments);
    }
}
