package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.Checkpoint;
import org.jacobi.autograd.CustomGrad;
import org.jacobi.autograd.Engine;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.Layer;
import org.jacobi.layers.LayerNorm;
import org.jacobi.layers.Linear;
import org.jacobi.layers.RMSNorm;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.CosineSchedule;
import org.jacobi.layers.optim.SGD;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.PadMode;
import org.jacobi.tensor.QuantileMethod;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every family of ops says of a wrong call: which op, what was found, which axis, what to do. */
class WrongCallsTest {
    private static final List<Row> ROWS = new ArrayList<>();

    /** A wrong call, and parts of what must be said of it: the first one is the op. */
    record Row(String call, Class<? extends Throwable> type, Executable body, List<String> said) {
        @Override
        public String toString() {
            return call;
        }
    }

    static void refuses(String call, Executable body, String... said) {
        refuses(IllegalArgumentException.class, call, body, said);
    }

    static void refusesNow(String call, Executable body, String... said) {
        refuses(IllegalStateException.class, call, body, said);
    }

    private static void refuses(Class<? extends Throwable> type, String call, Executable body, String... said) {
        ROWS.add(new Row(call, type, body, List.of(said)));
    }

    static Tensor ones(long... sizes) {
        return Tensor.ones(sizes);
    }

    static Tensor ints(long... numbers) {
        return Tensor.of(numbers);
    }

    static Variable leaf(long... sizes) {
        return Variable.leaf(ones(sizes));
    }

    private static Generator generator() {
        return new Generator(1);
    }

    static {
        elementwise();
        reductions();
        sorting();
        indexing();
        scattering();
        shapes();
        creation();
        products();
        convolutions();
        inPlace();
        gradients();
        layersAndOptimizers();
        WrongLayerCalls.add();
        nulls();
    }

    private static void elementwise() {
        refuses("add of (2, 3) and (2, 4)", () -> ones(2, 3).add(ones(2, 4)), "add:", "(2, 3)", "(2, 4)", "axis -1",
                "3 and 4");
        refuses("mul of (5) and (5, 3)", () -> ones(5).mul(ones(5, 3)), "mul:", "(5)", "(5, 3)", "axis -1",
                "did you mean unsqueeze(1) of the left one?");
        refuses("sub of bools", () -> ones(2).gt(0).sub(ones(2).gt(0)), "sub:", "bool", "to(DType.F32)");
        refuses("neg of bool", () -> ones(2).gt(0).neg(), "neg:", "bool", "to(DType.F32)");
        refuses("remainder of integers by 0", () -> ints(1, 2).remainder(0), "remainder:", "zero");
        refuses("bitwiseAnd of floats", () -> ones(2).bitwiseAnd(ones(2)), "bitwiseAnd:", "integers", "F32",
                "to(DType.I64)");
        refuses("bitwiseNot of floats", () -> ones(2).bitwiseNot(), "bitwiseNot:", "F32", "to(DType.I64)");
        refuses("pow of integers to -1", () -> ints(2, 3).pow(ints(-1, -1)), "pow:", "negative", "floating-point");
        refuses("clamp with 300 of u8", () -> ones(2).to(DType.U8).clamp(0, 300), "clamp:", "300", "U8");
        refuses("hardtanh with 300 of u8", () -> ones(2).to(DType.U8).hardtanh(0, 300), "hardtanh:", "300", "U8");
        refuses("lerp of (2) and (3)", () -> ones(2).lerp(ones(3), 0.5), "lerp:", "(2)", "(3)", "axis -1");
        refuses("addcmul of (2), (3), (3)", () -> ones(2).addcmul(ones(3), ones(3), 2), "addcmul:", "(2)", "(3)");
        refuses("where with a float condition", () -> Tensor.where(ones(2), ones(2), ones(2)), "where:", "bool", "F32",
                "gt(0)");
        refuses("where of (2) and (3)", () -> Tensor.where(ones(2).gt(0), ones(2), ones(3)), "where:", "(2)", "(3)");
        refuses("maskedFill with a float mask", () -> ones(2).maskedFill(ones(2), 0), "maskedFill:", "bool", "F32");
        refuses("maskedFill with 300 in u8", () -> ones(2).to(DType.U8).maskedFill(ones(2).gt(0), 300), "maskedFill:",
                "300", "U8");
        refuses("isClose of (2) and (3)", () -> ones(2).isClose(ones(3)), "isClose:", "(2)", "(3)", "axis -1");
        refuses("allClose with a negative tolerance", () -> ones(2).allClose(ones(2), -1, 0, false), "allClose:",
                "-1.0", "negative");
        refuses("add of variables (2, 3) and (3, 2)", () -> leaf(2, 3).add(leaf(3, 2)), "add:", "(2, 3)", "(3, 2)");
        refuses("div of variables (4) and (3)", () -> leaf(4).div(leaf(3)), "div:", "(4)", "(3)", "axis -1");
        refuses("maskedFill of a variable with an int mask", () -> leaf(2).maskedFill(ints(1, 0), 0), "maskedFill:",
                "bool", "I64");
        refuses("dropout with p = 1", () -> leaf(2).dropout(1), "dropout:", "1.0", "below 1");
        refuses("dropout of integers", () -> Variable.constant(ints(1)).dropout(0.5), "dropout:", "I64",
                "to(DType.F32)");
    }

    private static void reductions() {
        refuses("sum over axis 2 of (2, 3)", () -> ones(2, 3).sum(2), "sum:", "axis 2", "(2, 3)", "2 axes");
        refuses("sum over axis -3 of (2, 3)", () -> ones(2, 3).sum(-3), "sum:", "axis -3", "(2, 3)", "-2 to 1");
        refuses("sum over an axis twice", () -> ones(2, 3).sum(0, -2), "sum:", "axis -2", "twice", "[0, -2]");
        refuses("mean of integers", () -> ints(1, 2).mean(), "mean:", "I64", "to(DType.F32)");
        refuses("amax of an empty axis", () -> ones(2, 0).amax(1), "amax:", "axis 1", "(2, 0)", "empty");
        refuses("aminmax of an empty axis", () -> ones(0).aminmax(), "aminmax:", "axis 0", "empty");
        refuses("argmax of an empty axis", () -> ones(2, 0).argmax(1), "argmax:", "(2, 0)", "empty");
        refuses("max along axis 5", () -> ones(2).max(5), "max:", "axis 5", "(2)");
        refuses("var of integers", () -> ints(1, 2).var(), "var:", "I64", "to(DType.F32)");
        refuses("std over axis 1 of (3)", () -> ones(3).std(1), "std", "axis 1", "(3)");
        refuses("norm with p = NaN", () -> ones(2).norm(Double.NaN), "norm:", "NaN");
        refuses("normalize along axis 1 of (3)", () -> ones(3).normalize(2, 1), "normalize:", "axis 1", "(3)");
        refuses("cov of (2, 2, 2)", () -> ones(2, 2, 2).cov(1), "cov:", "(2, 2, 2)", "matrix");
        refuses("corrcoef of integers", () -> ints(1, 2).corrcoef(), "corrcoef:", "I64");
        refuses("softmax of integers", () -> ints(1, 2).softmax(0), "softmax:", "I64", "to(DType.F32)");
        refuses("logSoftmax along axis 1 of (3)", () -> ones(3).logSoftmax(1), "logSoftmax:", "axis 1", "(3)");
        refuses("nanMean of a variable over axis 3", () -> leaf(2).nanMean(3), "nanMean:", "axis 3", "(2)");
        refuses("std of a variable over an axis twice", () -> leaf(2, 2).std(0, 0), "std:", "twice");
        refuses("mean of a variable over axis 1 of (4)", () -> leaf(4).mean(1), "mean:", "axis 1", "(4)");
    }

