package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptionalList;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;

/** The rows of indexing. */
final class IndexingSamples {
    private IndexingSamples() {
    }

    static void add() {
        brackets();
        assignments();
        slices();
        elements();
        reductions();
        masks();
        inPlace();
    }

    // ---- as in brackets --------------------------------------------------------------------------------------------

    /** What the indices are, given the operands after the first one. */
    @FunctionalInterface
    private interface Brackets {
        Index[] of(Tensor... tensors);
    }

    private static Index[] indices(Index... indices) {
        return indices;
    }

    /** The indices made of our operands. */
    private static Index[] ours(Brackets brackets, Tensor... operands) {
        return brackets.of(Arrays.copyOfRange(operands, 1, operands.length));
    }

    /** Reads what can be an index only: inside vmap, values of examples cannot be read. */
    private static Index[] ours(Brackets brackets, Variable... operands) {
        return ours(brackets,
                Arrays.stream(operands).map(operand -> operand.dtype().isFloating() ? null : operand.value())
                        .toArray(Tensor[]::new));
    }

    private static void get(String variant, IntFunction<List<Operand>> operands, Brackets brackets) {
        row("get", variant, operands).exact()
                .variables(v -> v[0].get(ours(brackets, v))).tensors(t -> t[0].get(ours(brackets, t)))
                .torch(p -> p[0].index(Libtorch.indices(ours(brackets, Libtorch.ours(p)))));
    }

