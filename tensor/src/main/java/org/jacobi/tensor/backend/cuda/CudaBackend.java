package org.jacobi.tensor.backend.cuda;

import java.util.List;

import org.jacobi.natives.cuda.Gpu;
import org.jacobi.natives.cuda.MatmulCall;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.AdamWStep;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.RecurrentCell;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.Sliding;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The kernels of an NVIDIA GPU: the .cu files of module native, launched by one class a family.
 *
 * <p>Sums are f32 (f64 for f64) in an order that depends on shapes alone, without atomic additions, so that equal operands give
 * equal bits. Decompositions and Fourier transforms are left to the CPU's kernels.
 */
public final class CudaBackend implements Backend {
    private final Gpu gpu;
    private final CopyLaunches copies;
    private final ElementwiseLaunches elementwise;
    private final ReduceLaunches reductions;
    private final ScanLaunches scans;
    private final SortLaunches sorts;
    private final IndexLaunches indexing;
    private final ChangingDraws draws = new ChangingDraws();
    private final RandomLaunches randoms;
    private final SamplingLaunches sampling;
    private final MatmulLaunches products;
    private final SoftmaxLaunches softmaxes;
    private final NormLaunches norms;
    private final GroupNormLaunches groupNorms;
    private final ChannelLaunches channels;
    private final ListLaunches lists;
    private final OnHost host;
    // attention, convolution, pooling, recurrence
    private final AttentionLaunches attentions;
    private final RecurrentLaunches recurrences;
    private final PoolLaunches pools;
    private final ConvLaunches convolutions;

    /** Makes the launches of a GPU's kernels, which are compiled or loaded at their first use. */
    public CudaBackend(Gpu gpu) {
        this(gpu, true);
    }

    /** @param tensorCores false for the same kernels in plain arithmetic, to compare with: they are slow */
    public CudaBackend(Gpu gpu, boolean tensorCores) {
        this.gpu = gpu;
        copies = new CopyLaunches(gpu);
        elementwise = new ElementwiseLaunches(gpu);
        reductions = new ReduceLaunches(gpu);
        scans = new ScanLaunches(gpu);
        sorts = new SortLaunches(gpu);
        indexing = new IndexLaunches(gpu, reductions, scans, sorts);
        randoms = new RandomLaunches(gpu, draws);
        sampling = new SamplingLaunches(gpu, draws);
        products = new MatmulLaunches(gpu);
        softmaxes = new SoftmaxLaunches(gpu);
        norms = new NormLaunches(gpu);
        groupNorms = new GroupNormLaunches(gpu);
        channels = new ChannelLaunches(gpu);
        lists = new ListLaunches(gpu);
        host = new OnHost(gpu);
        attentions = new AttentionLaunches(gpu, draws, tensorCores);
        recurrences = new RecurrentLaunches(gpu, products, elementwise, copies);
        pools = new PoolLaunches(gpu);
        convolutions = new ConvLaunches(gpu, reductions, tensorCores);
    }

    @Override
    public String name() {
        return "cuda";
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    @Override
    public long allocate(long bytes, String op) {
        return gpu.allocate(bytes, op);
    }

    @Override
    public void free(long address, long bytes) {
        gpu.free(address, bytes);
    }

    @Override
    public void copyIn(long device, long from, long bytes) {
        gpu.copyIn(device, from, bytes);
    }

    @Override
    public void copyOut(long to, long device, long bytes) {
        gpu.copyOut(to, device, bytes);
    }

    @Override
    public Recording record(Runnable work, Tensor random) {
        Gpu.Recording recording = gpu.capture(() -> {
            draws.recordedAt(random.address());
            try {
                work.run();
            } finally {
                draws.recordedAt(0);
            }
        });
        return new Recording() {
            @Override
            public void replay() {
                recording.replay();
            }

            @Override
            public void close() {
                recording.close();
            }
        };
    }

    // ---- element by element ----------------------------------------------------------------------------------------

    @Override
    public void fill(Tensor out, double value) {
        copies.arange(out, value, 0);
    }

    @Override
    public void copy(Tensor out, Tensor x) {
        copies.copy(out, x);
    }

    @Override
    public void triangle(Tensor out, Tensor x, boolean lower, long k) {
        copies.triangle(out, x, lower, k);
    }

    @Override
    public void arange(Tensor out, double start, double step) {
        copies.arange(out, start, step);
    }

    @Override
    public void unary(UnaryOp op, Tensor out, Tensor x) {
        elementwise.unary(op, out, x);
    }

    @Override
    public void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        elementwise.binary(op, out, a, b);
    }

