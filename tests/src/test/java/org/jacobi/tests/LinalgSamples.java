package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Eigh;
import org.jacobi.tensor.Qr;
import org.jacobi.tensor.Slogdet;
import org.jacobi.tensor.Svd;
import org.jacobi.tensor.Tensor;

/**
 * The rows of linear algebra. Operands are random numbers, of which the rows make matrices with what their op asks for; where
 * vectors are determined up to their sign, the rows square them.
 */
final class LinalgSamples {
    /** The longest side that the reference's loops take in a bearable time. */
    private static final int LARGEST = 67;

    private LinalgSamples() {
    }

    // ---- matrices of random numbers ----------------------------------------------------------------------------------

    /** Far from singular, with the largest elements beside the diagonal, so that rows are exchanged. */
    private static Variable regular(Variable x) {
        return x.div(2 * x.size(-1)).add(mirror(x.size(-1)).to(x.device()));
    }

    private static Tensor regular(Tensor x) {
        return x.div(2 * x.size(-1)).add(mirror(x.size(-1)).to(x.device()));
    }

    private static org.bytedeco.pytorch.Tensor regular(org.bytedeco.pytorch.Tensor x) {
        return x.div(number(2 * x.size(-1))).add(torch.flip(torch.eye(x.size(-1)), 0));
    }

    /** The identity with its rows in reverse order. */
    private static Tensor mirror(long n) {
        long[] reversed = new long[(int) n];
        Arrays.setAll(reversed, i -> n - 1 - i);
        return Tensor.eye(n).indexSelect(0, Tensor.of(reversed));
    }

    private static Variable positiveDefinite(Variable x) {
        return x.matmul(x.transpose(-2, -1)).div(x.size(-1)).add(Tensor.eye(x.size(-2)).to(x.device()));
    }

    private static Tensor positiveDefinite(Tensor x) {
        return x.matmul(x.transpose(-2, -1)).div(x.size(-1)).add(Tensor.eye(x.size(-2)).to(x.device()));
    }

    private static org.bytedeco.pytorch.Tensor positiveDefinite(org.bytedeco.pytorch.Tensor x) {
        return x.matmul(x.transpose(-2, -1)).div(number(x.size(-1))).add(torch.eye(x.size(-2)));
    }

    /** With singular values, and eigenvalues, that keep a distance: k, ..., 2, 1 on the diagonal and little beside it. */
    private static Tensor spread(long m, long n) {
        Tensor steps = Tensor.zeros(m, n);
        long k = Math.min(m, n);
        for (long i = 0; i < k; i++) {
            steps.select(0, i).select(0, i).fill_(k - i);
        }
        return steps;
    }

    private static Variable distinct(Variable x) {
        return x.div(8 * Math.max(x.size(-2), x.size(-1))).add(spread(x.size(-2), x.size(-1)).to(x.device()));
    }

    private static Tensor distinct(Tensor x) {
        return x.div(8 * Math.max(x.size(-2), x.size(-1))).add(spread(x.size(-2), x.size(-1)).to(x.device()));
    }

    private static org.bytedeco.pytorch.Tensor distinct(org.bytedeco.pytorch.Tensor x) {
        long m = x.size(-2);
        long n = x.size(-1);
        return x.div(number(8 * Math.max(m, n)))
                .add(org.bytedeco.pytorch.Tensor.create(spread(m, n).toFloatArray(), m, n));
    }

    private static Variable symmetric(Variable x) {
        Variable a = distinct(x);
        return a.add(a.transpose(-2, -1));
    }

    private static Tensor symmetric(Tensor x) {
        Tensor a = distinct(x);
        return a.add(a.transpose(-2, -1));
    }

    private static org.bytedeco.pytorch.Tensor symmetric(org.bytedeco.pytorch.Tensor x) {
        org.bytedeco.pytorch.Tensor a = distinct(x);
        return a.add(a.transpose(-2, -1));
    }

    /** Well away from 0 on the diagonal, and with anything in the triangle that must not be read. */
    private static Variable triangular(Variable x) {
        return x.div(x.size(-1)).add(Tensor.eye(x.size(-1)).mul(2).to(x.device()));
    }

