package org.jacobi.onnx.ops;

import java.util.function.IntToDoubleFunction;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.FftNorm;
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

    /**
     * The last axis holds real numbers (size 1) or real and imaginary parts (size 2). Computed in double precision, so that
     * what should be zero is, next to large numbers.
     */
    private static OnnxTensor dft(Call call) {
        Tensor x = call.numbers(0).to(DType.F64);
        int axis = Numbers.axis(call.version() < 20 ? call.integer("axis", 1) : call.has(2) ? call.integerOf(2) : -2,
                x.rank());
        long length = call.has(1) ? call.integerOf(1) : -1; // all there is
        boolean oneSided = call.flag("onesided", false);
        if (call.flag("inverse", false)) {
            return call.likeFirst(oneSided ? complex(x).irfft(length, axis, FftNorm.BACKWARD).unsqueeze(-1)
                    : complex(x).ifft(length, axis, FftNorm.BACKWARD));
        }
        return call.likeFirst(transform(x, length, axis, oneSided));
    }

    /** Returns the transform of numbers, real or complex, or its first half. */
    private static Tensor transform(Tensor x, long length, int axis, boolean oneSided) {
        if (oneSided && x.size(-1) == 1) {
            return x.squeeze(-1).rfft(length, axis, FftNorm.BACKWARD);
        }
        Tensor whole = complex(x).fft(length, axis, FftNorm.BACKWARD);
        return oneSided ? whole.narrow(axis, 0, whole.size(axis) / 2 + 1) : whole;
    }

    /** Returns real numbers with imaginary parts of zero. */
    private static Tensor complex(Tensor x) {
        return x.size(-1) == 2 ? x : Tensor.cat(x.rank() - 1, x, x.mul(0));
    }

    /** Transforms of frames (B, frames, frequencies, 2) that begin every so many steps of a signal (B, length, 1 or 2). */
    private static OnnxTensor stft(Call call) {
        Tensor x = call.numbers(0).to(DType.F64);
        Tensor signal = x.rank() == 2 ? x.unsqueeze(2) : x;
        long step = call.integerOf(1);
        long length = call.has(3) ? call.integerOf(3) : call.tensor(2).numel();
        Tensor framed = signal.unfold(1, length, step).transpose(2, 3); // (B, frames, length, 1 or 2)
        if (call.has(2)) {
            framed = framed.mul(call.numbers(2).to(DType.F64).unsqueeze(1));
        }
        return call.likeFirst(transform(framed, -1, 2, call.flag("onesided", true)));
    }
}