    @Override
    public void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        elementwise.ternary(op, out, a, b, c);
    }

    @Override
    public void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        elementwise.where(out, condition, a, b);
    }

    // ---- along axes ------------------------------------------------------------------------------------------------

    @Override
    public void reduce(ReduceOp op, Tensor out, Tensor x) {
        reductions.reduce(op, out, x);
    }

    @Override
    public void argReduce(boolean largest, Tensor out, Tensor x, int axis) {
        reductions.argReduce(largest, out, x, axis);
    }

    @Override
    public void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        sorts.sort(values, indices, x, descending);
    }

    @Override
    public void topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        if (!sorts.topk(values, indices, x, largest)) {
            Backend.super.topk(values, indices, x, largest);
        }
    }

    @Override
    public void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right) {
        sorts.searchSorted(out, sorted, x, right);
    }

    @Override
    public void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        scans.scan(op, fromEnd, out, x, axis);
    }

    @Override
    public void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        scans.scanExtreme(largest, values, indices, x, axis);
    }

    @Override
    public void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        scans.recurrence(fromEnd, out, a, b, axis);
    }

    @Override
    public void matmul(Tensor out, Tensor a, Tensor b) {
        products.matmul(out, a, b);
    }

    // ---- products with what follows them, where the library offers it ---------------------------------------------------

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        if (bias == null || !products.fused(out, x, weight.t(), MatmulCall.Epilogue.BIAS, bias, null)) {
            Backend.super.linear(out, x, weight, bias);
        }
    }

    @Override
    public void linearWeight(Tensor dweight, Tensor dbias, Tensor dout, Tensor x) {
        if (dbias == null
                || !products.fused(dweight, dout.t(), x, MatmulCall.Epilogue.BIAS_GRADIENT, dbias, null)) {
            Backend.super.linearWeight(dweight, dbias, dout, x);
        }
    }

    @Override
    public boolean fusesGelu() {
        return true;
    }

    @Override
    public void linearGelu(Tensor out, Tensor inner, Tensor x, Tensor weight, Tensor bias) {
        if (bias == null || !products.fused(out, x, weight.t(), MatmulCall.Epilogue.BIAS_GELU, bias, inner)) {
            Backend.super.linearGelu(out, inner, x, weight, bias);
        }
    }

    @Override
    public void linearGeluBackward(Tensor dinner, Tensor dbias, Tensor dout, Tensor weight, Tensor inner) {
        MatmulCall.Epilogue epilogue =
                dbias == null ? MatmulCall.Epilogue.DGELU : MatmulCall.Epilogue.DGELU_BIAS_GRADIENT;
        if (!products.fused(dinner, dout, weight, epilogue, dbias, inner)) {
            Backend.super.linearGeluBackward(dinner, dbias, dout, weight, inner);
        }
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    @Override
    public void gather(Tensor out, Tensor x, int axis, Tensor index) {
        indexing.gather(out, x, axis, index);
    }

    @Override
    public void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source) {
        indexing.scatter(op, out, axis, index, source);
    }

    @Override
    public boolean offsets(Tensor out, Tensor index, long size, long stride) {
        return indexing.offsets(out, index, size, stride);
    }

    @Override
    public long countNonzero(Tensor x) {
        return indexing.countNonzero(x);
    }

    @Override
    public void nonzero(Tensor out, Tensor x) {
        indexing.nonzero(out, x);
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Override
    public void uniform(Tensor out, long seed, long call, double from, double to) {
        randoms.uniform(out, seed, call, from, to);
    }

    @Override
    public void normal(Tensor out, long seed, long call, double mean, double std) {
        randoms.normal(out, seed, call, mean, std);
    }

    @Override
    public void integers(Tensor out, long seed, long call, long low, long range) {
        randoms.integers(out, seed, call, low, range);
    }

    @Override
    public void dropout(Tensor out, Tensor x, double p, long seed, long call) {
        randoms.dropout(out, x, p, seed, call);
    }

    @Override
    public void sample(Tensor out, Tensor logits, double temperature, long topK, double topP, long seed, long call) {
        sampling.sample(out, logits, temperature, topK, topP, seed, call);
    }

    // ---- attention, convolution, pooling, recurrence ---------------------------------------------------------------

    @Override
    public boolean attendsInHalves(Tensor q, Attention how) {
        return q.dtype() == DType.BF16 && AttentionLaunches.fits(q, how);
    }

    @Override
    public void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        if (AttentionLaunches.fits(q, how)) {
            attentions.attention(out, lse, q, k, v, how);
        } else {
            Backend.super.attention(out, lse, q, k, v, how);
        }
    }

    @Override
    public void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        if (AttentionLaunches.fits(q, how)) {
            attentions.attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, how);
        } else {
            Backend.super.attentionBackward(dq, dk, dv, dout, out, lse, q, k, v, how);
        }
    }

    @Override
    public void recurrent(RecurrentCell cell, Tensor out, Tensor inner, Tensor gates, Tensor x, Tensor weight,
            Tensor bias, Tensor h0, Tensor c0, TimeSteps steps) {
        recurrences.recurrent(cell, out, inner, gates, x, weight, bias, h0, c0, steps);
    }

    @Override
    public void recurrentBackward(RecurrentCell cell, Tensor dx, Tensor dz, Tensor dh, Tensor dc, Tensor dout,
            Tensor dinner, Tensor out, Tensor inner, Tensor gates, Tensor weight, Tensor h0, Tensor c0,
            TimeSteps steps) {
        recurrences.recurrentBackward(cell, dx, dz, dh, dc, dout, dinner, out, inner, gates, weight, h0, c0, steps);
    }

    @Override
    public void resample(Tensor out, Tensor x, int axis, Taps taps) {
        pools.resample(out, x, axis, taps);
    }

    @Override
    public void maxPool(Tensor out, Tensor indices, Tensor x, Taps depth, Taps height, Taps width) {
        pools.maxPool(out, indices, x, depth, height, width);
    }

    @Override
    public void convolution(Tensor out, Tensor x, Tensor weight, Tensor bias, Sliding how) {
        if (ConvLaunches.fits(out, x, weight, how)) {
            convolutions.convolution(out, x, weight, bias, how);
        } else {
            Backend.super.convolution(out, x, weight, bias, how);
        }
    }

    @Override
    public void convolutionTranspose(Tensor x, Tensor out, Tensor weight, Tensor bias, Sliding how) {
        if (ConvLaunches.fits(out, x, weight, how)) {
            convolutions.convolutionTranspose(x, out, weight, bias, how);
        } else {
            Backend.super.convolutionTranspose(x, out, weight, bias, how);
        }
    }

    @Override
    public void convolutionWeight(Tensor weight, Tensor out, Tensor x, Sliding how) {
        if (ConvLaunches.fits(out, x, weight, how)) {
            convolutions.convolutionWeight(weight, out, x, how);
        } else {
            Backend.super.convolutionWeight(weight, out, x, how);
        }
    }

    // ---- fused, row by row; what a family has no kernel for is composed of the primitives ----------------------------

    @Override
    public boolean takesHalves() {
        return true;
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        if (!softmaxes.softmax(out, x)) {
            Backend.super.softmax(out, x);
        }
    }

    @Override
    public void softmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        if (!softmaxes.softmaxBackward(dx, dout, out)) {
            Backend.super.softmaxBackward(dx, dout, out);
        }
    }

    @Override
    public void logSoftmax(Tensor out, Tensor x) {
        if (!softmaxes.logSoftmax(out, x)) {
            Backend.super.logSoftmax(out, x);
        }
    }

    @Override
    public void logSoftmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        if (!softmaxes.logSoftmaxBackward(dx, dout, out)) {
            Backend.super.logSoftmaxBackward(dx, dout, out);
        }
    }

    @Override
    public void logSumExp(Tensor out, Tensor x) {
        if (!softmaxes.logSumExp(out, x)) {
            Backend.super.logSumExp(out, x);
        }
    }

    @Override
    public void crossEntropy(Tensor out, Tensor lse, Tensor logits, Tensor targets, long ignoreIndex,
            double smoothing) {
        if (!softmaxes.crossEntropy(out, lse, logits, targets, ignoreIndex, smoothing)) {
            Backend.super.crossEntropy(out, lse, logits, targets, ignoreIndex, smoothing);
        }
    }

    @Override
    public void crossEntropyBackward(Tensor dlogits, Tensor dout, Tensor lse, Tensor logits, Tensor targets,
            long ignoreIndex, double smoothing) {
        if (!softmaxes.crossEntropyBackward(dlogits, dout, lse, logits, targets, ignoreIndex, smoothing)) {
            Backend.super.crossEntropyBackward(dlogits, dout, lse, logits, targets, ignoreIndex, smoothing);
        }
    }

    @Override
    public void layerNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias, double eps) {
        if (!norms.forward(out, mean, rstd, x, weight, bias, eps)) {
            Backend.super.layerNorm(out, mean, rstd, x, weight, bias, eps);
        }
    }

    @Override
    public void layerNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight,
            Tensor mean, Tensor rstd) {
        if (!norms.backward(dx, dweight, dbias, dout, x, weight, mean, rstd)) {
            Backend.super.layerNormBackward(dx, dweight, dbias, dout, x, weight, mean, rstd);
        }
    }

    @Override
    public void rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, double eps) {
        if (!norms.forward(out, null, rstd, x, weight, null, eps)) {
            Backend.super.rmsNorm(out, rstd, x, weight, eps);
        }
    }

    @Override
    public void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) {
        if (!norms.backward(dx, dweight, null, dout, x, weight, null, rstd)) {
            Backend.super.rmsNormBackward(dx, dweight, dout, x, weight, rstd);
        }
    }

    @Override
    public void groupNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, long groups, Tensor weight, Tensor bias,
            double eps) {
        if (!groupNorms.forward(out, mean, rstd, x, groups, weight, bias, eps)) {
            Backend.super.groupNorm(out, mean, rstd, x, groups, weight, bias, eps);
        }
    }

    @Override
    public void groupNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, long groups,
            Tensor weight, Tensor mean, Tensor rstd) {
        if (!groupNorms.backward(dx, dweight, dbias, dout, x, groups, weight, mean, rstd)) {
            Backend.super.groupNormBackward(dx, dweight, dbias, dout, x, groups, weight, mean, rstd);
        }
    }

    @Override
    public void channelStatistics(Tensor mean, Tensor variance, Tensor x) {
        if (!channels.statistics(mean, variance, x)) {
            Backend.super.channelStatistics(mean, variance, x);
        }
    }

    @Override
    public void batchNorm(Tensor out, Tensor x, Tensor mean, Tensor rstd, Tensor weight, Tensor bias) {
        if (!channels.forward(out, x, mean, rstd, weight, bias)) {
            Backend.super.batchNorm(out, x, mean, rstd, weight, bias);
        }
    }

    @Override
    public void batchNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean,
            Tensor rstd, Tensor weight, boolean constants) {
        if (!channels.backward(dx, dweight, dbias, dout, x, mean, rstd, weight, constants)) {
            Backend.super.batchNormBackward(dx, dweight, dbias, dout, x, mean, rstd, weight, constants);
        }
    }

    // ---- all tensors of an optimizer ---------------------------------------------------------------------------------

    @Override
    public void adamW(Tensor parameter, Tensor grad, Tensor m, Tensor v, Tensor vMax, double gradScale, double lr,
            double beta1, double beta2, double eps, double weightDecay, long step) {
        if (ListLaunches.takes(parameter, grad, m, v, vMax)) {
            lists.adamW(parameter, grad, m, v, vMax, gradScale, lr, beta1, beta2, eps, weightDecay, step);
        } else {
            Backend.super.adamW(parameter, grad, m, v, vMax, gradScale, lr, beta1, beta2, eps, weightDecay, step);
        }
    }

    @Override
    public void adamW(List<AdamWStep> steps) {
        if (steps.stream().allMatch(ListLaunches::takes)) {
            lists.adamW(steps);
        } else {
            Backend.super.adamW(steps);
        }
    }

    @Override
    public void sumOfSquares(Tensor out, List<Tensor> tensors) {
        if (!tensors.isEmpty() && ListLaunches.takes(tensors.toArray(Tensor[]::new))) {
            Tensor sums = lists.squares(tensors);
            reduce(ReduceOp.SUM, out.view(1), sums);
            sums.release();
        } else {
            Backend.super.sumOfSquares(out, tensors);
        }
    }

    @Override
    public void scale(List<Tensor> tensors, Tensor factor) {
        if (tensors.isEmpty() || ListLaunches.takes(tensors.toArray(Tensor[]::new))
                && factor.dtype() == Rows.computed(tensors.getFirst().dtype())) {
            lists.scale(tensors, factor);
        } else {
            Backend.super.scale(tensors, factor);
        }
    }

    // ---- on the processor ------------------------------------------------------------------------------------------

    private static Backend cpu() {
        return Device.CPU.backend();
    }

    @Override
    public void lu(Tensor a, Tensor permutation) {
        host.run(t -> cpu().lu(t[0], t[1]), 2, a, permutation);
    }

    @Override
    public void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit) {
        host.run(t -> cpu().solveTriangular(t[0], t[1], upper, unit), 1, b, a);
    }

    @Override
    public void cholesky(Tensor a, boolean upper, Tensor info) {
        host.run(t -> cpu().cholesky(t[0], upper, t[1]), 2, a, info);
    }

    @Override
    public void qr(Tensor q, Tensor a) {
        host.run(t -> cpu().qr(t[0], t[1]), 2, q, a);
    }

    @Override
    public void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info) {
        host.run(t -> cpu().svd(t[0], t[1], t[2], t[3], t[4]), 5, u, s, vh, a, info);
    }

    @Override
    public void eigh(Tensor w, Tensor a, boolean vectors, Tensor info) {
        host.run(t -> cpu().eigh(t[0], t[1], vectors, t[2]), 3, w, a, info);
    }

    @Override
    public void fft(Tensor out, Tensor x, boolean inverse, double scale) {
        host.run(t -> cpu().fft(t[0], t[1], inverse, scale), 1, out, x);
    }

    @Override
    public void rfft(Tensor out, Tensor x, double scale) {
        host.run(t -> cpu().rfft(t[0], t[1], scale), 1, out, x);
    }

    @Override
    public void irfft(Tensor out, Tensor x, double scale) {
        host.run(t -> cpu().irfft(t[0], t[1], scale), 1, out, x);
    }
}
