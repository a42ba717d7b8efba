package org.jacobi.onnx.ops;

import java.util.function.IntToDoubleFunction;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators on signals: Fourier transforms, the windows before them, the mel filters after them. */
final class Signals {
    private Signals() {
    }

    static void register() {
        Operators.add("HannWindow", call -> window(call, 0.5, 0.5, 0));
        Operators.add("HammingWindow", call -> window(call, 25.0 / 46, 21.0 / 46, 0));
        Operators.add("BlackmanWindow", call -> window(call, 0.42, 0.5, 0.08));
        Operators.add("MelWeightMatrix", Signals::melWeights);
        Operators.add("DFT", Signals::dft);
        Operators.add("STFT", Signals::stft);
    }

    /** A sum of cosines, over a whole period or, if it is to be symmetric, up to its last point. */
    private static OnnxTensor window(Call call, double a0, double a1, double a2) {
        int size = Numbers.size(call.integerOf(0));
        double period = call.flag("periodic", true) ? size : size - 1;
        return vector(call, size, n -> a0 - a1 * Math.cos(2 * Math.PI * n / period)
                + a2 * Math.cos(4 * Math.PI * n / period));
    }

    private static OnnxTensor vector(Call call, int size, IntToDoubleFunction values) {
        double[] out = new double[size];
        for (int n = 0; n < size; n++) {
            out[n] = values.applyAsDouble(n);
        }
        return Casts.cast(OnnxTensor.of(Tensor.of(out)), call.elementType("output_datatype", ElementType.FLOAT));
    }

    /** Triangles over the bins of a spectrum whose corners are equally far apart on the mel scale. */
    private static OnnxTensor melWeights(Call call) {
        int filters = Numbers.size(call.integerOf(0));
        long length = call.integerOf(1);
        long rate = call.integerOf(2);
        int bins = Numbers.size(length / 2 + 1);
        double low = mel(call.realOf(3, 0));
        double step = (mel(call.realOf(4, 0)) - low) / (filters + 2);
        int[] corners = new int[filters + 2];
        for (int i = 0; i < corners.length; i++) {
            double hertz = 700 * (Math.pow(10, (i * step + low) / 2595) - 1);
            corners[i] = (int) Math.floor((length + 1) * hertz / rate);
        }
        double[] out = new double[bins * filters];
        for (int i = 0; i < filters; i++) {
            int left = corners[i];
            int top = corners[i + 1];
            int right = corners[i + 2];
            for (int j = left; j <= top; j++) {
                out[j * filters + i] = left == top ? 1 : (double) (j - left) / (top - left);
            }
            for (int j = top; j < right; j++) {
                out[j * filters + i] = (double) (right - j) / (right - top);
            }
        }
        Tensor weights = Numbers.like(Shape.of(bins, filters), out);
        return Casts.cast(OnnxTensor.of(weights), call.elementType("output_datatype", ElementType.FLOAT));
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }

    // ---- Fourier transforms ----------------------------------------------------------------------------------------

    /** The last axis holds real numbers (size 1) or real and imaginary parts (size 2). */
    private static OnnxTensor dft(Call call) {
        Tensor x = call.numbers(0).to(DType.F64);
        int axis = Numbers.axis(call.version() < 20 ? call.integer("axis", 1) : call.has(2) ? call.integerOf(2) : -2,
                x.rank());
        boolean inverse = call.flag("inverse", false);
        boolean oneSided = call.flag("onesided", false);
        long length = call.has(1) ? call.integerOf(1)
                : inverse && oneSided ? 2 * (x.size(axis) - 1) : x.size(axis);
        Tensor last = x.transpose(axis, -2);
        Tensor out = inverse && oneSided ? transform(mirrored(last, length), length, length, true).narrow(-1, 0, 1)
                : transform(last, length, oneSided ? length / 2 + 1 : length, inverse);
        return call.likeFirst(out.transpose(axis, -2));
    }

    /** Returns a whole spectrum of real numbers, of which one half is given. */
    private static Tensor mirrored(Tensor half, long length) {
        Tensor fit = resized(half, length / 2 + 1);
        long rest = length - fit.size(-2);
        Tensor back = fit.narrow(-2, 1, rest).flip(-2)
                .mul(Tensor.of(new double[] {1, -1}));
        return Tensor.cat(fit.rank() - 2, fit, back);
    }

    /** Cuts the second last axis to a length, or fills it up with zeros. */
    private static Tensor resized(Tensor x, long length) {
        if (length <= x.size(-2)) {
            return x.narrow(-2, 0, length);
        }
        long[] more = x.shape().with(-2, length - x.size(-2)).toArray();
        return Tensor.cat(x.rank() - 2, x, Tensor.zeros(x.dtype(), more));
    }

    /** Returns the first frequencies of the transform of length n along the second last axis, by its definition. */
    private static Tensor transform(Tensor x, long n, long frequencies, boolean inverse) {
        Tensor fit = resized(x, n);
        double[] cos = new double[Numbers.size(n * frequencies)];
        double[] sin = new double[cos.length];
        for (int k = 0; k < frequencies; k++) {
            for (int t = 0; t < n; t++) {
                double angle = 2 * Math.PI * ((long) k * t % n) / n;
                cos[(int) (k * n + t)] = Math.cos(angle);
                sin[(int) (k * n + t)] = inverse ? Math.sin(angle) : -Math.sin(angle);
            }
        }
        Tensor c = Tensor.of(cos, frequencies, n);
        Tensor s = Tensor.of(sin, frequencies, n);
        Tensor re = fit.narrow(-1, 0, 1);
        Tensor outRe = c.matmul(re);
        Tensor outIm = s.matmul(re);
        if (fit.size(-1) == 2) {
            Tensor im = fit.narrow(-1, 1, 1);
            outRe = outRe.sub(s.matmul(im));
            outIm = outIm.add(c.matmul(im));
        }
        Tensor out = Tensor.cat(fit.rank() - 1, outRe, outIm);
        return inverse ? out.div(n) : out;
    }

    /** Transforms of frames (B, frames, frequencies, 2) that begin every so many steps of a signal (B, length, 1 or 2). */
    private static OnnxTensor stft(Call call) {
        Tensor x = call.numbers(0).to(DType.F64);
        Tensor signal = x.rank() == 2 ? x.unsqueeze(2) : x;
        long step = call.integerOf(1);
        long length = call.has(3) ? call.integerOf(3) : call.tensor(2).numel();
        long frames = (signal.size(1) - length) / step + 1;
        long[] index = new long[Numbers.size(frames * length)];
        for (int i = 0; i < index.length; i++) {
            index[i] = i / length * step + i % length;
        }
        Tensor framed = signal.indexSelect(1, Tensor.of(index))
                .reshape(signal.size(0), frames, length, signal.size(2));
        if (call.has(2)) {
            framed = framed.mul(call.numbers(2).to(DType.F64).unsqueeze(1));
        }
        boolean oneSided = call.flag("onesided", true) && signal.size(2) == 1;
        return call.likeFirst(transform(framed, length, oneSided ? length / 2 + 1 : length, false));
    }
}