    private static Tensor triangular(Tensor x) {
        return x.div(x.size(-1)).add(Tensor.eye(x.size(-1)).mul(2).to(x.device()));
    }

    private static org.bytedeco.pytorch.Tensor triangular(org.bytedeco.pytorch.Tensor x) {
        return x.div(number(x.size(-1))).add(torch.eye(x.size(-1)).mul(number(2)));
    }

    // ---- rows --------------------------------------------------------------------------------------------------------

    static void add() {
        systems();
        determinants();
        orthogonal();
        leastSquares();
        functions();
    }

    private static OpSample small(OpSample sample) {
        return sample.upTo(LARGEST).tolerance(2e-4);
    }

    private static void systems() {
        small(row("solve", "matrices", n -> List.of(real(2, n, n), real(2, n, 3))))
                .variables(v -> regular(v[0]).solve(v[1])).tensors(t -> regular(t[0]).solve(t[1]))
                .torch(p -> torch.linalg_solve(regular(p[0]), p[1]));
        small(row("solve", "one matrix", n -> List.of(real(n, n), real(n, 3))))
                .variables(v -> regular(v[0]).solve(v[1])).tensors(t -> regular(t[0]).solve(t[1]))
                .torch(p -> torch.linalg_solve(regular(p[0]), p[1]));
        small(row("solve", "a vector", n -> List.of(real(n, n), real(n))))
                .variables(v -> regular(v[0]).solve(v[1])).tensors(t -> regular(t[0]).solve(t[1]))
                .torch(p -> torch.linalg_solve(regular(p[0]), p[1]));
        small(row("solve", "vectors", n -> List.of(real(2, n, n), real(2, n))))
                .variables(v -> regular(v[0]).solve(v[1])).tensors(t -> regular(t[0]).solve(t[1]))
                .torch(p -> torch.linalg_solve(regular(p[0]), p[1]));
        small(row("solve", "broadcast batches", n -> List.of(real(2, 1, n, n), real(3, n, 2))))
                .variables(v -> regular(v[0]).solve(v[1])).tensors(t -> regular(t[0]).solve(t[1]))
                .torch(p -> torch.linalg_solve(regular(p[0]), p[1]));
        for (boolean upper : new boolean[] {false, true}) {
            String triangle = upper ? "upper" : "lower";
            small(row("solveTriangular", triangle, n -> List.of(real(2, n, n), real(2, n, 3))))
                    .variables(v -> triangular(v[0]).solveTriangular(v[1], upper))
                    .tensors(t -> triangular(t[0]).solveTriangular(t[1], upper))
                    .torch(p -> torch.linalg_solve_triangular(triangular(p[0]), p[1], upper));
            small(row("solveTriangular", triangle + ", unit, right", n -> List.of(real(n, n), real(2, 3, n))))
                    .variables(v -> triangular(v[0]).solveTriangular(v[1], upper, false, true))
                    .tensors(t -> triangular(t[0]).solveTriangular(t[1], upper, false, true))
                    .torch(p -> torch.linalg_solve_triangular(triangular(p[0]), p[1], upper, false, true));
            small(row("cholesky", triangle, n -> List.of(real(2, n, n))))
                    .variables(v -> positiveDefinite(v[0]).cholesky(upper))
                    .tensors(t -> positiveDefinite(t[0]).cholesky(upper))
                    .torch(p -> torch.linalg_cholesky(positiveDefinite(p[0]), upper));
            small(row("choleskySolve", triangle, n -> List.of(real(2, n, n), real(2, n, 3))))
                    .variables(v -> v[1].choleskySolve(positiveDefinite(v[0]).cholesky(upper), upper))
                    .tensors(t -> t[1].choleskySolve(positiveDefinite(t[0]).cholesky(upper), upper))
                    .torch(p -> torch.cholesky_solve(p[1], torch.linalg_cholesky(positiveDefinite(p[0]), upper),
                            upper));
        }
    }

