package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators of linear algebra: products of matrices, Einstein's sums, determinants. */
final class Products {
    private Products() {
    }

    static void register() {
        Operators.add("MatMul", call -> call.likeFirst(matmul(call.numbers(0), call.numbers(1))));
        Operators.add("MatMulInteger", call -> {
            Tensor a = centered(call.tensor(0), call.optional(2), true);
            Tensor b = centered(call.tensor(1), call.optional(3), false);
            return OnnxTensor.of(a.matmul(b).to(DType.I32));
        });
        Operators.add("Gemm", Products::gemm);
        Operators.add("Einsum", Products::einsum);
        Operators.add("Det", call -> call.likeFirst(determinants(call.numbers(0))));
    }

    /** Returns the matrix product, of integers too, whose sums wrap around. */
    static Tensor matmul(Tensor a, Tensor b) {
        if (a.dtype().isFloating()) {
            return a.matmul(b);
        }
        Tensor left = a.rank() == 1 ? a.unsqueeze(0) : a;
        Tensor right = b.rank() == 1 ? b.unsqueeze(1) : b;
        Tensor product = left.unsqueeze(-1).mul(right.unsqueeze(-3)).sum(-2);
        product = a.rank() == 1 ? product.squeeze(-2) : product;
        return b.rank() == 1 ? product.squeeze(-1) : product;
    }

    /** Returns small integers less their zero point, as f64, in which products of matrices are exact. */
    static Tensor centered(OnnxTensor x, OnnxTensor zero, boolean byRow) {
        Tensor numbers = x.data().to(DType.F64);
        return zero == null ? numbers : numbers.sub(alongMatrix(zero, byRow).to(DType.F64));
    }

    /** Returns a number for each row or each column of a matrix so that it broadcasts. */
    static Tensor alongMatrix(OnnxTensor x, boolean byRow) {
        Tensor numbers = Numbers.wide(x);
        return byRow && numbers.rank() == 1 && numbers.numel() > 1 ? numbers.unsqueeze(1) : numbers;
    }

    private static OnnxTensor gemm(Call call) {
        Tensor a = call.flag("transA", false) ? call.numbers(0).t() : call.numbers(0);
        Tensor b = call.flag("transB", false) ? call.numbers(1).t() : call.numbers(1);
        Tensor product = matmul(a, b);
        double alpha = call.real("alpha", 1);
        if (alpha != 1) {
            product = product.mul(alpha);
        }
        if (call.has(2)) {
            double beta = call.real("beta", 1);
            product = product.add(beta == 1 ? call.numbers(2) : call.numbers(2).mul(beta));
        }
        return call.likeFirst(product);
    }

    /** Integers are summed as f64, in which they are exact up to 2^53. */
    private static OnnxTensor einsum(Call call) {
        List<Tensor> operands = new ArrayList<>();
        for (OnnxTensor x : call.tensors()) {
            operands.add(x.type().isFloating() ? Numbers.wide(x) : Casts.toFloating(x, DType.F64));
        }
        Tensor sums = Tensor.einsum(call.text("equation"), operands.toArray(Tensor[]::new));
        return Casts.cast(OnnxTensor.of(sums), call.tensor(0).type());
    }

    // ---- determinants ----------------------------------------------------------------------------------------------

    private static Tensor determinants(Tensor x) {
        int n = (int) x.size(-1);
        if (x.size(-2) != n) {
            throw new IllegalArgumentException("needs square matrices, got shape " + x.shape());
        }
        double[] numbers = x.toDoubleArray();
        long[] batch = Arrays.copyOf(x.shape().toArray(), x.rank() - 2);
        double[] out = new double[(int) Shape.of(batch).numel()];
        for (int i = 0; i < out.length; i++) {
            out[i] = determinant(Arrays.copyOfRange(numbers, i * n * n, (i + 1) * n * n), n);
        }
        return Numbers.like(Shape.of(batch), out);
    }

    /** Gaussian elimination with the largest pivot of each column. */
    private static double determinant(double[] a, int n) {
        double product = 1;
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column + 1; row < n; row++) {
                if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) {
                    pivot = row;
                }
            }
            if (a[pivot * n + column] == 0) {
                return 0;
            }
            for (int k = 0; k < n && pivot != column; k++) {
                double swapped = a[pivot * n + k];
                a[pivot * n + k] = a[column * n + k];
                a[column * n + k] = swapped;
            }
            product *= pivot == column ? a[column * n + column] : -a[column * n + column];
            for (int row = column + 1; row < n; row++) {
                double factor = a[row * n + column] / a[column * n + column];
                for (int k = column; k < n; k++) {
                    a[row * n + k] -= factor * a[column * n + k];
                }
            }
        }
        return product;
    }
}
