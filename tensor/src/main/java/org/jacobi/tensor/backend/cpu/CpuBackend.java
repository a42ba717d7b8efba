package org.jacobi.tensor.backend.cpu;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.jacobi.tensor.backend.reference.ReferenceBackend;

/**
 * The fast kernels of the processor: f32 by vectors on all threads, matrix products by a {@link Gemm}; everything else
 * by the plain loops of {@link ReferenceBackend}.
 *
 * <p>Equal operands give equal bits, for any number of threads, interpreted or compiled. Across machines the bits of
 * sums differ with the vectors' width and the Gemm.
 */
public final class CpuBackend extends ReferenceBackend {
    @Override
    public String name() {
        return "cpu";
    }

    /** Returns what runs the elementwise kernels: the vectors' width, or why plain loops run instead. */
    public String describe() {
        return Simd.description();
    }

    /** Returns what computes matrix products. */
    public String gemm() {
        return MatmulKernels.gemm().name();
    }

    private static boolean f32(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor != null && tensor.dtype() != DType.F32) {
                return false;
            }
        }
        return true;
    }

    private static boolean contiguous(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor != null && !tensor.isContiguous()) {
                return false;
            }
        }
        return true;
    }

    // ---- primitives ------------------------------------------------------------------------------------------------

    @Override
    public void fill(Tensor out, double value) {
        if (out.isContiguous() && (out.dtype() == DType.F32 || out.dtype() == DType.I64)) {
            CopyKernels.fill(out, value);
        } else {
            super.fill(out, value);
        }
    }

    @Override
    public void copy(Tensor out, Tensor x) {
        if (out.dtype() == x.dtype()) {
            CopyKernels.copy(out, x);
        } else if ((f32(out) && x.dtype().isHalf() || f32(x) && out.dtype().isHalf()) && contiguous(out)) {
            try (var dense = new Dense()) {
                CopyKernels.convert(out, dense.of(x));
            }
        } else {
            super.copy(out, x);
        }
    }

    @Override
    public void unary(UnaryOp op, Tensor out, Tensor x) {
        if (ElementwiseKernels.read(x)) {
            ElementwiseKernels.unary(op, out, x);
        } else {
            super.unary(op, out, x);
        }
    }

    @Override
    public void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        if (ElementwiseKernels.read(a, b)) {
            ElementwiseKernels.binary(op, out, a, b);
        } else {
            super.binary(op, out, a, b);
        }
    }

    @Override
    public void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        if (ElementwiseKernels.read(a, b, c)) {
            ElementwiseKernels.ternary(op, out, a, b, c);
        } else {
            super.ternary(op, out, a, b, c);
        }
    }

    @Override
    public void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        if (ElementwiseKernels.read(a, b)) {
            ElementwiseKernels.where(out, condition, a, b);
        } else {
            super.where(out, condition, a, b);
        }
    }

    @Override
    public void reduce(ReduceOp op, Tensor out, Tensor x) {
        if (x.dtype().isHalf()) {
            try (var dense = new Dense()) {
                Tensor wide = dense.wideOutput(out);
                reduce(op, wide, dense.wide(x));
                copyUnlessSame(out, wide);
            }
            return;
        }
        if (x.dtype() == DType.I64 && out.numel() == 1 && x.isContiguous() && x.numel() > 0
                && (op == ReduceOp.MAX || op == ReduceOp.MIN)) {
            ReduceKernels.integerExtreme(op == ReduceOp.MAX, out, x);
            return;
        }
        if (f32(out, x) && ReduceKernels.knows(op)) {
            try (var dense = new Dense()) {
                if (ReduceKernels.reduce(op, out, x)
                        || !x.isContiguous() && ReduceKernels.reduce(op, out, dense.of(x))) {
                    return;
                }
            }
        }
        super.reduce(op, out, x);
    }

    private void copyUnlessSame(Tensor out, Tensor wide) {
        if (wide != out) {
            copy(out, wide);
        }
    }

    @Override
    public void argReduce(boolean largest, Tensor out, Tensor x, int axis) {
        if (x.dtype().isHalf()) {
            try (var dense = new Dense()) {
                argReduce(largest, out, dense.wide(x), axis);
            }
            return;
        }
        if (f32(x) && contiguous(out, x) && axis == x.rank() - 1) {
            ReduceKernels.argReduce(largest, out, x);
        } else {
            super.argReduce(largest, out, x, axis);
        }
    }

    @Override
    public void matmul(Tensor out, Tensor a, Tensor b) {
        if (out.dtype().isHalf()) {
            try (var dense = new Dense()) {
                Tensor wide = dense.wideOutput(out);
                matmul(wide, dense.wide(a), dense.wide(b));
                copyUnlessSame(out, wide);
            }
        } else if (out.dtype().isFloating()) {
            MatmulKernels.matmul(out, a, b, null);
        } else {
            super.matmul(out, a, b);
        }
    }

    @Override
    public void indexSelect(Tensor out, Tensor x, int axis, Tensor index) {
        if (f32(x) && contiguous(out, x, index)) {
            IndexKernels.indexSelect(out, x, axis, index);
        } else {
            super.indexSelect(out, x, axis, index);
        }
    }

    @Override
    public void indexAdd(Tensor out, int axis, Tensor index, Tensor source) {
        if (f32(out) && contiguous(out)) {
            try (var dense = new Dense()) {
                IndexKernels.indexAdd(out, axis, dense.of(index), dense.of(source));
            }
        } else {
            super.indexAdd(out, axis, index, source);
        }
    }

    @Override
    public void gather(Tensor out, Tensor x, int axis, Tensor index) {
        if (f32(x) && contiguous(out, x, index) && index.shape().with(axis, 1).equals(x.shape().with(axis, 1))) {
            IndexKernels.gather(out, x, axis, index);
        } else {
            super.gather(out, x, axis, index);
        }
    }

    @Override
    public void scatterAdd(Tensor out, int axis, Tensor index, Tensor source) {
        if (f32(out) && contiguous(out) && index.shape().with(axis, 1).equals(out.shape().with(axis, 1))) {
            try (var dense = new Dense()) {
                IndexKernels.scatterAdd(out, axis, dense.of(index), dense.of(source));
            }
        } else {
            super.scatterAdd(out, axis, index, source);
        }
    }

    @Override
    public void uniform(Tensor out, long seed, long call, double from, double to) {
        if (f32(out) && contiguous(out)) {
            DropoutKernel.uniform(out, seed, call, from, to);
        } else {
            super.uniform(out, seed, call, from, to);
        }
    }

    @Override
    public void normal(Tensor out, long seed, long call, double mean, double std) {
        if (f32(out) && contiguous(out)) {
            DropoutKernel.normal(out, seed, call, mean, std);
        } else {
            super.normal(out, seed, call, mean, std);
        }
    }

    @Override
    public void dropout(Tensor out, Tensor x, double p, long seed, long call) {
        if (f32(out, x) && contiguous(out)) {
            try (var dense = new Dense()) {
                DropoutKernel.dropout(out, dense.of(x), p, seed, call);
            }
        } else {
            super.dropout(out, x, p, seed, call);
        }
    }

    // ---- fused kernels: outputs are contiguous as their makers made them, operands may be views ---------------------

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        if (f32(out) && contiguous(out, bias)) {
            MatmulKernels.matmul(out, x, weight.t(), bias);
        } else {
            super.linear(out, x, weight, bias);
        }
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        if (f32(out, x) && contiguous(out)) {
            try (var dense = new Dense()) {
                SoftmaxKernels.softmax(out, dense.of(x));
            }
        } else {
            super.softmax(out, x);
        }
    }

    @Override
    public void softmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        if (f32(dx, dout, out) && contiguous(dx)) {
            try (var dense = new Dense()) {
                SoftmaxKernels.softmaxBackward(dx, dense.of(dout), dense.of(out));
            }
        } else {
            super.softmaxBackward(dx, dout, out);
        }
    }

    @Override
    public void logSoftmax(Tensor out, Tensor x) {
        if (f32(out, x) && contiguous(out)) {
            try (var dense = new Dense()) {
                SoftmaxKernels.logSoftmax(out, dense.of(x));
            }
        } else {
            super.logSoftmax(out, x);
        }
    }

    @Override
    public void logSoftmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        if (f32(dx, dout, out) && contiguous(dx)) {
            try (var dense = new Dense()) {
                SoftmaxKernels.logSoftmaxBackward(dx, dense.of(dout), dense.of(out));
            }
        } else {
            super.logSoftmaxBackward(dx, dout, out);
        }
    }

    @Override
    public void layerNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias, double eps) {
        if (f32(out, x, weight, bias) && contiguous(out, mean, rstd)) {
            try (var dense = new Dense()) {
                NormKernels.layerNorm(out, mean, rstd, dense.of(x), dense.of(weight), dense.of(bias), eps);
            }
        } else {
            super.layerNorm(out, mean, rstd, x, weight, bias, eps);
        }
    }

    @Override
    public void layerNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight,
            Tensor mean, Tensor rstd) {
        if (f32(dx, dout, x, weight) && contiguous(dx, dweight, dbias)) {
            try (var dense = new Dense()) {
                NormKernels.layerNormBackward(dx, dweight, dbias, dense.of(dout), dense.of(x), dense.of(weight),
                        dense.of(mean), dense.of(rstd));
            }
        } else {
            super.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean, rstd);
        }
    }

    @Override
    public void rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, double eps) {
        if (f32(out, x, weight) && contiguous(out, rstd)) {
            try (var dense = new Dense()) {
                NormKernels.rmsNorm(out, rstd, dense.of(x), dense.of(weight), eps);
            }
        } else {
            super.rmsNorm(out, rstd, x, weight, eps);
        }
    }

    @Override
    public void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) {
        if (f32(dx, dout, x, weight) && contiguous(dx, dweight)) {
            try (var dense = new Dense()) {
                NormKernels.rmsNormBackward(dx, dweight, dense.of(dout), dense.of(x), dense.of(weight), dense.of(rstd));
            }
        } else {
            super.rmsNormBackward(dx, dweight, dout, x, weight, rstd);
        }
    }

    @Override
    public void crossEntropy(Tensor out, Tensor lse, Tensor logits, Tensor targets, long ignoreIndex,
            double smoothing) {
        if (f32(out, logits)) {
            try (var dense = new Dense()) {
                CrossEntropyKernels.crossEntropy(out, lse, dense.of(logits), targets, ignoreIndex, smoothing);
            }
        } else {
            super.crossEntropy(out, lse, logits, targets, ignoreIndex, smoothing);
        }
    }

    @Override
    public void crossEntropyBackward(Tensor dlogits, Tensor dout, Tensor lse, Tensor logits, Tensor targets,
            long ignoreIndex, double smoothing) {
        if (f32(dlogits, dout, logits) && contiguous(dlogits)) {
            try (var dense = new Dense()) {
                CrossEntropyKernels.crossEntropyBackward(dlogits, dout, lse, dense.of(logits), targets, ignoreIndex,
                        smoothing);
            }
        } else {
            super.crossEntropyBackward(dlogits, dout, lse, logits, targets, ignoreIndex, smoothing);
        }
    }

    @Override
    public void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        if (f32(out, q, k, v)) {
            AttentionKernels.attention(out, lse, q, k, v, how);
        } else {
            super.attention(out, lse, q, k, v, how);
        }
    }

    @Override
    public void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        if (f32(dq, dout, q, k, v)) {
            AttentionKernels.attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, how);
        } else {
            super.attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, how);
        }
    }

    @Override
    public void adamW(Tensor parameter, Tensor grad, Tensor m, Tensor v, Tensor vMax, double gradScale, double lr,
            double beta1, double beta2, double eps, double weightDecay, long step) {
        if (f32(parameter, grad, m, v, vMax) && contiguous(parameter, m, v, vMax)) {
            try (var dense = new Dense()) {
                AdamWKernel.adamW(parameter, dense.of(grad), m, v, vMax, gradScale, lr, beta1, beta2, eps, weightDecay,
                        step);
            }
        } else {
            super.adamW(parameter, grad, m, v, vMax, gradScale, lr, beta1, beta2, eps, weightDecay, step);
        }
    }
}
