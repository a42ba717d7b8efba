package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
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
        Operators.add("Det", call -> call.likeFirst(call.numbers(0).det()));
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
}
