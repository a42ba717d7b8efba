package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    // ---- Einstein's sums -------------------------------------------------------------------------------------------

    /** A tensor whose axes have names: letters, and negative numbers for the axes that an ellipsis stands for. */
    private record Named(Tensor tensor, List<Integer> names) {
        /** Keeps an axis once where a name stands twice: the diagonal. */
        Named diagonal() {
            Named out = this;
            for (int i = 0; i < out.names.size(); i++) {
                int j = out.names.subList(i + 1, out.names.size()).indexOf(out.names.get(i));
                if (j >= 0) {
                    out = out.diagonal(i, i + 1 + j);
                    i--;
                }
            }
            return out;
        }

        private Named diagonal(int i, int j) {
            List<Tensor> slices = new ArrayList<>();
            for (long k = 0; k < tensor.size(i); k++) {
                slices.add(tensor.select(j, k).select(i, k));
            }
            List<Integer> rest = new ArrayList<>(names);
            rest.remove(j);
            return new Named(Tensor.stack(i, slices.toArray(Tensor[]::new)), rest);
        }

        /** Brings the axes into an order, with size 1 for names that are not there. */
        Tensor aligned(List<Integer> order) {
            int[] axes = order.stream().filter(names::contains).mapToInt(names::indexOf).toArray();
            long[] sizes =
                    order.stream().mapToLong(n -> names.contains(n) ? tensor.size(names.indexOf(n)) : 1).toArray();
            return tensor.permute(axes).reshape(sizes);
        }
    }

    private static OnnxTensor einsum(Call call) {
        String equation = call.text("equation").replace(" ", "");
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        if (terms.length != call.inputs() || sides.length > 2) {
            throw new IllegalArgumentException("equation '" + equation + "' does not fit " + call.inputs() + " inputs");
        }
        List<Named> operands = new ArrayList<>();
        Map<Integer, Integer> counts = new LinkedHashMap<>();
        int ellipsis = 0;
        for (int i = 0; i < terms.length; i++) {
            Tensor x = call.numbers(i);
            List<Integer> names = names(terms[i], x.rank());
            ellipsis = Math.max(ellipsis, (int) names.stream().filter(n -> n < 0).count());
            names.forEach(name -> counts.merge(name, 1, Integer::sum));
            operands.add(new Named(x, names).diagonal());
        }
        List<Integer> result;
        if (sides.length == 2) {
            result = names(sides[1], sides[1].replace("...", "").length() + ellipsis);
        } else {
            // By default the axes of the ellipsis come first, then letters that stand once, in alphabetical order.
            result = new ArrayList<>();
            for (int i = -ellipsis; i < 0; i++) {
                result.add(i);
            }
            counts.keySet().stream().filter(n -> n > 0 && counts.get(n) == 1).sorted().forEach(result::add);
        }
        Named product = operands.getFirst();
        for (Named next : operands.subList(1, operands.size())) {
            product = multiplied(product, next);
        }
        List<Integer> all = new ArrayList<>(result);
        product.names.stream().filter(n -> !all.contains(n)).forEach(all::add);
        Tensor aligned = product.aligned(all);
        int[] summed = new int[all.size() - result.size()];
        Arrays.setAll(summed, i -> result.size() + i);
        return call.likeFirst(summed.length == 0 ? aligned : aligned.sum(summed));
    }

    private static Named multiplied(Named a, Named b) {
        List<Integer> all = new ArrayList<>(a.names);
        b.names.stream().filter(n -> !all.contains(n)).forEach(all::add);
        return new Named(a.aligned(all).mul(b.aligned(all)), all);
    }

    private static List<Integer> names(String term, int rank) {
        List<Integer> names = new ArrayList<>();
        int hidden = rank - term.replace("...", "").length();
        for (int i = 0; i < term.length(); i++) {
            if (term.startsWith("...", i)) {
                for (int j = -hidden; j < 0; j++) {
                    names.add(j);
                }
                i += 2;
            } else {
                names.add((int) term.charAt(i));
            }
        }
        if (names.size() != rank) {
            throw new IllegalArgumentException("term '" + term + "' does not fit " + rank + " axes");
        }
        return names;
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
