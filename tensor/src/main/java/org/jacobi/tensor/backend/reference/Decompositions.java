package org.jacobi.tensor.backend.reference;

import java.util.Arrays;

/**
 * Decompositions of one matrix of doubles, {@code a[row][column]}, as textbooks have them (Golub and Van Loan, Matrix
 * Computations, 4th edition, 2013). Signs are LAPACK's where the mathematics leaves them open and LAPACK has a rule.
 */
final class Decompositions {
    /** Jacobi's methods converge quadratically: ten sweeps are many. */
    private static final int MOST_SWEEPS = 60;
    private static final double EPS = 0x1p-52;

    private Decompositions() {
    }

    static double[][] identity(int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < Math.min(rows, columns); i++) {
            matrix[i][i] = 1;
        }
        return matrix;
    }

    static double[][] transpose(double[][] a, int columns) {
        double[][] t = new double[columns][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < columns; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    /**
     * Gaussian elimination with partial pivoting: overwrites A with L, whose diagonal of ones is not stored, and U.
     *
     * @return which row of A became row i
     */
    static int[] lu(double[][] a, int n) {
        int m = a.length;
        int[] permutation = new int[m];
        Arrays.setAll(permutation, i -> i);
        for (int k = 0; k < Math.min(m, n); k++) {
            int pivot = k;
            for (int i = k + 1; i < m; i++) {
                if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) {
                    pivot = i;
                }
            }
            double[] row = a[k];
            a[k] = a[pivot];
            a[pivot] = row;
            int number = permutation[k];
            permutation[k] = permutation[pivot];
            permutation[pivot] = number;
            if (a[k][k] == 0) {
                continue; // nothing below to eliminate
            }
            for (int i = k + 1; i < m; i++) {
                a[i][k] /= a[k][k];
                for (int j = k + 1; j < n; j++) {
                    a[i][j] -= a[i][k] * a[k][j];
                }
            }
        }
        return permutation;
    }

    /** Substitution: overwrites B with the solution of A X = B for a triangular A. */
    static void solveTriangular(double[][] b, double[][] a, int columns, boolean upper, boolean unit) {
        int n = a.length;
        for (int step = 0; step < n; step++) {
            int i = upper ? n - 1 - step : step;
            for (int c = 0; c < columns; c++) {
                double sum = b[i][c];
                for (int j = upper ? i + 1 : 0; j < (upper ? n : i); j++) {
                    sum -= a[i][j] * b[j][c];
                }
                b[i][c] = unit ? sum : sum / a[i][i];
            }
        }
    }

    /**
     * Overwrites the lower triangle of A, which alone is read, with L of A = L L^T.
     *
     * @return 0, or the order of the first leading minor that is not positive
     */
    static int cholesky(double[][] a) {
        int n = a.length;
        for (int j = 0; j < n; j++) {
            double d = a[j][j];
            for (int k = 0; k < j; k++) {
                d -= a[j][k] * a[j][k];
            }
            if (!(d > 0)) {
                return j + 1;
            }
            a[j][j] = Math.sqrt(d);
            for (int i = j + 1; i < n; i++) {
                double sum = a[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= a[i][k] * a[j][k];
                }
                a[i][j] = sum / a[j][j];
            }
        }
        return 0;
    }

    /**
     * Householder's QR: overwrites A with R and returns the first columns of Q.
     *
     * <p>Reflector k is I - tau v v^T with v[k] = 1 and turns column k into one with a diagonal element of the opposite
     * sign, as LAPACK's do; where there is nothing to annihilate, it is the identity.
     */
    static double[][] qr(double[][] a, int n, int columnsOfQ) {
        int m = a.length;
        int k = Math.min(m, n);
        double[][] v = new double[k][m];
        double[] tau = new double[k];
        for (int j = 0; j < k; j++) {
            double below = 0;
            for (int i = j + 1; i < m; i++) {
                below += a[i][j] * a[i][j];
            }
            if (below == 0) {
                continue;
            }
            double alpha = a[j][j];
            double beta = -Math.copySign(Math.sqrt(alpha * alpha + below), alpha);
            tau[j] = (beta - alpha) / beta;
            v[j][j] = 1;
            for (int i = j + 1; i < m; i++) {
                v[j][i] = a[i][j] / (alpha - beta);
            }
            reflect(a, j, n, v[j], tau[j]);
            for (int i = j + 1; i < m; i++) {
                a[i][j] = 0;
            }
        }
        double[][] q = identity(m, columnsOfQ);
        for (int j = k - 1; j >= 0; j--) {
            reflect(q, 0, columnsOfQ, v[j], tau[j]);
        }
        return q;
    }

    /** A = (I - tau v v^T) A, for the columns from one on. */
    private static void reflect(double[][] a, int from, int to, double[] v, double tau) {
        for (int c = from; c < to; c++) {
            double dot = 0;
            for (int i = 0; i < v.length; i++) {
                dot += v[i] * a[i][c];
            }
            for (int i = 0; i < v.length; i++) {
                a[i][c] -= tau * dot * v[i];
            }
        }
    }

    /**
     * Singular values, descending, with left and right vectors as rows of u and v.
     *
     * @param u as many vectors of length m as are asked for, from min(m, n) on
     * @param v as many vectors of length n
     */
    record Svd(double[][] u, double[] s, double[][] v) {
    }

    /**
     * One-sided Jacobi (Hestenes, 1958; Demmel and Veselic, 1992): rotates pairs of columns of A (m x n) until all are
     * orthogonal. Then A V has columns s u. Returns null when that takes too many sweeps.
     */
    static Svd svd(double[][] a, int n, boolean full) {
        int m = a.length;
        if (m < n) {
            Svd turned = svd(transpose(a, n), m, full);
            return turned == null ? null : new Svd(turned.v, turned.s, turned.u);
        }
        double[][] columns = transpose(a, n);
        double[][] v = identity(n, n);
        if (!orthogonalize(columns, v)) {
            return null;
        }
        double[] norms = new double[n];
        Arrays.setAll(norms, j -> Math.sqrt(dot(columns[j], columns[j])));
        Integer[] order = new Integer[n];
        Arrays.setAll(order, j -> j);
        Arrays.sort(order, (i, j) -> Double.compare(norms[j], norms[i]));
        double[] s = new double[n];
        double[][] left = new double[full ? m : n][];
        double[][] right = new double[n][];
        for (int j = 0; j < n; j++) {
            s[j] = norms[order[j]];
            right[j] = v[order[j]];
            if (s[j] > s[0] * n * EPS) {
                double[] column = columns[order[j]];
                double norm = s[j];
                left[j] = Arrays.stream(column).map(x -> x / norm).toArray();
            }
        }
        complete(left, m);
        return new Svd(left, s, right);
    }

    /** Rotates columns, and those of V alike, until each pair is orthogonal up to rounding; false if they will not be. */
    private static boolean orthogonalize(double[][] columns, double[][] v) {
        int n = columns.length;
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            boolean rotated = false;
            double largest = 0;
            for (double[] column : columns) {
                largest = Math.max(largest, dot(column, column));
            }
            // Columns so short are zero but for rounding, and have no direction.
            double negligible = largest * n * EPS * EPS;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    double alpha = dot(columns[p], columns[p]);
                    double beta = dot(columns[q], columns[q]);
                    double gamma = dot(columns[p], columns[q]);
                    if (Math.min(alpha, beta) <= negligible
                            || Math.abs(gamma) <= 4 * EPS * Math.sqrt(alpha) * Math.sqrt(beta)) {
                        continue;
                    }
                    rotated = true;
                    double t = tangent((beta - alpha) / (2 * gamma));
                    double c = 1 / Math.sqrt(1 + t * t);
                    rotate(columns[p], columns[q], c, c * t);
                    rotate(v[p], v[q], c, c * t);
                }
            }
            if (!rotated) {
                return true;
            }
        }
        return false;
    }

    /** The smaller root of t^2 + 2 zeta t - 1 = 0: the tangent of the angle that annihilates. */
    private static double tangent(double zeta) {
        return Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
    }

    private static void rotate(double[] x, double[] y, double c, double s) {
        for (int i = 0; i < x.length; i++) {
            double old = x[i];
            x[i] = c * old - s * y[i];
            y[i] = s * old + c * y[i];
        }
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /** Fills the entries that are null with vectors that make all of them orthonormal. */
    private static void complete(double[][] vectors, int length) {
        for (int missing = 0; missing < vectors.length; missing++) {
            if (vectors[missing] != null) {
                continue;
            }
            // The unit vector of which most is left when the others' share is taken away.
            double[] left = new double[length];
            Arrays.fill(left, 1);
            for (double[] vector : vectors) {
                for (int i = 0; vector != null && i < length; i++) {
                    left[i] -= vector[i] * vector[i];
                }
            }
            int best = 0;
            for (int i = 1; i < length; i++) {
                best = left[i] > left[best] ? i : best;
            }
            double[] added = new double[length];
            added[best] = 1;
            for (int twice = 0; twice < 2; twice++) { // once leaves rounding errors, twice is enough
                for (double[] vector : vectors) {
                    if (vector != null) {
                        double share = dot(added, vector);
                        for (int i = 0; i < length; i++) {
                            added[i] -= share * vector[i];
                        }
                    }
                }
            }
            double norm = Math.sqrt(dot(added, added));
            vectors[missing] = Arrays.stream(added).map(x -> x / norm).toArray();
        }
    }

    /** Eigenvalues, ascending, with their vectors as rows. */
    record Eigen(double[] values, double[][] vectors) {
    }

    /**
     * Cyclic Jacobi for a symmetric A, of which the lower triangle is read: rotations that annihilate one element beside
     * the diagonal after the other. Returns null when that takes too many sweeps.
     */
    static Eigen eigh(double[][] a) {
        int n = a.length;
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                a[i][j] = a[j][i];
            }
        }
        double[][] vectors = identity(n, n);
        int sweep = 0;
        while (sweepEigen(a, vectors)) {
            if (++sweep == MOST_SWEEPS) {
                return null;
            }
        }
        Integer[] order = new Integer[n];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (i, j) -> Double.compare(a[i][i], a[j][j]));
        double[] values = new double[n];
        double[][] sorted = new double[n][];
        for (int i = 0; i < n; i++) {
            values[i] = a[order[i]][order[i]];
            sorted[i] = vectors[order[i]];
        }
        return new Eigen(values, sorted);
    }

    /** One rotation for each pair; false if all off-diagonal elements were negligible already. */
    private static boolean sweepEigen(double[][] a, double[][] vectors) {
        int n = a.length;
        double norm = 0;
        for (double[] row : a) {
            norm += dot(row, row);
        }
        double negligible = EPS * Math.sqrt(norm) / Math.max(1, n);
        boolean rotated = false;
        for (int p = 0; p < n; p++) {
            for (int q = p + 1; q < n; q++) {
                if (Math.abs(a[p][q]) <= negligible) {
                    continue;
                }
                rotated = true;
                double t = tangent((a[q][q] - a[p][p]) / (2 * a[p][q]));
                double c = 1 / Math.sqrt(1 + t * t);
                double s = c * t;
                rotate(a[p], a[q], c, s);
                for (double[] row : a) {
                    double old = row[p];
                    row[p] = c * old - s * row[q];
                    row[q] = s * old + c * row[q];
                }
                a[p][q] = 0;
                a[q][p] = 0;
                rotate(vectors[p], vectors[q], c, s);
            }
        }
        return rotated;
    }
}
