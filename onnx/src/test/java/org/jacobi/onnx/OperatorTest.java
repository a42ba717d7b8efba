package org.jacobi.onnx;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.LongStream;

import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Node;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.jacobi.onnx.Nodes.floats;
import static org.jacobi.onnx.Nodes.integers;
import static org.jacobi.onnx.Nodes.longs;
import static org.jacobi.onnx.Nodes.one;
import static org.jacobi.onnx.Nodes.run;
import static org.jacobi.onnx.Nodes.strings;
import static org.jacobi.onnx.Nodes.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What operators do where the suite's cases do not look: old versions, rare types and attributes, worked by hand. */
class OperatorTest {
    // ---- integers of all types -------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(names = {"UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64"})
    void integersWrapAround(ElementType type) {
        long[] edge = {0, 1, 2, 7, type.largest(), type.wrap(type.largest() - 1), type.smallest(),
            type.wrap(type.smallest() + 1), type.wrap(-3)};
        long[] a = new long[edge.length * edge.length];
        long[] b = new long[a.length];
        for (int i = 0; i < a.length; i++) {
            a[i] = edge[i / edge.length];
            b[i] = edge[i % edge.length];
        }
        check("Add", type, a, b, BigInteger::add);
        check("Sub", type, a, b, BigInteger::subtract);
        check("Mul", type, a, b, BigInteger::multiply);
        check("Max", type, a, b, BigInteger::max);
        check("Min", type, a, b, BigInteger::min);
        check("BitwiseAnd", type, a, b, BigInteger::and);
        check("BitwiseOr", type, a, b, BigInteger::or);
        check("BitwiseXor", type, a, b, BigInteger::xor);
        long[] nonZero = Arrays.stream(b).map(x -> x == 0 ? 3 : x).toArray();
        check("Div", type, a, nonZero, BigInteger::divide);
        check("Mod", type, a, nonZero, (x, y) -> {
            BigInteger remainder = x.remainder(y); // with the divisor's sign
            return remainder.signum() * y.signum() < 0 ? remainder.add(y) : remainder;
        });
        for (String op : List.of("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")) {
            boolean[] found = one(op, 20, List.of(), integers(type, a), integers(type, b)).data().toBooleanArray();
            for (int i = 0; i < a.length; i++) {
                int order = value(type, a[i]).compareTo(value(type, b[i]));
                boolean expected = switch (op) {
                    case "Equal" -> order == 0;
                    case "Less" -> order < 0;
                    case "LessOrEqual" -> order <= 0;
                    case "Greater" -> order > 0;
                    default -> order >= 0;
                };
                assertEquals(expected, found[i], op + " " + type + " " + a[i] + " " + b[i]);
            }
        }
    }

    private static BigInteger value(ElementType type, long bits) {
        return type == ElementType.UINT64 ? new BigInteger(Long.toUnsignedString(bits)) : BigInteger.valueOf(bits);
    }

    private static void check(String op, ElementType type, long[] a, long[] b, BinaryOperator<BigInteger> exact) {
        OnnxTensor out = one(op, 20, List.of(), integers(type, a), integers(type, b));
        assertEquals(type, out.type());
        long[] found = out.data().toLongArray();
        for (int i = 0; i < a.length; i++) {
            long expected = type.wrap(exact.apply(value(type, a[i]), value(type, b[i])).longValue());
            assertEquals(expected, found[i], op + " " + type + " " + a[i] + " " + b[i]);
        }
    }

