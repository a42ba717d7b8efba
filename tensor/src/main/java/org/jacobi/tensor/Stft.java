package org.jacobi.tensor;

import java.util.Arrays;

/**
 * How signals are cut into frames for a short-time Fourier transform: the arguments of torch.stft and torch.istft.
 *
 * <pre>{@code
 * Stft how = Stft.of(400).hopLength(160).window(Windows.hann(400));
 * Tensor spectrogram = signal.stft(how).complexAbs();
 * }</pre>
 *
 * @param nFft       how many numbers are transformed
 * @param hopLength  how many numbers lie from the beginning of one frame to that of the next
 * @param winLength  the window's length, at most nFft; it lies in the middle of the frame, with zeros around
 * @param window     the window (winLength), or null for ones
 * @param center     whether frame t is centered at t hopLength, and the signal padded by nFft / 2 on both sides
 * @param reflect    whether that padding mirrors the signal; else it is zeros
 * @param normalized whether transforms are divided by the square root of nFft
 * @param onesided   whether only the first nFft / 2 + 1 frequencies are there
 */
public record Stft(long nFft, long hopLength, long winLength, Tensor window, boolean center, boolean reflect,
        boolean normalized, boolean onesided) {
    /** Checks that lengths are positive and that the window fits into a frame. */
    public Stft {
        if (nFft < 1 || hopLength < 1 || winLength < 1 || winLength > nFft) {
            throw new IllegalArgumentException("Stft: nFft is " + nFft + ", hopLength " + hopLength + ", winLength "
                    + winLength + "; all must be at least 1, and winLength at most nFft");
        }
        if (window != null && !window.shape().equals(Shape.of(winLength))) {
            throw new IllegalArgumentException(
                    "Stft: the window has shape " + window.shape() + ", expected (" + winLength + ")");
        }
    }

    /** Returns PyTorch's defaults: hops of nFft / 4, a window of ones, centered, mirrored, not normalized, one-sided. */
    public static Stft of(long nFft) {
        return new Stft(nFft, Math.max(1, nFft / 4), nFft, null, true, true, false, true);
    }

    /** Returns this with another hop. */
    public Stft hopLength(long numbers) {
        return new Stft(nFft, numbers, winLength, window, center, reflect, normalized, onesided);
    }

    /** Returns this with a window of ones of the given length. */
    public Stft winLength(long numbers) {
        return new Stft(nFft, hopLength, numbers, null, center, reflect, normalized, onesided);
    }

    /** Returns this with another window, whose length becomes winLength. */
    public Stft window(Tensor numbers) {
        return new Stft(nFft, hopLength, numbers.numel(), numbers, center, reflect, normalized, onesided);
    }

    /** Returns this with the frames centered or not. */
    public Stft center(boolean yes) {
        return new Stft(nFft, hopLength, winLength, window, yes, reflect, normalized, onesided);
    }

    /** Returns this with padding that mirrors the signal, or with zeros. */
    public Stft reflect(boolean yes) {
        return new Stft(nFft, hopLength, winLength, window, center, yes, normalized, onesided);
    }

    /** Returns this with transforms that keep lengths, or not. */
    public Stft normalized(boolean yes) {
        return new Stft(nFft, hopLength, winLength, window, center, reflect, yes, onesided);
    }

    /** Returns this with half of the frequencies, or all. */
    public Stft onesided(boolean yes) {
        return new Stft(nFft, hopLength, winLength, window, center, reflect, normalized, yes);
    }

    /** Returns how the frames' transforms are scaled. */
    public FftNorm norm() {
        return normalized ? FftNorm.ORTHO : FftNorm.BACKWARD;
    }

    /** Returns how many zeros a signal is padded with on both sides before frames are taken at {@link #positions}. */
    public long zeroPadding() {
        return center && !reflect ? nFft / 2 : 0;
    }

    /** Returns the window of a frame (nFft), in the type and on the device of spectra or signals; null for ones. */
    public Tensor frameWindow(Tensor like) {
        if (window == null && winLength == nFft) {
            return null;
        }
        Tensor out = Tensor.zeros(like.device(), like.dtype(), nFft);
        Tensor middle = out.narrow(0, (nFft - winLength) / 2, winLength);
        if (window == null) {
            middle.fill_(1);
        } else {
            middle.copy_(window);
        }
        return out;
    }

    /**
     * Returns where in a signal of x's last axis, padded by {@link #zeroPadding}, the numbers of all frames lie, frame by frame.
     *
     * @throws IllegalArgumentException if the signal is too short for one frame, or for being mirrored
     */
    public Tensor positions(String op, Tensor x) {
        Matrices.requireType(op, x);
        if (x.rank() == 0) {
            throw new IllegalArgumentException(op + ": needs signals along the last axis, got a scalar");
        }
        long length = x.size(-1);
        long mirrored = center && reflect ? nFft / 2 : 0;
        long padded = length + 2 * (mirrored + zeroPadding());
        if (padded < nFft || mirrored >= length && mirrored > 0) {
            throw new IllegalArgumentException(op + ": signals of " + length + " numbers are too short for frames of "
                    + nFft
                    + (mirrored > 0 ? " that mirror " + mirrored + " numbers at both ends; use reflect(false)" : ""));
        }
        long frames = 1 + (padded - nFft) / hopLength;
        long[] positions = new long[Math.toIntExact(frames * nFft)];
        for (int i = 0; i < positions.length; i++) {
            long at = i / nFft * hopLength + i % nFft - mirrored;
            long fromLeft = Math.abs(at);
            positions[i] = mirrored > 0 && fromLeft >= length ? 2 * (length - 1) - fromLeft : fromLeft;
        }
        return Tensor.of(positions).to(x.device());
    }

    /**
     * How frames are added up to signals again.
     *
     * @param total     the length of all frames, where they lie
     * @param positions where the numbers of all frames go, frame by frame
     * @param start     where in that the result begins
     * @param length    how many numbers of it there are
     * @param wanted    how many numbers the result is to have
     * @param envelope  the sum of the squared windows, at these numbers
     */
    public record Overlap(long total, Tensor positions, long start, long length, long wanted, Tensor envelope) {
    }

    /**
     * Returns how the frames of spectra (..., frequencies, frames, 2) are added up.
     *
     * @param length the length of the result, or -1 for what the frames tell
     * @throws IllegalArgumentException if the shape is wrong, or the windows leave a gap in which the signal is unknown
     */
    public Overlap overlap(String op, Tensor spectra, long length) {
        Spectral.requirePairs(op, spectra);
        long frequencies = onesided ? nFft / 2 + 1 : nFft;
        if (spectra.rank() < 3 || spectra.size(-3) != frequencies || spectra.size(-2) == 0) {
            throw new IllegalArgumentException(op + ": needs spectra of shape (..., " + frequencies
                    + ", frames, 2) for frames of " + nFft + ", got " + spectra.shape());
        }
        long frames = spectra.size(-2);
        long total = nFft + hopLength * (frames - 1);
        long[] at = new long[Math.toIntExact(frames * nFft)];
        Arrays.setAll(at, i -> i / nFft * hopLength + i % nFft);
        Tensor positions = Tensor.of(at).to(spectra.device());
        Tensor window = frameWindow(spectra);
        Tensor squares = window == null ? Tensor.ones(spectra.device(), spectra.dtype(), nFft) : window.square();
        Tensor envelope = Tensor.zeros(spectra.device(), spectra.dtype(), total).indexAdd_(0, positions,
                squares.expand(frames, nFft).reshape(frames * nFft));
        long start = center ? nFft / 2 : 0;
        long wanted = length >= 0 ? length : total - 2 * start;
        long there = Math.min(wanted, total - start);
        if (there < 1) {
            throw new IllegalArgumentException(
                    op + ": " + frames + " frames of " + nFft + " leave nothing of a signal");
        }
        Tensor part = envelope.narrow(0, start, there);
        if (!(part.amin().item() > 1e-11)) {
            throw new IllegalArgumentException(
                    op + ": the windows leave gaps, in which the signal cannot be known; use a smaller "
                            + "hopLength than " + hopLength + ", or a window that is not 0 at the edge");
        }
        return new Overlap(total, positions, start, there, wanted, part);
    }
}