    private static void brackets() {
        get("an integer and a range", n -> List.of(real(3, n + 4)),
                _ -> indices(Index.at(1), Index.range(1, -1, 2)));
        get("an ellipsis", n -> List.of(real(2, 3, n)), _ -> indices(Index.at(-1), Index.ellipsis(), Index.from(-2)));
        get("new axes", n -> List.of(real(3, n)),
                _ -> indices(Index.newAxis(), Index.all(), Index.newAxis(), Index.to(5), Index.newAxis()));
        get("an empty range", n -> List.of(real(3, n)), _ -> indices(Index.range(2, 1)));
        get("nothing", n -> List.of(real(3, n)), _ -> indices());
        get("a scalar", n -> List.of(real()), _ -> indices(Index.newAxis(), Index.ellipsis()));
        get("positions", n -> List.of(real(4, n), index(4, 5)), i -> indices(Index.of(i[0])));
        get("negative positions", n -> List.of(real(4, n), integers(DType.I64, -4, 4, 5)),
                i -> indices(Index.of(i[0])));
        get("i32 positions", n -> List.of(real(4, n), integers(DType.I32, 0, 4, 5)), i -> indices(Index.of(i[0])));
        get("no positions", n -> List.of(real(4, n)), _ -> indices(Index.of()));
        get("a scalar of a position", n -> List.of(real(4, n), index(4)), i -> indices(Index.of(i[0])));
        get("positions of columns", n -> List.of(real(3, n), index(n, 5)),
                i -> indices(Index.all(), Index.of(i[0])));
        get("positions of single elements", n -> List.of(real(n), index(n, 3, n)), i -> indices(Index.of(i[0])));
        get("two tensors", n -> List.of(real(4, 3, n), index(4, 5), index(3, 5)),
                i -> indices(Index.of(i[0]), Index.of(i[1])));
        get("tensors that broadcast", n -> List.of(real(4, 3, n), index(4, 5, 1), index(3, 2)),
                i -> indices(Index.of(i[0]), Index.of(i[1])));
        get("adjacent tensors", n -> List.of(real(2, 4, 3, n), index(4, 2, 5), index(3, 5)),
                i -> indices(Index.all(), Index.of(i[0]), Index.of(i[1])));
        get("separated tensors", n -> List.of(real(4, n, 3), index(4, 2, 5), index(3, 5)),
                i -> indices(Index.of(i[0]), Index.all(), Index.of(i[1])));
        get("separated tensors behind a range", n -> List.of(real(3, 4, n, 3), index(4, 5), index(3, 5)),
                i -> indices(Index.from(1), Index.of(i[0]), Index.all(), Index.of(i[1])));
        get("an integer between tensors", n -> List.of(real(4, 2, 3, n), index(4, 5), index(3, 5)),
                i -> indices(Index.of(i[0]), Index.at(1), Index.of(i[1])));
        get("an integer away from a tensor", n -> List.of(real(2, 3, n), index(n, 4)),
                i -> indices(Index.at(-1), Index.all(), Index.of(i[0])));
        get("a new axis between tensors", n -> List.of(real(4, 3, n), index(4, 5), index(3, 5)),
                i -> indices(Index.of(i[0]), Index.newAxis(), Index.of(i[1])));
        get("tensor and range", n -> List.of(real(4, n), index(4, 5)),
                i -> indices(Index.of(i[0]), Index.range(0, Long.MAX_VALUE, 3)));
        get("of a transpose", n -> List.of(real(3, n), index(n, 5)), i -> indices(Index.all(), Index.of(i[0])));
        get("a mask", n -> List.of(real(3, n), bool(3, n)), i -> indices(Index.mask(i[0])));
        get("a mask of rows", n -> List.of(real(5, n), bool(5)), i -> indices(Index.mask(i[0])));
        get("a mask of columns", n -> List.of(real(3, n), bool(n)), i -> indices(Index.ellipsis(), Index.mask(i[0])));
        get("a mask of two axes and a tensor", n -> List.of(real(2, 3, n, 4), bool(3, n), index(4, 1)),
                i -> indices(Index.all(), Index.mask(i[0]), Index.of(i[1])));
        get("a mask of no axes", n -> List.of(real(3, n), bool()), i -> indices(Index.mask(i[0])));
        for (DType dtype : List.of(DType.BOOL, DType.U8, DType.I32, DType.I64, DType.F16)) {
            row("get", dtype + ", rows", n -> List.of(integers(dtype, 0, 2, 4, n), index(4, 5))).exact()
                    .tensors(t -> t[0].get(Index.of(t[1]))).torch(p -> torch.index_select(p[0], 0, p[1]));
            row("get", dtype + ", columns", n -> List.of(integers(dtype, 0, 2, 3, n), index(n, 5))).exact()
                    .tensors(t -> t[0].get(Index.all(), Index.of(t[1])))
                    .torch(p -> torch.index_select(p[0], 1, p[1]));
        }
    }

    /** The rows of indexPut and set; the value is the last operand. */
    private static void put(String variant, IntFunction<List<Operand>> operands, Brackets brackets) {
        Function<org.bytedeco.pytorch.Tensor[], org.bytedeco.pytorch.Tensor> twin = p -> p[0].clone()
                .index_put_(Libtorch.indices(ours(brackets, Libtorch.ours(p))), p[p.length - 1]);
        row("indexPut", variant, operands).exact()
                .variables(v -> v[0].indexPut(v[v.length - 1], false, ours(brackets, v)))
                .tensors(t -> t[0].indexPut(t[t.length - 1], false, ours(brackets, t))).torch(twin::apply);
        row("set", variant, operands).exact().inPlace()
                .tensors(t -> t[0].set(t[t.length - 1], ours(brackets, t))).torch(twin::apply);
    }

