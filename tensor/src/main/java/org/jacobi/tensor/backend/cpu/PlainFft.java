package org.jacobi.tensor.backend.cpu;

/**
 * The complex Fourier transform of one row of doubles, in plain loops: Stockham's passes, which need no reordering (Cochran
 * et al., 1967), and Bluestein's convolution.
 */
final class PlainFft {
    private PlainFft() {
    }

    /** Overwrites the first n numbers of a row with their transform; exchanging re and im gives the inverse one. */
    static void transform(FftPlan plan, double[] re, double[] im) {
        if (plan.radices == null) {
            convolve(plan, re, im);
            return;
        }
        double[] xr = re;
        double[] xi = im;
        double[] yr = new double[plan.n];
        double[] yi = new double[plan.n];
        int left = plan.n;
        int stride = 1;
        for (int radix : plan.radices) {
            int m = left / radix;
            if (radix == 4) {
                pass4(plan, m, stride, xr, xi, yr, yi);
            } else {
                pass(plan, radix, m, stride, xr, xi, yr, yi);
            }
            double[] swap = xr;
            xr = yr;
            yr = swap;
            swap = xi;
            xi = yi;
            yi = swap;
            left = m;
            stride *= radix;
        }
        if (xr != re) {
            System.arraycopy(xr, 0, re, 0, plan.n);
            System.arraycopy(xi, 0, im, 0, plan.n);
        }
    }

    /**
     * One pass of decimation in frequency: y[q + s (r p + k)] = w^(p k) sum_j x[q + s (p + m j)] e^(-2 pi i j k / r), with
     * w = e^(-2 pi i / (r m)).
     */
    private static void pass(FftPlan plan, int r, int m, int s, double[] xr, double[] xi, double[] yr, double[] yi) {
        double[] cos = plan.cos;
        double[] sin = plan.sin;
        for (int p = 0; p < m; p++) {
            for (int k = 0; k < r; k++) {
                int twiddle = p * k * s;
                int step = k * (plan.n / r);
                for (int q = 0; q < s; q++) {
                    double real = 0;
                    double imaginary = 0;
                    int root = 0;
                    for (int j = 0; j < r; j++) {
                        int at = q + s * (p + m * j);
                        real += xr[at] * cos[root] - xi[at] * sin[root];
                        imaginary += xr[at] * sin[root] + xi[at] * cos[root];
                        root = root + step < plan.n ? root + step : root + step - plan.n;
                    }
                    int to = q + s * (r * p + k);
                    yr[to] = real * cos[twiddle] - imaginary * sin[twiddle];
                    yi[to] = real * sin[twiddle] + imaginary * cos[twiddle];
                }
            }
        }
    }

    /** The same for r = 4, whose roots are 1, -i, -1 and i. */
    private static void pass4(FftPlan plan, int m, int s, double[] xr, double[] xi, double[] yr, double[] yi) {
        int far = s * m;
        for (int p = 0; p < m; p++) {
            double c1 = plan.cos[p * s];
            double s1 = plan.sin[p * s];
            double c2 = plan.cos[2 * p * s];
            double s2 = plan.sin[2 * p * s];
            double c3 = plan.cos[3 * p * s];
            double s3 = plan.sin[3 * p * s];
            for (int q = 0; q < s; q++) {
                int a = q + s * p;
                int b = a + far;
                int c = b + far;
                int d = c + far;
                double sumAcR = xr[a] + xr[c];
                double sumAcI = xi[a] + xi[c];
                double difAcR = xr[a] - xr[c];
                double difAcI = xi[a] - xi[c];
                double sumBdR = xr[b] + xr[d];
                double sumBdI = xi[b] + xi[d];
                double difBdR = xr[b] - xr[d];
                double difBdI = xi[b] - xi[d];
                int o = q + 4 * s * p;
                yr[o] = sumAcR + sumBdR;
                yi[o] = sumAcI + sumBdI;
                double real = difAcR + difBdI;
                double imaginary = difAcI - difBdR;
                yr[o + s] = real * c1 - imaginary * s1;
                yi[o + s] = real * s1 + imaginary * c1;
                real = sumAcR - sumBdR;
                imaginary = sumAcI - sumBdI;
                yr[o + 2 * s] = real * c2 - imaginary * s2;
                yi[o + 2 * s] = real * s2 + imaginary * c2;
                real = difAcR - difBdI;
                imaginary = difAcI + difBdR;
                yr[o + 3 * s] = real * c3 - imaginary * s3;
                yi[o + 3 * s] = real * s3 + imaginary * c3;
            }
        }
    }

    /**
     * Bluestein: with k t = (k^2 + t^2 - (k - t)^2) / 2 the transform is a convolution of x[t] e^(-pi i t^2 / n) with the
     * chirp e^(pi i t^2 / n), and that a product of transforms.
     */
    private static void convolve(FftPlan plan, double[] re, double[] im) {
        FftPlan inner = plan.convolution;
        double[] ar = new double[inner.n];
        double[] ai = new double[inner.n];
        for (int t = 0; t < plan.n; t++) {
            double c = plan.cos[plan.chirp(t)];
            double s = plan.sin[plan.chirp(t)];
            ar[t] = re[t] * c - im[t] * s;
            ai[t] = re[t] * s + im[t] * c;
        }
        transform(inner, ar, ai);
        for (int k = 0; k < inner.n; k++) {
            double real = ar[k] * plan.chirpReal[k] - ai[k] * plan.chirpImaginary[k];
            ai[k] = ar[k] * plan.chirpImaginary[k] + ai[k] * plan.chirpReal[k];
            ar[k] = real;
        }
        transform(inner, ai, ar);
        for (int k = 0; k < plan.n; k++) {
            double c = plan.cos[plan.chirp(k)] / inner.n;
            double s = plan.sin[plan.chirp(k)] / inner.n;
            re[k] = ar[k] * c - ai[k] * s;
            im[k] = ar[k] * s + ai[k] * c;
        }
    }
}