    @Test
    void uint64HasItsOwnOrder() {
        OnnxTensor x = integers(ElementType.UINT64, -1, 5, 1L << 63, 0);
        assertEquals("uint64[1][-1]", text(one("ReduceMax", 18, List.of(), x)));
        assertEquals("uint64[1][0]", text(one("ReduceMin", 18, List.of(), x)));
        assertEquals("int64[1][0]", text(one("ArgMax", 13, List.of(), x)));
        assertEquals("uint64[2][-1, " + Long.MIN_VALUE + "]", text(one("TopK", 11, List.of(), x, longs(2))));
        assertEquals("uint64[4][9, 6, 9, 6]", text(one("Clip", 13, List.of(), x,
                integers(ElementType.UINT64, 6), integers(ElementType.UINT64, 9))));
        assertEquals("uint64[4][-1, 5, " + Long.MIN_VALUE + ", 0]", text(one("Abs", 13, List.of(), x)));
        assertEquals("uint64[4][1, 1, 1, 0]", text(one("Sign", 13, List.of(), x)));
        assertEquals("float[4][1.8446744E19, 5.0, 9.223372E18, 0.0]", text(one("Cast", 13, List.of("to", 1), x)));
        assertEquals("uint64[2][" + (1L << 63) + ", 3]", text(one("Cast", 13, List.of("to", 13), floats(0x1p63, 3.7))));
        assertEquals("uint64[1][-1]", text(one("ScatterElements", 18, List.of("reduction", "max"),
                integers(ElementType.UINT64, 5), longs(0), integers(ElementType.UINT64, -1))));
        assertEquals("string[2][18446744073709551615, 5]", text(one("Cast", 13, List.of("to", 8),
                integers(ElementType.UINT64, -1, 5))));
    }

    @Test
    void powersOfIntegers() {
        assertEquals("int32[4][8, 1, 0, -1]", text(one("Pow", 15, List.of(),
                integers(ElementType.INT32, 2, 1, 2, -1), longs(3, -2, -1, -3))));
        assertEquals("int64[2][5, 2]", text(one("Pow", 15, List.of(), longs(3, 2), floats(1.5, 1.1))));
        assertEquals("float[2][9.0, 0.5]", text(one("Pow", 15, List.of(), floats(3, 2), longs(2, -1))));
        assertThrows(OnnxException.class, () -> one("Div", 14, List.of(), longs(1), longs(0)));
    }

    @Test
    void reductionsOfNothing() {
        assertEquals("int8[1][-128]", text(one("ReduceMax", 20, List.of("keepdims", 0),
                integers(ElementType.INT8).move(t -> t.reshape(0, 1)), longs(0))));
        assertEquals("bool[1][1]", text(one("ReduceMin", 20, List.of("keepdims", 0),
                OnnxTensor.of(Tensor.of(new boolean[0]).reshape(0, 1)), longs(0))));
        assertEquals("int32[1][2]", text(one("ReduceMean", 18, List.of(), integers(ElementType.INT32, 1, 2, 4))));
        assertEquals("float[2, 1][9.0, 16.0]", text(one("ReduceSumSquare", 18, List.of("noop_with_empty_axes", 1),
                floats(new long[] {2, 1}, 3, 4))));
    }

    // ---- types that are stored in others ---------------------------------------------------------------------------

    @Test
    void numbersAndStrings() {
        assertEquals("string[7][0.1, 1000000.0, 1e-07, 1.5e+20, NaN, INF, -INF]", text(one("Cast", 13,
                List.of("to", 8), floats(0.1, 1e6, 1e-7, 1.5e20, Double.NaN, Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY))));
        assertEquals("float[5][0.5, 1000000.0, NaN, Infinity, -Infinity]", text(one("Cast", 13, List.of("to", 1),
                strings("0.5", "1000000", "NaN", "+INF", "-INF"))));
        assertEquals("uint8[2][7, 255]", text(one("Cast", 13, List.of("to", 2), strings("7", "255"))));
        assertEquals("string[1][0.1]", text(one("Cast", 13, List.of("to", 8),
                one("Cast", 13, List.of("to", 10), floats(0.1)))));
        assertEquals("string[2][True, False]", text(one("Cast", 13, List.of("to", 8),
                OnnxTensor.of(Tensor.of(new boolean[] {true, false})))));
        assertEquals("int64[2][3, -3]", text(one("Cast", 1, List.of("to", "INT64"), floats(3.9, -3.9))));
        assertThrows(OnnxException.class, () -> one("Cast", 13, List.of("to", 1), strings("many")));
    }

