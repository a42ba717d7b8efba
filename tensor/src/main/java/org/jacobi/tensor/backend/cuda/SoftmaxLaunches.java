package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Launches of softmax.cu. Each does nothing and returns false for types that it has no kernel for. */
final class SoftmaxLaunches {
    private final Gpu gpu;
    private final KernelFamily softmax;
    private final KernelFamily softmaxBackward;
    private final KernelFamily logSoftmax;
    private final KernelFamily logSoftmaxBackward;
    private final KernelFamily logSumExp;
    private final KernelFamily crossEntropy;
    private final KernelFamily crossEntropyBackward;

    SoftmaxLaunches(Gpu gpu) {
        this.gpu = gpu;
        softmax = Rows.kernels(gpu, "softmax", "softmax_forward");
        softmaxBackward = Rows.kernels(gpu, "softmax", "softmax_backward");
        logSoftmax = Rows.kernels(gpu, "softmax", "log_softmax_forward");
        logSoftmaxBackward = Rows.kernels(gpu, "softmax", "log_softmax_backward");
        logSumExp = Rows.kernels(gpu, "softmax", "log_sum_exp");
        crossEntropy = Rows.kernels(gpu, "softmax", "cross_entropy_forward");
        crossEntropyBackward = Rows.kernels(gpu, "softmax", "cross_entropy_backward");
    }

    boolean softmax(Tensor out, Tensor x) {
        return map(softmax, out, x);
    }

    boolean logSoftmax(Tensor out, Tensor x) {
        return map(logSoftmax, out, x);
    }

    boolean softmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        return map(softmaxBackward, dx, dout, out);
    }

    boolean logSoftmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        return map(logSoftmaxBackward, dx, dout, out);
    }

    /** Makes rows of rows; the first tensor is written. */
    private boolean map(KernelFamily kernels, Tensor... tensors) {
        if (!Rows.alike(tensors)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor[] operands = new Tensor[tensors.length];
            for (int i = 0; i < tensors.length; i++) {
                operands[i] = i == 0 ? dense.output(tensors[i]) : dense.of(tensors[i]);
            }
            Rows rows = Rows.of(operands);
            Arguments arguments = Arguments.begin();
            for (Tensor operand : operands) {
                arguments.add(operand.address());
            }
            rows.add(arguments);
            launch(kernels, rows, operands[0].dtype(), arguments);
        }
        return true;
    }

    private void launch(KernelFamily kernels, Rows rows, DType type, Arguments arguments) {
        if (rows.count() > 0) {
            rows.launch(gpu, kernels.get(Rows.way(type)), arguments);
        }
    }

    boolean logSumExp(Tensor out, Tensor x) {
        if (!Rows.alike(x) || !Rows.beside(x.dtype(), out)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor sums = dense.output(out);
            Tensor operand = dense.of(x);
            Rows rows = Rows.of(operand);
            Arguments arguments = Arguments.begin();
            Rows.add(arguments, sums, x.dtype());
            arguments.add(operand.address());
            rows.add(arguments);
            launch(logSumExp, rows, x.dtype(), arguments);
        }
        return true;
    }

    boolean crossEntropy(Tensor out, Tensor lse, Tensor logits, Tensor targets, long ignoreIndex, double smoothing) {
        if (!Rows.alike(logits) || !Rows.beside(logits.dtype(), out, lse)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor losses = dense.output(out);
            Tensor sums = dense.output(lse);
            Tensor x = dense.of(logits);
            Tensor classes = dense.of(targets);
            Rows rows = Rows.of(x);
            Arguments arguments = Arguments.begin();
            Rows.add(arguments, losses, x.dtype());
            Rows.add(arguments, sums, x.dtype());
            arguments.add(x.address()).add(classes.address());
            rows.add(arguments);
            arguments.add(ignoreIndex).add(smoothing);
            launch(crossEntropy, rows, x.dtype(), arguments);
        }
        return true;
    }

    boolean crossEntropyBackward(Tensor dlogits, Tensor dout, Tensor lse, Tensor logits, Tensor targets,
            long ignoreIndex,
            double smoothing) {
        if (!Rows.alike(dlogits, logits) || !Rows.beside(logits.dtype(), dout, lse)) {
            return false;
        }
        try (var dense = new DenseOperands()) {
            Tensor dx = dense.output(dlogits);
            Tensor gradients = dense.of(dout);
            Tensor sums = dense.of(lse);
            Tensor x = dense.of(logits);
            Tensor classes = dense.of(targets);
            Rows rows = Rows.of(dx, x);
            Arguments arguments = Arguments.begin().add(dx.address());
            Rows.add(arguments, gradients, x.dtype());
            Rows.add(arguments, sums, x.dtype());
            arguments.add(x.address()).add(classes.address());
            rows.add(arguments);
            arguments.add(ignoreIndex).add(smoothing);
            launch(crossEntropyBackward, rows, x.dtype(), arguments);
        }
        return true;
    }
}