    private static void determinants() {
        small(row("inv", "one matrix", n -> List.of(real(n, n)))).variables(v -> regular(v[0]).inv())
                .tensors(t -> regular(t[0]).inv()).torch(p -> torch.linalg_inv(regular(p[0])));
        small(row("inv", "batches", n -> List.of(real(2, 3, n, n)))).variables(v -> regular(v[0]).inv())
                .tensors(t -> regular(t[0]).inv()).torch(p -> torch.linalg_inv(regular(p[0])));
        small(row("det", "one matrix", n -> List.of(real(n, n)))).variables(v -> regular(v[0]).det())
                .tensors(t -> regular(t[0]).det()).torch(p -> torch.linalg_det(regular(p[0])));
        small(row("det", "batches", n -> List.of(real(2, 3, n, n)))).variables(v -> regular(v[0]).det())
                .tensors(t -> regular(t[0]).det()).torch(p -> torch.linalg_det(regular(p[0])));
        small(row("slogdet", "logarithm", n -> List.of(real(2, n, n))))
                .variables(v -> regular(v[0]).slogdet().logabsdet()).tensors(t -> regular(t[0]).slogdet().logabsdet())
                .torch(p -> torch.linalg_slogdet(regular(p[0])).get1());
        small(row("slogdet", "both", n -> List.of(real(2, n, n)))).variables(v -> {
            Slogdet<Variable> both = regular(v[0]).slogdet();
            return both.sign().mul(both.logabsdet());
        }).tensors(t -> {
            Slogdet<Tensor> both = regular(t[0]).slogdet();
            return both.sign().mul(both.logabsdet());
        }).torch(p -> {
            T_TensorTensor_T both = torch.linalg_slogdet(regular(p[0]));
            return both.get0().mul(both.get1());
        });
    }

    private static void orthogonal() {
        qr("square", false, "reduced", n -> List.of(real(2, n, n)));
        qr("tall", false, "reduced", n -> List.of(real(2, n + 3, n)));
        qr("wide", false, "reduced", n -> List.of(real(2, n, n + 2)));
        qr("wide, complete", true, "complete", n -> List.of(real(2, n, n + 2)));
        small(row("qr", "tall, complete", n -> List.of(real(2, n + 3, n))))
                .tensors(t -> joined(distinct(t[0]).qr(true)))
                .torch(p -> joined(torch.linalg_qr(distinct(p[0]), "complete")));
        svd("square", n -> List.of(real(2, n, n)));
        svd("tall", n -> List.of(real(2, n + 3, n)));
        svd("wide", n -> List.of(real(2, n, n + 2)));
        small(row("svd", "full", n -> List.of(real(2, n + 3, n)))).variables(v -> {
            Svd<Variable> svd = distinct(v[0]).svd();
            long k = svd.s().size(-1);
            return svd.u().narrow(-1, 0, k).square().sum(-2).add(svd.vh().square().sum(-1)).mul(svd.s());
        }).tensors(t -> {
            Svd<Tensor> svd = distinct(t[0]).svd();
            long k = svd.s().size(-1);
            return svd.u().narrow(-1, 0, k).square().sum(-2).add(svd.vh().square().sum(-1)).mul(svd.s());
        }).torch(p -> torch.linalg_svdvals(distinct(p[0])).mul(number(2)));
        small(row("svdvals", "", n -> List.of(real(2, n, n + 1)))).variables(v -> distinct(v[0]).svdvals())
                .tensors(t -> distinct(t[0]).svdvals()).torch(p -> torch.linalg_svdvals(distinct(p[0])));
        small(row("eigh", "", n -> List.of(real(2, n, n)))).tolerance(5e-4).variables(v -> {
            Eigh<Variable> eigh = symmetric(v[0]).eigh();
            return eigh.eigenvectors().square().add(eigh.eigenvalues().unsqueeze(-2));
        }).tensors(t -> {
            Eigh<Tensor> eigh = symmetric(t[0]).eigh();
            return eigh.eigenvectors().square().add(eigh.eigenvalues().unsqueeze(-2));
        }).torch(p -> {
            T_TensorTensor_T eigh = torch.linalg_eigh(symmetric(p[0]));
            return torch.square(eigh.get1()).add(eigh.get0().unsqueeze(-2));
        });
        small(row("eigvalsh", "", n -> List.of(real(2, n, n)))).variables(v -> symmetric(v[0]).eigvalsh())
                .tensors(t -> symmetric(t[0]).eigvalsh()).torch(p -> torch.linalg_eigvalsh(symmetric(p[0])));
    }