    private static void sorting() {
        refuses("sort along axis 2", () -> ones(2, 3).sort(2), "sort:", "axis 2", "(2, 3)");
        refuses("topk of 5 in 3", () -> ones(3).topk(5, 0), "topk:", "5", "(3)", "0 to 3");
        refuses("kthvalue number 0", () -> ones(3).kthvalue(0, 0), "kthvalue:", "0", "(3)", "1 to 3");
        refuses("median of nothing", () -> ones(0).median(0), "median:", "(0)", "empty");
        refuses("median of no integers", () -> ints().median(), "median:", "(0)", "I64", "to(DType.F32)");
        refuses("nanMedian of no integers as a variable",
                () -> Variable.constant(Tensor.zeros(DType.I32, 2, 0)).nanMedian(), "nanMedian:", "(2, 0)", "I32");
        refuses("quantile of nothing", () -> ones(2, 0).quantile(0.5, 1), "quantile:", "axis 1", "(2, 0)", "empty");
        refuses("nanQuantile of nothing", () -> ones(0).nanQuantile(0.5), "nanQuantile:", "axis 0", "(0)", "empty");
        refuses("quantile of a variable of nothing", () -> leaf(0, 2).quantile(0.5), "quantile:", "axis 0", "(0, 2)");
        refuses("quantile 1.5", () -> ones(3).quantile(1.5), "quantile:", "1.5", "0 to 1");
        refuses("nanQuantile -1", () -> ones(3).nanQuantile(new double[] {-1}, QuantileMethod.LINEAR), "nanQuantile:",
                "-1.0");
        refuses("searchsorted in (2, 3) of (4)", () -> ones(2, 3).searchsorted(ones(4), false), "searchsorted:",
                "(2, 3)", "(4)");
        refuses("bucketize with a matrix", () -> ones(3).bucketize(ones(2, 2), false), "bucketize:", "(2, 2)",
                "vector");
        refuses("bincount of floats", () -> ones(3).bincount(0), "bincount:", "F32", "whole numbers");
        refuses("bincount of negative numbers", () -> ints(-1).bincount(0), "bincount:", "-1", "negative");
        refuses("histc with no bins", () -> ones(3).histc(0, 0, 1), "histc:", "0", "one bin");
        refuses("histc with 2^40 bins", () -> ones(3).histc(1L << 40, 0, 1), "histc:", "1099511627776");
        refuses("cumsum along axis 1 of (3)", () -> ones(3).cumsum(1), "cumsum:", "axis 1", "(3)");
        refuses("logcumsumexp of integers", () -> ints(1).logcumsumexp(0), "logcumsumexp:", "I64");
        refuses("diff -1 times", () -> ones(3).diff(-1, 0), "diff:", "-1");
        refuses("sort of a variable along axis 4", () -> leaf(2).sort(4), "sort:", "axis 4", "(2)");
    }

    private static void indexing() {
        refuses("get of position 3 of (3)", () -> ones(3).get(Index.at(3)), "get:", "3", "axis 0", "(3)");
        refuses("get of three axes of (2, 3)", () -> ones(2, 3).get(Index.at(0), Index.at(0), Index.at(0)), "get:",
                "3 axes", "(2, 3)");
        refuses("get by two ellipses", () -> ones(2).get(Index.ellipsis(), Index.ellipsis()), "get:", "ellipsis");
        refuses("get by a mask of (2) in (3)", () -> ones(3).get(Index.mask(ones(2).gt(0))), "get:", "mask", "(2)",
                "(3)", "axis 0");
        refuses("get by positions 0 and 9", () -> ones(3).get(Index.of(0, 9)), "get:", "9", "axis 0", "(3)");
        refuses("get by positions that do not broadcast", () -> ones(3, 3).get(Index.of(0, 1), Index.of(0, 1, 2)),
                "get:", "index tensors", "(2)", "(3)");
        refuses("Index.of floats", () -> Index.of(ones(2)), "Index.of:", "F32", "integers");
        refuses("Index.mask of integers", () -> Index.mask(ints(1)), "Index.mask:", "I64", "bool");
        refuses("Index.range with step 0", () -> Index.range(0, 3, 0), "Index.range:", "step 0", "flip");
        refuses("set of (2) in (3)", () -> ones(3).set(ones(2), Index.all()), "set:", "(2)", "(3)");
        refuses("set of (1, 2) in (2, 3)", () -> ones(2, 3).set(ones(1, 2), Index.all()), "set:", "(1, 2)",
                "the selected shape (2, 3): axis -1 has size 2 and 3");
        refuses("set of (2, 3) in a row", () -> ones(2, 3).set(ones(2, 3), Index.at(0)), "set:", "(2, 3)",
                "the selected shape (3) of a tensor of shape (2, 3): it has more axes");
        refuses("set of 300 in u8", () -> ones(3).to(DType.U8).set(300, Index.all()), "set:", "300", "U8");
        refuses("indexSelect by floats", () -> ones(3).indexSelect(0, ones(1)), "indexSelect:", "F32",
                "to(DType.I64)");
        refuses("indexSelect by a matrix", () -> ones(3).indexSelect(0, Tensor.zeros(DType.I64, 1, 1)),
                "indexSelect:", "(1, 1)", "vector");
        refuses("indexSelect of 7 in 3", () -> ones(3).indexSelect(0, ints(0, 7)), "indexSelect:", "7", "size 3");
        refuses("indexSelect of -1", () -> ones(3).indexSelect(0, ints(-1)), "indexSelect:", "-1", "size 3");
        refuses("take by floats", () -> ones(3).take(ones(1)), "take:", "F32", "to(DType.I64)");
        refuses("take of 5 in 3", () -> ones(3).take(ints(5)), "take:", "5", "3");
        refuses("maskedSelect by (3) of (2)", () -> ones(2).maskedSelect(ones(3).gt(0)), "maskedSelect:", "(2)", "(3)");
        refuses("maskedSelect by floats", () -> ones(2).maskedSelect(ones(2)), "maskedSelect:", "F32", "bool");
        refuses("oneHot of 5 in 3 classes", () -> ints(5).oneHot(3), "oneHot:", "5", "3");
        refuses("oneHot of floats", () -> ones(2).oneHot(3), "oneHot:", "F32");
        refuses("oneHot with -2 classes", () -> ints(1).oneHot(-2), "oneHot:", "-2");
        refuses("embedding of 9 in 4", () -> leaf(4, 2).embedding(ints(9)), "embedding:", "9", "size 4");
        refuses("embedding in a vector", () -> leaf(4).embedding(ints(0)), "embedding:", "(4)", "matrix");
        refuses("item of (2)", () -> ones(2).item(), "item:", "(2)", "one element");
        refuses("getDouble with one position in (2, 3)", () -> ones(2, 3).getDouble(0), "getDouble:", "1 positions",
                "(2, 3)");
        refuses("getDouble of (0, 3) in (2, 3)", () -> ones(2, 3).getDouble(0, 3), "getDouble:", "3", "axis 1",
                "(2, 3)");
    }