    @Test
    void bitsOfOtherTypes() {
        assertEquals("float[2][1.0, -2.0]", text(one("BitCast", 26, List.of("to", 1),
                integers(ElementType.UINT32, 0x3F800000L, 0xC0000000L))));
        assertEquals("uint8[3][56, 126, 127]", text(one("BitCast", 26, List.of("to", 2),
                one("Cast", 25, List.of("to", 17), floats(1, 1000, Double.NaN)))));
        assertEquals("int16[2][15360, -16384]", text(one("BitCast", 26, List.of("to", 5),
                one("Cast", 13, List.of("to", 10), floats(1, -2)))));
        assertEquals("bfloat16[1][1.0]", text(one("BitCast", 26, List.of("to", 16),
                integers(ElementType.INT16, 0x3F80))));
        assertEquals("double[1][1.0]", text(one("BitCast", 26, List.of("to", 11), longs(0x3FF0000000000000L))));
    }

    @Test
    void blocksHaveTheirOwnScale() {
        OnnxTensor x = floats(new long[] {2, 4}, 1, 2, 30, 40, -1, -2, -30, -40);
        OnnxTensor scale = floats(new long[] {2, 2}, 1, 10, 0.5, 20);
        OnnxTensor zero = integers(ElementType.INT8, 0, 1, 2, 3).move(t -> t.reshape(2, 2));
        List<Object> blocks = List.of("axis", 1, "block_size", 2);
        OnnxTensor y = one("QuantizeLinear", 21, blocks, x, scale, zero);
        assertEquals("int8[2, 4][1, 2, 4, 5, 0, -2, 1, 1]", text(y)); // -1.5 and ties round to even
        assertEquals("float[2, 4][1.0, 2.0, 30.0, 40.0, -1.0, -2.0, -40.0, -40.0]",
                text(one("DequantizeLinear", 21, blocks, y, scale, zero)));
    }

    // ---- old versions ----------------------------------------------------------------------------------------------

    @Test
    void operandsAreAlignedByAnAxisBeforeVersion7() {
        OnnxTensor x = floats(new long[] {2, 3, 2}, LongStream.range(0, 12).asDoubleStream().toArray());
        OnnxTensor y = one("Add", 6, List.of("broadcast", 1, "axis", 1), x, floats(10, 20, 30));
        assertEquals("float[2, 3, 2][10.0, 11.0, 22.0, 23.0, 34.0, 35.0, 16.0, 17.0, 28.0, 29.0, 40.0, 41.0]", text(y));
    }

    @Test
    void oldSoftmaxTakesAllAxesFromOneOn() {
        OnnxTensor x = floats(new long[] {1, 2, 2}, 1, 1, 1, 1);
        assertEquals("float[1, 2, 2][0.25, 0.25, 0.25, 0.25]", text(one("Softmax", 11, List.of(), x)));
        assertEquals("float[1, 2, 2][0.5, 0.5, 0.5, 0.5]", text(one("Softmax", 13, List.of(), x)));
    }

    @Test
    void oldAttributesBecameInputs() {
        OnnxTensor x = floats(new long[] {2, 2}, 1, 2, 3, 4);
        assertEquals("float[4][1.0, 2.0, 3.0, 4.0]", text(one("Reshape", 1, List.of("shape", new long[] {4}), x)));
        assertEquals("float[2, 4][1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]", text(one("Tile", 1, List.of(), x,
                longs(2), longs(1))));
        assertEquals("float[2, 1][2.0, 4.0]", text(one("Slice", 1,
                List.of("axes", new long[] {1}, "starts", new long[] {1}, "ends", new long[] {9}), x)));
        assertEquals("float[2, 4][7.0, 1.0, 2.0, 7.0, 7.0, 3.0, 4.0, 7.0]", text(one("Pad", 2,
                List.of("pads", new long[] {0, 1, 0, 1}, "value", 7f), x)));
        assertEquals("float[2, 1][2.0, 4.0]", text(one("TopK", 1, List.of("k", 1), x)));
        assertEquals("float[1, 1, 2, 2][1.0, 1.0, 1.0, 1.0]", text(one("Upsample", 1,
                List.of("height_scale", 2f, "width_scale", 2f), floats(new long[] {1, 1, 1, 1}, 1))));
    }

