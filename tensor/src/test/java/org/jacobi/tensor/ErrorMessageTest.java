package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;

import org.jacobi.tensor.backend.ReduceOp;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a wrong call is told: the op, what was found, and mostly what to do. */
class ErrorMessageTest {
    private static final Tensor X = Tensor.zeros(2, 3);
    private static final Tensor IDS = Tensor.arange(3);
    private static final Tensor BYTES = Tensor.zeros(DType.U8, 3);
    private static final Tensor FLAGS = Tensor.zeros(DType.BOOL, 3);

    static Stream<Arguments> wrongCalls() {
        return Stream.of(
                row("shape", () -> Shape.of(2, -1), "(2, -1)", "negative"),
                row("shape", () -> Shape.of(1L << 40, 1L << 40), "1099511627776", "2^63"),
                row("empty", () -> Tensor.empty(DType.F64, 1L << 61), "2^63 bytes"),
                row("of", () -> Tensor.of(new float[5], 2, 3), "5 elements", "(2, 3)", "6"),
                row("arange", () -> Tensor.arange(0, 5, -1, DType.I64), "-1.0", "0.0", "5.0"),
                row("arange", () -> Tensor.arange(0, 5, 0, DType.I64), "0.0"),
                row("reshape", () -> X.reshape(4, -1), "6 elements", "(2, 3)", "(4, -1)"),
                row("reshape", () -> X.reshape(-1, -1), "(2, 3)", "(-1, -1)"),
                row("reshape", () -> X.reshape(-2, -3), "(2, 3)", "(-2, -3)"),
                row("view", () -> X.t().view(6), "(3, 2)", "[1, 3]", "copy", "reshape"),
                row("flatten", () -> X.flatten(1, 0), "axis", "(2, 3)"),
                row("permute", () -> X.permute(0, 0), "0", "twice"),
                row("permute", () -> X.permute(0), "1 axes", "(2, 3)"),
                row("transpose", () -> X.transpose(0, 2), "axis 2", "out of range", "(2, 3)", "2 axes"),
                row("t", () -> IDS.t(), "(3)", "transpose"),
                row("unsqueeze", () -> X.unsqueeze(4), "axis 4", "(2, 3)"),
                row("squeeze", () -> X.squeeze(2), "axis 2", "(2, 3)"),
                row("squeeze", () -> X.squeeze(1, -1), "-1", "twice"),
                row("expand", () -> X.expand(4, 3), "(2, 3)", "size 2", "4", "only sizes of 1"),
                row("expand", () -> X.expand(3), "(2, 3)", "more axes", "(3)"),
                row("narrow", () -> X.narrow(1, 2, 2), "2 elements from 2", "axis 1", "(2, 3)"),
                row("narrow", () -> X.narrow(1, 1, Long.MAX_VALUE), "axis 1", "(2, 3)"),
                row("slice", () -> X.slice(0, 0, 2, 0), "step 0"),
                row("select", () -> X.select(-1, 3), "position 3", "axis -1", "(2, 3)"),
                row("split", () -> X.split(1, 1, 1), "[1, 1]", "3", "axis 1"),
                row("split", () -> X.split(1, 0), "0", "at least 1"),
                row("unflatten", () -> X.unflatten(1, 2, 2), "3 elements", "(2, 2)"),
                row("mT", () -> IDS.mT(), "two axes", "(3)"),
                row("movedim", () -> X.movedim(new int[] {0}, new int[] {0, 1}), "1 axes", "2 places"),
                row("movedim", () -> X.movedim(new int[] {0, 0}, new int[] {0, 1}), "axis 0", "twice"),
                row("chunk", () -> X.chunk(0, 0), "0", "at least 1"),
                row("tensorSplit", () -> X.tensorSplit(1, new long[] {2, 1}), "[2, 1]", "axis 1", "decrease"),
                row("unbind", () -> Tensor.scalar(1).unbind(0), "axis 0", "()"),
                row("diagonal", () -> X.diagonal(0, 1, -1), "different axes", "(2, 3)"),
                row("diagonal", () -> IDS.diagonal(), "axis 1", "(3)"),
                row("diag", () -> Tensor.zeros(2, 2, 2).diag(), "(2, 2, 2)", "diagEmbed"),
                row("diagEmbed", () -> X.diagEmbed(0, 1, 1), "different axes"),
                row("unfold", () -> X.unfold(1, 4, 1), "windows of 4", "axis 1", "size 3"),
                row("unfold", () -> X.unfold(1, 2, 0), "every 0", "at least 1"),
                row("asStrided", () -> X.asStrided(new long[] {4}, new long[] {2}), "element 6", "6"),
                row("asStrided", () -> X.asStrided(new long[] {2}, new long[] {-1}, 3), "negative"),
                row("asStrided", () -> X.asStrided(new long[] {2}, new long[] {1}, -1), "-1"),
                row("flip", () -> X.flip(2), "axis 2", "(2, 3)"),
                row("flip", () -> X.flip(0, -2), "-2", "twice"),
                row("roll", () -> X.roll(new long[] {1, 2}, new int[] {0}), "2 shifts", "1 axes"),
                row("roll", () -> X.roll(1, 2), "axis 2", "(2, 3)"),
                row("rot90", () -> X.rot90(1, 0, 0), "different axes", "(2, 3)"),
                row("tril", () -> IDS.tril(), "two axes", "(3)"),
                row("repeat", () -> X.repeat(2), "1 counts", "(2, 3)", "tile"),
                row("repeat", () -> X.repeat(2, -1), "[2, -1]", "negative"),
                row("repeatInterleave", () -> X.repeatInterleave(-1), "-1", "negative"),
                row("repeatInterleave", () -> X.repeatInterleave(IDS, 0), "3 repeats", "axis of 2"),
                row("repeatInterleave", () -> X.repeatInterleave(X, 0), "integer", "F32(2, 3)"),
                row("pad", () -> X.pad(1), "1 amounts", "(2, 3)", "two for each axis"),
                row("pad", () -> X.pad(1, 1, 1, 1, 1, 1), "6 amounts", "(2, 3)"),
                row("pad", () -> X.pad(-2, -2), "-2", "3 elements", "axis 1"),
                row("pad", () -> X.pad(-4, 4), "-4", "3 elements", "axis 1"),
                row("pad", () -> X.pad(new long[] {3, 0}, PadMode.REFLECT), "3 elements", "axis 1", "2", "REFLECT"),
                row("pad", () -> X.pad(new long[] {0, 4}, PadMode.CIRCULAR), "4 after", "axis 1", "CIRCULAR"),
                row("pad", () -> Tensor.zeros(2, 0).pad(new long[] {0, 1}, PadMode.REPLICATE), "axis 1", "REPLICATE"),
                row("meshgrid", () -> Tensor.meshgrid("ji", IDS), "ji", "xy"),
                row("meshgrid", () -> Tensor.meshgrid(X), "vectors", "(2, 3)"),
                row("cartesianProd", () -> Tensor.cartesianProd(), "at least one"),
                row("combinations", () -> X.combinations(2, false), "vector", "(2, 3)"),
                row("combinations", () -> IDS.combinations(0, false), "0", "at least 1"),
                row("broadcastTensors", () -> Tensor.broadcastTensors(X, Tensor.zeros(2)), "(2, 3)", "(2)", "axis -1"),
                row("blockDiag", () -> Tensor.blockDiag(X, Tensor.zeros(1, 1, 1)), "block 1", "(1, 1, 1)"),
                row("linspace", () -> Tensor.linspace(0, 1, -1), "-1", "negative"),
                row("vander", () -> Tensor.vander(X, 2, true), "vector", "(2, 3)"),
                row("dot", () -> X.dot(X), "1 and 1 axes", "(2, 3)", "matmul"),
                row("mv", () -> X.mv(X), "2 and 1 axes", "(2, 3)"),
                row("mm", () -> X.mm(Tensor.zeros(3)), "2 and 2 axes", "(3)"),
                row("bmm", () -> Tensor.zeros(2, 2, 3).bmm(Tensor.zeros(1, 3, 2)), "2 matrices", "matmul"),
                row("outer", () -> X.outer(IDS), "1 and 1 axes", "(2, 3)"),
                row("tensordot", () -> X.tensordot(X, 3), "3 axes", "(2, 3)"),
                row("tensordot", () -> X.tensordot(X, new int[] {1}, new int[] {0}), "axis 1", "size 3", "size 2"),
                row("tensordot", () -> X.tensordot(X, new int[] {1}, new int[] {0, 1}), "1 axes", "2"),
                row("cross", () -> X.cross(X, 0), "axis 0", "(2, 3)", "size 3"),
                row("trace", () -> IDS.trace(), "matrix", "(3)"),
                row("cdist", () -> X.cdist(Tensor.zeros(2, 4), 2), "(2, 3)", "(2, 4)"),
                row("cdist", () -> X.cdist(X, -1), "-1.0"),
                row("cdist", () -> BYTES.cdist(BYTES, 2), "floating-point", "U8"),
                row("einsum", () -> Tensor.einsum("ij"), "1 operands", "0"),
                row("einsum", () -> Tensor.einsum("ij,jk", X), "2 operands", "1"),
                row("einsum", () -> Tensor.einsum("ijk", X), "\"ijk\"", "3 axes", "operand 0", "(2, 3)"),
                row("einsum", () -> Tensor.einsum("i", X), "1 axes", "(2, 3)", "..."),
                row("einsum", () -> Tensor.einsum("ij,jk", X, X), "letter j", "size 3", "operand 0", "size 2",
                        "operand 1"),
                row("einsum", () -> Tensor.einsum("ii", X), "letter i", "twice", "2 and 3", "diagonal"),
                row("einsum", () -> Tensor.einsum("ij->ik", X), "letter k", "no operand"),
                row("einsum", () -> Tensor.einsum("ij->jj", X), "letter j", "twice in the result"),
                row("einsum", () -> Tensor.einsum("i1->i", X), "'1'", "operand 0", "no letter"),
                row("einsum", () -> Tensor.einsum("i......", X), "'.'", "no letter"),
                row("einsum", () -> Tensor.einsum("ij->j->k", X), "'-'", "the result"),
                row("einsum", () -> Tensor.einsum("...i,...i", X, Tensor.zeros(4, 3)), "axis -1 of the ellipsis", "4"),
                row("item", () -> X.item(), "one element", "(2, 3)"),
                row("get", () -> X.getDouble(1), "1 positions", "(2, 3)"),
                row("get", () -> X.getLong(1, -4), "position -4", "axis 1", "(2, 3)"),
                row("add", () -> X.add(Tensor.zeros(4, 3)), "(2, 3)", "(4, 3)", "axis -2", "2 and 4"),
                row("sub", () -> FLAGS.sub(FLAGS), "bool", "to(DType.F32)"),
                row("pow", () -> IDS.pow(-1), "negative", "floating-point"),
                row("neg", () -> FLAGS.neg(), "bool", "to(DType.F32)"),
                row("where", () -> Tensor.where(X, X, X), "bool", "F32"),
                row("maskedFill", () -> IDS.maskedFill(FLAGS, 0.5), "0.5", "I64"),
                row("sum", () -> X.sum(2), "axis 2", "(2, 3)"),
                row("sum", () -> X.sum(1, -1), "-1", "twice"),
                row("mean", () -> IDS.mean(), "floating-point", "I64", "to(DType.F32)"),
                row("amax", () -> Tensor.zeros(2, 0).amax(1), "axis 1", "(2, 0)", "empty"),
                row("argmin", () -> Tensor.zeros(2, 0).argmin(1), "axis 1", "(2, 0)", "empty"),
                row("softmax", () -> IDS.softmax(0), "floating-point", "I64"),
                row("matmul", () -> X.matmul(X), "(2, 3)", "3 columns", "2 rows", "transpose"),
                row("matmul", () -> X.matmul(Tensor.scalar(1)), "(2, 3)", "()", "mul"),
                row("matmul", () -> FLAGS.matmul(FLAGS), "bool", "convert"),
                row("matmul", () -> Tensor.zeros(2, 2, 3).matmul(Tensor.zeros(3, 3, 2)), "axis -1", "2 and 3"),
                row("indexSelect", () -> X.indexSelect(1, Tensor.of(new long[] {0, 3})), "index 3", "size 3"),
                row("indexSelect", () -> X.indexSelect(0, Tensor.of(new long[] {-1})), "index -1", "size 2"),
                row("indexSelect", () -> X.indexSelect(0, X), "vector", "(2, 3)"),
                row("indexSelect", () -> X.indexSelect(0, BYTES), "I64", "U8"),
                row("indexAdd_", () -> X.indexAdd_(0, IDS, X), "(3)", "F32(2, 3)", "axis 0"),
                row("gather", () -> X.gather(0, Tensor.zeros(DType.I64, 2, 4)), "(2, 4)", "(2, 3)"),
                row("gather", () -> X.gather(0, IDS), "(3)", "(2, 3)"),
                row("scatterAdd_", () -> X.scatterAdd_(0, Tensor.zeros(DType.I64, 2, 3), Tensor.zeros(DType.F64, 2, 3)),
                        "F64", "F32"),
                row("get", () -> X.get(Index.at(2)), "index 2", "axis 0", "(2, 3)", "size 2"),
                row("get", () -> X.get(Index.all(), Index.newAxis(), Index.of(0, -4)), "index -4", "axis 1", "(2, 3)",
                        "size 3"),
                row("get", () -> X.get(Index.at(0), Index.all(), Index.all()), "3 axes", "(2, 3)", "2"),
                row("get", () -> X.get(Index.ellipsis(), Index.ellipsis()), "ellipsis", "once"),
                row("get", () -> X.get(Index.of(0, 1), Index.of(0, 1, 2)), "(2)", "(3)", "broadcast"),
                row("get", () -> X.get(Index.mask(FLAGS)), "mask", "(3)", "(2, 3)", "axis 0", "size 2"),
                row("get", () -> Tensor.zeros(0, 3).get(Index.of(0)), "index 0", "axis 0", "size 0"),
                row("Index.of", () -> Index.of(X), "integers", "F32"),
                row("Index.of", () -> Index.of(FLAGS), "BOOL", "Index.mask"),
                row("Index.mask", () -> Index.mask(BYTES), "bool", "U8"),
                row("Index.range", () -> Index.range(3, 0, -1), "step -1", "at least 1", "flip"),
                row("set", () -> Tensor.zeros(2, 3).set(Tensor.zeros(2), Index.at(0)), "(2)", "(2, 3)", "(3)"),
                row("set", () -> Tensor.zeros(2, 3).set(Tensor.zeros(3, 3), Index.of(0, 1)), "(3, 3)", "(2, 3)"),
                row("set", () -> Tensor.arange(3).set(0.5, Index.at(0)), "0.5", "I64"),
                row("set", () -> Tensor.zeros(2).set(1, Index.at(-3)), "index -3", "axis 0", "size 2"),
                row("take", () -> X.take(Tensor.of(new long[] {6})), "index 6", "size 6"),
                row("put", () -> X.put(IDS, Tensor.zeros(2), false), "(2)", "(3)", "(2, 3)"),
                row("indexCopy", () -> X.indexCopy(0, IDS, X), "(3)", "F32(2, 3)", "axis 0"),
                row("indexFill", () -> X.indexFill(0, Tensor.of(new long[] {2}), 1), "index 2", "size 2"),
                row("indexFill", () -> X.indexFill(0, Tensor.of(new long[] {0}), X), "no axes", "(2, 3)"),
                row("maskedFill", () -> X.maskedFill(X.gt(0), X), "no axes", "(2, 3)"),
                row("maskedSelect", () -> X.maskedSelect(Tensor.zeros(DType.BOOL, 4)), "(2, 3)", "(4)", "broadcast"),
                row("maskedScatter", () -> X.maskedScatter(X.eq(0), Tensor.zeros(5)), "6 places", "(5)", "5 elements"),
                row("scatter", () -> X.scatter(1, Tensor.full(3, DType.I64, 2, 1), X), "index 3", "size 3"),
                row("scatter", () -> X.scatter(1, Tensor.zeros(DType.I64, 2, 1), IDS.unsqueeze(0).expand(2, 3)), "I64",
                        "F32"),
                row("scatterReduce",
                        () -> X.scatterReduce(0, Tensor.zeros(DType.I64, 1, 3), X, ReduceOp.SUM_OF_SQUARES, true),
                        "SUM, PROD, MEAN, MAX or MIN", "SUM_OF_SQUARES"),
                row("takeAlongDim", () -> X.takeAlongDim(0, IDS), "(2, 3)", "(3)", "axes"),
                row("selectScatter", () -> X.selectScatter(X, 0, 0), "(2, 3)", "(3)"),
                row("oneHot", () -> IDS.oneHot(2), "index 2", "size 2"),
                row("oneHot", () -> X.oneHot(2), "I64", "F32"),
                row("cat", () -> Tensor.cat(0), "at least one"),
                row("cat", () -> Tensor.cat(0, X, Tensor.zeros(2, 4)), "(2, 3)", "(2, 4)", "axis 0"),
                row("add_", () -> IDS.add_(Tensor.ones(3)), "F32", "I64"),
                row("copy_", () -> X.expand(2, 2, 3).copy_(X), "axis 0", "(2, 2, 3)", "expanded", "contiguous()"),
                row("uniform_", () -> IDS.uniform_(0, 1, new Generator(1)), "floating-point", "I64"));
    }

    private static Arguments row(String op, Executable wrongCall, String... words) {
        return arguments(op, wrongCall, words);
    }

    @ParameterizedTest(name = "{index}: {0}")
    @MethodSource("wrongCalls")
    void messagesNameTheOpAndWhatWasFound(String op, Executable wrongCall, String[] words) {
        String message = assertThrows(IllegalArgumentException.class, wrongCall).getMessage();
        assertTrue(message.startsWith(op), message);
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + message + "' lacks '" + word + "'");
        }
        assertTrue(message.lines().count() == 1, message);
    }
}