    private static void scattering() {
        refuses("gather with an index of (2) in (2, 2)", () -> ones(2, 2).gather(0, ints(0, 1)), "gather:", "(2)",
                "(2, 2)", "as many axes");
        refuses("gather of 4 in 3", () -> ones(3).gather(0, ints(4)), "gather:", "4", "size 3");
        refuses("takeAlongDim by a vector in (2, 2)", () -> ones(2, 2).takeAlongDim(0, ints(0)), "takeAlongDim:",
                "(2, 2)", "(1)");
        refuses("scatter of a longer index than source", () -> ones(3).scatter(0, ints(0, 1), ones(1)), "scatter:",
                "(2)", "(1)");
        refuses("scatter of f64 to f32", () -> ones(3).scatter(0, ints(0), ones(1).to(DType.F64)), "scatter:", "F64",
                "F32", "to(DType.F32)");
        refuses("scatterAdd to 3 of 3", () -> ones(3).scatterAdd(0, ints(3), ones(1)), "scatterAdd:", "3", "size 3");
        refuses("scatterAdd_ by floats", () -> ones(3).scatterAdd_(0, ones(1), ones(1)), "scatterAdd_:", "F32",
                "to(DType.I64)");
        refuses("scatterReduce by LOG-like MAX of another type",
                () -> ones(3).scatterReduce(0, ints(0), ints(1), ReduceOp.MAX, true), "scatterReduce:", "I64", "F32");
        refuses("indexAdd of (1, 3) by two positions", () -> ones(2, 3).indexAdd(0, ints(0, 1), ones(1, 3)),
                "indexAdd:", "(2)", "(1, 3)", "axis 0", "(2, 3)");
        refuses("indexCopy_ along axis 2", () -> ones(2, 3).indexCopy_(2, ints(0), ones(1)), "indexCopy_:", "axis 2",
                "(2, 3)");
        refuses("indexFill with a vector", () -> ones(3).indexFill(0, ints(0), ones(2)), "indexFill:", "(2)",
                "no axes");
        refuses("indexReduce by two positions of one slice",
                () -> ones(3).indexReduce(0, ints(0, 1), ones(1), ReduceOp.SUM, true), "indexReduce:", "(2)", "(1)");
        refuses("put of two numbers in one place", () -> ones(3).put(ints(0), ones(2), false), "put:", "(2)", "(1)");
        refuses("selectScatter at 5 of 3", () -> ones(3, 2).selectScatter(ones(2), 0, 5), "selectScatter:", "5",
                "axis 0", "(3, 2)");
        refuses("sliceScatter with step 0", () -> ones(3).sliceScatter(ones(3), 0, 0, 3, 0), "sliceScatter:",
                "step 0");
        refuses("maskedScatter with too few", () -> ones(3).maskedScatter(ones(3).gt(0), ones(1)), "maskedScatter:",
                "3 places", "(1)", "1 elements");
        refuses("scatter of a variable by (2, 2) in (2)",
                () -> leaf(2).scatter(0, Tensor.zeros(DType.I64, 2, 2), leaf(2, 2)), "scatter:", "(2, 2)", "(2)");
        refuses("selectScatter of a variable at -4 of 3", () -> leaf(3).selectScatter(leaf(), 0, -4),
                "selectScatter:", "-4", "size 3");
    }

    private static void shapes() {
        refuses("reshape of 6 to (4)", () -> ones(2, 3).reshape(4), "reshape:", "6 elements", "(2, 3)", "(4)");
        refuses("reshape of nothing to (-1, 0)", () -> ones(0).reshape(-1, 0), "reshape:", "(0)", "(-1, 0)",
                "ambiguous");
        refuses("reshape with two -1", () -> ones(6).reshape(-1, -1), "reshape:", "(6)", "(-1, -1)");
        refuses("view of a transpose", () -> ones(2, 3).t().view(6), "view:", "(3, 2)", "(6)", "reshape");
        refuses("permute with two of three axes", () -> ones(2, 3, 4).permute(0, 1), "permute:", "2 axes",
                "(2, 3, 4)");
        refuses("transpose of axes 0 and 2", () -> ones(2, 3).transpose(0, 2), "transpose:", "axis 2", "(2, 3)");
        refuses("t of (2, 3, 4)", () -> ones(2, 3, 4).t(), "t:", "(2, 3, 4)", "transpose(a, b)");
        refuses("expand of (3) to (4)", () -> ones(3).expand(4), "expand:", "axis -1", "(3)", "4");
        refuses("expand to fewer axes", () -> ones(1, 3).expand(3), "expand:", "(1, 3)", "(3)", "squeeze");
        refuses("unsqueeze at 3 of (2)", () -> ones(2).unsqueeze(3), "unsqueeze:", "axis 3", "(2)", "-2 to 1");
        refuses("squeeze of axis 4", () -> ones(2).squeeze(4), "squeeze:", "axis 4", "(2)");
        refuses("flatten from 1 to 0", () -> ones(2, 3).flatten(1, 0), "flatten:", "axis 0", "axis 1", "(2, 3)");
        refuses("unflatten of 6 into (4, -1)", () -> ones(6).unflatten(0, 4, -1), "unflatten:", "6", "(4, -1)");
        refuses("narrow beyond the end", () -> ones(3).narrow(0, 2, 2), "narrow:", "2 elements from 2", "axis 0",
                "(3)");
        refuses("select of 3 of 3", () -> ones(3).select(0, 3), "select:", "position 3", "axis 0", "(3)", "size 3");
        refuses("slice with step 0", () -> ones(3).slice(0, 0, 3, 0), "slice:", "step 0");
        refuses("split into 2 and 2 of 3", () -> ones(3).split(0, 2L, 2L), "split:", "[2, 2]", "3", "axis 0");
        refuses("split into 4 and -1 of 3", () -> ones(3).split(0, 4L, -1L), "split:", "[4, -1]");
        refuses("chunk into 0", () -> ones(3).chunk(0, 0), "chunk:", "0", "at least 1");
        refuses("diagonal of one axis", () -> ones(2, 2).diagonal(0, 1, 1), "diagonal:", "1 and 1", "(2, 2)");
        refuses("diag of (2, 2, 2)", () -> ones(2, 2, 2).diag(), "diag:", "(2, 2, 2)", "diagEmbed");
        refuses("diag at 2^62", () -> ones(2).diag(1L << 62), "diag:", "2^63");
        refuses("tril of a vector", () -> ones(3).tril(), "tril:", "(3)", "two axes");
        refuses("unfold of 4 in 3", () -> ones(3).unfold(0, 4, 1), "unfold:", "4", "axis 0", "(3)", "size 3");
        refuses("roll with two shifts of one axis", () -> ones(3).roll(new long[] {1, 2}, new int[] {0}), "roll:",
                "2 shifts", "1 axes");
        refuses("flip of axis 1 of (3)", () -> ones(3).flip(1), "flip:", "axis 1", "(3)");
        refuses("repeat with one count of two axes", () -> ones(2, 3).repeat(2), "repeat:", "1 counts", "(2, 3)",
                "tile");
        refuses("repeat beyond 2^63", () -> ones(4).repeat(Long.MAX_VALUE), "repeat:", "2^63");
        refuses("tile with -1", () -> ones(2).tile(-1), "tile:", "[-1]", "negative");
        refuses("pad with three amounts", () -> ones(3).pad(1, 2, 3), "pad:", "3 amounts", "(3)");
        refuses("pad by reflection of more than there is", () -> ones(3).pad(new long[] {3, 0}, PadMode.REFLECT),
                "pad:", "3", "axis 0", "(3)", "REFLECT");
        refuses("cat of (2, 3) and (2, 4) along 0", () -> Tensor.cat(0, ones(2, 3), ones(2, 4)), "cat:", "(2, 3)",
                "(2, 4)", "axis 1", "part 1");
        refuses("cat of (2) and (2, 1)", () -> Tensor.cat(0, ones(2), ones(2, 1)), "cat:", "(2)", "(2, 1)",
                "unsqueeze");
        refuses("cat of nothing", () -> Tensor.cat(0), "cat:", "at least one tensor");
        refuses("stack of (2) and (3)", () -> Tensor.stack(0, ones(2), ones(3)), "stack:", "(2)", "(3)", "part 1",
                "cat");
        refuses("stack at axis 3 of (2)", () -> Variable.stack(3, leaf(2)), "stack:", "axis 3", "(2)");
        refuses("hstack of (2, 1) and (3, 1)", () -> Tensor.hstack(ones(2, 1), ones(3, 1)), "hstack:", "(2, 1)",
                "(3, 1)", "axis 0");
        refuses("vstack of variables (2) and (3)", () -> Variable.vstack(leaf(2), leaf(3)), "vstack:", "(1, 2)",
                "(1, 3)", "axis 1");
        refuses("meshgrid \"yx\"", () -> Tensor.meshgrid("yx", ones(2)), "meshgrid:", "\"yx\"", "\"ij\"");
        refuses("broadcastTensors of (2) and (3)", () -> Tensor.broadcastTensors(ones(2), ones(3)),
                "broadcastTensors:", "(2)", "(3)", "axis -1");
        refuses("asStrided beyond the storage", () -> ones(3).asStrided(new long[] {2, 2}, new long[] {2, 1}),
                "asStrided:", "(2, 2)", "[2, 1]", "element 3", "3");
        refuses("select of a variable at -4 of 3", () -> leaf(3).select(0, -4), "select:", "-4", "axis 0", "(3)");
        refuses("sumTo of (2, 3) to (2, 2)", () -> leaf(2, 3).sumTo(ones(2, 2).shape()), "sumTo:", "(2, 3)", "(2, 2)");
        refuses("einsum with three letters for (2, 3)", () -> Tensor.einsum("ijk->i", ones(2, 3)), "einsum",
                "(2, 3)");
        refuses("einsum of sizes 3 and 4", () -> Tensor.einsum("ij,jk->ik", ones(2, 3), ones(4, 2)), "einsum", "j",
                "3", "4");
    }

