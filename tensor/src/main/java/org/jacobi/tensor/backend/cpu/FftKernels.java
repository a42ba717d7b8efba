package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Fourier transforms of rows of any length, on all threads.
 *
 * <p>In f32 as many rows as a vector has lanes are transformed at once, side by side. A long row, or one of few, is cut
 * into as many columns as there are lanes, which are transformed, turned by roots of unity, and transformed across (the
 * four-step method: Gentleman and Sande, 1966; Bailey, 1990). Everything else is done in doubles, row by row. A real row of
 * even length is a complex one of half the length (Cooley, Lewis and Welch, 1970). Inverse transforms are forward ones with
 * real and imaginary parts exchanged.
 */
final class FftKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final FftLanes LANES = Simd.fftLanes();
    /** What a task should at least amount to, in complex numbers times passes. */
    private static final long TASK_WORK = 8192;
    /** Side by side, rows up to this length lie in the caches. */
    private static final int LONGEST_SIDE_BY_SIDE = 4096;

    private FftKernels() {
    }

    static void fft(Tensor out, Tensor x, boolean inverse, double scale) {
        int n = Math.toIntExact(x.size(-2));
        RowTransform rows = new RowTransform(x.dtype(), n, inverse, scale);
        long step = 2L * n * x.dtype().bytes();
        long from = x.address();
        long to = out.address();
        rows.forEach(x.numel() / 2 / n,
                (first, count) -> rows.transform(to + first * step, step, from + first * step, step, count));
    }

    static void rfft(Tensor out, Tensor x, double scale) {
        int n = Math.toIntExact(x.size(-1));
        int bytes = x.dtype().bytes();
        long xStep = (long) n * bytes;
        long outStep = (n / 2 + 1L) * 2 * bytes;
        long from = x.address();
        long to = out.address();
        if (n % 2 == 0) {
            RowTransform rows = new RowTransform(x.dtype(), n / 2, false, scale);
            FftPlan roots = FftPlan.of(n);
            rows.forEach(x.numel() / n, (first, count) -> {
                rows.transform(to + first * outStep, outStep, from + first * xStep, xStep, count);
                for (long row = first; row < first + count; row++) {
                    rows.split(roots, to + row * outStep);
                }
            });
            return;
        }
        RowTransform rows = new RowTransform(x.dtype(), n, false, scale);
        rows.forEach(x.numel() / n, (first, count) -> {
            long pairs = SlabAllocator.global().allocate(2 * xStep * count);
            try {
                for (long i = 0; i < count * n; i++) {
                    rows.set(pairs + 2 * i * bytes, rows.get(from + first * xStep + i * bytes));
                    rows.set(pairs + (2 * i + 1) * bytes, 0);
                }
                rows.transform(pairs, 2 * xStep, pairs, 2 * xStep, count);
                for (long row = 0; row < count; row++) {
                    NativeMemory.copy(pairs + row * 2 * xStep, to + (first + row) * outStep, outStep);
                }
            } finally {
                SlabAllocator.global().free(pairs, 2 * xStep * count);
            }
        });
    }

    static void irfft(Tensor out, Tensor x, double scale) {
        int n = Math.toIntExact(out.size(-1));
        int bytes = x.dtype().bytes();
        long outStep = (long) n * bytes;
        long xStep = (n / 2 + 1L) * 2 * bytes;
        long from = x.address();
        long to = out.address();
        if (n % 2 == 0) {
            RowTransform rows = new RowTransform(x.dtype(), n / 2, true, scale);
            FftPlan roots = FftPlan.of(n);
            rows.forEach(out.numel() / n, (first, count) -> {
                for (long row = first; row < first + count; row++) {
                    rows.merge(roots, to + row * outStep, from + row * xStep);
                }
                rows.transform(to + first * outStep, outStep, to + first * outStep, outStep, count);
            });
            return;
        }
        RowTransform rows = new RowTransform(x.dtype(), n, true, scale);
        rows.forEach(out.numel() / n, (first, count) -> {
            long pairs = SlabAllocator.global().allocate(2 * outStep * count);
            try {
                for (long row = 0; row < count; row++) {
                    rows.complete(pairs + row * 2 * outStep, from + (first + row) * xStep);
                }
                rows.transform(pairs, 2 * outStep, pairs, 2 * outStep, count);
                for (long i = 0; i < count * n; i++) {
                    rows.set(to + first * outStep + i * bytes, rows.get(pairs + 2 * i * bytes));
                }
            } finally {
                SlabAllocator.global().free(pairs, 2 * outStep * count);
            }
        });
    }

    /** What is done with some rows, from one on. */
    @FunctionalInterface
    private interface Some {
        void run(long first, long count);
    }

    /** Complex transforms of rows of one length and type. */
    private static final class RowTransform {
        private final boolean single;
        private final int bytes;
        private final int n;
        private final boolean inverse;
        private final double scale;
        private final FftPlan plan;

        RowTransform(DType type, int n, boolean inverse, double scale) {
            single = type == DType.F32;
            bytes = type.bytes();
            this.n = n;
            this.inverse = inverse;
            this.scale = scale;
            plan = FftPlan.of(n);
        }

        void forEach(long rows, Some some) {
            int passes = 32 - Integer.numberOfLeadingZeros(n);
            long grain = Math.max(1, TASK_WORK / ((long) n * passes));
            int together = sideBySide(rows) ? LANES.lanes() : 1;
            grain = Math.ceilDiv(grain, together) * together;
            WorkerPool.global().parallelFor(rows, grain, (from, to) -> some.run(from, to - from));
        }

        /** Tells whether so many rows are transformed side by side; rows that are missing at the end cost as much. */
        private boolean sideBySide(long rows) {
            return single && LANES != null && n <= LONGEST_SIDE_BY_SIDE && 2 * rows >= LANES.lanes();
        }

        private boolean fourStep() {
            return single && LANES != null && plan.radices != null && n % (LANES.lanes() * LANES.lanes()) == 0;
        }

        /** Transforms rows; out may be x. */
        void transform(long out, long outStep, long x, long xStep, long rows) {
            if (sideBySide(rows)) {
                for (long row = 0; row < rows; row += LANES.lanes()) {
                    int count = (int) Math.min(LANES.lanes(), rows - row);
                    sideBySide(out + row * outStep, outStep, x + row * xStep, xStep, count);
                }
                return;
            }
            for (long row = 0; row < rows; row++) {
                if (fourStep()) {
                    fourStep(out + row * outStep, x + row * xStep);
                } else {
                    plain(out + row * outStep, x + row * xStep);
                }
            }
        }

        private void plain(long out, long x) {
            double[] re = new double[n];
            double[] im = new double[n];
            for (int t = 0; t < n; t++) {
                re[t] = get(x + 2L * t * bytes);
                im[t] = get(x + (2L * t + 1) * bytes);
            }
            PlainFft.transform(plan, inverse ? im : re, inverse ? re : im);
            for (int k = 0; k < n; k++) {
                set(out + 2L * k * bytes, scale * re[k]);
                set(out + (2L * k + 1) * bytes, scale * im[k]);
            }
        }

        private void sideBySide(long out, long outStep, long x, long xStep, int count) {
            if (plan.radices == null) {
                convolveSideBySide(out, outStep, x, xStep, count);
                return;
            }
            int lanes = LANES.lanes();
            long plane = (long) n * lanes * Float.BYTES;
            long planes = SlabAllocator.global().allocate(4 * plane);
            try {
                long re = inverse ? planes + plane : planes;
                long im = inverse ? planes : planes + plane;
                for (int lane = 0; lane < lanes; lane++) {
                    // Lanes without a row repeat the last one: what was in memory before might be slow denormals.
                    long row = x + Math.min(lane, count - 1) * xStep;
                    deinterleave(re + lane * 4L, im + lane * 4L, lanes * 4L, row, n);
                }
                long result = LANES.transform(plan, lanes, planes) ? 2 * plane : 0;
                for (int lane = 0; lane < count; lane++) {
                    interleave(out + lane * outStep, re + result + lane * 4L, im + result + lane * 4L, lanes * 4L, n);
                }
            } finally {
                SlabAllocator.global().free(planes, 4 * plane);
            }
        }

        /** {@link PlainFft}'s convolution with a chirp, for as many rows as there are lanes. */
        private void convolveSideBySide(long out, long outStep, long x, long xStep, int count) {
            int lanes = LANES.lanes();
            FftPlan inner = plan.convolution;
            long plane = (long) inner.n * lanes * Float.BYTES;
            long planes = SlabAllocator.global().allocate(4 * plane);
            try {
                NativeMemory.fill(planes, 2 * plane, (byte) 0);
                for (int t = 0; t < n; t++) {
                    float c = plan.cosF32[plan.chirp(t)];
                    float s = plan.sinF32[plan.chirp(t)];
                    for (int lane = 0; lane < count; lane++) {
                        float re = MEMORY.get(JAVA_FLOAT_UNALIGNED, x + lane * xStep + 8L * t + (inverse ? 4 : 0));
                        float im = MEMORY.get(JAVA_FLOAT_UNALIGNED, x + lane * xStep + 8L * t + (inverse ? 0 : 4));
                        long at = planes + ((long) t * lanes + lane) * Float.BYTES;
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, at, re * c - im * s);
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, at + plane, re * s + im * c);
                    }
                }
                long spectrum = LANES.transform(inner, lanes, planes) ? planes + 2 * plane : planes;
                for (int k = 0; k < inner.n; k++) {
                    float c = (float) plan.chirpReal[k];
                    float s = (float) plan.chirpImaginary[k];
                    for (int lane = 0; lane < lanes; lane++) {
                        long at = ((long) k * lanes + lane) * Float.BYTES;
                        float re = MEMORY.get(JAVA_FLOAT_UNALIGNED, spectrum + at);
                        float im = MEMORY.get(JAVA_FLOAT_UNALIGNED, spectrum + at + plane);
                        // Exchanged, for the way back.
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, planes + at, re * s + im * c);
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, planes + at + plane, re * c - im * s);
                    }
                }
                long result = LANES.transform(inner, lanes, planes) ? planes + 2 * plane : planes;
                for (int k = 0; k < n; k++) {
                    float c = (float) (plan.cos[plan.chirp(k)] * scale / inner.n);
                    float s = (float) (plan.sin[plan.chirp(k)] * scale / inner.n);
                    for (int lane = 0; lane < count; lane++) {
                        long at = result + ((long) k * lanes + lane) * Float.BYTES;
                        float im = MEMORY.get(JAVA_FLOAT_UNALIGNED, at);
                        float re = MEMORY.get(JAVA_FLOAT_UNALIGNED, at + plane);
                        long to = out + lane * outStep + 8L * k;
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, to + (inverse ? 4 : 0), re * c - im * s);
                        MEMORY.set(JAVA_FLOAT_UNALIGNED, to + (inverse ? 0 : 4), re * s + im * c);
                    }
                }
            } finally {
                SlabAllocator.global().free(planes, 4 * plane);
            }
        }

        /**
         * With n = lanes m, t = m t1 + t2 and k = k1 + lanes k2: transforms over t1, then times e^(-2 pi i t2 k1 / n), then
         * transforms over t2.
         */
        private void fourStep(long out, long x) {
            int lanes = LANES.lanes();
            int m = n / lanes;
            long plane = (long) n * Float.BYTES;
            long planes = SlabAllocator.global().allocate(4 * plane);
            try {
                long re = inverse ? planes + plane : planes;
                long im = inverse ? planes : planes + plane;
                deinterleave(re, im, 4, x, n);
                // The columns' transforms should come to lie in the second half, to be turned into the first one.
                long second = planes + 2 * plane;
                if (!LANES.transform(FftPlan.of(lanes), m, planes)) {
                    NativeMemory.copy(planes, second, 2 * plane);
                }
                turn(planes, second, plane, lanes, m);
                long result = LANES.transform(FftPlan.of(m), lanes, planes) ? 2 * plane : 0;
                interleave(out, re + result, im + result, 4, n);
            } finally {
                SlabAllocator.global().free(planes, 4 * plane);
            }
        }

        /** to[t2][k1] = from[k1][t2] e^(-2 pi i t2 k1 / n). */
        private void turn(long to, long from, long plane, int lanes, int m) {
            for (int t2 = 0; t2 < m; t2++) {
                long source = from + (long) t2 * Float.BYTES;
                long target = to + (long) t2 * lanes * Float.BYTES;
                for (int k1 = 0; k1 < lanes; k1++) {
                    float c = plan.cosF32[t2 * k1];
                    float s = plan.sinF32[t2 * k1];
                    float real = MEMORY.get(JAVA_FLOAT_UNALIGNED, source);
                    float imaginary = MEMORY.get(JAVA_FLOAT_UNALIGNED, source + plane);
                    MEMORY.set(JAVA_FLOAT_UNALIGNED, target, real * c - imaginary * s);
                    MEMORY.set(JAVA_FLOAT_UNALIGNED, target + plane, real * s + imaginary * c);
                    source += (long) m * Float.BYTES;
                    target += Float.BYTES;
                }
            }
        }

        private static void deinterleave(long re, long im, long step, long row, int n) {
            for (int t = 0; t < n; t++) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, re + t * step, MEMORY.get(JAVA_FLOAT_UNALIGNED, row + 8L * t));
                MEMORY.set(JAVA_FLOAT_UNALIGNED, im + t * step, MEMORY.get(JAVA_FLOAT_UNALIGNED, row + 8L * t + 4));
            }
        }

        private void interleave(long row, long re, long im, long step, int n) {
            float factor = (float) scale;
            for (int k = 0; k < n; k++) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, row + 8L * k,
                        factor * MEMORY.get(JAVA_FLOAT_UNALIGNED, re + k * step));
                MEMORY.set(JAVA_FLOAT_UNALIGNED, row + 8L * k + 4,
                        factor * MEMORY.get(JAVA_FLOAT_UNALIGNED, im + k * step));
            }
        }

        // ---- real rows, as complex rows of half the length or as they are ---------------------------------------------

        /**
         * Turns the transform Z of z[t] = x[2 t] + i x[2 t + 1] into that of x, in a row that is one number longer:
         * X[k] = E + w^k O, with E = (Z[k] + conj(Z[n - k])) / 2, O = (Z[k] - conj(Z[n - k])) / 2i and w = e^(-2 pi i / 2n).
         */
        void split(FftPlan roots, long row) {
            int step = roots.cos.length / (2 * n);
            double re = get(row);
            double im = get(row + bytes);
            put(row, 0, re + im, 0);
            put(row, n, re - im, 0);
            for (int k = 1; 2 * k <= n; k++) {
                long at = row + 2L * k * bytes;
                long mirrored = row + 2L * (n - k) * bytes;
                double evenR = (get(at) + get(mirrored)) / 2;
                double evenI = (get(at + bytes) - get(mirrored + bytes)) / 2;
                double oddR = (get(at + bytes) + get(mirrored + bytes)) / 2;
                double oddI = (get(mirrored) - get(at)) / 2;
                double turnedR = oddR * roots.cos[k * step] - oddI * roots.sin[k * step];
                double turnedI = oddR * roots.sin[k * step] + oddI * roots.cos[k * step];
                put(row, k, evenR + turnedR, evenI + turnedI);
                put(row, n - k, evenR - turnedR, turnedI - evenI);
            }
        }

        /** The reverse of {@link #split}, times 2: Z[k] = E + i O, with E = X[k] + conj(X[n - k]), O = (X[k] - conj(X[n - k])) / w^k. */
        void merge(FftPlan roots, long row, long x) {
            int step = roots.cos.length / (2 * n);
            double first = get(x);
            double last = get(x + 2L * n * bytes);
            put(row, 0, first + last, first - last);
            for (int k = 1; 2 * k <= n; k++) {
                long at = x + 2L * k * bytes;
                long mirrored = x + 2L * (n - k) * bytes;
                double evenR = get(at) + get(mirrored);
                double evenI = get(at + bytes) - get(mirrored + bytes);
                double difR = get(at) - get(mirrored);
                double difI = get(at + bytes) + get(mirrored + bytes);
                double oddR = difR * roots.cos[k * step] + difI * roots.sin[k * step];
                double oddI = difI * roots.cos[k * step] - difR * roots.sin[k * step];
                put(row, k, evenR - oddI, evenI + oddR);
                put(row, n - k, evenR + oddI, oddR - evenI);
            }
        }

        /** Completes a row of an odd length n by X[n - k] = conj(X[k]). */
        void complete(long row, long x) {
            put(row, 0, get(x), 0);
            for (int k = 1; 2 * k < n; k++) {
                double re = get(x + 2L * k * bytes);
                double im = get(x + (2L * k + 1) * bytes);
                put(row, k, re, im);
                put(row, n - k, re, -im);
            }
        }

        private void put(long row, int k, double re, double im) {
            set(row + 2L * k * bytes, re);
            set(row + (2L * k + 1) * bytes, im);
        }

        double get(long address) {
            return single ? MEMORY.get(JAVA_FLOAT_UNALIGNED, address) : MEMORY.get(JAVA_DOUBLE_UNALIGNED, address);
        }

        void set(long address, double value) {
            if (single) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, address, (float) value);
            } else {
                MEMORY.set(JAVA_DOUBLE_UNALIGNED, address, value);
            }
        }
    }
}
