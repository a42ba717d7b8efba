package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.ComplexAbs;
import org.jacobi.autograd.ops.Fft;
import org.jacobi.autograd.ops.Irfft;
import org.jacobi.autograd.ops.Place;
import org.jacobi.autograd.ops.Rfft;
import org.jacobi.tensor.FftNorm;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Stft;
import org.jacobi.tensor.Tensor;

/**
 * The differentiable Fourier transforms; complex numbers are pairs along the last axis, and arguments and errors are those of
 * the ops of Tensor.
 */
public sealed interface VariableSpectral permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the Fourier transform of complex numbers along their last axis. */
    default Variable fft() {
        return fft(-1, -1, FftNorm.BACKWARD);
    }

    /** Returns the Fourier transform of n complex numbers, or of all if n is -1. */
    default Variable fft(long n, int axis, FftNorm norm) {
        return Fft.apply(resized("fft", self(), n, axis, 1), axis, false, norm);
    }

    /** Returns the inverse Fourier transform of complex numbers along their last axis. */
    default Variable ifft() {
        return ifft(-1, -1, FftNorm.BACKWARD);
    }

    /** Returns the inverse Fourier transform of n complex numbers, or of all if n is -1. */
    default Variable ifft(long n, int axis, FftNorm norm) {
        return Fft.apply(resized("ifft", self(), n, axis, 1), axis, true, norm);
    }

    /** Returns the first half of the Fourier transform of real numbers along the last axis. */
    default Variable rfft() {
        return rfft(-1, -1, FftNorm.BACKWARD);
    }

    /** Returns the first n / 2 + 1 numbers of the Fourier transform of n real numbers, or of all if n is -1. */
    default Variable rfft(long n, int axis, FftNorm norm) {
        return Rfft.apply(resized("rfft", self(), n, axis, 0), axis, norm);
    }

    /** Returns the real numbers, an even number of them, whose {@link #rfft} along the last axis this is. */
    default Variable irfft() {
        return irfft(-1, -1, FftNorm.BACKWARD);
    }

    /** Returns the n real numbers whose {@link #rfft} this is, or 2 (size - 1) of them if n is -1. */
    default Variable irfft(long n, int axis, FftNorm norm) {
        return Irfft.apply(resized("irfft", self(), n < 1 ? n : n / 2 + 1, axis, 1), n, axis, norm);
    }

    /** Cuts an axis, or fills it with zeros; what is wrong with axis or n is left to the op to say. */
    private static Variable resized(String op, Variable x, long n, int axis, int pairs) {
        int at = axis < 0 ? axis + x.rank() - pairs : axis;
        if (n == 0 || n < -1) {
            throw new IllegalArgumentException(
                    op + ": cannot transform " + n + " numbers; n must be at least 1, or -1 for all");
        }
        if (n == -1 || at < 0 || at >= x.rank() - pairs || n == x.size(at)) {
            return x;
        }
        return n < x.size(at) ? x.narrow(at, 0, n) : Place.apply(x, x.shape().with(at, n), at, 0, x.size(at), 1);
    }

    /** Returns the Fourier transform of complex numbers along their last two axes. */
    default Variable fft2() {
        return fftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the inverse Fourier transform of complex numbers along their last two axes. */
    default Variable ifft2() {
        return ifftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the Fourier transform of real numbers along the last two axes; the last one is halved. */
    default Variable rfft2() {
        return rfftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the real numbers whose {@link #rfft2} this is; the last axis gets an even size. */
    default Variable irfft2() {
        return irfftn(-1, FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the Fourier transform of complex numbers along some axes, or all of them when none is given. */
    default Variable fftn(FftNorm norm, int... axes) {
        Variable out = self();
        for (int axis : orAll("fftn", axes, self().rank() - 1)) {
            out = out.fft(-1, axis, norm);
        }
        return out;
    }

    /** Returns the inverse Fourier transform of complex numbers along some axes, or all of them when none is given. */
    default Variable ifftn(FftNorm norm, int... axes) {
        Variable out = self();
        for (int axis : orAll("ifftn", axes, self().rank() - 1)) {
            out = out.ifft(-1, axis, norm);
        }
        return out;
    }

    /** Returns the Fourier transform of real numbers along some axes, or all; the last one given is halved. */
    default Variable rfftn(FftNorm norm, int... axes) {
        int[] all = orAll("rfftn", axes, self().rank());
        Variable out = rfft(-1, all[all.length - 1], norm);
        for (int i = 0; i < all.length - 1; i++) {
            out = out.fft(-1, all[i], norm);
        }
        return out;
    }

    /** Returns the real numbers whose {@link #rfftn} this is; n is the size of the last axis given, or -1 for an even one. */
    default Variable irfftn(long n, FftNorm norm, int... axes) {
        int[] all = orAll("irfftn", axes, self().rank() - 1);
        Variable out = self();
        for (int i = 0; i < all.length - 1; i++) {
            out = out.ifft(-1, all[i], norm);
        }
        return out.irfft(n, all[all.length - 1], norm);
    }

    private static int[] orAll(String op, int[] axes, int rank) {
        if (axes.length > 0) {
            return axes;
        }
        if (rank < 1) {
            throw new IllegalArgumentException(op + ": there is no axis to transform along");
        }
        int[] all = new int[rank];
        Arrays.setAll(all, i -> i);
        return all;
    }

    /** Returns this with frequency 0 moved to the middle of the given axes (of all, pairs included, when none is given). */
    default Variable fftshift(int... axes) {
        return shift("fftshift", false, axes);
    }

    /** Returns this with the middle of the given axes moved to the front: the reverse of {@link #fftshift}. */
    default Variable ifftshift(int... axes) {
        return shift("ifftshift", true, axes);
    }

    private Variable shift(String op, boolean back, int... axes) {
        Variable out = self();
        for (int axis : orAll(op, axes, self().rank())) {
            long size = out.size(out.shape().axis(op, axis));
            long middle = back ? size / 2 : size - size / 2;
            out = Variable.cat(axis, out.narrow(axis, middle, size - middle), out.narrow(axis, 0, middle));
        }
        return out;
    }

    /** Returns the short-time Fourier transform (…, frequencies, frames, 2) of signals (…, length). */
    default Variable stft(Stft how) {
        Tensor positions = how.positions("stft", Batch.trailing("stft", self(), 1));
        long pad = how.zeroPadding();
        long length = self().size(-1);
        Variable padded = pad == 0 ? self()
                : Place.apply(self(), self().shape().with(-1, length + 2 * pad), -1, pad, pad + length, 1);
        long[] sizes = Arrays.copyOf(self().shape().toArray(), self().rank() + 1);
        sizes[sizes.length - 2] = positions.numel() / how.nFft();
        sizes[sizes.length - 1] = how.nFft();
        Variable windowed = windowed(padded.indexSelect(-1, positions).reshape(sizes), how);
        Variable out = how.onesided() ? windowed.rfft(-1, -1, how.norm())
                : Variable.stack(-1, windowed, windowed.mul(0)).fft(-1, -1, how.norm());
        return out.transpose(-2, -3);
    }

    /** Returns the signals (…, length) of which these (…, frequencies, frames, 2) are the {@link #stft}. */
    default Variable istft(Stft how) {
        return istft(how, -1);
    }

    /** Returns the signals whose {@link #stft} comes closest to this, of the given length, or as the frames tell for -1. */
    default Variable istft(Stft how, long length) {
        Stft.Overlap overlap = how.overlap("istft", Batch.trailing("istft", self(), 3), length);
        Variable spectra = self().transpose(-2, -3);
        Variable half = spectra.narrow(-2, 0, how.nFft() / 2 + 1);
        Variable frames = windowed(half.irfft(how.nFft(), -1, how.norm()), how);
        Shape sums = frames.shape().without(frames.rank() - 1).with(-1, overlap.total());
        Variable added =
                Variable.constant(Tensor.zeros(frames.device(), frames.dtype(), sums.toArray())).indexAdd(-1,
                        overlap.positions(),
                        frames.flatten(-2, -1));
        Variable signal = added.narrow(-1, overlap.start(), overlap.length()).div(overlap.envelope());
        return resized("istft", signal, overlap.wanted(), -1, 0);
    }

    private static Variable windowed(Variable frames, Stft how) {
        Tensor window = how.frameWindow(Batch.value(frames));
        return window == null ? frames : frames.mul(window);
    }

    /** Returns the product of complex numbers, element by element. */
    default Variable complexMul(Variable other) {
        requirePairs("complexMul", self());
        requirePairs("complexMul", other);
        Variable re = self().select(-1, 0);
        Variable im = self().select(-1, 1);
        Variable otherRe = other.select(-1, 0);
        Variable otherIm = other.select(-1, 1);
        return Variable.stack(-1, re.mul(otherRe).sub(im.mul(otherIm)), re.mul(otherIm).add(im.mul(otherRe)));
    }

    /** Returns the complex conjugates. */
    default Variable complexConj() {
        requirePairs("complexConj", self());
        return Variable.stack(-1, self().select(-1, 0), self().select(-1, 1).neg());
    }

    /** Returns the absolute values of complex numbers, without the axis of pairs; at 0 the gradient is 0. */
    default Variable complexAbs() {
        return ComplexAbs.apply(self());
    }

    /** Returns the angles of complex numbers, from -π to π, without the axis of pairs; at 0 the gradient is 0. */
    default Variable complexAngle() {
        requirePairs("complexAngle", self());
        Variable re = self().select(-1, 0);
        Variable im = self().select(-1, 1);
        Variable zero = Batch.constant(Batch.value(self()).complexAbs().eq(0), self());
        return im.maskedFill(zero, 0).atan2(re.maskedFill(zero, 1));
    }

    private static void requirePairs(String op, Variable z) {
        if (z.rank() == 0 || z.size(-1) != 2) {
            throw new IllegalArgumentException(
                    op + ": needs complex numbers, pairs along a last axis of size 2, got shape " + z.shape());
        }
    }
}
