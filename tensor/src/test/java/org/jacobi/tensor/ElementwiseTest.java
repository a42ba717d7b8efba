package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementwiseTest {
    private record Binary(String name, BinaryOperator<Tensor> op, DoubleBinaryOperator expected) {
    }

    private static final List<Binary> ARITHMETIC = List.of(
            new Binary("add", Tensor::add, (a, b) -> a + b),
            new Binary("sub", Tensor::sub, (a, b) -> a - b),
            new Binary("mul", Tensor::mul, (a, b) -> a * b),
            new Binary("div", Tensor::div, (a, b) -> a / b),
            new Binary("maximum", Tensor::maximum, Math::max),
            new Binary("minimum", Tensor::minimum, Math::min));

    private static final List<Binary> PREDICATES = List.of(
            new Binary("eq", Tensor::eq, (a, b) -> a == b ? 1 : 0),
            new Binary("ne", Tensor::ne, (a, b) -> a != b ? 1 : 0),
            new Binary("lt", Tensor::lt, (a, b) -> a < b ? 1 : 0),
            new Binary("le", Tensor::le, (a, b) -> a <= b ? 1 : 0),
            new Binary("gt", Tensor::gt, (a, b) -> a > b ? 1 : 0),
            new Binary("ge", Tensor::ge, (a, b) -> a >= b ? 1 : 0),
            new Binary("logicalAnd", Tensor::logicalAnd, (a, b) -> a != 0 && b != 0 ? 1 : 0),
            new Binary("logicalOr", Tensor::logicalOr, (a, b) -> a != 0 || b != 0 ? 1 : 0),
            new Binary("logicalXor", Tensor::logicalXor, (a, b) -> (a != 0) != (b != 0) ? 1 : 0));

    /** Pairs of shapes and what they broadcast to. */
    private static final long[][][] SHAPES = {
        {{}, {}, {}},
        {{5}, {}, {5}},
        {{3, 4}, {3, 4}, {3, 4}},
        {{3, 4}, {4}, {3, 4}},
        {{3, 1}, {1, 4}, {3, 4}},
        {{2, 1, 5}, {3, 1}, {2, 3, 5}},
        {{17}, {17}, {17}},
        {{2, 3, 2, 3}, {3, 1, 3}, {2, 3, 2, 3}},
        {{1, 67}, {2, 67}, {2, 67}},
        {{0, 3}, {3}, {0, 3}},
        {{2, 0}, {1, 1}, {2, 0}}};

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void arithmeticBroadcasts(DType dtype) {
        // Bool has no difference; every other op is tried on every type, in every layout of both operands.
        for (Binary op : ARITHMETIC) {
            if (dtype == DType.BOOL && op.name.equals("sub")) {
                continue;
            }
            boolean divides = op.name.equals("div");
            DType type = divides && !dtype.isFloating() ? DType.F32 : dtype;
            checkBinary(op, dtype, type, type == DType.F64 ? 1e-14 : type == DType.F32 ? 1e-6 : 0);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void predicatesBroadcast(DType dtype) {
        for (Binary op : PREDICATES) {
            checkBinary(op, dtype, DType.BOOL, 0);
        }
    }

    private static void checkBinary(Binary op, DType dtype, DType type, double tolerance) {
        Random random = new Random(dtype.ordinal());
        for (long[][] shapes : SHAPES) {
            try (var _ = TensorScope.open()) {
                Tensor a = Check.random(random, dtype, shapes[0]);
                Tensor b = Check.random(random, dtype, shapes[1]);
                ArrayModel left = ArrayModel.of(a).broadcast(shapes[2]);
                ArrayModel right = ArrayModel.of(b).broadcast(shapes[2]);
                double[] expected = new double[left.values.length];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = stored(type, op.expected.applyAsDouble(left.values[i], right.values[i]));
                }
                for (Tensor x : Layouts.of(a, random)) {
                    for (Tensor y : Layouts.of(b, random)) {
                        Tensor out = op.op.apply(x, y);
                        assertEquals(type, out.dtype(), op.name);
                        Check.same(new ArrayModel(shapes[2], expected), out, tolerance,
                                () -> op.name + " of " + dtype + x.shape() + " and " + y.shape());
                    }
                }
            }
        }
    }

    /** What the type keeps of a whole number; these are small, so that only bool and bytes change them. */
    private static double stored(DType type, double value) {
        return type == DType.BOOL ? value != 0 ? 1 : 0
                : type == DType.U8 ? (long) value & 0xFF : type == DType.I8 ? (byte) value : value;
    }

    private record Unary(String name, UnaryOperator<Tensor> op, DoubleUnaryOperator expected) {
    }

    private static final List<Unary> FUNCTIONS = List.of(
            new Unary("neg", Tensor::neg, x -> -x),
            new Unary("abs", Tensor::abs, Math::abs),
            new Unary("sign", Tensor::sign, Math::signum),
            new Unary("exp", Tensor::exp, Math::exp),
            new Unary("log", x -> x.abs().log(), x -> Math.log(Math.abs(x))),
            new Unary("sqrt", x -> x.abs().sqrt(), x -> Math.sqrt(Math.abs(x))),
            new Unary("rsqrt", x -> x.square().add(1).rsqrt(), x -> 1 / Math.sqrt(x * x + 1)),
            new Unary("reciprocal", x -> x.square().add(1).reciprocal(), x -> 1 / (x * x + 1)),
            new Unary("square", Tensor::square, x -> x * x),
            new Unary("sin", Tensor::sin, Math::sin),
            new Unary("cos", Tensor::cos, Math::cos),
            new Unary("tanh", Tensor::tanh, Math::tanh),
            new Unary("floor", Tensor::floor, Math::floor),
            new Unary("ceil", Tensor::ceil, Math::ceil),
            new Unary("round", Tensor::round, Math::rint),
            new Unary("sigmoid", Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x))),
            new Unary("relu", Tensor::relu, x -> Math.max(x, 0)),
            new Unary("silu", Tensor::silu, x -> x / (1 + Math.exp(-x))),
            new Unary("geluTanh", Tensor::geluTanh,
                    x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
            new Unary("logicalNot", Tensor::logicalNot, x -> x == 0 ? 1 : 0),
            new Unary("clamp", x -> x.clamp(-1, 1), x -> Math.clamp(x, -1, 1)),
            new Unary("pow", x -> x.pow(3), x -> x * x * x));

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void functionsOfFloatingPointNumbers(DType dtype) {
        Random random = new Random(3);
        for (long[] sizes : new long[][] {{}, {1}, {67}, {5, 7}, {2, 3, 4}, {3, 0}}) {
            for (Unary function : FUNCTIONS) {
                try (var _ = TensorScope.open()) {
                    Tensor x = Check.random(random, dtype, sizes).mul(3);
                    double[] expected = x.toDoubleArray();
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] = function.expected.applyAsDouble(expected[i]);
                    }
                    for (Tensor operand : Layouts.of(x, random)) {
                        Check.same(new ArrayModel(sizes, expected), function.op.apply(operand),
                                dtype == DType.F32 ? 1e-5 : 1e-13, () -> function.name + operand.shape());
                    }
                }
            }
        }
    }

    /** Values of erf from Abramowitz and Stegun, table 7.1, and of x Phi(x) from them. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void errorFunctionHasTheTablesValues(DType dtype) {
        Tensor x = Tensor.of(new double[] {0, 0.5, 1, 2, -1}).to(dtype);
        double[] table = {0, 0.5204998778, 0.8427007929, 0.9953222650, -0.8427007929};
        double tolerance = dtype == DType.F32 ? 1e-6 : 1e-10;
        assertArrayEquals(table, x.erf().toDoubleArray(), tolerance);
        double[] gelu = new double[table.length];
        for (int i = 0; i < gelu.length; i++) {
            double scaled = x.getDouble(i) * Math.sqrt(2);
            gelu[i] = 0.5 * scaled * (1 + table[i]);
        }
        assertArrayEquals(gelu, x.mul(Math.sqrt(2)).gelu().toDoubleArray(), 2 * tolerance);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void specialNumbersPassThroughAsInTheStandard(DType dtype) {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        Tensor x = Tensor.of(new double[] {nan, inf, -inf, -0.0, 0}).to(dtype);
        assertArrayEquals(new double[] {nan, inf, 0, 1, 1}, x.exp().toDoubleArray());
        assertArrayEquals(new double[] {nan, inf, nan, -inf, -inf}, x.log().toDoubleArray());
        assertArrayEquals(new double[] {nan, 1, -1, -0.0, 0}, x.tanh().toDoubleArray());
        assertArrayEquals(new double[] {nan, 1, 0, 0.5, 0.5}, x.sigmoid().toDoubleArray());
        assertArrayEquals(new double[] {nan, inf, 0, 0, 0}, x.relu().abs().toDoubleArray());
        assertArrayEquals(new double[] {nan, 1, -1, 0, 0}, x.erf().add(0).toDoubleArray());
        assertArrayEquals(new boolean[] {true, false, false, false, false}, x.isNaN().toBooleanArray());
        Tensor one = Tensor.scalar(1, dtype);
        assertArrayEquals(new double[] {nan, inf, 1, 1, 1}, x.maximum(one).toDoubleArray());
        assertArrayEquals(new double[] {nan, inf, 1, 1, 1}, one.maximum(x).toDoubleArray());
        assertArrayEquals(new double[] {nan, 1, -inf, -0.0, 0}, x.minimum(one).toDoubleArray());
        assertArrayEquals(new boolean[] {false, false, false, true, true}, x.eq(0).toBooleanArray());
        assertArrayEquals(new boolean[] {true, true, true, false, false}, x.ne(0).toBooleanArray());
        assertArrayEquals(new double[] {nan, 0, -0.0, -inf, inf}, x.reciprocal().toDoubleArray());
    }

    @Test
    void integersStayExactAndWrapAround() {
        long big = (1L << 53) + 1;
        assertArrayEquals(new long[] {big + 1, Long.MIN_VALUE}, Tensor.of(new long[] {big, Long.MAX_VALUE})
                .add(1).toLongArray());
        assertArrayEquals(new long[] {-big, big}, Tensor.of(new long[] {big, -big}).neg().toLongArray());
        assertArrayEquals(new boolean[] {false}, Tensor.of(new long[] {big}).eq(Tensor.of(new long[] {big - 1}))
                .toBooleanArray());
        assertArrayEquals(new int[] {Integer.MIN_VALUE}, Tensor.of(new int[] {Integer.MAX_VALUE}).add(1).toIntArray());
        assertArrayEquals(new int[] {4, 255},
                Tensor.of(new byte[] {(byte) 250, 1}).add(Tensor.of(new byte[] {10, (byte) 254}))
                        .toIntArray());
        assertArrayEquals(new long[] {1024, -27, 1}, Tensor.of(new long[] {2, -3, 0})
                .pow(Tensor.of(new long[] {10, 3, 0})).toLongArray());
    }

    @Test
    void boolAddsAsOrAndMultipliesAsAnd() {
        Tensor a = Tensor.of(new boolean[] {true, true, false, false});
        Tensor b = Tensor.of(new boolean[] {true, false, true, false});
        assertArrayEquals(new boolean[] {true, true, true, false}, a.add(b).toBooleanArray());
        assertArrayEquals(new boolean[] {true, false, false, false}, a.mul(b).toBooleanArray());
        assertEquals(DType.BOOL, a.add(b).dtype());
    }

    /** Module tests compares the whole table with libtorch's. */
    @Test
    void typesPromoteToOneThatHoldsBoth() {
        assertEquals(DType.I16, DType.promote(DType.U8, DType.I8));
        assertEquals(DType.F32, DType.promote(DType.F16, DType.BF16));
        assertEquals(DType.F16, DType.promote(DType.I64, DType.F16));
        assertEquals(DType.I8, Tensor.ones(DType.I8, 2).add(Tensor.scalar(1, DType.I64)).dtype());
        assertEquals(DType.F64, Tensor.ones(DType.I8, 2).add(Tensor.scalar(1, DType.F64)).dtype());
        assertEquals(DType.F32, Tensor.ones(2).add(Tensor.scalar(1, DType.F64)).dtype());
        assertEquals(DType.F64, Tensor.ones(2).add(Tensor.ones(DType.F64, 1)).dtype());
        assertEquals(DType.F32, Tensor.ones(DType.I64, 2).div(Tensor.ones(DType.U8, 2)).dtype());
        assertEquals(DType.F32, Tensor.ones(DType.I64, 2).exp().dtype());
        assertEquals(DType.I64, Tensor.ones(DType.I64, 2).square().dtype());
    }

    @Test
    void numbersCountByTheirCategory() {
        Tensor bytes = Tensor.of(new byte[] {44, (byte) 200});
        assertEquals(DType.U8, bytes.add(1).dtype());
        assertEquals(DType.F32, bytes.add(0.5).dtype());
        assertEquals(DType.F32, bytes.clamp(Double.NEGATIVE_INFINITY, 100).dtype());
        assertEquals(DType.I64, Tensor.ones(DType.BOOL, 1).add(1).dtype());
        // 300 is 44 in eight bits, -1 is 255: comparisons must not meet the wrapped number.
        assertArrayEquals(new boolean[] {false, false}, bytes.eq(300).toBooleanArray());
        assertArrayEquals(new boolean[] {false, false}, bytes.lt(-1).toBooleanArray());
        assertArrayEquals(new long[] {88, 244}, bytes.add(300).toLongArray());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> bytes.maximum(300)).getMessage()
                .contains("maximum: the number 300.0 does not fit into type U8"));
        assertArrayEquals(new boolean[] {true},
                Tensor.of(new long[] {5}).lt(Double.POSITIVE_INFINITY).toBooleanArray());
    }

    @Test
    void conversionsTruncateAndTest() {
        Tensor x = Tensor.of(new double[] {3.7, -3.7, 0, -0.0, 0.2, 255, Double.NaN});
        for (DType floating : List.of(DType.F32, DType.F64)) {
            Tensor numbers = x.to(floating);
            assertArrayEquals(new long[] {3, -3, 0, 0, 0, 255, 0}, numbers.toLongArray());
            assertArrayEquals(new int[] {3, -3, 0, 0, 0, 255, 0}, numbers.toIntArray());
            assertArrayEquals(new boolean[] {true, true, false, false, true, true, true}, numbers.toBooleanArray());
            assertArrayEquals(new int[] {3, 253, 0, 0, 0, 255, 0}, numbers.to(DType.U8).toIntArray());
        }
        long big = (1L << 62) + 1;
        Tensor longs = Tensor.of(new long[] {big, -1, 256});
        assertArrayEquals(new int[] {1, -1, 256}, longs.toIntArray());
        assertArrayEquals(new int[] {1, 255, 0}, longs.to(DType.U8).toIntArray());
        assertArrayEquals(new boolean[] {true, true, true}, longs.toBooleanArray());
        // Rounded once: by way of double the last 1 would be lost, and the tie go down.
        long halfway = (1L << 60) + (1L << 36) + 1;
        assertEquals((float) halfway, Tensor.of(new long[] {halfway}).toFloatArray()[0]);
    }

    @ParameterizedTest
    @EnumSource
    void whereChoosesAndBroadcasts(DType dtype) {
        Random random = new Random(5);
        Tensor condition = Check.random(random, DType.BOOL, 3, 1);
        Tensor a = Check.random(random, dtype, 4);
        Tensor b = Check.random(random, dtype, 2, 3, 4);
        ArrayModel chosen = ArrayModel.of(condition).broadcast(2, 3, 4);
        ArrayModel first = ArrayModel.of(a).broadcast(2, 3, 4);
        ArrayModel second = ArrayModel.of(b);
        double[] expected = new double[24];
        for (int i = 0; i < 24; i++) {
            expected[i] = chosen.values[i] != 0 ? first.values[i] : second.values[i];
        }
        for (Tensor layout : Layouts.of(b, random)) {
            Tensor out = Tensor.where(Layouts.any(condition, random), Layouts.any(a, random), layout);
            assertEquals(dtype, out.dtype());
            Check.same(new ArrayModel(new long[] {2, 3, 4}, expected), out, 0, () -> "where of " + dtype);
        }
        assertEquals(DType.F64, Tensor.where(condition, a, Tensor.ones(DType.F64, 1)).dtype());
    }

    @Test
    void maskedFillReplacesWhereTheMaskHolds() {
        Tensor mask = Tensor.of(new boolean[] {true, false, true});
        assertArrayEquals(new long[] {-1, 1, -1, -1, 4, -1},
                Tensor.arange(6).view(2, 3).maskedFill(mask, -1).toLongArray());
        assertArrayEquals(new float[] {Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY},
                Tensor.ones(3).maskedFill(mask, Double.NEGATIVE_INFINITY).toFloatArray());
    }

    private static void refuses(String message, Supplier<Object> op) {
        String actual = assertThrows(IllegalArgumentException.class, op::get).getMessage();
        assertTrue(actual.contains(message), actual);
    }

    @Test
    void integersAreNotDividedByZero() {
        for (DType type : List.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64)) {
            Tensor x = Tensor.ones(type, 70_000);
            Tensor zero = Tensor.arange(0, 70_000, 1, DType.I64).remainder(7).to(type);
            refuses("remainder: an integer is divided by zero", () -> x.remainder(zero));
            refuses("fmod: an integer is divided by zero", () -> x.fmod(zero));
            refuses("floorDivide: an integer is divided by zero", () -> x.floorDivide(0));
            refuses("div: an integer is divided by zero", () -> x.div(zero, Rounding.TRUNC));
        }
        Tensor quotients = Tensor.of(new float[] {1, -1, 0}).floorDivide(0);
        assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN},
                quotients.toFloatArray());
        assertArrayEquals(new long[] {Long.MIN_VALUE, -5}, Tensor.of(new long[] {Long.MIN_VALUE, 5}).floorDivide(-1)
                .toLongArray());
    }

    @Test
    void bitsAreThoseOfIntegers() {
        refuses("bitwiseAnd: is defined for integers only, got numbers of F32", () -> Tensor.ones(2).bitwiseAnd(1));
        refuses("bitwiseNot: is defined for integers and bools only", () -> Tensor.ones(2).bitwiseNot());
        refuses("leftShift: is not defined for two bool tensors",
                () -> Tensor.ones(DType.BOOL, 2).leftShift(Tensor.ones(DType.BOOL, 2)));
        assertArrayEquals(new int[] {-2, 1}, Tensor.ofBits(DType.I8, new byte[] {1, -2}).bitwiseNot().toIntArray());
        assertArrayEquals(new int[] {0, -128, 0}, Tensor.ofBits(DType.I8, new byte[] {1, 1, 1})
                .leftShift(Tensor.ofBits(DType.I8, new byte[] {8, 7, -1})).toIntArray());
    }

    @Test
    void bitsOfANumberAreAllOfThem() {
        long[] x = {0x0123456789ABCDEFL, Long.MIN_VALUE, -1, 0, (1L << 53) + 1};
        for (long number : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1, (1L << 53) + 1, 0x0123456789ABCDEFL}) {
            assertArrayEquals(Arrays.stream(x).map(e -> e & number).toArray(),
                    Tensor.of(x).bitwiseAnd(number).toLongArray());
            assertArrayEquals(Arrays.stream(x).map(e -> e | number).toArray(),
                    Tensor.of(x).bitwiseOr(number).toLongArray());
            assertArrayEquals(Arrays.stream(x).map(e -> e ^ number).toArray(),
                    Tensor.of(x).bitwiseXor(number).toLongArray());
        }
        assertArrayEquals(Arrays.stream(x).map(e -> e << 9).toArray(), Tensor.of(x).leftShift(9).toLongArray());
        assertArrayEquals(Arrays.stream(x).map(e -> e >> 9).toArray(), Tensor.of(x).rightShift(9).toLongArray());
        assertArrayEquals(new long[] {(1L << 53) + 1},
                Tensor.ones(DType.BOOL, 1).bitwiseOr((1L << 53) + 1).toLongArray());
        assertArrayEquals(new int[] {-2}, Tensor.of(new int[] {6}).bitwiseXor(-8).toIntArray());
        refuses("bitwiseAnd: the number 9007199254740993 does not fit into type I32; convert",
                () -> Tensor.of(new int[] {1}).bitwiseAnd((1L << 53) + 1));
        refuses("bitwiseOr: the number 256 does not fit into type U8", () -> Tensor.of(new byte[] {1}).bitwiseOr(256));
    }

    @Test
    void refusalsNameTheOp() {
        refuses("lerp: is not defined for I64", () -> Tensor.arange(3).lerp(Tensor.arange(3), 1));
        refuses("clamp: the number 300.0 does not fit into type U8",
                () -> Tensor.of(new byte[] {1}).clamp(0, 300));
        refuses("polygamma: the order is -1", () -> Tensor.ones(1).polygamma(-1));
        refuses("sqrt_: the result does not fit into this tensor of I64", () -> Tensor.arange(3).sqrt_());
        refuses("add_: the result's type F32 does not fit into this tensor of I64", () -> Tensor.arange(3).add_(0.5));
        refuses("isClose: the tolerances are -1.0", () -> Tensor.ones(1).isClose(Tensor.ones(1), -1, 0, false));
        refuses("ofBits: needs type U8 or I8 for bytes, got I16", () -> Tensor.ofBits(DType.I16, new byte[2]));
        refuses("quantizePerTensor: quantized numbers are I8 or U8, got I32",
                () -> Tensor.ones(1).quantizePerTensor(1, 0, DType.I32));
        refuses("fakeQuantize: the smallest quantized number, 7, is above the largest, -8",
                () -> Tensor.ones(1).fakeQuantize(1, 0, 7, -8));
        refuses("quantizePerTensor: the scale is 0.0", () -> Tensor.ones(1).quantizePerTensor(0, 0, DType.I8));
        refuses("quantizePerTensor: the zero point 200 is no number of I8",
                () -> Tensor.ones(1).quantizePerTensor(1, 200, DType.I8));
        refuses("quantizePerChannel: axis 1 of shape (2, 3) needs a vector of 3 numbers, got shape (2)",
                () -> Tensor.ones(2, 3).quantizePerChannel(Tensor.ones(2), Tensor.zeros(2), 1, DType.U8));
    }

    @Test
    void specialFunctionsHaveTheirPolesAndEdges() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        Tensor poles = Tensor.of(new double[] {0, -0.0, -1, -2, inf, nan});
        assertArrayEquals(new double[] {inf, inf, inf, inf, inf, nan}, poles.lgamma().toDoubleArray());
        assertArrayEquals(new double[] {-inf, inf, nan, nan, inf, nan}, poles.digamma().toDoubleArray());
        assertArrayEquals(new double[] {inf, inf, inf, inf, 0, nan}, poles.polygamma(1).toDoubleArray());
        Tensor x = Tensor.of(new double[] {-1, 1, -1.5, 1.5, nan});
        assertArrayEquals(new double[] {-inf, inf, nan, nan, nan}, x.erfinv().toDoubleArray());
        // Euler's constant, pi^2 / 6, log sqrt(pi) and erfc(10), by their known digits.
        assertEquals(-0.5772156649015329, Tensor.scalar(1, DType.F64).digamma().item(), 1e-14);
        assertEquals(1.6449340668482264, Tensor.scalar(1, DType.F64).polygamma(1).item(), 1e-14);
        assertEquals(8.934802200544679, Tensor.scalar(-0.5, DType.F64).polygamma(1).item(), 1e-13);
        assertEquals(0.5723649429247001, Tensor.scalar(0.5, DType.F64).lgamma().item(), 1e-14);
        assertEquals(2.088487583762545e-45, Tensor.scalar(10, DType.F64).erfc().item(), 1e-58);
    }

    @Test
    void changesInPlaceOfViewsThatOverlap() {
        Tensor x = Tensor.arange(0, 9, 1, DType.F32).reshape(3, 3);
        x.addcmul_(x.t(), x.t(), 1);
        assertArrayEquals(new float[] {0, 10, 38, 4, 20, 54, 10, 32, 72}, x.toFloatArray());
        Tensor y = Tensor.arange(0, 9, 1, DType.F32).reshape(3, 3);
        y.clamp_(y.t(), y.t().add(1));
        assertArrayEquals(new float[] {0, 3, 6, 2, 4, 7, 3, 6, 8}, y.toFloatArray());
    }
}
