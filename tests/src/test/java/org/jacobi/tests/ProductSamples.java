package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** The rows of products. */
final class ProductSamples {
    private ProductSamples() {
    }

    private static void matmul(String variant, IntFunction<List<Operand>> operands) {
        row("matmul", variant, operands).upTo(257).tolerance(3e-5).variables(v -> v[0].matmul(v[1]))
                .tensors(t -> t[0].matmul(t[1]))
                .torch(p -> torch.matmul(p[0], p[1]));
    }

    static void add() {
        composed();
        einsum();
        matmul("long rows", n -> List.of(real(3, n), real(n, 4)));
        matmul("wide", n -> List.of(real(3, 5), real(5, n)));
        matmul("tall", n -> List.of(real(n, 5), real(5, 3)));
        matmul("square", n -> List.of(real(Math.min(n, 67), n), real(n, Math.min(n, 67))));
        matmul("dot", n -> List.of(real(n), real(n)));
        matmul("matrix and vector", n -> List.of(real(3, n), real(n)));
        matmul("vector and matrix", n -> List.of(real(n), real(n, 3)));
        matmul("batches and vector", n -> List.of(real(2, 3, n), real(n)));
        matmul("batches", n -> List.of(real(2, 3, n), real(2, n, 4)));
        matmul("batches and one matrix", n -> List.of(real(2, 3, n), real(n, 4)));
        matmul("one matrix and batches", n -> List.of(real(3, n), real(2, n, 4)));
        matmul("broadcast batches", n -> List.of(real(2, 1, 3, n), real(3, n, 2)));
        row("matmul", "of a transpose", n -> List.of(real(n, 3), real(4, n))).upTo(257)
                .variables(v -> v[0].t().matmul(v[1].t())).tensors(t -> t[0].t().matmul(t[1].t()))
                .torch(p -> torch.matmul(p[0].t(), p[1].t()));
        row("linear", "", n -> List.of(real(3, n), real(4, n), real(4))).upTo(257)
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1], p[2]));
        row("linear", "no bias, more axes", n -> List.of(real(2, 3, n), real(5, n))).upTo(257)
                .variables(v -> v[0].linear(v[1], null)).torch(p -> torch.linear(p[0], p[1]));
        row("feedForward", "", n -> List.of(real(3, n), real(5, n), real(5), real(4, 5), real(4))).upTo(257)
                .variables(v -> v[0].feedForward(v[1], v[2], v[3], v[4])).torch(p -> torch.linear(
                        torch.gelu(torch.linear(p[0], p[1], p[2]), "tanh"), p[3], p[4]));
        row("feedForward", "no biases, more axes", n -> List.of(real(2, 3, 4), real(n, 4), real(5, n))).upTo(257)
                .variables(v -> v[0].feedForward(v[1], null, v[2], null)).torch(p -> torch.linear(
                        torch.gelu(torch.linear(p[0], p[1]), "tanh"), p[2]));
        row("linear", "a vector", n -> List.of(real(4), real(n, 4), real(n))).upTo(257)
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1], p[2]));
    }

    private static void composed() {
        row("matmul", "i64", n -> List.of(integers(DType.I64, -9, 9, 2, 3, n), integers(DType.I64, -9, 9, n, 4)))
                .exact()
                .upTo(257).tensors(t -> t[0].matmul(t[1])).torch(p -> torch.matmul(p[0], p[1]));
        two("dot", "", n -> List.of(real(n), real(n)), Variable::dot, Tensor::dot, torch::dot);
        two("mv", "", n -> List.of(real(3, n), real(n)), Variable::mv, Tensor::mv, torch::mv);
        two("mm", "", n -> List.of(real(3, n), real(n, 2)), Variable::mm, Tensor::mm, torch::mm);
        two("bmm", "", n -> List.of(real(2, 3, n), real(2, n, 2)), Variable::bmm, Tensor::bmm, torch::bmm);
        two("outer", "", n -> List.of(real(3), real(n)), Variable::outer, Tensor::outer, torch::outer);
        two("kron", "", n -> List.of(real(2, 3), real(3, n)), Variable::kron, Tensor::kron, torch::kron);
        two("kron", "of different ranks", n -> List.of(real(n), real(2, 1, 3)), Variable::kron, Tensor::kron,
                torch::kron);
        two("tensordot", "last with first", n -> List.of(real(2, 3, n), real(3, n, 4)), (a, b) -> a.tensordot(b, 2),
                (a, b) -> a.tensordot(b, 2), (a, b) -> torch.tensordot(a, b, new long[] {1, 2}, 0, 1));
        two("tensordot", "outer", n -> List.of(real(2, 3), real(n)), (a, b) -> a.tensordot(b, 0),
                (a, b) -> a.tensordot(b, 0), (a, b) -> torch.tensordot(a, b, new long[0]));
        int[] left = {2, 0};
        int[] right = {-1, 1};
        two("tensordot", "named axes", n -> List.of(real(2, 3, n), real(5, 2, n)),
                (a, b) -> a.tensordot(b, left, right),
                (a, b) -> a.tensordot(b, left, right), (a, b) -> torch.tensordot(a, b, new long[] {2, 0}, -1, 1));
        two("cross", "", n -> List.of(real(n, 3), real(n, 3)), (a, b) -> a.cross(b, -1), (a, b) -> a.cross(b, -1),
                (a, b) -> torch.linalg_cross(a, b, -1));
        two("cross", "first axis, broadcast", n -> List.of(real(3, n), real(3, 1)), (a, b) -> a.cross(b, 0),
                (a, b) -> a.cross(b, 0), (a, b) -> torch.linalg_cross(a, b, 0));
        two("cosineSimilarity", "", n -> List.of(positive(3, n), positive(3, n)), (a, b) -> a.cosineSimilarity(b, 1),
                (a, b) -> a.cosineSimilarity(b, 1), (a, b) -> torch.cosine_similarity(a, b, 1, 1e-8));
        two("cosineSimilarity", "broadcast", n -> List.of(positive(3, n), positive(2, 1, n)),
                (a, b) -> a.cosineSimilarity(b, -2), (a, b) -> a.cosineSimilarity(b, -2),
                (a, b) -> torch.cosine_similarity(a, b, -2, 1e-8));
        row("trace", "", n -> List.of(real(3, n + 2))).variables(v -> v[0].trace()).tensors(t -> t[0].trace())
                .torch(p -> torch.trace(p[0]));
        for (double p : new double[] {2, 1, 3, 0, Double.POSITIVE_INFINITY}) {
            two("cdist", "p = " + p, n -> List.of(real(4, n), real(5, n)), (a, b) -> a.cdist(b, p),
                    (a, b) -> a.cdist(b, p),
                    (a, b) -> torch.cdist(a, b, p, new LongOptional()));
        }
        two("cdist", "p = 1.5, batches", n -> List.of(real(2, 1, 3, n), real(3, 2, n)), (a, b) -> a.cdist(b, 1.5),
                (a, b) -> a.cdist(b, 1.5), (a, b) -> torch.cdist(a, b, 1.5, new LongOptional()));
        two("cdist", "many vectors", n -> List.of(real(27, n + 1), real(3, n + 1)), (a, b) -> a.cdist(b, 2),
                (a, b) -> a.cdist(b, 2), (a, b) -> torch.cdist(a, b, 2, new LongOptional()));
    }

    private static OpSample two(String op, String variant, IntFunction<List<Operand>> operands,
            BinaryOperator<Variable> variables, BinaryOperator<Tensor> tensors,
            BinaryOperator<org.bytedeco.pytorch.Tensor> twin) {
        return row(op, variant, operands).upTo(257).tolerance(3e-5).variables(v -> variables.apply(v[0], v[1]))
                .tensors(t -> tensors.apply(t[0], t[1])).torch(p -> twin.apply(p[0], p[1]));
    }

    private static void einsum() {
        einsum("ij->ji", n -> List.of(real(3, n)));
        einsum("ij", n -> List.of(real(3, n)));
        einsum("ba", n -> List.of(real(3, n)));
        einsum("aB", n -> List.of(real(3, n)));
        einsum("ii", n -> List.of(real(4, 4)));
        einsum("iji->ij", n -> List.of(real(4, n, 4)));
        einsum("iii->i", n -> List.of(real(4, 4, 4)));
        einsum("ij->", n -> List.of(real(3, n)));
        einsum("...ij->...j", n -> List.of(real(2, 3, 4, n)));
        einsum("...", n -> List.of(real(2, n)));
        einsum("->", n -> List.of(real()));
        einsum(",ij->ij", n -> List.of(real(), real(3, n)));
        einsum("i,j->ij", n -> List.of(real(3), real(n)));
        einsum("i,i->", n -> List.of(real(n), real(n)));
        einsum("i , i", n -> List.of(real(n), real(n)));
        einsum("bi,bi->b", n -> List.of(real(3, n), real(3, n)));
        einsum("ij,ij->ij", n -> List.of(real(3, n), real(3, n)));
        einsum("ij,ij->ji", n -> List.of(real(3, n), real(3, n)));
        einsum("ij,jk", n -> List.of(real(3, n), real(n, 4)));
        einsum("ij,jk->ki", n -> List.of(real(3, n), real(n, 4)));
        einsum("ji,kj->ik", n -> List.of(real(n, 3), real(4, n)));
        einsum("bij,bjk->bik", n -> List.of(real(2, 3, n), real(2, n, 4)));
        einsum("bij,jk->bik", n -> List.of(real(2, 3, n), real(n, 4)));
        einsum("bthd,bshd->bhts", n -> List.of(real(2, 3, 2, n), real(2, 5, 2, n)));
        einsum("bhts,bshd->bthd", n -> List.of(real(2, 2, 3, n), real(2, n, 2, 4)));
        einsum("bthd,dhe->bte", n -> List.of(real(2, 3, 2, n), real(n, 2, 3)));
        einsum("...ij,...jk->...ik", n -> List.of(real(2, 1, 3, n), real(3, n, 2)));
        einsum("i...,...i->...", n -> List.of(real(n, 3), real(2, 3, n)));
        einsum("b...i,ij->b...", n -> List.of(real(2, 3, n), real(n, 2)));
        einsum("ij...,jk...->ik", n -> List.of(real(3, n, 2), real(n, 4, 2)));
        einsum("ij,ij->i", n -> List.of(real(3, n), real(1, n)));
        einsum("ij,j->i", n -> List.of(real(3, n), real(1)));
        einsum("ii,i->i", n -> List.of(real(4, 4), real(4)));
        einsum("aab,bcc->ac", n -> List.of(real(3, 3, n), real(n, 2, 2)));
        einsum("ij,k->j", n -> List.of(real(3, n), real(2)));
        einsum("aB,Bc,cD->aD", n -> List.of(real(3, n), real(n, 2), real(2, 4)));
        einsum("ij,jk,kl,lm->im", n -> List.of(real(2, n), real(n, 3), real(3, 2), real(2, 3)));
        einsum("bi,bj,bk->ijk", n -> List.of(real(n, 2), real(n, 3), real(n, 2)));
        einsum("i,i,i->i", n -> List.of(real(n), real(n), real(n)));
        einsum("ab,bc,cd,de,ef,fg,gh,hi,ij->aj",
                n -> List.of(real(2, n), real(n, 2), real(2, 3), real(3, 2), real(2, 2),
                        real(2, 3), real(3, 2), real(2, 2), real(2, 3)))
                .upTo(31);
        einsum("...a,...b,...c->abc...", n -> List.of(real(2, n), real(1, 3), real(2, 2)));
        row("einsum", "i64", n -> List.of(integers(DType.I64, -9, 9, 2, 3, n), integers(DType.I64, -9, 9, n, 4)))
                .exact()
                .upTo(257).tensors(t -> Tensor.einsum("bij,jk->kbi", t))
                .torch(p -> torch.einsum("bij,jk->kbi", new TensorVector(p)));
    }

    private static OpSample einsum(String equation, IntFunction<List<Operand>> operands) {
        return row("einsum", equation, operands).upTo(257).tolerance(3e-5).variables(v -> Variable.einsum(equation, v))
                .tensors(t -> Tensor.einsum(equation, t)).torch(p -> torch.einsum(equation, new TensorVector(p)));
    }
}
