package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;

import java.util.List;

import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;

/** The rows of indexing. */
final class IndexingSamples {
    private IndexingSamples() {
    }

    static void add() {
        row("indexSelect", "rows", n -> List.of(real(4, n), index(4, 7)))
                .variables(v -> v[0].indexSelect(0, v[1].value()))
                .tensors(t -> t[0].indexSelect(0, t[1])).torch(p -> torch.index_select(p[0], 0, p[1]));
        row("indexSelect", "columns", n -> List.of(real(3, n), index(n, 5)))
                .variables(v -> v[0].indexSelect(-1, v[1].value())).tensors(t -> t[0].indexSelect(-1, t[1]))
                .torch(p -> torch.index_select(p[0], -1, p[1]));
        row("indexSelect", "i64, middle axis", n -> List.of(integers(DType.I64, -9, 9, 2, n, 3), index(n, 6))).exact()
                .tensors(t -> t[0].indexSelect(1, t[1])).torch(p -> torch.index_select(p[0], 1, p[1]));
        row("embedding", "", n -> List.of(real(6, n), index(6, 2, 5))).variables(v -> v[0].embedding(v[1].value()))
                .torch(p -> torch.embedding(p[0], p[1]));
        row("embedding", "many", n -> List.of(real(n, 3), index(n, n))).variables(v -> v[0].embedding(v[1].value()))
                .torch(p -> torch.embedding(p[0], p[1]));
        row("gather", "last axis", n -> List.of(real(3, n), index(n, 2, 4)))
                .variables(v -> v[0].gather(1, v[1].value()))
                .tensors(t -> t[0].gather(1, t[1])).torch(p -> torch.gather(p[0], 1, p[1]));
        row("gather", "first axis", n -> List.of(real(4, n), index(4, 5, n)))
                .variables(v -> v[0].gather(0, v[1].value()))
                .tensors(t -> t[0].gather(0, t[1])).torch(p -> torch.gather(p[0], 0, p[1]));
        row("scatterAdd", "last axis", n -> List.of(real(3, n), index(n, 2, 4), real(3, 5)))
                .variables(v -> v[0].scatterAdd(1, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(1, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 1, p[1], p[2].narrow(0, 0, 2).narrow(1, 0, 4)));
        row("scatterAdd", "first axis", n -> List.of(real(4, n), index(4, 5, n), real(5, n)))
                .variables(v -> v[0].scatterAdd(0, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(0, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("scatterAdd_", "", n -> List.of(real(4, n), index(4, 5, n), real(5, n))).inPlace()
                .tensors(t -> t[0].scatterAdd_(0, t[1], t[2])).torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("indexAdd_", "rows", n -> List.of(real(4, n), index(4, 6), real(6, n))).inPlace()
                .tensors(t -> t[0].indexAdd_(0, t[1], t[2])).torch(p -> torch.index_add(p[0], 0, p[1], p[2]));
        row("indexAdd_", "columns", n -> List.of(real(3, n), index(n, 6), real(3, 6))).inPlace()
                .tensors(t -> t[0].indexAdd_(1, t[1], t[2])).torch(p -> torch.index_add(p[0], 1, p[1], p[2]));
    }
}