    private static void assignments() {
        put("a range", n -> List.of(real(3, n), real(n)), _ -> indices(Index.range(0, 3, 2)));
        put("an integer, leading axes of size 1", n -> List.of(real(3, n), real(1, 1, n)), _ -> indices(Index.at(0)));
        put("nothing", n -> List.of(real(3, n), real(3, 1)), _ -> indices());
        put("rows", n -> List.of(real(3, n), real(2, n)), _ -> indices(Index.of(2, -3)));
        put("columns", n -> List.of(real(3, n + 2), real(3, 2)), _ -> indices(Index.all(), Index.of(2, 0)));
        put("rows, one value", n -> List.of(real(3, n), real()), _ -> indices(Index.of(2, 0)));
        put("separated tensors", n -> List.of(real(4, n, 3), real(2, n)),
                _ -> indices(Index.of(2, 0), Index.all(), Index.of(1, 2)));
        put("tensors that broadcast", n -> List.of(real(4, 3, n), real(2, 3, n)),
                _ -> indices(Index.of(Tensor.of(new long[] {2, 0}, 2, 1)), Index.of(1, 2, 0)));
        put("a mask", n -> List.of(real(3, n), bool(3, n), real()), i -> indices(Index.mask(i[0])));
        put("a mask of rows", n -> List.of(real(3, n), bool(3), real(n)), i -> indices(Index.mask(i[0])));
        row("set", "a number", n -> List.of(real(3, n), index(3, 4))).exact().inPlace()
                .tensors(t -> t[0].set(-7.5, Index.of(t[1])))
                .torch(p -> p[0].clone().index_put_(Libtorch.indices(Index.of(Libtorch.ours(p)[1])), number(-7.5)));
        row("set", "converted", n -> List.of(integers(DType.I64, -9, 9, 3, n), real(n))).exact().inPlace()
                .tensors(t -> t[0].set(t[1], Index.at(1)))
                .torch(p -> p[0].clone().index_put_(Libtorch.indices(Index.at(1)), p[1]));
        row("indexPut", "added to rows", n -> List.of(real(4, n), index(4, 7), real(7, n)))
                .variables(v -> v[0].indexPut(v[2], true, Index.of(v[1].value())))
                .tensors(t -> t[0].indexPut(t[2], true, Index.of(t[1])))
                .torch(p -> p[0].index_put(list(p[1]), p[2], true));
        row("indexPut", "added to elements", n -> List.of(real(4, n), index(4, 7, 1), index(n, 9), real(9)))
                .variables(v -> v[0].indexPut(v[3], true, Index.of(v[1].value()), Index.of(v[2].value())))
                .tensors(t -> t[0].indexPut(t[3], true, Index.of(t[1]), Index.of(t[2])))
                .torch(p -> p[0].index_put(list(p[1], p[2]), p[3], true));
        row("indexPut", "added to a range", n -> List.of(real(4, n), real(n)))
                .variables(v -> v[0].indexPut(v[1], true, Index.from(2)))
                .tensors(t -> t[0].indexPut(t[1], true, Index.from(2)))
                .torch(p -> p[0].add(torch.cat(new org.bytedeco.pytorch.TensorVector(
                        torch.zeros_like(p[0].narrow(0, 0, 2)), p[1].expand(2, -1)), 0)));
        row("indexPut", "added, i64", n -> List.of(integers(DType.I64, -9, 9, 4, n), index(4, 7),
                integers(DType.I64, -9, 9, 7, n))).exact()
                .tensors(t -> t[0].indexPut(t[2], true, Index.of(t[1])))
                .torch(p -> p[0].index_put(list(p[1]), p[2], true));
        row("indexPut_", "", n -> List.of(real(4, n), index(4, 7), real(7, n))).inPlace()
                .tensors(t -> t[0].indexPut_(t[2], true, Index.of(t[1])))
                .torch(p -> p[0].index_put(list(p[1]), p[2], true));
        row("take", "", n -> List.of(real(3, n), integers(DType.I64, -3L * n, 3L * n, 2, 5))).exact()
                .variables(v -> v[0].take(v[1].value())).tensors(t -> t[0].take(t[1])).torch(p -> p[0].take(p[1]));
        row("put", "", n -> List.of(real(3, n + 3), index(2, 4), real(2, 2))).exact()
                .variables(v -> v[0].put(spread(v[1].value()), v[2].reshape(-1), false))
                .tensors(t -> t[0].put(spread(t[1]), t[2].reshape(-1), false))
                .torch(p -> p[0].put(spread(p[1]), p[2].reshape(-1), false));
        row("put", "added", n -> List.of(real(3, n), index(3L * n, 2, 4), real(4, 2)))
                .variables(v -> v[0].put(v[1].value(), v[2], true)).tensors(t -> t[0].put(t[1], t[2], true))
                .torch(p -> p[0].put(p[1], p[2], true));
        row("where", "a number on the left", n -> List.of(bool(3, n), real(3, n))).exact()
                .variables(v -> Variable.where(v[0].value(), -7.5, v[1])).tensors(t -> Tensor.where(t[0], -7.5, t[1]))
                .torch(p -> torch.where(p[0], number(-7.5), p[1]));
        row("where", "a number on the right", n -> List.of(bool(3, n), real(3, 1))).exact()
                .variables(v -> Variable.where(v[0].value(), v[1], 2)).tensors(t -> Tensor.where(t[0], t[1], 2))
                .torch(p -> torch.where(p[0], p[1], number(2)));
    }

