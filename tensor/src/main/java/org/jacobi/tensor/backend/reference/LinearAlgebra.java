package org.jacobi.tensor.backend.reference;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Takes the matrices of a batch one by one through {@link Decompositions}, in double precision. */
final class LinearAlgebra {
    private LinearAlgebra() {
    }

    /** The address of a batch's entry: the tensors' matrices follow each other without gaps. */
    private static long entry(Tensor x, long batch) {
        return x.address() + batch * x.size(-2) * x.size(-1) * x.dtype().bytes();
    }

    private static long batches(Tensor matrices) {
        long count = 1;
        for (int axis = 0; axis < matrices.rank() - 2; axis++) {
            count *= matrices.size(axis);
        }
        return count;
    }

    private static double[][] read(Tensor x, long batch) {
        int rows = Math.toIntExact(x.size(-2));
        int columns = Math.toIntExact(x.size(-1));
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                matrix[i][j] = Elements.getDouble(x.dtype(), element(x, batch, i, j));
            }
        }
        return matrix;
    }

    private static void write(Tensor x, long batch, double[][] matrix) {
        for (int i = 0; i < x.size(-2); i++) {
            for (int j = 0; j < x.size(-1); j++) {
                Elements.setDouble(x.dtype(), element(x, batch, i, j), matrix[i][j]);
            }
        }
    }

    private static long element(Tensor x, long batch, int row, int column) {
        return entry(x, batch) + (row * x.stride(-2) + column * x.stride(-1)) * x.dtype().bytes();
    }

    private static void writeRow(Tensor x, long batch, double[] values) {
        for (int i = 0; i < values.length; i++) {
            Elements.setDouble(x.dtype(), x.address() + (batch * values.length + i) * x.dtype().bytes(), values[i]);
        }
    }

    private static void writeInfo(Tensor info, long batch, long value) {
        Elements.setLong(DType.I64, info.address() + batch * DType.I64.bytes(), value);
    }

    static void lu(Tensor a, Tensor permutation) {
        for (long batch = 0; batch < batches(a); batch++) {
            double[][] matrix = read(a, batch);
            int[] rows = Decompositions.lu(matrix, (int) a.size(-1));
            write(a, batch, matrix);
            writeRow(permutation, batch, Arrays.stream(rows).asDoubleStream().toArray());
        }
    }

    static void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit) {
        for (long batch = 0; batch < batches(a); batch++) {
            double[][] matrix = read(b, batch);
            Decompositions.solveTriangular(matrix, read(a, batch), (int) b.size(-1), upper, unit);
            write(b, batch, matrix);
        }
    }

    static void cholesky(Tensor a, boolean upper, Tensor info) {
        Tensor lower = upper ? a.transpose(-2, -1) : a;
        for (long batch = 0; batch < batches(a); batch++) {
            double[][] matrix = read(lower, batch);
            writeInfo(info, batch, Decompositions.cholesky(matrix));
            for (int i = 0; i < matrix.length; i++) {
                Arrays.fill(matrix[i], i + 1, matrix.length, 0);
            }
            write(lower, batch, matrix);
        }
    }

    static void qr(Tensor q, Tensor a) {
        for (long batch = 0; batch < batches(a); batch++) {
            double[][] matrix = read(a, batch);
            write(q, batch, Decompositions.qr(matrix, (int) a.size(-1), (int) q.size(-1)));
            write(a, batch, matrix);
        }
    }

    static void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info) {
        for (long batch = 0; batch < batches(a); batch++) {
            boolean full = u != null && (u.size(-1) > s.size(-1) || vh.size(-2) > s.size(-1));
            Decompositions.Svd svd = Decompositions.svd(read(a, batch), (int) a.size(-1), full);
            writeInfo(info, batch, svd == null ? 1 : 0);
            if (svd != null) {
                writeRow(s, batch, svd.s());
                if (u != null) {
                    write(u, batch, Decompositions.transpose(svd.u(), (int) u.size(-2)));
                    write(vh, batch, svd.v());
                }
            }
        }
    }

    static void eigh(Tensor w, Tensor a, boolean vectors, Tensor info) {
        for (long batch = 0; batch < batches(a); batch++) {
            Decompositions.Eigen eigen = Decompositions.eigh(read(a, batch));
            writeInfo(info, batch, eigen == null ? 1 : 0);
            if (eigen != null) {
                writeRow(w, batch, eigen.values());
                if (vectors) {
                    write(a, batch, Decompositions.transpose(eigen.vectors(), (int) a.size(-1)));
                }
            }
        }
    }
}
