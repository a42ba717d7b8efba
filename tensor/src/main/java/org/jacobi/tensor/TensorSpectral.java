package org.jacobi.tensor;

/**
 * Fourier transforms, by the names of torch.fft, and what is done with complex numbers.
 *
 * <p>There is no complex type. Complex numbers are pairs of real ones along a last axis of size 2, real part first: the
 * layout of torch.view_as_real, and that of ONNX's DFT and STFT. {@code Tensor.stack(-1, re, im)} makes such a tensor,
 * {@code select(-1, 0)} and {@code select(-1, 1)} are its parts. Axes that a transform is given are counted as if the axis
 * of pairs were not there: -1 is the last axis of complex numbers.
 */
public sealed interface TensorSpectral permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    // ---- one axis --------------------------------------------------------------------------------------------------

    /** Returns the Fourier transform of complex numbers along their last axis. */
    default Tensor fft() {
        return fft(Spectral.WHOLE, -1, FftNorm.BACKWARD);
    }

    /**
     * Returns the Fourier transform of complex numbers: out[k] = sum_t x[t] e^(-2 pi i k t / n).
     *
     * @param n how many numbers are transformed: the axis is cut or filled with zeros; -1 for all
     */
    default Tensor fft(long n, int axis, FftNorm norm) {
        return Spectral.complex("fft", self(), n, axis, false, norm);
    }

    /** Returns the inverse Fourier transform of complex numbers along their last axis. */
    default Tensor ifft() {
        return ifft(Spectral.WHOLE, -1, FftNorm.BACKWARD);
    }

    /** Returns the inverse Fourier transform of complex numbers: out[t] = 1 / n sum_k x[k] e^(2 pi i k t / n). */
    default Tensor ifft(long n, int axis, FftNorm norm) {
        return Spectral.complex("ifft", self(), n, axis, true, norm);
    }

    /** Returns the Fourier transform of real numbers along the last axis: the first n / 2 + 1 complex numbers. */
    default Tensor rfft() {
        return rfft(Spectral.WHOLE, -1, FftNorm.BACKWARD);
    }

    /**
     * Returns the first n / 2 + 1 complex numbers of the Fourier transform of real numbers; the others mirror them, out[n - k] =
     * conj(out[k]). The result has an axis of pairs, this has none.
     *
     * @param n how many numbers are transformed: the axis is cut or filled with zeros; -1 for all
     */
    default Tensor rfft(long n, int axis, FftNorm norm) {
        return Spectral.real(self(), n, axis, norm);
    }

    /** Returns the real numbers, an even number of them, whose {@link #rfft} along the last axis this is. */
    default Tensor irfft() {
        return irfft(Spectral.WHOLE, -1, FftNorm.BACKWARD);
    }

    /**
     * Returns the n real numbers whose {@link #rfft} this is.
     *
     * @param n how many real numbers there are, which this alone does not tell; -1 for 2 (size - 1)
     */
    default Tensor irfft(long n, int axis, FftNorm norm) {
        return Spectral.inverseReal(self(), n, axis, norm);
    }

    // ---- several axes ----------------------------------------------------------------------------------------------

    /** Returns the Fourier transform of complex numbers along their last two axes. */
    default Tensor fft2() {
        return fftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the inverse Fourier transform of complex numbers along their last two axes. */
    default Tensor ifft2() {
        return ifftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the Fourier transform of real numbers along the last two axes; the last one is halved. */
    default Tensor rfft2() {
        return rfftn(FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the real numbers whose {@link #rfft2} this is; the last axis gets an even size. */
    default Tensor irfft2() {
        return irfftn(Spectral.WHOLE, FftNorm.BACKWARD, -2, -1);
    }

    /** Returns the Fourier transform of complex numbers along some axes, or all of them when none is given. */
    default Tensor fftn(FftNorm norm, int... axes) {
        Tensor out = self();
        for (int axis : Spectral.axes("fftn", self(), true, axes)) {
            out = out.fft(Spectral.WHOLE, axis, norm);
        }
        return out;
    }

    /** Returns the inverse Fourier transform of complex numbers along some axes, or all of them when none is given. */
    default Tensor ifftn(FftNorm norm, int... axes) {
        Tensor out = self();
        for (int axis : Spectral.axes("ifftn", self(), true, axes)) {
            out = out.ifft(Spectral.WHOLE, axis, norm);
        }
        return out;
    }

    /** Returns the Fourier transform of real numbers along some axes, or all; the last one given is halved. */
    default Tensor rfftn(FftNorm norm, int... axes) {
        int[] all = Spectral.axes("rfftn", self(), false, axes);
        Tensor out = rfft(Spectral.WHOLE, all[all.length - 1], norm);
        for (int i = 0; i < all.length - 1; i++) {
            out = out.fft(Spectral.WHOLE, all[i], norm);
        }
        return out;
    }

    /** Returns the real numbers whose {@link #rfftn} this is; n is the size of the last axis given, or -1 for an even one. */
    default Tensor irfftn(long n, FftNorm norm, int... axes) {
        int[] all = Spectral.axes("irfftn", self(), true, axes);
        Tensor out = self();
        for (int i = 0; i < all.length - 1; i++) {
            out = out.ifft(Spectral.WHOLE, all[i], norm);
        }
        return out.irfft(n, all[all.length - 1], norm);
    }

    /** Returns this with frequency 0 moved to the middle of the given axes (of all, pairs included, when none is given). */
    default Tensor fftshift(int... axes) {
        return Spectral.shift("fftshift", self(), false, axes);
    }

    /** Returns this with the middle of the given axes moved to the front: the reverse of {@link #fftshift}. */
    default Tensor ifftshift(int... axes) {
        return Spectral.shift("ifftshift", self(), true, axes);
    }

    // ---- short-time transforms ---------------------------------------------------------------------------------------

    /**
     * Returns the short-time Fourier transform (..., frequencies, frames, 2) of real signals (..., length): the transforms of
     * windowed frames that overlap (torch.stft).
     */
    default Tensor stft(Stft how) {
        Tensor framed = Spectral.frames(self(), how);
        Tensor window = how.frameWindow(self());
        Tensor windowed = window == null ? framed : framed.mul(window);
        Tensor out = how.onesided()
                ? windowed.rfft(Spectral.WHOLE, -1, how.norm())
                : Tensor.stack(-1, windowed, windowed.mul(0)).fft(Spectral.WHOLE, -1, how.norm());
        return out.transpose(-2, -3);
    }

    /** Returns the signals (..., length) of which these (..., frequencies, frames, 2) are the {@link #stft}, as long as the frames tell. */
    default Tensor istft(Stft how) {
        return istft(how, Spectral.WHOLE);
    }

    /**
     * Returns the signals whose {@link #stft} comes closest to this in the sense of least squares (Griffin and Lim, 1984):
     * windowed frames are added up and divided by the sum of the squared windows (torch.istft). Of two-sided spectra the first half
     * is read.
     *
     * @param length the length of the result, which is cut or filled with zeros; -1 for what the frames tell
     */
    default Tensor istft(Stft how, long length) {
        Stft.Overlap overlap = how.overlap("istft", self(), length);
        Tensor spectra = self().transpose(-2, -3);
        Tensor framed = spectra.narrow(-2, 0, how.nFft() / 2 + 1).irfft(how.nFft(), -1, how.norm());
        Tensor window = how.frameWindow(self());
        Tensor windowed = window == null ? framed : framed.mul(window);
        Shape sums = windowed.shape().without(windowed.rank() - 1).with(-1, overlap.total());
        Tensor added = Tensor.zeros(self().device(), self().dtype(), sums.toArray()).indexAdd_(-1, overlap.positions(),
                windowed.flatten(-2, -1));
        Tensor signal = added.narrow(-1, overlap.start(), overlap.length()).div(overlap.envelope());
        return Spectral.resized(signal, signal.rank() - 1, overlap.wanted());
    }

    // ---- complex numbers ---------------------------------------------------------------------------------------------

    /** Returns the product of complex numbers, element by element. */
    default Tensor complexMul(Tensor other) {
        Tensor a = Spectral.requirePairs("complexMul", self());
        Tensor b = Spectral.requirePairs("complexMul", other);
        Tensor re = a.select(-1, 0);
        Tensor im = a.select(-1, 1);
        Tensor otherRe = b.select(-1, 0);
        Tensor otherIm = b.select(-1, 1);
        return Tensor.stack(-1, re.mul(otherRe).sub(im.mul(otherIm)), re.mul(otherIm).add(im.mul(otherRe)));
    }

    /** Returns the complex conjugates. */
    default Tensor complexConj() {
        Tensor z = Spectral.requirePairs("complexConj", self());
        return Tensor.stack(-1, z.select(-1, 0), z.select(-1, 1).neg());
    }

    /** Returns the absolute values of complex numbers, without the axis of pairs. */
    default Tensor complexAbs() {
        return Spectral.requirePairs("complexAbs", self()).square().sum(-1).sqrt();
    }

    /** Returns the angles of complex numbers, from -pi to pi, without the axis of pairs. */
    default Tensor complexAngle() {
        Tensor z = Spectral.requirePairs("complexAngle", self());
        return z.select(-1, 1).atan2(z.select(-1, 0));
    }
}