    private static TensorOptionalList list(org.bytedeco.pytorch.Tensor... tensors) {
        TensorOptionalList list = new TensorOptionalList();
        for (org.bytedeco.pytorch.Tensor tensor : tensors) {
            list.push_back(new TensorOptional(tensor));
        }
        return list;
    }

    /** Makes positions 0 and 1 of a last axis of 4 differ from their neighbours: 0 or 1, 2 or 3, 4 or 5, 6 or 7. */
    private static Tensor spread(Tensor index) {
        return index.add(Tensor.arange(index.device(), 0, 8, 2, DType.I64));
    }

    private static org.bytedeco.pytorch.Tensor spread(org.bytedeco.pytorch.Tensor index) {
        return index.add(Libtorch.tensor(new long[] {0, 2, 4, 6}, 4));
    }

    // ---- slices along an axis --------------------------------------------------------------------------------------

    private static void slices() {
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
        row("indexAdd_", "rows", n -> List.of(real(4, n), index(4, 6), real(6, n))).inPlace()
                .tensors(t -> t[0].indexAdd_(0, t[1], t[2])).torch(p -> torch.index_add(p[0], 0, p[1], p[2]));
        row("indexAdd_", "columns", n -> List.of(real(3, n), index(n, 6), real(3, 6))).inPlace()
                .tensors(t -> t[0].indexAdd_(1, t[1], t[2])).torch(p -> torch.index_add(p[0], 1, p[1], p[2]));
        row("indexAdd", "rows", n -> List.of(real(4, n), index(4, 6), real(6, n)))
                .variables(v -> v[0].indexAdd(0, v[1].value(), v[2])).tensors(t -> t[0].indexAdd(0, t[1], t[2]))
                .torch(p -> torch.index_add(p[0], 0, p[1], p[2]));
        row("indexAdd", "middle axis", n -> List.of(real(2, n, 3), index(n, 6), real(2, 6, 3)))
                .variables(v -> v[0].indexAdd(-2, v[1].value(), v[2])).tensors(t -> t[0].indexAdd(-2, t[1], t[2]))
                .torch(p -> torch.index_add(p[0], -2, p[1], p[2]));
        row("indexCopy", "rows", n -> List.of(real(8, n), index(2, 4), real(4, n))).exact()
                .variables(v -> v[0].indexCopy(0, spread(v[1].value()), v[2]))
                .tensors(t -> t[0].indexCopy(0, spread(t[1]), t[2])).torch(p -> p[0].index_copy(0, spread(p[1]), p[2]));
        row("indexCopy", "columns", n -> List.of(real(3, n + 7), index(2, 4), real(3, 4))).exact()
                .variables(v -> v[0].indexCopy(1, spread(v[1].value()), v[2]))
                .tensors(t -> t[0].indexCopy(1, spread(t[1]), t[2])).torch(p -> p[0].index_copy(1, spread(p[1]), p[2]));
        row("indexFill", "a number", n -> List.of(real(4, n), index(4, 3))).exact()
                .variables(v -> v[0].indexFill(0, v[1].value(), -7.5)).tensors(t -> t[0].indexFill(0, t[1], -7.5))
                .torch(p -> p[0].index_fill(0, p[1], number(-7.5)));
        row("indexFill", "a scalar", n -> List.of(real(3, n + 7), index(2, 4), real()))
                .variables(v -> v[0].indexFill(1, spread(v[1].value()), v[2]))
                .tensors(t -> t[0].indexFill(1, spread(t[1]), t[2])).torch(p -> p[0].index_fill(1, spread(p[1]), p[2]));
        row("selectScatter", "", n -> List.of(real(2, 3, n), real(2, n))).exact()
                .variables(v -> v[0].selectScatter(v[1], 1, -1)).tensors(t -> t[0].selectScatter(t[1], 1, -1))
                .torch(p -> p[0].select_scatter(p[1], 1, -1));
        row("sliceScatter", "", n -> List.of(real(n, 5), real(n, 2))).exact()
                .variables(v -> v[0].sliceScatter(v[1], -1, 1, -1, 2))
                .tensors(t -> t[0].sliceScatter(t[1], -1, 1, -1, 2))
                .torch(p -> p[0].slice_scatter(p[1], -1, new LongOptional(1), new LongOptional(-1), 2));
    }