    @Test
    void scanBeforeVersion9HasBatches() {
        Node add = Nodes.node("Add", List.of(), List.of("sum", "x"), List.of("next"));
        Node same = Nodes.node("Identity", List.of(), List.of("next"), List.of("seen"));
        Graph body = new Graph("body", List.of(add, same), Map.of(), Nodes.infos(List.of("sum", "x")),
                Nodes.infos(List.of("next", "seen")));
        List<OnnxValue> out = run("Scan", 8, List.of("body", body, "num_scan_inputs", 1), longs(3, 2),
                floats(new long[] {2, 1}, 0, 100), floats(new long[] {2, 3, 1}, 1, 2, 3, 4, 5, 6));
        assertEquals("float[2, 1][6.0, 109.0]", text((OnnxTensor) out.get(0)));
        assertEquals("float[2, 3, 1][1.0, 3.0, 6.0, 104.0, 109.0, 0.0]", text((OnnxTensor) out.get(1)));
    }

    // ---- moving ----------------------------------------------------------------------------------------------------

    @Test
    void slicesWithNegativeSteps() {
        OnnxTensor x = longs(0, 1, 2, 3, 4);
        assertEquals("int64[5][4, 3, 2, 1, 0]", text(slice(x, -1, Long.MIN_VALUE, -1)));
        assertEquals("int64[2][3, 1]", text(slice(x, 3, 0, -2)));
        assertEquals("int64[3][4, 2, 0]", text(slice(x, 100, -100, -2)));
        assertEquals("int64[2][0, 3]", text(slice(x, 0, Long.MAX_VALUE, 3)));
        assertEquals("int64[0][]", text(slice(x, 3, 1, 1)));
        assertEquals("int64[0][]", text(slice(x, 1, 3, -1)));
        assertEquals("int64[1][4]", text(slice(x, 4, 5, Long.MAX_VALUE)));
    }

    private static OnnxTensor slice(OnnxTensor x, long start, long end, long step) {
        return one("Slice", 13, List.of(), x, longs(start), longs(end), longs(0), longs(step));
    }

    @Test
    void stringsMoveAsNumbersDo() {
        OnnxTensor x = OnnxTensor.ofStrings(new String[] {"a", "b", "c", "d"}, 2, 2);
        assertEquals("string[2, 2][a, c, b, d]", text(one("Transpose", 13, List.of(), x)));
        assertEquals("string[1, 2][c, d]", text(one("Gather", 13, List.of(), x, longs(-1))));
        assertEquals("string[4, 2][a, b, c, d, a, b, c, d]", text(one("Concat", 13, List.of("axis", 0), x, x)));
        assertEquals("string[2, 3][a, b, , c, d, ]", text(one("Pad", 13, List.of(), x, longs(0, 0, 0, 1))));
        assertEquals("string[4][a, b, c, d]", text(one("Reshape", 13, List.of(), x, longs(-1))));
        assertEquals("string[2, 2][a, b, c, d]",
                text((OnnxTensor) run("Unique", 11, List.of("axis", 0), x).getFirst()));
        assertEquals("string[2, 2][x, b, c, d]", text(one("ScatterND", 16, List.of(), x,
                longs(0, 0).move(t -> t.reshape(1, 2)), strings("x"))));
        assertEquals("string[2][?, ?]", text(one("ConstantOfShape", 20, List.of("value", strings("?")), longs(2))));
    }

    @Test
    void paddings() {
        OnnxTensor x = longs(1, 2, 3);
        assertEquals("int64[7][1, 1, 1, 2, 3, 3, 3]", text(pad(x, "edge", 2, 2)));
        assertEquals("int64[9][2, 3, 2, 1, 2, 3, 2, 1, 2]", text(pad(x, "reflect", 3, 3)));
        assertEquals("int64[7][2, 3, 1, 2, 3, 1, 2]", text(pad(x, "wrap", 2, 2)));
        assertEquals("int64[3][0, 0, 1]", text(pad(x, "constant", 2, -2)));
    }