    /** Householder's signs are LAPACK's, so that Q and R can be compared as they are. */
    private static void qr(String variant, boolean complete, String mode,
            IntFunction<List<Operand>> operands) {
        small(row("qr", variant, operands)).variables(v -> {
            Qr<Variable> qr = distinct(v[0]).qr(complete);
            return Variable.cat(-1, qr.q(), complete || qr.q().size(-2) == qr.q().size(-1) ? qr.r()
                    : qr.q().matmul(qr.r()));
        }).tensors(t -> joined(distinct(t[0]).qr(complete)))
                .torch(p -> joined(torch.linalg_qr(distinct(p[0]), mode)));
    }

    /** Q beside R, or beside Q R where the heights of Q and R differ. */
    private static Tensor joined(Qr<Tensor> qr) {
        boolean square = qr.q().size(-2) == qr.q().size(-1);
        return Tensor.cat(-1, qr.q(), square ? qr.r() : qr.q().matmul(qr.r()));
    }

    private static org.bytedeco.pytorch.Tensor joined(T_TensorTensor_T qr) {
        org.bytedeco.pytorch.Tensor q = qr.get0();
        return Libtorch.cat(-1, q, q.size(-2) == q.size(-1) ? qr.get1() : q.matmul(qr.get1()));
    }

    private static void svd(String variant, IntFunction<List<Operand>> operands) {
        small(row("svd", variant, operands)).tolerance(5e-4).variables(v -> {
            Svd<Variable> svd = distinct(v[0]).svd(false);
            return Variable.cat(-2, svd.u().square(), svd.vh().transpose(-2, -1).square(), svd.s().unsqueeze(-2),
                    svd.u().mul(svd.vh().narrow(-1, 0, 1).transpose(-2, -1)));
        }).tensors(t -> {
            Svd<Tensor> svd = distinct(t[0]).svd(false);
            return Tensor.cat(-2, svd.u().square(), svd.vh().transpose(-2, -1).square(), svd.s().unsqueeze(-2),
                    svd.u().mul(svd.vh().narrow(-1, 0, 1).transpose(-2, -1)));
        }).torch(p -> {
            T_TensorTensorTensor_T svd = torch.linalg_svd(distinct(p[0]), false, new StringViewOptional());
            org.bytedeco.pytorch.Tensor v = svd.get2().transpose(-2, -1);
            return Libtorch.cat(-2, torch.square(svd.get0()), torch.square(v), svd.get1().unsqueeze(-2),
                    svd.get0().mul(v.narrow(-2, 0, 1)));
        });
    }

