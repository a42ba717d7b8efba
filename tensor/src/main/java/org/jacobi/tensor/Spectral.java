package org.jacobi.tensor;

import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.natives.NativeMemory;

/** Fourier transforms along any axis: the axis is cut or filled, moved to the end of the rows that kernels take, and back. */
final class Spectral {
    /** What stands for all numbers of an axis. */
    static final long WHOLE = -1;
    private static final long LONGEST = 1 << 27;

    private Spectral() {
    }

    /** Returns z, which must hold pairs of F32 or F64. */
    static Tensor requirePairs(String op, Tensor z) {
        Matrices.requireType(op, z);
        if (z.rank() == 0 || z.size(-1) != 2) {
            throw new IllegalArgumentException(
                    op + ": needs complex numbers, pairs along a last axis of size 2, got shape "
                            + z.shape() + "; Tensor.stack(-1, re, im) makes them, and rfft takes real numbers");
        }
        return z;
    }

    /** Returns an axis of complex numbers, counted without the axis of pairs. */
    private static int axis(String op, Tensor z, int axis) {
        int rank = Math.max(0, z.rank() - 1);
        int at = axis < 0 ? axis + rank : axis;
        if (at < 0 || at >= rank) {
            throw new IllegalArgumentException(
                    op + ": axis " + axis + " is out of range for shape " + z.shape() + ", which has "
                            + rank + " axes beside the pairs");
        }
        return at;
    }

    /** Returns the axes of a transform along several: all of them if none is given. */
    static int[] axes(String op, Tensor x, boolean pairs, int[] given) {
        int[] axes = given.clone();
        if (given.length == 0) {
            axes = new int[Math.max(0, x.rank() - (pairs ? 1 : 0))];
            Arrays.setAll(axes, i -> i);
        }
        if (axes.length == 0) {
            throw new IllegalArgumentException(op + ": shape " + x.shape() + " has no axis to transform along");
        }
        for (int i = 0; i < axes.length; i++) {
            axes[i] = pairs ? axis(op, x, axes[i]) : x.shape().axis(op, axes[i]);
            for (int j = 0; j < i; j++) {
                if (axes[i] == axes[j]) {
                    throw new IllegalArgumentException(
                            op + ": axis " + axes[i] + " is named twice in " + Arrays.toString(given));
                }
            }
        }
        return axes;
    }

    private static long length(String op, long wanted, long there) {
        long n = wanted == WHOLE ? there : wanted;
        if (n < 1 || n > LONGEST) {
            throw new IllegalArgumentException(
                    op + ": cannot transform " + n + " numbers; n must be from 1 to " + LONGEST);
        }
        return n;
    }

    /** Returns x with an axis cut, or filled with zeros at its end. */
    static Tensor resized(Tensor x, int axis, long n) {
        if (n <= x.size(axis)) {
            return n == x.size(axis) ? x : x.narrow(axis, 0, n);
        }
        Tensor out = Tensor.make("resized", x.device(), x.dtype(), x.shape().with(axis, n)).zero_();
        out.narrow(axis, 0, x.size(axis)).copy_(x);
        return out;
    }

    static Tensor complex(String op, Tensor z, long wanted, int axis, boolean inverse, FftNorm norm) {
        int at = axis(op, requirePairs(op, z), axis);
        long n = length(op, wanted, z.size(at));
        Tensor x = resized(z, at, n).transpose(at, -2).contiguous();
        Tensor out = Tensor.make(op, x.device(), x.dtype(), x.shape());
        x.backend().fft(out, x, inverse, norm.scale(inverse, n));
        Reference.reachabilityFence(x);
        return out.replacedBy(out.transpose(at, -2));
    }

    static Tensor real(Tensor x, long wanted, int axis, FftNorm norm) {
        Matrices.requireType("rfft", x);
        int at = x.shape().axis("rfft", axis);
        long n = length("rfft", wanted, x.size(at));
        Tensor rows = resized(x, at, n).transpose(at, -1).contiguous();
        Tensor out = Tensor.make("rfft", x.device(), x.dtype(),
                Matrices.append(rows.shape().with(-1, n / 2 + 1), 2));
        rows.backend().rfft(out, rows, norm.scale(false, n));
        Reference.reachabilityFence(rows);
        return out.replacedBy(out.transpose(at, -2));
    }

    static Tensor inverseReal(Tensor z, long wanted, int axis, FftNorm norm) {
        int at = axis("irfft", requirePairs("irfft", z), axis);
        long n = length("irfft", wanted, 2 * (z.size(at) - 1));
        Tensor rows = resized(z, at, n / 2 + 1).transpose(at, -2).contiguous();
        Tensor out = Tensor.make("irfft", z.device(), z.dtype(), rows.shape().without(rows.rank() - 1).with(-1, n));
        rows.backend().irfft(out, rows, norm.scale(true, n));
        Reference.reachabilityFence(rows);
        return out.replacedBy(out.transpose(at, -1));
    }

    /** Returns count frequencies over n d; those after the last positive one are negative. */
    static Tensor frequencies(String op, long n, double d, long count, long lastPositive) {
        if (n < 1 || !(d != 0)) {
            throw new IllegalArgumentException(
                    op + ": n is " + n + " and d " + d + "; n must be at least 1, and d not 0");
        }
        Tensor out = Tensor.make(op, DType.F32, Shape.of(count));
        long address = out.hostAddress(op);
        for (long k = 0; k < count; k++) {
            double frequency = (k <= lastPositive ? k : k - n) / (n * d);
            NativeMemory.ALL.set(ValueLayout.JAVA_FLOAT, address + k * Float.BYTES, (float) frequency);
        }
        Reference.reachabilityFence(out);
        return out;
    }

    static Tensor shift(String op, Tensor x, boolean back, int... axes) {
        int[] all = axes.length == 0 ? axes(op, x, false, axes) : axes;
        Tensor out = x;
        for (int axis : all) {
            long size = x.size(x.shape().axis(op, axis));
            long middle = back ? size / 2 : size - size / 2;
            out = Tensor.cat(axis, out.narrow(axis, middle, size - middle), out.narrow(axis, 0, middle));
        }
        return out;
    }

    /** Returns the frames (..., frames, nFft) of signals. */
    static Tensor frames(Tensor x, Stft how) {
        Tensor positions = how.positions("stft", x);
        Tensor padded = x;
        if (how.zeroPadding() > 0) {
            long pad = how.zeroPadding();
            padded = Tensor.make("stft", x.device(), x.dtype(), x.shape().with(-1, x.size(-1) + 2 * pad)).zero_();
            padded.narrow(-1, pad, x.size(-1)).copy_(x);
        }
        Tensor all = padded.indexSelect(-1, positions);
        return all.reshape(Matrices.append(x.shape().without(x.rank() - 1), positions.numel() / how.nFft(), how.nFft())
                .toArray());
    }
}