    private static OnnxTensor pad(OnnxTensor x, String mode, long before, long after) {
        return one("Pad", 19, List.of("mode", mode), x, longs(before, after));
    }

    @Test
    void uniqueInOrderOfAppearance() {
        List<OnnxValue> out = run("Unique", 11, List.of("sorted", 0), longs(3, 1, 3, 2));
        assertEquals("int64[3][3, 1, 2]", text((OnnxTensor) out.get(0)));
        assertEquals("int64[3][0, 1, 3]", text((OnnxTensor) out.get(1)));
        assertEquals("int64[4][0, 1, 0, 2]", text((OnnxTensor) out.get(2)));
        assertEquals("int64[3][2, 1, 1]", text((OnnxTensor) out.get(3)));
    }

    @Test
    void splitsToSequences() {
        OnnxSequence pieces = (OnnxSequence) run("SplitToSequence", 11, List.of(), longs(1, 2, 3, 4, 5),
                OnnxTensor.of(Tensor.of(new long[] {2}).reshape())).getFirst();
        assertEquals(List.of("int64[2][1, 2]", "int64[2][3, 4]", "int64[1][5]"),
                pieces.values().stream().map(v -> text((OnnxTensor) v)).toList());
    }

    // ---- products and networks -------------------------------------------------------------------------------------

    @Test
    void einsumWithoutArrow() {
        OnnxTensor a = floats(new long[] {2, 2}, 1, 2, 3, 4);
        OnnxTensor b = floats(new long[] {2, 2}, 1, 10, 100, 1000);
        assertEquals("float[2, 2][201.0, 2010.0, 403.0, 4030.0]", text(one("Einsum", 12,
                List.of("equation", "ij, jk"), a, b)));
        assertEquals("float[][5.0]", text(one("Einsum", 12, List.of("equation", "ii"), a)));
        assertEquals("float[2, 2][1.0, 3.0, 2.0, 4.0]",
                text(one("Einsum", 12, List.of("equation", "...ij->...ji"), a)));
        assertEquals("int32[2, 2][7, 10, 15, 22]", text(one("MatMul", 13, List.of(),
                integers(ElementType.INT32, 1, 2, 3, 4).move(t -> t.reshape(2, 2)),
                integers(ElementType.INT32, 1, 2, 3, 4).move(t -> t.reshape(2, 2)))));
    }

    @Test
    void aTransposedConvolutionIsAConvolutionsGradient() {
        Generator generator = new Generator(3);
        OnnxTensor x = OnnxTensor.of(Tensor.randn(generator, 2, 4, 9, 8));
        OnnxTensor w = OnnxTensor.of(Tensor.randn(generator, 6, 2, 3, 2));
        List<Object> attributes = List.of("group", 2, "strides", new long[] {2, 1}, "dilations", new long[] {1, 2},
                "pads", new long[] {1, 0, 1, 1});
        OnnxTensor y = one("Conv", 11, attributes, x, w);
        OnnxTensor g = OnnxTensor.of(Tensor.randn(generator, y.shape().toArray()));
        OnnxTensor back = one("ConvTranspose", 11, attributes, g, w);
        assertEquals(x.shape(), back.shape());
        // <conv(x), g> = <x, convTranspose(g)>
        double left = y.data().mul(g.data()).sum().item();
        double right = x.data().mul(back.data()).sum().item();
        assertEquals(left, right, 1e-3 * Math.max(1, Math.abs(left)));
    }