    private static void leastSquares() {
        small(row("lstsq", "tall", n -> List.of(real(2, n + 3, n), real(2, n + 3, 2))))
                .variables(v -> distinct(v[0]).lstsq(v[1])).tensors(t -> distinct(t[0]).lstsq(t[1]))
                .torch(p -> torch.linalg_lstsq(distinct(p[0]), p[1]).get0());
        small(row("lstsq", "wide, broadcast", n -> List.of(real(2, n, n + 3), real(n, 2))))
                .variables(v -> distinct(v[0]).lstsq(v[1])).tensors(t -> distinct(t[0]).lstsq(t[1]))
                .torch(p -> torch.linalg_lstsq(distinct(p[0]), p[1].expand(2, p[1].size(0), 2)).get0());
        small(row("lstsq", "rank 2", n -> List.of(within(0.5, 1, n + 3, 1), within(1, 2, 1, n + 2), real(n + 3, 2))))
                .variables(v -> rankTwo(v[0], v[1]).lstsq(v[2], 1e-3))
                .tensors(t -> rankTwo(t[0], t[1]).lstsq(t[2], 1e-3))
                .torch(p -> torch.linalg_pinv(rankTwo(p[0], p[1]), 1e-3).matmul(p[2]));
        small(row("pinv", "tall", n -> List.of(real(2, n + 3, n)))).variables(v -> distinct(v[0]).pinv())
                .tensors(t -> distinct(t[0]).pinv()).torch(p -> torch.linalg_pinv(distinct(p[0])));
        small(row("pinv", "rank 2", n -> List.of(within(0.5, 1, n + 3, 1), within(1, 2, 1, n + 2))))
                .variables(v -> rankTwo(v[0], v[1]).pinv(1e-3)).tensors(t -> rankTwo(t[0], t[1]).pinv(1e-3))
                .torch(p -> torch.linalg_pinv(rankTwo(p[0], p[1]), 1e-3));
        small(row("matrixRank", "full", n -> List.of(real(2, n + 3, n)))).exact()
                .tensors(t -> distinct(t[0]).matrixRank()).torch(p -> torch.linalg_matrix_rank(distinct(p[0])));
        small(row("matrixRank", "rank 2", n -> List.of(within(0.5, 1, n + 3, 1), within(1, 2, 1, n + 2)))).exact()
                .tensors(t -> rankTwo(t[0], t[1]).matrixRank(1e-3))
                .torch(p -> torch.linalg_matrix_rank(rankTwo(p[0], p[1]), new DoubleOptional(),
                        new DoubleOptional(1e-3)));
    }

    /** The outer product of two vectors, and a number in the first corner. */
    private static Variable rankTwo(Variable column, Variable row) {
        return column.mul(row).add(corner(column.size(0), row.size(1)).to(column.device()));
    }

    private static Tensor rankTwo(Tensor column, Tensor row) {
        return column.mul(row).add(corner(column.size(0), row.size(1)).to(column.device()));
    }

    private static org.bytedeco.pytorch.Tensor rankTwo(org.bytedeco.pytorch.Tensor column,
            org.bytedeco.pytorch.Tensor row) {
        long m = column.size(0);
        long n = row.size(1);
        return column.mul(row).add(org.bytedeco.pytorch.Tensor.create(corner(m, n).toFloatArray(), m, n));
    }

    private static Tensor corner(long m, long n) {
        Tensor corner = Tensor.zeros(m, n);
        corner.select(0, 0).select(0, 0).fill_(3);
        return corner;
    }

    private static void functions() {
        small(row("matrixPower", "fifth", n -> List.of(real(2, n, n)))).variables(v -> regular(v[0]).matrixPower(5))
                .tensors(t -> regular(t[0]).matrixPower(5))
                .torch(p -> torch.linalg_matrix_power(regular(p[0]), 5));
        small(row("matrixPower", "of the inverse", n -> List.of(real(n, n))))
                .variables(v -> regular(v[0]).matrixPower(-2)).tensors(t -> regular(t[0]).matrixPower(-2))
                .torch(p -> torch.linalg_matrix_power(regular(p[0]), -2));
        small(row("matrixPower", "zeroth", n -> List.of(real(2, n, n)))).exact().tensors(t -> t[0].matrixPower(0))
                .variables(v -> v[0].matrixPower(0)).torch(p -> torch.linalg_matrix_power(p[0], 0));
        small(row("matrixExp", "small", n -> List.of(real(2, n, n)))).variables(v -> regular(v[0]).matrixExp())
                .tensors(t -> regular(t[0]).matrixExp()).torch(p -> torch.linalg_matrix_exp(regular(p[0])));
        small(row("matrixExp", "some to be scaled", n -> List.of(real(2, n, n), within(1, 5, 2, 1, 1))))
                .variables(v -> regular(v[0]).mul(v[1]).matrixExp().mul(v[1].neg().exp()))
                .tensors(t -> regular(t[0]).mul(t[1]).matrixExp().mul(t[1].neg().exp()))
                .torch(p -> torch.linalg_matrix_exp(regular(p[0]).mul(p[1])).mul(p[1].neg().exp()));
    }
}