    private static void creation() {
        refuses("zeros(2, -1)", () -> Tensor.zeros(2, -1), "zeros:", "(2, -1)", "negative");
        refuses("ones of 2^70 elements", () -> Tensor.ones(1L << 35, 1L << 35), "ones:", "2^63 elements");
        refuses("full of 2^62 doubles", () -> Tensor.full(0, DType.F64, 1L << 62), "full:", "2^63 bytes");
        refuses(OutOfMemoryError.class, "empty of 2^58 bytes", () -> Tensor.empty(DType.U8, 1L << 58), "empty:",
                "no native memory", "use smaller sizes");
        refuses("eye(-1)", () -> Tensor.eye(-1), "eye:", "(-1, -1)");
        refuses("arange with step 0", () -> Tensor.arange(0, 1, 0, DType.F32), "arange:", "0.0", "1.0");
        refuses("arange to NaN", () -> Tensor.arange(0, Double.NaN, 1, DType.F32), "arange:", "NaN");
        refuses("linspace with -1 steps", () -> Tensor.linspace(0, 1, -1), "linspace:", "-1", "negative");
        refuses("trilIndices of 2^40 rows", () -> Tensor.trilIndices(1L << 40, 1, 0), "trilIndices:",
                "1099511627776 rows");
        refuses("vander of a matrix", () -> Tensor.vander(ones(2, 2), 2, true), "vander:", "(2, 2)", "vector");
        refuses("of 3 numbers as (2, 2)", () -> Tensor.of(new float[3], 2, 2), "of:", "3 elements", "(2, 2)", "4");
        refuses("ofBits F32", () -> Tensor.ofBits(DType.F32, new short[1]), "ofBits:", "F32", "BF16");
        refuses("from a ragged array", () -> Tensor.from(new int[][] {{1}, {2, 3}}), "from:", "[1]", "length 2",
                "length 1");
        refuses("from boxed numbers", () -> Tensor.from(new Integer[] {1, 2}), "from:", "Integer[]", "int");
        refuses("from a matrix of boxed numbers", () -> Tensor.from(new Double[][] {{1.0}}), "from:", "Double[][]");
        refuses("full of 300 in u8", () -> Tensor.full(300, DType.U8, 2), "full:", "300", "U8", "overflow");
        refuses("full of NaN in i64", () -> Tensor.full(Double.NaN, DType.I64), "full:", "NaN", "I64");
        refuses("scalar of 2^31 in i32", () -> Tensor.scalar(0x1p31, DType.I32), "scalar:", "I32");
        refuses("from strings", () -> Tensor.from(new String[1]), "from:", "String[]", "float");
        refuses("wrap of a heap segment", () -> Tensor.wrap(MemorySegment.ofArray(new float[2]), DType.F32), "wrap:",
                "heap", "copyOf");
        refuses("wrap of 7 bytes as f32", () -> Tensor.wrap(Arena.ofAuto().allocate(7, 8), DType.F32), "wrap:",
                "7 bytes", "F32");
        refuses("wrap of the other byte order", () -> Tensor.wrap(
                ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                        ? ByteOrder.LITTLE_ENDIAN
                        : ByteOrder.BIG_ENDIAN),
                DType.F32), "wrap:", "byte order", "nativeOrder()");
        refuses("copyOf 8 bytes as 3 f32", () -> Tensor.copyOf(ByteBuffer.allocate(8), DType.F32, 3), "copyOf:",
                "8 bytes", "(3)");
        refuses("asMemorySegment of a transpose", () -> ones(2, 3).t().asMemorySegment(), "asMemorySegment:",
                "(3, 2)", "contiguous()");
        refuses("asByteBuffer of a transpose", () -> ones(2, 3).t().asByteBuffer(), "asByteBuffer:", "(3, 2)",
                "contiguous()");
        refuses("randint from 3 to 3", () -> Tensor.randint(generator(), 3, 3, 2), "randint:", "3");
        refuses("randperm of -1", () -> Tensor.randperm(generator(), -1), "randperm:", "-1", "negative");
        refuses("randLike of integers", () -> Tensor.randLike(ints(1), generator()), "randLike:", "I64");
        refuses("bernoulli of 2", () -> Tensor.bernoulli(ones(2).mul(2), generator()), "bernoulli:", "2.0");
        refuses("multinomial of more than there are",
                () -> Tensor.multinomial(ones(2), 3, false, generator()), "multinomial:", "3", "2");
    }

    private static void products() {
        refuses("matmul of (2, 3) and (2, 3)", () -> ones(2, 3).matmul(ones(2, 3)), "matmul:", "(2, 3)",
                "3 columns", "2 rows", "transpose the");
        refuses("matmul of (2, 3) and (4, 3)", () -> ones(2, 3).matmul(ones(4, 3)), "matmul:", "(2, 3)", "(4, 3)",
                "transpose the right one, t()");
        refuses("matmul of (3, 2) and (3, 4)", () -> ones(3, 2).matmul(ones(3, 4)), "matmul:",
                "transpose the left one, t()");
        refuses("matmul of (2, 3) and (4, 5)", () -> ones(2, 3).matmul(ones(4, 5)), "matmul:", "3 columns",
                "4 rows", "must be equal");
        refuses("matmul of batches 2 and 3", () -> ones(2, 1, 1).matmul(ones(3, 1, 1)), "matmul:", "(2)", "(3)");
        refuses("matmul of a scalar", () -> ones().matmul(ones(2)), "matmul:", "()", "use mul");
        refuses("dot of matrices", () -> ones(2, 2).dot(ones(2, 2)), "dot:", "(2, 2)", "matmul");
        refuses("bmm of 2 and 3 matrices", () -> ones(2, 1, 1).bmm(ones(3, 1, 1)), "bmm:", "(2, 1, 1)", "(3, 1, 1)");
        refuses("tensordot over 3 axes of (2)", () -> ones(2).tensordot(ones(2), 3), "tensordot:", "3", "(2)");
        refuses("cross of (2)", () -> ones(2).cross(ones(2), 0), "cross:", "axis 0", "(2)", "size 3");
        refuses("trace of (2)", () -> ones(2).trace(), "trace:", "(2)", "matrix");
        refuses("cdist of (2, 3) and (2, 4)", () -> ones(2, 3).cdist(ones(2, 4), 2), "cdist:", "(2, 3)", "(2, 4)");
        refuses("matmul of variables (2, 3) and (4, 3)", () -> leaf(2, 3).matmul(leaf(4, 3)), "matmul:", "(2, 3)",
                "(4, 3)", "t()");
        refuses("linear of (2, 3) with a weight (5, 4)", () -> leaf(2, 3).linear(leaf(5, 4), null), "linear:",
                "(2, 3)", "(5, 4)");
        refuses("layerNorm with a weight (4) of (2, 3)", () -> leaf(2, 3).layerNorm(leaf(4), null, 1e-5),
                "layerNorm:", "(2, 3)", "weight", "(4)");
        refuses("rmsNorm with an f64 weight", () -> leaf(2, 3).rmsNorm(Variable.leaf(ones(3).to(DType.F64)), 1e-5),
                "rmsNorm:", "F32", "F64", "convert");
        refuses("crossEntropy with targets (3) for (2, 5)", () -> leaf(2, 5).crossEntropy(ints(0, 1, 2)),
                "crossEntropy:", "(2, 5)", "(2)", "(3)");
        refuses("crossEntropy of class 7 in 5", () -> leaf(1, 5).crossEntropy(ints(7)), "crossEntropy:", "7", "5");
        refuses("mse of (2) and (3)", () -> leaf(2).mse(ones(3)), "mse:", "(2)", "(3)");
        refuses("attention of three axes", () -> leaf(1, 2, 3).scaledDotProductAttention(leaf(1, 2, 3),
                leaf(1, 2, 3), false), "scaledDotProductAttention:", "(1, 2, 3)", "(B, H, T, D)");
        refuses("attention with a mask that is too long",
                () -> leaf(1, 1, 2, 3).scaledDotProductAttention(leaf(1, 1, 2, 3), leaf(1, 1, 2, 3), ones(5), false, 0,
                        generator()),
                "scaledDotProductAttention:", "mask", "(5)", "(1, 1, 2, 2)");
        refuses("inv of (2, 3)", () -> ones(2, 3).inv(), "inv:", "(2, 3)", "square");
        refuses("solve of (2, 2) and (3, 1)", () -> ones(2, 2).solve(ones(3, 1)), "solve:", "(2, 2)", "(3, 1)");
        refuses("fft of real numbers", () -> ones(4, 3).fft(), "fft:", "(4, 3)", "stack", "rfft");
        refuses("rfft of integers", () -> ints(1, 2).rfft(), "rfft:", "I64", "to(DType.F32)");
        refuses("quantizePerTensor with scale 0", () -> ones(2).quantizePerTensor(0, 0, DType.I8),
                "quantizePerTensor:", "0.0", "positive");
    }

    private static void inPlace() {
        refuses("add_ of (2, 3) to (3)", () -> ones(3).add_(ones(2, 3)), "add_:", "(2, 3)", "(3)");
        refuses("mul_ of (2) to (3)", () -> ones(3).mul_(ones(2)), "mul_:", "(2)", "(3)", "axis -1");
        refuses("add_ of floats to integers", () -> ints(1).add_(ones(1)), "add_:", "F32", "I64");
        refuses("sqrt_ of integers", () -> ints(4).sqrt_(), "sqrt_:", "I64");
        refuses("copy_ of (2) to (3)", () -> ones(3).copy_(ones(2)), "copy_:", "(2)", "(3)");
        refuses("maskedFill_ with a longer mask", () -> ones(3).maskedFill_(ones(2, 3).gt(0), 0), "maskedFill_:",
                "(2, 3)", "(3)");
        refuses("zero_ of an expanded tensor", () -> ones(1).expand(3).zero_(), "zero_:", "axis 0", "(3)",
                "expanded", "contiguous()");
        refuses("mul_ of an expanded tensor", () -> ints(1).expand(3).mul_(ones(3).to(DType.U8)), "mul_:", "expanded");
        refuses("fill_ with 300 of u8", () -> ones(2).to(DType.U8).fill_(300), "fill_:", "300", "U8", "overflow");
        refuses("fill_ with -129 of i8", () -> ones(2).to(DType.I8).fill_(-129), "fill_:", "-129", "I8");
        refuses("fill_ of read-only memory",
                () -> Tensor.wrap(Arena.ofAuto().allocate(8, 8).asReadOnly(), DType.F32).fill_(1), "fill_:",
                "cannot be changed", "copy()");
        refuses("normal_ with deviation -1", () -> ones(2).normal_(0, -1, generator()), "normal_:", "-1.0");
        refuses("uniform_ from 1 to 0", () -> ones(2).uniform_(1, 0, generator()), "uniform_:", "1.0", "0.0");
        refuses("uniform_ of integers", () -> ints(1).uniform_(0, 1, generator()), "uniform_:", "I64");
        refusesNow("use of a released tensor", () -> {
            Tensor x = ones(2);
            x.release();
            x.add(1);
        }, "made by ones", "(2)", "release()");
        refusesNow("use after the scope", () -> {
            Tensor x;
            try (var _ = TensorScope.open()) {
                x = ones(2);
            }
            x.sum();
        }, "made by ones", "TensorScope closed at WrongCallsTest.java", "keep(tensor)");
        refusesNow("use of what was handed off", () -> {
            Tensor x = ones(2);
            x.handOff().release();
            x.neg();
        }, "made by ones", "handed off");
    }

    private static void gradients() {
        refusesNow("backward of (2)", () -> leaf(2).mul(2).backward(), "backward:", "(2)", "sum()");
        refusesNow("backward of a constant", () -> Variable.constant(ones()).backward(), "backward:", "NoGrad");
        refusesNow("backward twice", () -> {
            Variable y = leaf(2).square().sum();
            y.backward();
            y.backward();
        }, "backward:", "retainGraph");
        refuses("backward from a gradient of (3)", () -> leaf(2).mul(2).backward(ones(3), false, false), "backward:",
                "(3)", "(2)");
        refusesNow("backward after a change in place", () -> {
            Variable x = leaf(2);
            Variable y = x.square().sum();
            x.value().add_(1);
            y.backward();
        }, "backward", "changed in place", "copy()");
        refuses("a leaf of integers", () -> Variable.leaf(ints(1)), "leaf:", "I64", "to(DType.F32)");
        refusesNow("registerHook of a constant", () -> Variable.constant(ones(1)).registerHook(g -> g),
                "registerHook:", "requires no gradient");
        refusesNow("retainGrad of a constant", () -> Variable.constant(ones(1)).retainGrad(), "retainGrad:",
                "requires no gradient");
        refuses("Autograd.grad of (2)", () -> {
            Variable x = leaf(2);
            Autograd.grad(x.mul(2), x);
        }, "grad:", "(2)", "scalar");
        refuses("hessian of (2)", () -> Autograd.hessian(x -> x.square(), leaf(2)), "hessian:", "(2)", "scalar");
        refusesNow("walk of (2)", () -> Engine.walk(leaf(2)), "walk:", "(2)", "sum()");
        refuses("Autograd.grad by a constant", () -> Autograd.grad(leaf(2).sum(), Variable.constant(ones(2))),
                "grad:", "input 0", "requires no gradient");
        refuses("Autograd.grad by what is not used", () -> Autograd.grad(leaf(2).sum(), leaf(3)), "grad:", "input 0",
                "(3)", "allowUnused");
    }

    private static void convolutions() {
        ConvOptions plain = new ConvOptions();
        refuses("conv2d of (1, 3, 4, 4) with a weight for 2 channels",
                () -> ones(1, 3, 4, 4).conv2d(ones(5, 2, 3, 3), null), "conv2d:", "(1, 3, 4, 4)", "3 channels",
                "(5, 2, 3, 3)", "1 group", "is for 2");
        refuses("conv2d of a variable with a weight for 2 channels",
                () -> leaf(1, 3, 4, 4).conv2d(leaf(5, 2, 3, 3), null), "conv2d:", "3 channels", "is for 2");
        refuses("conv2d of 4 filters in 3 groups",
                () -> ones(1, 3, 4, 4).conv2d(ones(4, 1, 3, 3), null, plain.groups(3)), "conv2d:", "(4, 1, 3, 3)",
                "3 groups", "divide");
        refuses("conv2d in 0 groups", () -> ones(1, 3, 4, 4).conv2d(ones(4, 1, 3, 3), null, plain.groups(0)), "conv2d:",
                "0 groups", "at least 1");
        refuses("conv2d with a kernel of 5 on 2 rows",
                () -> ones(1, 1, 2, 8).conv2d(ones(1, 1, 5, 5), null, plain.padding(1)),
                "conv2d:", "larger than the input", "axis 0", "5 places", "2 and 2 of padding");
        refuses("conv1d with a dilation of 4", () -> ones(1, 1, 8).conv1d(ones(1, 1, 3), null, plain.dilation(4)),
                "conv1d:",
                "dilation 4", "reach over 9", "has 8");
        refuses("conv2d of a matrix", () -> ones(4, 4).conv2d(ones(1, 1, 3, 3), null), "conv2d:", "4 axes", "(4, 4)");
        refuses("conv3d with a weight of 4 axes", () -> ones(1, 1, 4, 4, 4).conv3d(ones(1, 1, 3, 3), null), "conv3d:",
                "weight of 5", "(1, 1, 3, 3)");
        refuses("convolution of 2 axes", () -> ones(4, 4).convolution(ones(4, 4), null, plain, false), "convolution:",
                "(4, 4)", "3 or more");
        refuses("conv2d with a bias of 2 numbers for 3 filters",
                () -> ones(1, 1, 4, 4).conv2d(ones(3, 1, 2, 2), ones(2)),
                "conv2d:", "bias", "(2)", "(3)");
        refuses("conv2d with an f64 weight", () -> ones(1, 1, 4, 4).conv2d(ones(3, 1, 2, 2).to(DType.F64), null),
                "conv2d:",
                "F32", "weight F64", "convert");
        refuses("conv2d with an f64 bias",
                () -> leaf(1, 1, 4, 4).conv2d(leaf(3, 1, 2, 2), Variable.leaf(ones(3).to(DType.F64))),
                "conv2d:", "F32", "bias F64", "convert");
        refuses("conv2d with a weight of null", () -> leaf(1, 1, 4, 4).conv2d(null, null), "conv2d:", "weight is null");
        refuses("conv2d with options of null", () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 2, 2), null, null), "conv2d:",
                "options is null");
        refuses("conv2d with a stride of 0", () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 2, 2), null, plain.stride(0)),
                "conv2d:",
                "stride is [0]", "1 or more");
        refuses("conv2d with a padding of -1", () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 2, 2), null, plain.padding(-1)),
                "conv2d:", "padding is [-1]", "0 or more");
        refuses("conv2d with three strides",
                () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 2, 2), null, plain.stride(1, 1, 1)),
                "conv2d:", "stride is [1, 1, 1]", "2 axes");
        refuses("conv2d with a padding of 2^62",
                () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 2, 2), null, plain.padding(1L << 62)),
                "conv2d:", "2^63");
        refuses("conv2d with padding \"full\"", () -> plain.padding("full"), "ConvOptions:", "\"full\"", "\"same\"");
        refuses("conv2d, same, with a stride of 2",
                () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 3, 3), null, plain.padding("same").stride(2)), "conv2d:",
                "\"same\"",
                "[2]");
        refuses("conv2d with an output padding",
                () -> ones(1, 1, 4, 4).conv2d(ones(1, 1, 3, 3), null, plain.outputPadding(1)), "conv2d:",
                "outputPadding",
                "transposed");
        refuses("convTranspose2d with an output padding of 2",
                () -> ones(1, 1, 4, 4).convTranspose2d(ones(1, 1, 3, 3), null, plain.stride(2).outputPadding(2)),
                "convTranspose2d:", "outputPadding is 2", "stride 2");
        refuses("convTranspose2d that takes everything off",
                () -> ones(1, 1, 1, 1).convTranspose2d(ones(1, 1, 2, 2), null, plain.padding(1)), "convTranspose2d:",
                "nothing is left", "1 elements become 2");
        refuses("convTranspose2d with a padding mode",
                () -> ones(1, 1, 4, 4).convTranspose2d(ones(1, 1, 2, 2), null, plain.paddingMode(PadMode.REFLECT)),
                "convTranspose2d:", "padding mode");
        refuses("convTranspose2d of 3 channels with a weight for 2",
                () -> ones(1, 3, 4, 4).convTranspose2d(ones(2, 5, 3, 3), null), "convTranspose2d:", "3 channels",
                "is for 2");
        refuses("conv1d that reflects more than there is",
                () -> ones(1, 1, 3).conv1d(ones(1, 1, 3), null, plain.padding(3).paddingMode(PadMode.REFLECT)), "pad:",
                "REFLECT");
        refuses("Conv2d in 2 groups of 3 channels", () -> new Conv2d(3, 4, 3, plain.groups(2)), "Conv2d:",
                "inChannels 3",
                "groups 2");
        refuses("Conv2d with a kernel of 0", () -> new Conv2d(3, 4, 0), "Conv2d:", "kernel", "[0]", "1 or more");
        refuses("a Conv2d in a Sequential", () -> new Sequential(new Conv2d(3, 4, 3), new Conv2d(3, 2, 3))
                .forward(leaf(1, 3, 8, 8)), "1 (Conv2d): conv2d:", "4 channels", "is for 3");
    }

    private static void layersAndOptimizers() {
        refuses("Linear(0, 2)", () -> new Linear(0, 2), "Linear:", "0", "at least 1");
        refuses("Embedding(0, 2)", () -> new Embedding(0, 2), "Embedding:", "0");
        refuses("Dropout(1)", () -> new Dropout(1), "Dropout:", "1.0");
        refuses("LayerNorm of nothing", () -> new LayerNorm(), "LayerNorm:", "at least one axis");
        refuses("RMSNorm(0)", () -> new RMSNorm(0), "RMSNorm:", "0");
        refuses("a Linear alone", () -> new Linear(3, 2).forward(leaf(2, 4)), "linear:", "(2, 4)", "(2, 3)");
        refuses("a Linear in a Sequential", () -> new Sequential(new Linear(3, 4), new Linear(3, 2))
                .forward(leaf(1, 3)), "1 (Linear): linear:", "(1, 4)", "(2, 3)");
        refuses("a LayerNorm in a Sequential",
                () -> new Sequential(new Linear(3, 4), new LayerNorm(3)).forward(leaf(1, 3)),
                "1 (LayerNorm): layerNorm:", "(1, 4)", "(3)");
        refuses("an Embedding in a Sequential", () -> new Sequential(new Embedding(3, 2))
                .forward(Variable.constant(ints(5))), "0 (Embedding): embedding:", "5", "size 3");
        refuses("SGD of nothing", () -> new SGD(List.of(), 0.1), "SGD:", "no parameters");
        refuses("AdamW with a parameter twice", () -> {
            Linear layer = new Linear(2, 2);
            new AdamW(List.of(layer.weight(), layer.weight()), 0.1);
        }, "AdamW:", "(2, 2)", "twice");
        refuses("AdamW with a learning rate of -1", () -> new AdamW(new Linear(2, 2).parameters(), -1), "lr", "-1.0",
                "negative");
        refuses("CosineSchedule with more warm-up than steps", () -> CosineSchedule.withWarmup(1, 0, 5, 3),
                "CosineSchedule:", "5", "3");
        refuses("loadStateDict of another shape", () -> new Linear(2, 2, false)
                .loadStateDict(Map.of("weight", ones(3, 2))), "loadStateDict:", "weight", "(3, 2)", "(2, 2)");
        refuses("GPTConfig with 3 heads of 8 channels", () -> new GPTConfig(5, 4, 1, 3, 8, 0, true, true, true),
                "GPTConfig:", "8", "3", "multiple");
    }

    private static void nulls() {
        refuses("add(null)", () -> ones(2).add((Tensor) null), "add:", "null");
        refuses("add_(null)", () -> ones(2).add_((Tensor) null), "add_:", "null");
        refuses("matmul(null)", () -> ones(2, 2).matmul((Tensor) null), "matmul:", "null");
        refuses("where of null", () -> Tensor.where(null, ones(2), ones(2)), "where:", "null");
        refuses("gather by null", () -> ones(2).gather(0, null), "gather:", "the index is null");
        refuses("indexSelect by null", () -> ones(2).indexSelect(0, null), "indexSelect:", "the index is null");
        refuses("get by a null index", () -> ones(2).get((Index) null), "get:", "index 0 is null");
        refuses("cat with null", () -> Tensor.cat(0, ones(2), null), "cat:", "part 1 is null");
        refuses("reshape to null", () -> ones(2).reshape((long[]) null), "reshape:", "null");
        refuses("of a null array", () -> Tensor.of((float[]) null), "of:", "the array is null");
        refuses("from null", () -> Tensor.from(null), "from:", "null");
        refuses("zeros of a null type", () -> Tensor.zeros((DType) null, 2), "zeros:", "the type is null");
        refuses("randperm without a generator", () -> Tensor.randperm(null, 3), "randperm:", "the generator is null");
        refuses("roll by null", () -> ones(2).roll(null, new int[1]), "roll:", "shifts is null");
        refuses("roll of a variable along null", () -> leaf(2).roll(new long[1], null), "roll:", "axes is null");
        refuses("pad by null", () -> ones(2).pad((long[]) null, 0), "pad:", "amounts is null");
        refuses("pad of a variable by null", () -> leaf(2).pad((long[]) null, 0), "pad:", "amounts is null");
        refuses("einsum of a null equation", () -> Tensor.einsum(null, ones(2)), "einsum:", "the equation is null");
        refuses("einsum of null", () -> Tensor.einsum("i,i", ones(2), null), "einsum:", "operand 1 is null");
        refuses("einsum of a null variable", () -> Variable.einsum("i,i", leaf(2), null), "einsum:",
                "operand 1 is null");
        refuses("mse with null", () -> leaf(2).mse((Variable) null), "mse:", "null");
        refuses("linear with a null weight", () -> leaf(2).linear(null, null), "linear:", "null");
        refuses("get of a variable by a null index", () -> leaf(2).get((Index) null), "get:", "index 0 is null");
        refuses("indexPut of null", () -> leaf(2).indexPut(null, false, Index.at(0)), "indexPut:", "null");
        refuses("indexPut at a null index", () -> leaf(2).indexPut(leaf(), false, (Index) null), "indexPut:",
                "index 0 is null");
        refuses("a null hook", () -> leaf(2).registerHook(null), "registerHook:", "the hook is null");
        refuses("vjp of a function that gives null", () -> Autograd.vjp(x -> null, leaf(2), leaf(2)), "vjp:",
                "result 0 of the function is null");
        refuses("vjp with a null vector", () -> Autograd.vjp(x -> x, leaf(2), null), "vjp:", "output 0 is null");
        refuses("jvp of a function that gives null", () -> Autograd.jvp(x -> null, leaf(2), leaf(2)), "jvp:",
                "result 0 of the function is null");
        refuses("jvp with a null tangent", () -> Autograd.jvp(x -> x, leaf(2), null), "jvp:", "input 0 is null");
        refuses("jacobian of a function that gives null", () -> Autograd.jacobian(x -> null, leaf(2)), "jacobian:",
                "result 0 of the function is null");
        refuses("jacobian at null", () -> Autograd.jacobian(x -> x, (Variable) null), "jacobian:",
                "input 0 is null");
        refuses("hessian of a function that gives null", () -> Autograd.hessian(x -> null, leaf(2)), "hessian:",
                "result 0 of the function is null");
        refuses("Autograd.grad by null", () -> Autograd.grad(leaf(2).sum(), (Variable) null), "grad:",
                "input 0 is null");
        refuses("Autograd.grad of null", () -> Autograd.grad((Variable) null, leaf(2)), "grad:", "output 0 is null");
        refuses("a checkpoint of a function that gives null", () -> Checkpoint.apply(x -> null, leaf(2)),
                "checkpoint:", "result 0 of the function is null");
        refuses("an own op that gives null", () -> CustomGrad.apply("cube", t -> null, (dout, in, out) -> in, leaf(2)),
                "cube:", "result 0 of the function is null");
        refuses("add(null) of a variable", () -> leaf(2).add((Variable) null), "add:", "null");
        refuses("mul of a variable with a null tensor", () -> leaf(2).mul((Tensor) null), "mul:", "null");
        refuses("matmul(null) of a variable", () -> leaf(2, 2).matmul((Variable) null), "matmul:", "null");
        refuses("gt(null) of a variable", () -> leaf(2).gt((Variable) null), "gt:", "null");
        refuses("logicalAnd of a variable with a null tensor", () -> leaf(2).logicalAnd((Tensor) null), "logicalAnd:",
                "null");
        refuses("argmax of a variable along a wrong axis", () -> leaf(2).argmax(3), "argmax:", "axis 3");
        refuses("a variable of null", () -> Variable.constant(null), "constant:", "null");
    }

    static Stream<Row> rows() {
        return ROWS.stream();
    }

    @Test
    void thereAreManyRows() {
        assertTrue(ROWS.size() >= 120, "rows: " + ROWS.size());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void saysWhatIsWrong(Row row) {
        // What no scope owns, such as a layer's parameters and the gradients of leaves, is the garbage collector's.
        boolean outlives = row.call.matches(".*([Ll]inear|Embedding|Norm|PReLU|Residual|Parallel|LayerList|LayerDict"
                + "|Conv2d in a|AdamW|loadStateDict|backward twice).*");
        long before = SlabAllocator.global().statistics().liveBlocks();
        Throwable thrown;
        try (var _ = TensorScope.open()) {
            thrown = assertThrows(Throwable.class, row.body);
        }
        long after = SlabAllocator.global().statistics().liveBlocks();
        String message = String.valueOf(thrown.getMessage());
        assertTrue(row.type.isInstance(thrown), () -> "threw " + thrown);
        assertFalse(thrown instanceof IndexOutOfBoundsException || thrown instanceof NullPointerException
                || thrown instanceof ArithmeticException || thrown instanceof NegativeArraySizeException
                || thrown instanceof ClassCastException, () -> "threw " + thrown);
        assertAll(row.said.stream()
                .map(part -> () -> assertTrue(message.contains(part), "no '" + part + "' in: " + message)));
        assertTrue(message.startsWith(row.said.getFirst()) || row.said.getFirst().startsWith("made by"), message);
        assertTrue(outlives || after <= before, () -> "blocks live before: " + before + ", after: " + after);
    }

    // ---- the path of a layer ---------------------------------------------------------------------------------------

    private static Sequential nested() {
        return new Sequential(new Linear(4, 4), new Sequential(new Linear(4, 4), new Sequential(new Linear(3, 4))));
    }

    private static String refusal(Layer model, Variable x) {
        return assertThrows(IllegalArgumentException.class, () -> model.forward(x)).getMessage();
    }

    @Test
    void threeNestingsAreNamedInOnePath() {
        try (var _ = TensorScope.open()) {
            String message = refusal(nested(), leaf(2, 4));
            assertTrue(message.startsWith("1.1.0 (Linear): linear:"), message);
            assertTrue(message.contains("(2, 4)") && message.contains("(4, 3)"), message);
            // What a part at the first level refuses has the path to there, and a model alone none.
            assertTrue(refusal(nested(), leaf(2, 5)).startsWith("0 (Linear): linear:"));
            assertTrue(refusal(new Linear(3, 4), leaf(2, 5)).startsWith("linear:"));
        }
    }

    @Test
    void thePathIsToldWithHooksAndWithoutGradients() {
        try (var _ = TensorScope.open()) {
            Sequential model = nested();
            List<String> seen = new ArrayList<>();
            Sequential inner = (Sequential) ((Sequential) model.get(1)).get(1);
            inner.registerForwardPreHook((layer, x) -> {
                seen.add(layer.getClass().getSimpleName());
                return null;
            });
            inner.get(0).registerForwardHook((layer, x, y) -> y);
            inner.registerFullBackwardHook((layer, gradInput, gradOutput) -> null);
            assertTrue(refusal(model, leaf(2, 4)).startsWith("1.1.0 (Linear): linear:"));
            assertEquals(List.of("Sequential"), seen);
            try (var _ = NoGrad.open()) {
                assertTrue(refusal(model, leaf(2, 4)).startsWith("1.1.0 (Linear): linear:"));
            }
            // What a hook refuses is told with the path of its layer, too.
            ((Sequential) model.get(1)).get(0).registerForwardHook((layer, x, y) -> y.narrow(1, 3, 2));
            assertTrue(refusal(model, leaf(2, 4)).startsWith("1.0 (Linear): narrow:"), refusal(model, leaf(2, 4)));
            // The path is left after a failure: the next one begins anew.
            assertTrue(refusal(new Sequential(new Linear(3, 4)), leaf(2, 4)).startsWith("0 (Linear): linear:"));
        }
    }

    @Test
    void aModelSaysWhereInItAnOpWentWrong() {
        try (var _ = TensorScope.open()) {
            GPT model = new GPT(new GPTConfig(5, 4, 2, 2, 8, 0, true, true, true), generator());
            String tokens = refusal(model, Variable.constant(Tensor.of(new long[] {1, 7}, 1, 2)));
            assertTrue(tokens.startsWith("GPT: tokens: index 7"), tokens);
            String floats = refusal(model, leaf(1, 2));
            assertTrue(floats.contains("GPT: tokens") && floats.contains("F32"), floats);
            Layer attention = model.namedLayers().get("transformer.h.1.attn.c_attn");
            attention.registerForwardPreHook((layer, x) -> x.narrow(2, 0, 7));
            String inside = refusal(model, Variable.constant(Tensor.of(new long[] {1, 2}, 1, 2)));
            assertTrue(inside.startsWith("transformer.h.1.attn.c_attn (Linear): linear:"), inside);
            assertTrue(inside.contains("(1, 2, 7)"), inside);
        }
    }
}
