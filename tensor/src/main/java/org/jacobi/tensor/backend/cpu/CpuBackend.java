package org.jacobi.tensor.backend.cpu;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.RecurrentCell;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.Sliding;
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
            Parts.run(out, part -> super.copy(part.apply(out), part.apply(x)));
        }
    }

    @Override
    public void unary(UnaryOp op, Tensor out, Tensor x) {
        if (ElementwiseKernels.read(x)) {
            ElementwiseKernels.unary(op, out, x);
        } else {
            Parts.run(out, part -> super.unary(op, part.apply(out), part.apply(x)));
        }
    }

    @Override
    public void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        if (ElementwiseKernels.read(a, b)) {
            ElementwiseKernels.binary(op, out, a, b);
        } else {
            Parts.run(out, part -> super.binary(op, part.apply(out), part.apply(a), part.apply(b)));
        }
    }

    @Override
    public void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        if (ElementwiseKernels.read(a, b, c)) {
            ElementwiseKernels.ternary(op, out, a, b, c);
        } else {
            Parts.run(out, part -> super.ternary(op, part.apply(out), part.apply(a), part.apply(b), part.apply(c)));
        }
    }

    @Override
    public void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        if (ElementwiseKernels.read(a, b)) {
            ElementwiseKernels.where(out, condition, a, b);
        } else {
            Parts.run(out,
                    part -> super.where(part.apply(out), part.apply(condition), part.apply(a), part.apply(b)));
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
        boolean product = op == ReduceOp.PROD && f32(out, x);
        boolean count = op.isLogical() && (f32(x) || x.dtype() == DType.BOOL)
                && out.dtype() == (op == ReduceOp.COUNT ? DType.I64 : DType.BOOL);
        if ((product || count) && contiguous(out) && x.numel() > 0) {
            try (var dense = new Dense()) {
                Tensor rows = dense.of(FoldKernels.rows(out, x));
                if (product) {
                    FoldKernels.product(out, rows);
                } else {
                    FoldKernels.count(op, out, rows);
                }
            }
        } else {
            super.reduce(op, out, x);
        }
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
        if (f32(x) && contiguous(out) && out.numel() > 0) {
            try (var dense = new Dense()) {
                ReduceKernels.argReduce(largest, out, dense.of(x), axis);
            }
        } else {
            super.argReduce(largest, out, x, axis);
        }
    }

    @Override
    public void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        if (f32(x) && contiguous(values, indices)) {
            try (var dense = new Dense()) {
                SortKernels.sort(values, indices, dense.of(x), descending);
            }
        } else {
            super.sort(values, indices, x, descending);
        }
    }

    @Override
    public void topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        if (f32(x) && contiguous(values, indices) && SortKernels.isSelective(values.size(-1), x.size(-1))) {
            try (var dense = new Dense()) {
                SortKernels.topk(values, indices, dense.of(x), largest);
            }
        } else {
            super.topk(values, indices, x, largest);
        }
    }

    @Override
    public void select(Tensor values, Tensor indices, Tensor x, Tensor ranks) {
        if (f32(x) && contiguous(values, indices, ranks)) {
            try (var dense = new Dense()) {
                SortKernels.select(values, indices, dense.of(x), ranks);
            }
        } else {
            super.select(values, indices, x, ranks);
        }
    }

    @Override
    public void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right) {
        if (f32(x) && contiguous(out)) {
            boolean shared = x.rank() == 1 || isRepeated(sorted);
            try (var dense = new Dense()) {
                Tensor sequence = shared ? firstRow(sorted) : sorted;
                SortKernels.searchSorted(out, dense.of(sequence), dense.of(x), shared, right);
            }
        } else {
            super.searchSorted(out, sorted, x, right);
        }
    }

    private static boolean isRepeated(Tensor rows) {
        for (int axis = 0; axis < rows.rank() - 1; axis++) {
            if (rows.size(axis) != 1 && rows.stride(axis) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Tensor firstRow(Tensor rows) {
        Tensor row = rows;
        while (row.rank() > 1 && row.size(0) > 0) {
            row = row.select(0, 0);
        }
        return row;
    }

    @Override
    public void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        if (f32(out, x) && contiguous(out)) {
            try (var dense = new Dense()) {
                if (op == ScanOp.LOG_SUM_EXP) {
                    ScanKernels.logSumExp(fromEnd, out, dense.of(x), axis);
                } else {
                    ScanKernels.scan(op, fromEnd, out, dense.of(x), axis);
                }
            }
        } else {
            super.scan(op, fromEnd, out, x, axis);
        }
    }

    @Override
    public void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        if (f32(x) && contiguous(values, indices)) {
            try (var dense = new Dense()) {
                ScanKernels.extreme(largest, values, indices, dense.of(x), axis);
            }
        } else {
            super.scanExtreme(largest, values, indices, x, axis);
        }
    }

    @Override
    public void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        if (f32(out, a, b) && contiguous(out)) {
            try (var dense = new Dense()) {
                ScanKernels.recurrence(fromEnd, out, dense.of(a), dense.of(b), axis);
            }
        } else {
            super.recurrence(fromEnd, out, a, b, axis);
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

    // ---- decompositions: LAPACK where it is there ---------------------------------------------------------------------

    @Override
    public void lu(Tensor a, Tensor permutation) {
        if (LapackKernels.available()) {
            LapackKernels.lu(a, permutation);
        } else {
            super.lu(a, permutation);
        }
    }

    @Override
    public void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit) {
        if (LapackKernels.available()) {
            LapackKernels.solveTriangular(b, a, upper, unit);
        } else {
            super.solveTriangular(b, a, upper, unit);
        }
    }

    @Override
    public void cholesky(Tensor a, boolean upper, Tensor info) {
        if (LapackKernels.available()) {
            LapackKernels.cholesky(a, upper, info);
        } else {
            super.cholesky(a, upper, info);
        }
    }

    @Override
    public void qr(Tensor q, Tensor a) {
        if (LapackKernels.available()) {
            LapackKernels.qr(q, a);
        } else {
            super.qr(q, a);
        }
    }

    @Override
    public void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info) {
        if (LapackKernels.available()) {
            LapackKernels.svd(u, s, vh, a, info);
        } else {
            super.svd(u, s, vh, a, info);
        }
    }

    @Override
    public void eigh(Tensor w, Tensor a, boolean vectors, Tensor info) {
        if (LapackKernels.available()) {
            LapackKernels.eigh(w, a, vectors, info);
        } else {
            super.eigh(w, a, vectors, info);
        }
    }

    // ---- Fourier transforms ----------------------------------------------------------------------------------------

    @Override
    public void fft(Tensor out, Tensor x, boolean inverse, double scale) {
        FftKernels.fft(out, x, inverse, scale);
    }

    @Override
    public void rfft(Tensor out, Tensor x, double scale) {
        FftKernels.rfft(out, x, scale);
    }

    @Override
    public void irfft(Tensor out, Tensor x, double scale) {
        FftKernels.irfft(out, x, scale);
    }

    // ---- indexing and random numbers ---------------------------------------------------------------------------------

    @Override
    public void gather(Tensor out, Tensor x, int axis, Tensor index) {
        IndexKernels.gather(out, x, axis, index);
    }

    @Override
    public void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source) {
        if (op == ScatterOp.REPLACE || f32(out)) {
            IndexKernels.scatter(op, out, axis, index, source);
        } else {
            super.scatter(op, out, axis, index, source);
        }
    }

    @Override
    public boolean offsets(Tensor out, Tensor index, long size, long stride) {
        return IndexKernels.offsets(out, index, size, stride);
    }

    @Override
    public long countNonzero(Tensor x) {
        try (var dense = new Dense()) {
            return NonzeroKernels.count(dense.of(x));
        }
    }

    @Override
    public void nonzero(Tensor out, Tensor x) {
        try (var dense = new Dense()) {
            NonzeroKernels.positions(out, dense.of(x));
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
    public void convolution(Tensor out, Tensor x, Tensor weight, Tensor bias, Sliding how) {
        ConvShape shape = f32(out) && contiguous(out) ? ConvShape.of(out, x, weight, how) : null;
        if (shape == null) {
            super.convolution(out, x, weight, bias, how);
            return;
        }
        try (var dense = new Dense()) {
            ConvKernels.forward(shape, out, dense.of(x), dense.of(weight), dense.of(bias));
        }
    }

    @Override
    public void convolutionTranspose(Tensor x, Tensor out, Tensor weight, Tensor bias, Sliding how) {
        ConvShape shape = f32(x) && contiguous(x) ? ConvShape.of(out, x, weight, how) : null;
        if (shape == null) {
            super.convolutionTranspose(x, out, weight, bias, how);
            return;
        }
        try (var dense = new Dense()) {
            ConvKernels.transposed(shape, x, dense.of(out), dense.of(weight), dense.of(bias));
        }
    }

    @Override
    public void convolutionWeight(Tensor weight, Tensor out, Tensor x, Sliding how) {
        ConvShape shape = f32(weight) && contiguous(weight) ? ConvShape.of(out, x, weight, how) : null;
        if (shape == null) {
            super.convolutionWeight(weight, out, x, how);
            return;
        }
        try (var dense = new Dense()) {
            ConvKernels.weight(shape, weight, dense.of(out), dense.of(x));
        }
    }

    @Override
    public void deviation(Tensor out, Tensor mean, Tensor x) {
        if (f32(x) && contiguous(out, mean) && x.numel() > 0) {
            try (var dense = new Dense()) {
                FoldKernels.deviation(out, mean, dense.of(FoldKernels.rows(out, x)));
            }
        } else {
            super.deviation(out, mean, x);
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
    public void channelStatistics(Tensor mean, Tensor variance, Tensor x) {
        if (f32(mean, variance, x) && contiguous(mean, variance)) {
            try (var dense = new Dense()) {
                ChannelNormKernels.statistics(mean, variance, dense.of(x));
            }
        } else {
            super.channelStatistics(mean, variance, x);
        }
    }

    @Override
    public void batchNorm(Tensor out, Tensor x, Tensor mean, Tensor rstd, Tensor weight, Tensor bias) {
        if (f32(out, x, mean, rstd, weight, bias) && contiguous(out)) {
            try (var dense = new Dense()) {
                ChannelNormKernels.batchNorm(out, dense.of(x), dense.of(mean), dense.of(rstd), dense.of(weight),
                        dense.of(bias));
            }
        } else {
            super.batchNorm(out, x, mean, rstd, weight, bias);
        }
    }

    @Override
    public void batchNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean,
            Tensor rstd, Tensor weight, boolean constants) {
        if (f32(dx, dout, x, weight) && contiguous(dx, dweight, dbias)) {
            try (var dense = new Dense()) {
                ChannelNormKernels.batchNormBackward(dx, dweight, dbias, dense.of(dout), dense.of(x), dense.of(mean),
                        dense.of(rstd), dense.of(weight), constants);
            }
        } else {
            super.batchNormBackward(dx, dweight, dbias, dout, x, mean, rstd, weight, constants);
        }
    }

    @Override
    public void resample(Tensor out, Tensor x, int axis, Taps taps) {
        if (f32(out, x) && contiguous(out)) {
            try (var dense = new Dense()) {
                ResampleKernels.resample(out, dense.of(x), axis, taps);
            }
        } else {
            super.resample(out, x, axis, taps);
        }
    }

    @Override
    public void maxPool(Tensor out, Tensor indices, Tensor x, Taps depth, Taps height, Taps width) {
        boolean fits = (long) depth.size() * height.size() * width.size() <= Integer.MAX_VALUE;
        if (fits && f32(out, x) && contiguous(out, indices)) {
            try (var dense = new Dense()) {
                PoolKernels.maxPool(out, indices, dense.of(x), depth, height, width);
            }
        } else {
            super.maxPool(out, indices, x, depth, height, width);
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
    public void recurrent(RecurrentCell cell, Tensor out, Tensor inner, Tensor gates, Tensor x, Tensor weight,
            Tensor bias, Tensor h0, Tensor c0, TimeSteps steps) {
        if (!f32(out) || !contiguous(out, inner, gates)) {
            super.recurrent(cell, out, inner, gates, x, weight, bias, h0, c0, steps);
            return;
        }
        Tensor none = bias == null ? Tensor.zeros(x.device(), DType.F32, x.size(1)) : null;
        try (var dense = new Dense()) {
            RecurrentDriver.forward(cell, out, inner, gates, dense.of(x), dense.of(weight),
                    none == null ? dense.of(bias) : none, dense.of(h0), dense.of(c0), steps);
        } finally {
            if (none != null) {
                none.release();
            }
        }
    }

    @Override
    public void recurrentBackward(RecurrentCell cell, Tensor dx, Tensor dz, Tensor dh, Tensor dc, Tensor dout,
            Tensor dinner, Tensor out, Tensor inner, Tensor gates, Tensor weight, Tensor h0, Tensor c0,
            TimeSteps steps) {
        if (f32(dx) && contiguous(dx, dz, dh, dc)) {
            try (var dense = new Dense()) {
                RecurrentDriver.backward(cell, dx, dz, dh, dc, dense.of(dout), dense.of(dinner), dense.of(out),
                        dense.of(inner), dense.of(gates), dense.of(weight), dense.of(h0), dense.of(c0), steps);
            }
        } else {
            super.recurrentBackward(cell, dx, dz, dh, dc, dout, dinner, out, inner, gates, weight, h0, c0, steps);
        }
    }

    @Override
    public void ctcLoss(Tensor out, Tensor alpha, Tensor logProbs, Tensor labels, long[] frames, long[] places) {
        if (f32(out, alpha, logProbs) && contiguous(out, alpha)) {
            try (var dense = new Dense()) {
                new CtcDriver(alpha, dense.of(logProbs), labels, frames, places).forward(out);
            }
        } else {
            super.ctcLoss(out, alpha, logProbs, labels, frames, places);
        }
    }

    @Override
    public void ctcLossBackward(Tensor dlogProbs, Tensor dout, Tensor out, Tensor alpha, Tensor logProbs, Tensor labels,
            long[] frames, long[] places) {
        if (f32(dlogProbs, dout, out, alpha) && contiguous(dlogProbs)) {
            try (var dense = new Dense()) {
                new CtcDriver(dense.of(alpha), dense.of(logProbs), labels, frames, places).backward(dlogProbs,
                        dense.of(dout), dense.of(out));
            }
        } else {
            super.ctcLossBackward(dlogProbs, dout, out, alpha, logProbs, labels, frames, places);
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
