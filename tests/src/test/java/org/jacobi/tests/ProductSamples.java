package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.real;

import java.util.List;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.global.torch;

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
        row("linear", "a vector", n -> List.of(real(4), real(n, 4), real(n))).upTo(257)
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1], p[2]));
    }
}