    @Test
    void aConvolutionByItsDefinition() {
        Generator generator = new Generator(4);
        Tensor x = Tensor.randn(generator, 1, 2, 5, 6);
        Tensor w = Tensor.randn(generator, 3, 2, 2, 3);
        Tensor y = one("Conv", 11, List.of("strides", new long[] {2, 1}, "dilations", new long[] {2, 1},
                "auto_pad", "SAME_LOWER"), OnnxTensor.of(x), OnnxTensor.of(w)).data();
        assertArrayEquals(new long[] {1, 3, 3, 6}, y.shape().toArray());
        for (int m = 0; m < 3; m++) {
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 6; j++) {
                    double sum = 0;
                    for (int c = 0; c < 2; c++) {
                        for (int p = 0; p < 2; p++) {
                            for (int q = 0; q < 3; q++) {
                                int row = 2 * i + 2 * p - 1; // two rows of padding in all, the odd one would come first
                                int column = j + q - 1;
                                if (row >= 0 && row < 5 && column >= 0 && column < 6) {
                                    sum += x.getDouble(0, c, row, column) * w.getDouble(m, c, p, q);
                                }
                            }
                        }
                    }
                    assertEquals(sum, y.getDouble(0, m, i, j), 1e-4);
                }
            }
        }
    }

    @Test
    void recurrentLayersRunBothWays() {
        Generator generator = new Generator(5);
        OnnxTensor x = OnnxTensor.of(Tensor.randn(generator, 4, 2, 3));
        for (String op : List.of("RNN", "GRU", "LSTM")) {
            long gates = op.equals("RNN") ? 1 : op.equals("GRU") ? 3 : 4;
            OnnxTensor w = OnnxTensor.of(Tensor.randn(generator, 2, 5 * gates, 3));
            OnnxTensor r = OnnxTensor.of(Tensor.randn(generator, 2, 5 * gates, 5));
            OnnxTensor lengths = integers(ElementType.INT32, 4, 2);
            List<OnnxValue> both = run(op, 14, List.of("hidden_size", 5, "direction", "bidirectional"), x, w, r, null,
                    lengths);
            for (int direction = 0; direction < 2; direction++) {
                int d = direction;
                List<OnnxValue> single = run(op, 14,
                        List.of("hidden_size", 5, "direction", d == 0 ? "forward" : "reverse"), x,
                        w.move(t -> t.narrow(0, d, 1)), r.move(t -> t.narrow(0, d, 1)), null, lengths);
                assertClose(((OnnxTensor) both.get(0)).data().narrow(1, d, 1), ((OnnxTensor) single.get(0)).data());
                assertClose(((OnnxTensor) both.get(1)).data().narrow(0, d, 1), ((OnnxTensor) single.get(1)).data());
            }
            // Backwards is forwards on the sequences turned around, each within its length.
            OnnxTensor turned = one("ReverseSequence", 10, List.of(), x, longs(4, 2));
            List<OnnxValue> forward = run(op, 14, List.of(), turned, w.move(t -> t.narrow(0, 1, 1)),
                    r.move(t -> t.narrow(0, 1, 1)), null, lengths);
            OnnxTensor y = ((OnnxTensor) forward.get(0)).move(t -> t.squeeze(1));
            assertClose(((OnnxTensor) both.get(0)).data().select(1, 1),
                    one("ReverseSequence", 10, List.of(), y, longs(4, 2)).data());
            assertEquals(0, ((OnnxTensor) both.get(0)).data().select(2, 1).narrow(0, 2, 2).abs().sum().item());
        }
    }

    private static void assertClose(Tensor a, Tensor b) {
        assertEquals(a.shape(), b.shape());
        assertTrue(a.numel() == 0 || a.sub(b).abs().amax().item() < 1e-5, "differ: " + a + " " + b);
    }

    @Test
    void poolsRoundUpButNotIntoThePadding() {
        OnnxTensor x = floats(new long[] {1, 1, 2, 2}, 1, 2, 3, 4);
        OnnxTensor y = one("MaxPool", 12, List.of("kernel_shape", new long[] {1, 1}, "strides", new long[] {2, 2},
                "ceil_mode", 1), x);
        assertEquals("float[1, 1, 1, 1][1.0]", text(y));
        OnnxTensor mean = one("AveragePool", 19, List.of("kernel_shape", new long[] {3}, "strides", new long[] {2},
                "ceil_mode", 1, "count_include_pad", 1, "pads", new long[] {1, 0}),
                floats(new long[] {1, 1, 3}, 3, 6, 9));
        assertEquals("float[1, 1, 2][3.0, 7.5]", text(mean)); // beyond the padding nothing counts
    }

    @Test
    void theLargestElementIsNeverInThePadding() {
        OnnxTensor x = floats(new long[] {1, 1, 2}, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
        List<OnnxValue> out = run("MaxPool", 12, List.of("kernel_shape", new long[] {2}, "pads", new long[] {1, 0}), x);
        assertEquals("int64[1, 1, 2][0, 0]", text((OnnxTensor) out.get(1)));
    }

    @Test
    void regionsHaveTheirLargestElements() {
        OnnxTensor x = floats(new long[] {1, 1, 4, 4}, LongStream.range(0, 16).asDoubleStream().toArray());
        assertEquals("float[1, 1, 2, 2][5.0, 7.0, 13.0, 15.0]", text(one("MaxRoiPool", 1,
                List.of("pooled_shape", new long[] {2, 2}), x, floats(new long[] {1, 5}, 0, 0, 0, 3, 3))));
    }

    // ---- texts and classical learning ------------------------------------------------------------------------------

    @Test
    void splitsStrings() {
        List<OnnxValue> out = run("StringSplit", 20, List.of("delimiter", "-"), strings("a-b", "--", ""));
        assertEquals("string[3, 3][a, b, , , , , , , ]", text((OnnxTensor) out.get(0)));
        assertEquals("int64[3][2, 3, 1]", text((OnnxTensor) out.get(1)));
        out = run("StringSplit", 20, List.of("maxsplit", 1), strings(" a b  c ", "x"));
        assertEquals("string[2, 2][a, b  c , x, ]", text((OnnxTensor) out.get(0)));
    }

    @Test
    void encodesLabels() {
        assertEquals("int64[3][1, 0, -1]", text(one("LabelEncoder", 1, List.of("classes_strings", List.of("a", "b")),
                strings("b", "a", "c"))));
        assertEquals("string[2][b, ?]", text(one("LabelEncoder", 1,
                List.of("classes_strings", List.of("a", "b"), "default_string", "?"), longs(1, 7))));
        assertEquals("float[2][0.5, -0.0]", text(one("LabelEncoder", 2,
                List.of("keys_floats", new float[] {Float.NaN}, "values_floats", new float[] {0.5f}),
                floats(Double.NaN, 1))));
    }

    @Test
    void countsWordsWithWeights() {
        List<Object> attributes = List.of("min_gram_length", 1, "max_gram_length", 1, "max_skip_count", 0,
                "ngram_counts", new long[] {0}, "ngram_indexes", new long[] {0, 1}, "pool_strings", List.of("a", "b"),
                "weights", new float[] {2, 3});
        OnnxTensor words = strings("a", "a", "c");
        for (Map.Entry<String, String> each : Map.of("TF", "[2.0, 0.0]", "IDF", "[2.0, 0.0]", "TFIDF", "[4.0, 0.0]")
                .entrySet()) {
            List<Object> all = new ArrayList<>(attributes);
            all.addAll(List.of("mode", each.getKey()));
            assertEquals("float[2]" + each.getValue(), text(one("TfIdfVectorizer", 9, all, words)));
        }
    }

    @Test
    void sampledClassesFollowTheirProbabilities() {
        OnnxTensor logits = floats(new long[] {1, 2}, Math.log(0.9), Math.log(0.1));
        OnnxTensor drawn = one("Multinomial", 7, List.of("sample_size", 4000, "seed", 1f), logits);
        assertEquals(0.1, drawn.data().sum().item() / 4000, 0.02);
        OnnxTensor normal = one("RandomNormal", 1,
                List.of("shape", new long[] {4000}, "mean", 5f, "scale", 2f, "seed", 1f));
        assertEquals(5, normal.data().mean().item(), 0.2);
    }
}