    // ---- elements along an axis ------------------------------------------------------------------------------------

    private static void elements() {
        row("gather", "last axis", n -> List.of(real(3, n), index(n, 2, 4)))
                .variables(v -> v[0].gather(1, v[1].value()))
                .tensors(t -> t[0].gather(1, t[1])).torch(p -> torch.gather(p[0], 1, p[1]));
        row("gather", "first axis", n -> List.of(real(4, n), index(4, 5, n)))
                .variables(v -> v[0].gather(0, v[1].value()))
                .tensors(t -> t[0].gather(0, t[1])).torch(p -> torch.gather(p[0], 0, p[1]));
        row("gather", "u8", n -> List.of(integers(DType.U8, 0, 256, 4, n), index(4, 5, n))).exact()
                .tensors(t -> t[0].gather(0, t[1])).torch(p -> torch.gather(p[0], 0, p[1]));
        row("takeAlongDim", "", n -> List.of(real(3, n), index(3, 5, n))).exact()
                .variables(v -> v[0].takeAlongDim(0, v[1].value())).tensors(t -> t[0].takeAlongDim(0, t[1]))
                .torch(p -> p[0].take_along_dim(p[1], new LongOptional(0)));
        row("takeAlongDim", "broadcast", n -> List.of(real(1, 3, n), index(3, 2, 4, 1))).exact()
                .variables(v -> v[0].takeAlongDim(1, v[1].value())).tensors(t -> t[0].takeAlongDim(1, t[1]))
                .torch(p -> p[0].take_along_dim(p[1], new LongOptional(1)));
        row("scatter", "last axis", n -> List.of(real(3, n + 7), index(2, 2, 4), real(3, 5))).exact()
                .variables(v -> v[0].scatter(1, spread(v[1].value()), v[2]))
                .tensors(t -> t[0].scatter(1, spread(t[1]), t[2]))
                .torch(p -> p[0].scatter(1, spread(p[1]), p[2].narrow(0, 0, 2).narrow(1, 0, 4)));
        row("scatter", "first axis", n -> List.of(real(2, n), index(2, 1, n), real(1, n))).exact()
                .variables(v -> v[0].scatter(0, v[1].value(), v[2])).tensors(t -> t[0].scatter(0, t[1], t[2]))
                .torch(p -> p[0].scatter(0, p[1], p[2]));
        row("scatter", "a number", n -> List.of(real(3, n), index(n, 2, 4))).exact()
                .variables(v -> v[0].scatter(1, v[1].value(), -7.5)).tensors(t -> t[0].scatter(1, t[1], -7.5))
                .torch(p -> p[0].scatter(1, p[1], number(-7.5)));
        row("scatter", "i64", n -> List.of(integers(DType.I64, -9, 9, 2, n), index(2, 1, n),
                integers(DType.I64, -9, 9, 1, n))).exact().tensors(t -> t[0].scatter(0, t[1], t[2]))
                .torch(p -> p[0].scatter(0, p[1], p[2]));
        row("scatterAdd", "last axis", n -> List.of(real(3, n), index(n, 2, 4), real(3, 5)))
                .variables(v -> v[0].scatterAdd(1, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(1, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 1, p[1], p[2].narrow(0, 0, 2).narrow(1, 0, 4)));
        row("scatterAdd", "first axis", n -> List.of(real(4, n), index(4, 5, n), real(5, n)))
                .variables(v -> v[0].scatterAdd(0, v[1].value(), v[2])).tensors(t -> t[0].scatterAdd(0, t[1], t[2]))
                .torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("scatterAdd_", "", n -> List.of(real(4, n), index(4, 5, n), real(5, n))).inPlace()
                .tensors(t -> t[0].scatterAdd_(0, t[1], t[2])).torch(p -> torch.scatter_add(p[0], 0, p[1], p[2]));
        row("oneHot", "", n -> List.of(index(5, 2, n))).exact().tensors(t -> t[0].oneHot(6))
                .torch(p -> torch.one_hot(p[0], 6));
        row("oneHot", "counted", n -> List.of(index(5, n))).exact().tensors(t -> t[0].oneHot(-1))
                .torch(p -> torch.one_hot(p[0]));
    }

    // ---- reductions by index ---------------------------------------------------------------------------------------

    private static String name(ReduceOp how) {
        return switch (how) {
            case MAX -> "amax";
            case MIN -> "amin";
            default -> how.name().toLowerCase(Locale.ROOT);
        };
    }

    private static void reductions() {
        for (ReduceOp how : List.of(ReduceOp.SUM, ReduceOp.PROD, ReduceOp.MEAN, ReduceOp.MAX, ReduceOp.MIN)) {
            for (boolean self : new boolean[] {true, false}) {
                String variant = name(how) + (self ? "" : " without self");
                row("scatterReduce", variant + ", first axis",
                        n -> List.of(within(0.5, 1.5, 4, n), index(4, 5, n), within(0.5, 1.5, 5, n)))
                        .variables(v -> v[0].scatterReduce(0, v[1].value(), v[2], how, self))
                        .tensors(t -> t[0].scatterReduce(0, t[1], t[2], how, self))
                        .torch(p -> p[0].scatter_reduce(0, p[1], p[2], name(how), self));
                row("scatterReduce", variant + ", last axis",
                        n -> List.of(within(0.5, 1.5, 3, n), index(n, 2, 4), within(0.5, 1.5, 3, 5)))
                        .variables(v -> v[0].scatterReduce(1, v[1].value(), v[2], how, self))
                        .tensors(t -> t[0].scatterReduce(1, t[1], t[2], how, self))
                        .torch(p -> p[0].scatter_reduce(1, p[1], p[2].narrow(0, 0, 2).narrow(1, 0, 4), name(how),
                                self));
                if (how != ReduceOp.SUM) {
                    row("indexReduce", variant,
                            n -> List.of(within(0.5, 1.5, 4, n), index(4, 5), within(0.5, 1.5, 5, n)))
                            .variables(v -> v[0].indexReduce(0, v[1].value(), v[2], how, self))
                            .tensors(t -> t[0].indexReduce(0, t[1], t[2], how, self))
                            .torch(p -> p[0].index_reduce(0, p[1], p[2], name(how), self));
                }
                for (DType dtype : List.of(DType.I64, DType.I16, DType.F16)) {
                    row("scatterReduce", variant + ", " + dtype, n -> List.of(integers(dtype, -3, 4, 4, n),
                            index(4, 5, n), integers(dtype, -3, 4, 5, n))).exact()
                            .tensors(t -> t[0].scatterReduce(0, t[1], t[2], how, self))
                            .torch(p -> p[0].scatter_reduce(0, p[1], p[2], name(how), self));
                }
            }
        }
        row("scatterReduce", "amax, ties", n -> List.of(ties(3, n), index(3, 5, n), ties(5, n))).kinked()
                .variables(v -> v[0].scatterReduce(0, v[1].value(), v[2], ReduceOp.MAX, true))
                .tensors(t -> t[0].scatterReduce(0, t[1], t[2], ReduceOp.MAX, true))
                .torch(p -> p[0].scatter_reduce(0, p[1], p[2], "amax", true));
        row("scatterReduce", "amin, ties", n -> List.of(ties(3, n), index(3, 5, n), ties(5, n))).kinked()
                .variables(v -> v[0].scatterReduce(0, v[1].value(), v[2], ReduceOp.MIN, true))
                .tensors(t -> t[0].scatterReduce(0, t[1], t[2], ReduceOp.MIN, true))
                .torch(p -> p[0].scatter_reduce(0, p[1], p[2], "amin", true));
        // A zero in this, and one in source: nowhere two of source in one place, whose second derivative is refused.
        row("scatterReduce", "prod, one zero each", n -> List.of(within(0.5, 1.5, 3, n), index(3, 4, n),
                within(0.5, 1.5, 4, n)))
                .variables(v -> v[0].mul(zeroFirst(3).to(v[0].device())).scatterReduce(0, v[1].value(),
                        v[2].mul(zeroFirst(4).to(v[2].device())),
                        ReduceOp.PROD, true))
                .tensors(t -> t[0].mul(zeroFirst(3).to(t[0].device())).scatterReduce(0, t[1],
                        t[2].mul(zeroFirst(4).to(t[2].device())), ReduceOp.PROD,
                        true))
                .torch(p -> p[0].mul(Libtorch.tensor(zeroFirst(3).toFloatArray(), 3, 1)).scatter_reduce(0, p[1],
                        p[2].mul(Libtorch.tensor(zeroFirst(4).toFloatArray(), 4, 1)), "prod", true));
        row("scatterReduce", "prod, many zeros", n -> List.of(ties(3, n), index(3, 5, n), ties(5, n))).kinked()
                .variables(v -> v[0].scatterReduce(0, v[1].value(), v[2], ReduceOp.PROD, true))
                .tensors(t -> t[0].scatterReduce(0, t[1], t[2], ReduceOp.PROD, true))
                .torch(p -> p[0].scatter_reduce(0, p[1], p[2], "prod", true));
    }

    /** A column of 0, 1, 1 ... */
    private static Tensor zeroFirst(int height) {
        return Tensor.arange(height).unsqueeze(1).minimum(Tensor.of(new long[] {1})).to(DType.F32);
    }

    // ---- masks -----------------------------------------------------------------------------------------------------

    private static void masks() {
        row("nonzero", "bool", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].nonzero())
                .torch(p -> p[0].nonzero());
        row("nonzero", "f32", n -> List.of(ties(2, n, 3))).exact().tensors(t -> t[0].nonzero())
                .torch(p -> p[0].nonzero());
        row("nonzero", "f16", n -> List.of(integers(DType.F16, -1, 2, n))).exact().tensors(t -> t[0].nonzero())
                .torch(p -> p[0].nonzero());
        row("nonzero", "i64, a scalar", n -> List.of(integers(DType.I64, -1, 2))).exact()
                .tensors(t -> t[0].nonzero()).torch(p -> p[0].nonzero());
        row("argwhere", "", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].argwhere())
                .torch(p -> p[0].argwhere());
        row("nonzeroTuple", "", n -> List.of(bool(3, n))).exact()
                .tensors(t -> Tensor.stack(1, t[0].nonzeroTuple())).torch(p -> p[0].nonzero());
        row("nonzeroTuple", "a scalar", n -> List.of(bool())).exact()
                .tensors(t -> Tensor.stack(1, t[0].nonzeroTuple())).torch(p -> p[0].unsqueeze(0).nonzero());
        row("maskedSelect", "", n -> List.of(real(3, n), bool(3, n))).exact()
                .variables(v -> v[0].maskedSelect(v[1].value())).tensors(t -> t[0].maskedSelect(t[1]))
                .torch(p -> p[0].masked_select(p[1]));
        row("maskedSelect", "broadcast", n -> List.of(real(3, 1), bool(2, 1, n))).exact()
                .variables(v -> v[0].maskedSelect(v[1].value())).tensors(t -> t[0].maskedSelect(t[1]))
                .torch(p -> p[0].masked_select(p[1]));
        row("maskedFill", "a scalar", n -> List.of(real(3, n), bool(3, 1), real())).exact()
                .variables(v -> v[0].maskedFill(v[1].value(), v[2])).tensors(t -> t[0].maskedFill(t[1], t[2]))
                .torch(p -> p[0].masked_fill(p[1], p[2]));
        row("maskedScatter", "", n -> List.of(real(3, n), bool(3, n), real(4, n))).exact()
                .variables(v -> v[0].maskedScatter(v[1].value(), v[2])).tensors(t -> t[0].maskedScatter(t[1], t[2]))
                .torch(p -> p[0].masked_scatter(p[1], p[2]));
        row("maskedScatter", "broadcast", n -> List.of(real(3, 1), bool(n), real(3, n))).exact()
                .variables(v -> v[0].maskedScatter(v[1].value(), v[2])).tensors(t -> t[0].maskedScatter(t[1], t[2]))
                .torch(p -> p[0].masked_scatter(p[1], p[2]));
    }

    // ---- in place --------------------------------------------------------------------------------------------------

    private static void inPlace() {
        row("indexCopy_", "", n -> List.of(real(8, n), index(2, 4), real(4, n))).exact().inPlace()
                .tensors(t -> t[0].indexCopy_(0, spread(t[1]), t[2]))
                .torch(p -> p[0].index_copy(0, spread(p[1]), p[2]));
        row("indexFill_", "", n -> List.of(real(4, n), index(4, 3))).exact().inPlace()
                .tensors(t -> t[0].indexFill_(0, t[1], -7.5)).torch(p -> p[0].index_fill(0, p[1], number(-7.5)));
        row("scatter_", "", n -> List.of(real(3, n + 7), index(2, 2, 4), real(2, 4))).exact().inPlace()
                .tensors(t -> t[0].scatter_(1, spread(t[1]), t[2])).torch(p -> p[0].scatter(1, spread(p[1]), p[2]));
        row("scatter_", "a number", n -> List.of(real(3, n), index(n, 2, 4))).exact().inPlace()
                .tensors(t -> t[0].scatter_(1, t[1], -7.5)).torch(p -> p[0].scatter(1, p[1], number(-7.5)));
        row("scatterReduce_", "", n -> List.of(real(4, n), index(4, 5, n), real(5, n))).inPlace()
                .tensors(t -> t[0].scatterReduce_(0, t[1], t[2], ReduceOp.MEAN, true))
                .torch(p -> p[0].scatter_reduce(0, p[1], p[2], "mean", true));
        row("maskedScatter_", "", n -> List.of(real(3, n), bool(n), real(3, n))).exact().inPlace()
                .tensors(t -> t[0].maskedScatter_(t[1], t[2])).torch(p -> p[0].masked_scatter(p[1], p[2]));
    }
}
