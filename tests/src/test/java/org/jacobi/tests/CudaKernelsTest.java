package org.jacobi.tests;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The primitives of a GPU, on an emulated one, in all types and on shapes that take every path of their launches: what the table of
 * samples, which is of f32 and of modest sizes, leaves out.
 */
class CudaKernelsTest {
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final Set<DType> FLOATS = EnumSet.of(DType.F16, DType.BF16, DType.F32, DType.F64);
    private static final Set<DType> INTEGERS = EnumSet.of(DType.U8, DType.I8, DType.I16, DType.I32, DType.I64);
    private static Backend cuda;
    private static Device device;

    private TensorScope scope;
    private SplittableRandom random;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        cuda = new CudaBackend(new EmulatedGpu());
        device = new Device("emulated", cuda);
    }

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        random = new SplittableRandom(7);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    // ---- how operands are made and compared ----------------------------------------------------------------------

    /** An operand on both sides. */
    private record Twin(Tensor host, Tensor gpu) {
        Twin view(UnaryOperator<Tensor> view) {
            return new Twin(view.apply(host), view.apply(gpu));
        }
    }

    private static Twin twin(Tensor host) {
        return new Twin(host, host.to(device));
    }

    /** Numbers from low to high in a type; whole ones for integers. */
    private Twin numbers(DType type, double low, double high, long... sizes) {
        double[] numbers = new double[(int) Shape.of(sizes).numel()];
        for (int i = 0; i < numbers.length; i++) {
            double x = random.nextDouble(low, high);
            numbers[i] = type.isFloating() ? (float) x : Math.floor(x);
        }
        return twin(Tensor.of(numbers).to(type).reshape(sizes));
    }

    private static Twin output(DType type, long... sizes) {
        return twin(Tensor.zeros(type, sizes));
    }

    private static double tolerance(DType type) {
        return switch (type) {
            case F16 -> 2e-3;
            case BF16 -> 1.6e-2;
            case F32 -> 1e-5;
            case F64 -> 1e-13;
            default -> 0;
        };
    }

    private static void agree(String what, Twin out) {
        agree(what, out, tolerance(out.host.dtype()));
    }

    private static void agree(String what, Twin out, double tolerance) {
        Evaluation.compare(what, out.host.toDoubleArray(), out.gpu.to(Device.CPU).toDoubleArray(), tolerance);
    }

    /** The ways in which a matrix of (6, 40) lies in memory. */
    private List<Twin> layouts(DType type, double low, double high) {
        List<Twin> layouts = new ArrayList<>();
        layouts.add(numbers(type, low, high, 6, 40));
        layouts.add(numbers(type, low, high, 40, 6).view(t -> t.transpose(0, 1)));
        layouts.add(numbers(type, low, high, 6, 81).view(t -> t.narrow(1, 1, 40)));
        layouts.add(numbers(type, low, high, 1, 40).view(t -> t.expand(6, 40)));
        layouts.add(numbers(type, low, high, 6, 1).view(t -> t.expand(6, 40)));
        layouts.add(numbers(type, low, high, 40, 3, 6).view(t -> t.select(1, 2).transpose(0, 1)));
        return layouts;
    }

    // ---- element by element ----------------------------------------------------------------------------------------

    @Test
    void copiesConvertEveryTypeToEveryOther() {
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                double low = from == DType.BOOL || from == DType.U8 ? 0 : -100;
                double high = from == DType.BOOL ? 2 : 100;
                for (Twin x : layouts(from, low, high)) {
                    for (boolean turned : new boolean[] {false, true}) {
                        Twin out = turned ? output(to, 40, 6).view(t -> t.transpose(0, 1)) : output(to, 6, 40);
                        REFERENCE.copy(out.host, x.host);
                        cuda.copy(out.gpu, x.gpu);
                        agree(from + " to " + to, out, 0);
                    }
                }
            }
        }
    }

    @Test
    void conversionsRoundAndSaturateAsOnTheProcessor() {
        double[] numbers =
                {0, -0.0, 0.5, 1.5, 2.5, -2.5, 3e9, -3e9, 1e19, -1e19, 1e300, 65504, 65519.9, 65520, 1e-8, 6e-8, 5.9e-8,
                    6.1e-5, 1.0004882, 1.0014648, 3.3895e38, 1e-40, 255, 256, -1, 127, 128, Double.NaN,
                    Double.POSITIVE_INFINITY,
                    Double.NEGATIVE_INFINITY, 1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1p-9 + 0x1p-30, 2049, 0x1p-24, 0x1p-25,
                    3 * 0x1p-26};
        for (DType from : FLOATS) {
            Twin x = twin(Tensor.of(numbers).to(from));
            for (DType to : DType.values()) {
                Twin out = output(to, numbers.length);
                REFERENCE.copy(out.host, x.host);
                cuda.copy(out.gpu, x.gpu);
                agree(from + " to " + to, out, 0);
            }
        }
    }

    @Test
    void everyHalfKeepsItsValue() {
        short[] bits = new short[1 << 16];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (short) i;
        }
        for (DType type : new DType[] {DType.F16, DType.BF16}) {
            Tensor halves = Tensor.make("test", type, Shape.of(bits.length));
            MemorySegment.copy(bits, 0, NativeMemory.ALL,
                    JAVA_SHORT_UNALIGNED, halves.address(), bits.length);
            Twin x = twin(halves);
            Twin wide = output(DType.F32, bits.length);
            REFERENCE.copy(wide.host, x.host);
            cuda.copy(wide.gpu, x.gpu);
            agree(type + " to f32", wide, 0);
            Twin back = output(type, bits.length);
            REFERENCE.copy(back.host, wide.host);
            cuda.copy(back.gpu, wide.gpu);
            agree("f32 to " + type, back, 0);
        }
    }

    @Test
    void transposesAndPermutationsOfManyAxes() {
        for (DType type : new DType[] {DType.BOOL, DType.F16, DType.F32, DType.F64}) {
            Twin x = numbers(type, 0, type == DType.BOOL ? 2 : 9, 3, 70, 45).view(t -> t.transpose(1, 2));
            Twin out = output(type, 3, 45, 70);
            REFERENCE.copy(out.host, x.host);
            cuda.copy(out.gpu, x.gpu);
            agree("transposes of " + type, out, 0);
        }
        // Every second element of 10 axes in reverse order: no two of them merge.
        long[] sizes = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
        Twin many = numbers(DType.F32, -1, 1, sizes).view(t -> {
            Tensor view = t;
            for (int axis = 0; axis < 10; axis++) {
                view = view.narrow(axis, axis % 2, 2);
            }
            return view.permute(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
        });
        Twin out = output(DType.F32, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2);
        REFERENCE.copy(out.host, many.host);
        cuda.copy(out.gpu, many.gpu);
        agree("ten axes", out, 0);
        REFERENCE.unary(UnaryOp.NEG, many.host, out.host);
        cuda.unary(UnaryOp.NEG, many.gpu, out.gpu);
        agree("ten axes written", many, 0);
        Twin drawn = twin(Tensor.zeros(sizes)).view(t -> {
            Tensor view = t;
            for (int axis = 0; axis < 10; axis++) {
                view = view.narrow(axis, axis % 2, 2);
            }
            return view;
        });
        REFERENCE.uniform(drawn.host, 3, 4, -1, 2);
        cuda.uniform(drawn.gpu, 3, 4, -1, 2);
        agree("ten axes drawn", drawn, 0);
    }

    @Test
    void unaryFunctionsOfEveryType() {
        for (DType type : DType.values()) {
            for (UnaryOp op : UnaryOp.values()) {
                boolean defined = type.isFloating() ? op != UnaryOp.BITWISE_NOT
                        : op.isPredicate() || op.keepsIntegers() && type != DType.BOOL;
                if (!defined) {
                    continue;
                }
                DType result = op.isPredicate() ? DType.BOOL : type;
                for (Twin x : layouts(type, type.isFloating() ? 0.05 : type == DType.U8 || type == DType.BOOL ? 0 : -9,
                        type.isFloating() ? 0.95 : type == DType.BOOL ? 2 : 9)) {
                    Twin out = output(result, 6, 40);
                    REFERENCE.unary(op, out.host, x.host);
                    cuda.unary(op, out.gpu, x.gpu);
                    agree(op + " of " + type, out, type == DType.F64 ? 1e-11 : tolerance(result));
                }
            }
        }
    }

    @Test
    void binaryFunctionsOfEveryType() {
        for (DType type : DType.values()) {
            for (BinaryOp op : BinaryOp.values()) {
                boolean backward = op.name().endsWith("_BACKWARD");
                boolean defined = type.isFloating() ? !op.isBitwise()
                        : !op.givesFloats() && !backward
                                && (type != DType.BOOL || op.takesBools() && op != BinaryOp.MUL);
                if (!defined) {
                    continue;
                }
                DType result = op.isPredicate() ? DType.BOOL : type;
                List<Twin> left =
                        layouts(type, type.isFloating() ? 0.1 : type == DType.U8 || type == DType.BOOL ? 0 : -9,
                                type == DType.BOOL ? 2 : 9);
                List<Twin> right = layouts(type, type == DType.BOOL ? 0 : 1, type == DType.BOOL ? 2 : 4);
                for (int i = 0; i < left.size(); i++) {
                    Twin a = left.get(i);
                    Twin b = right.get((i + 1) % right.size());
                    if (op == BinaryOp.POLYGAMMA) {
                        b = output(type, 6, 40);
                        REFERENCE.fill(b.host, 2);
                        cuda.fill(b.gpu, 2);
                    }
                    Twin out = output(result, 6, 40);
                    REFERENCE.binary(op, out.host, a.host, b.host);
                    cuda.binary(op, out.gpu, a.gpu, b.gpu);
                    agree(op + " of " + type, out, type == DType.F64 ? 1e-11 : tolerance(result));
                }
            }
        }
    }

    @Test
    void binaryFunctionsMixNarrowTypes() {
        DType[] types = {DType.F16, DType.BF16, DType.F32};
        for (DType left : types) {
            for (DType right : types) {
                for (DType result : types) {
                    Twin a = numbers(left, -2, 2, 5, 67);
                    Twin b = numbers(right, -2, 2, 67).view(t -> t.expand(5, 67));
                    Twin out = output(result, 5, 67);
                    REFERENCE.binary(BinaryOp.ADD, out.host, a.host, b.host);
                    cuda.binary(BinaryOp.ADD, out.gpu, a.gpu, b.gpu);
                    agree(left + " + " + right, out);
                }
            }
        }
    }

    @Test
    void integersAreExactWhereDoublesAreNot() {
        long[] numbers = {Long.MAX_VALUE, Long.MIN_VALUE, (1L << 53) + 1, -1, 3, 0x123456789abcdefL};
        Twin x = twin(Tensor.of(numbers));
        Twin scalar = new Twin(Tensor.of(new long[] {(1L << 53) + 3}).reshape().expand(6), null);
        for (BinaryOp op : new BinaryOp[] {BinaryOp.ADD, BinaryOp.MUL, BinaryOp.FLOOR_DIVIDE, BinaryOp.REMAINDER,
            BinaryOp.LT}) {
            Twin out = output(op.isPredicate() ? DType.BOOL : DType.I64, 6);
            REFERENCE.binary(op, out.host, x.host, scalar.host);
            cuda.binary(op, out.gpu, x.gpu, scalar.host); // which stays where it is
            assertArrayEquals(out.host.toLongArray(), out.gpu.to(Device.CPU).toLongArray(), op.toString());
        }
    }

    @Test
    void ternaryFunctionsAndChoices() {
        for (DType type : DType.values()) {
            List<Twin> a = layouts(type, 0, type == DType.BOOL ? 2 : 9);
            List<Twin> conditions = layouts(DType.BOOL, 0, 2);
            for (int i = 0; i < a.size(); i++) {
                Twin b = a.get((i + 1) % a.size());
                Twin c = a.get((i + 3) % a.size());
                for (TernaryOp op : TernaryOp.values()) {
                    if (type.isFloating() && op != TernaryOp.ADDCDIV || op.keepsIntegers() && type != DType.BOOL) {
                        Twin out = output(type, 6, 40);
                        REFERENCE.ternary(op, out.host, a.get(i).host, b.host, c.host);
                        cuda.ternary(op, out.gpu, a.get(i).gpu, b.gpu, c.gpu);
                        agree(op + " of " + type, out);
                    }
                }
                Twin condition = conditions.get((i + 2) % conditions.size());
                Twin out = output(type, 6, 40);
                REFERENCE.where(out.host, condition.host, b.host, c.host);
                cuda.where(out.gpu, condition.gpu, b.gpu, c.gpu);
                agree("where of " + type, out, 0);
            }
        }
    }

    @Test
    void fillsAndRanges() {
        for (DType type : DType.values()) {
            Twin out = output(type, 7, 33).view(t -> t.transpose(0, 1));
            REFERENCE.fill(out.host, 1);
            cuda.fill(out.gpu, 1);
            agree("fill of " + type, out, 0);
            if (type != DType.BOOL) {
                Twin range = output(type, 101);
                REFERENCE.arange(range.host, 3, 1.25);
                cuda.arange(range.gpu, 3, 1.25);
                agree("range of " + type, range, 0);
            }
        }
    }

    // ---- along axes ------------------------------------------------------------------------------------------------

    private static Shape without(Shape shape, int... axes) {
        Shape reduced = shape;
        for (int axis : axes) {
            reduced = reduced.with(axis, 1);
        }
        return reduced;
    }

    private void reductions(DType type, Twin x, int... axes) {
        Shape shape = without(x.host.shape(), axes);
        for (ReduceOp op : ReduceOp.values()) {
            if (op == ReduceOp.MEAN && !type.isFloating() || type == DType.BOOL && !op.isLogical()) {
                continue;
            }
            DType result = op == ReduceOp.COUNT ? DType.I64 : op.isLogical() ? DType.BOOL
                    : type.isFloating() || op == ReduceOp.MAX || op == ReduceOp.MIN ? type : DType.I64;
            Twin out = output(result, shape.toArray());
            REFERENCE.reduce(op, out.host, x.host);
            cuda.reduce(op, out.gpu, x.gpu);
            // A product in f32 is rounded as often as it has factors, the reference's once.
            double tolerance = op == ReduceOp.PROD && type == DType.F32 ? 1e-3 : tolerance(result);
            agree(op + " of " + type + " " + x.host.shape() + " to " + shape, out, tolerance);
        }
    }

    @Test
    void reductionsOfEveryTypeAndLayout() {
        for (DType type : DType.values()) {
            double low = type.isFloating() ? 0.9 : 0;
            double high = type.isFloating() ? 1.1 : 2;
            for (Twin x : layouts(type, low, high)) {
                reductions(type, x, 0);
                reductions(type, x, 1);
                reductions(type, x, 0, 1);
            }
            Twin x = numbers(type, low, high, 5, 7, 9, 11);
            reductions(type, x, 1);
            reductions(type, x, 0, 2);
            reductions(type, x, 1, 3);
            reductions(type, x.view(t -> t.permute(3, 1, 0, 2)), 0, 3);
        }
    }

    @Test
    void longReductionsAreCutInParts() {
        for (DType type : new DType[] {DType.BF16, DType.F32, DType.F64, DType.I32}) {
            double low = type.isFloating() ? 0.9999 : 0;
            double high = type.isFloating() ? 1.0001 : 2;
            reductions(type, numbers(type, low, high, 2, 40_000), 1);
            reductions(type, numbers(type, low, high, 40_003).view(t -> t.narrow(0, 1, 40_001)), 0);
            reductions(type, numbers(type, low, high, 3000, 20), 0);
            reductions(type, numbers(type, low, high, 2, 1500), 1);
        }
        Twin empty = output(DType.F32, 3, 0);
        reductions(DType.F32, empty, 1);
    }

    @Test
    void positionsOfExtremes() {
        for (DType type : DType.values()) {
            Twin x = numbers(type, 0, type == DType.BOOL ? 2 : 50, 4, 33, 6);
            Twin wide = numbers(type, 0, type == DType.BOOL ? 2 : 100, 2, 3000);
            for (boolean largest : new boolean[] {false, true}) {
                for (int axis = 0; axis < 3; axis++) {
                    Twin out = output(DType.I64, x.host.shape().with(axis, 1).toArray());
                    REFERENCE.argReduce(largest, out.host, x.host, axis);
                    cuda.argReduce(largest, out.gpu, x.gpu, axis);
                    agree("position in " + type, out);
                }
                Twin out = output(DType.I64, 2, 1);
                REFERENCE.argReduce(largest, out.host, wide.host, 1);
                cuda.argReduce(largest, out.gpu, wide.gpu, 1);
                agree("position in long rows of " + type, out);
            }
        }
    }

    @Test
    void scansOfEveryType() {
        for (DType type : DType.values()) {
            if (type == DType.BOOL) {
                continue;
            }
            double low = type.isFloating() ? 0.95 : -1;
            double high = type.isFloating() ? 1.05 : 2;
            for (Twin x : List.of(numbers(type, Math.max(low, type == DType.U8 ? 0 : low), high, 3, 70, 5),
                    numbers(type, type == DType.U8 ? 0 : low, high, 2, 2500),
                    numbers(type, type == DType.U8 ? 0 : low, high, 70, 5000))) {
                for (int axis = 0; axis < x.host.rank(); axis++) {
                    for (boolean fromEnd : new boolean[] {false, true}) {
                        for (ScanOp op : ScanOp.values()) {
                            if (op == ScanOp.LOG_SUM_EXP && !type.isFloating()
                                    || type == DType.F16 && op == ScanOp.PROD) {
                                continue;
                            }
                            DType result = type.isFloating() ? type : DType.I64;
                            Twin out = output(result, x.host.shape().toArray());
                            REFERENCE.scan(op, fromEnd, out.host, x.host, axis);
                            cuda.scan(op, fromEnd, out.gpu, x.gpu, axis);
                            agree(op + " of " + type + x.host.shape() + " along " + axis, out);
                        }
                    }
                    for (boolean largest : new boolean[] {false, true}) {
                        Twin values = output(type, x.host.shape().toArray());
                        Twin indices = output(DType.I64, x.host.shape().toArray());
                        REFERENCE.scanExtreme(largest, values.host, indices.host, x.host, axis);
                        cuda.scanExtreme(largest, values.gpu, indices.gpu, x.gpu, axis);
                        agree("running extremes of " + type, values);
                        agree("positions of running extremes of " + type, indices);
                    }
                    if (type.isFloating()) {
                        Twin out = output(type, x.host.shape().toArray());
                        REFERENCE.recurrence(true, out.host, x.host, x.host, axis);
                        cuda.recurrence(true, out.gpu, x.gpu, x.gpu, axis);
                        agree("recurrence of " + type, out, type == DType.F16 ? 5e-3 : tolerance(type));
                    }
                }
            }
        }
    }

    @Test
    void sortsOfEveryTypeAndLength() {
        for (DType type : DType.values()) {
            for (long n : new long[] {1, 2, 7, 64, 1000, 2048, 2049, 9001}) {
                Twin x = numbers(type, 0, type == DType.BOOL ? 2 : 100, 3, n);
                for (boolean descending : new boolean[] {false, true}) {
                    Twin values = output(type, n, 3).view(t -> t.transpose(0, 1));
                    Twin indices = output(DType.I64, 3, n);
                    REFERENCE.sort(values.host, indices.host, x.host, descending);
                    cuda.sort(values.gpu, indices.gpu, x.gpu, descending);
                    agree("sort of " + type, values, 0);
                    agree("order of " + type, indices);
                }
                Twin sorted = output(type, 3, n);
                REFERENCE.sort(sorted.host, output(DType.I64, 3, n).host, x.host, false);
                cuda.copyIn(sorted.gpu.address(), sorted.host.address(), 3 * n * type.bytes());
                Twin probes = numbers(type, 0, type == DType.BOOL ? 2 : 100, 3, 17);
                for (boolean right : new boolean[] {false, true}) {
                    Twin out = output(DType.I64, 3, 17);
                    REFERENCE.searchSorted(out.host, sorted.host, probes.host, right);
                    cuda.searchSorted(out.gpu, sorted.gpu, probes.gpu, right);
                    agree("search in " + type, out);
                }
            }
        }
        double[] special =
                {Double.NaN, 0, -0.0, Double.NEGATIVE_INFINITY, 1, Double.POSITIVE_INFINITY, -0.0, 0, Double.NaN, -1};
        for (DType type : FLOATS) {
            Twin x = twin(Tensor.of(special).to(type));
            for (boolean descending : new boolean[] {false, true}) {
                Twin values = output(type, special.length);
                Twin indices = output(DType.I64, special.length);
                REFERENCE.sort(values.host, indices.host, x.host, descending);
                cuda.sort(values.gpu, indices.gpu, x.gpu, descending);
                agree("special numbers of " + type, values, 0);
                agree("order of special numbers of " + type, indices);
            }
        }
    }

    @Test
    void theFirstOfLongRowsAreSelected() {
        for (DType type : DType.values()) {
            // Many equal ones, so that positions decide; k of one, of a few, and all that a block sorts.
            for (long k : new long[] {1, 5, 64, 1000}) {
                Twin x = numbers(type, 0, type == DType.BOOL ? 2 : 100, 3, 2500);
                for (boolean largest : new boolean[] {false, true}) {
                    Twin values = output(type, k, 3).view(t -> t.transpose(0, 1));
                    Twin indices = output(DType.I64, 3, k);
                    REFERENCE.topk(values.host, indices.host, x.host, largest);
                    cuda.topk(values.gpu, indices.gpu, x.gpu, largest);
                    agree("first " + k + " of " + type, values, 0);
                    agree("where the first " + k + " of " + type + " are", indices);
                }
            }
        }
        for (DType type : FLOATS) {
            double[] special = new double[3000];
            special[7] = Double.NaN;
            special[2000] = Double.NaN;
            special[11] = Double.POSITIVE_INFINITY;
            special[12] = -0.0;
            special[2999] = Double.NEGATIVE_INFINITY;
            Twin x = twin(Tensor.of(special).to(type));
            for (boolean largest : new boolean[] {false, true}) {
                Twin values = output(type, 6);
                Twin indices = output(DType.I64, 6);
                REFERENCE.topk(values.host, indices.host, x.host, largest);
                cuda.topk(values.gpu, indices.gpu, x.gpu, largest);
                agree("first of special numbers of " + type, values, 0);
                agree("where the first of special numbers of " + type + " are", indices);
            }
        }
    }

    @Test
    void trianglesOfEveryWidthAndDiagonal() {
        for (DType type : DType.values()) {
            Twin x = numbers(type, 1, type == DType.BOOL ? 2 : 100, 3, 9, 5).view(t -> t.transpose(1, 2));
            for (long k : new long[] {-5, -2, 0, 1, 9}) {
                for (boolean lower : new boolean[] {false, true}) {
                    Twin out = output(type, 3, 5, 9);
                    REFERENCE.triangle(out.host, x.host, lower, k);
                    cuda.triangle(out.gpu, x.gpu, lower, k);
                    agree("triangle of " + type, out, 0);
                }
            }
        }
    }

    /** The same seed draws the same tokens: sums in another order reach the drawn number at the same candidate. */
    @Test
    void drawsFromLogitsAreTheProcessors() {
        for (DType type : FLOATS) {
            for (long size : new long[] {1, 7, 300, 2500}) {
                Twin logits = numbers(type, -4, 4, 40, size);
                for (double temperature : new double[] {0, 0.7, 1.3}) {
                    for (long topK : new long[] {1, Math.min(size, 50), size}) {
                        for (double topP : new double[] {1, 0.9, 1e-9}) {
                            Twin out = output(DType.I64, 40);
                            REFERENCE.sample(out.host, logits.host, temperature, topK, topP, 5, topK);
                            cuda.sample(out.gpu, logits.gpu, temperature, topK, topP, 5, topK);
                            agree("draws from " + size + " logits of " + type, out, 0);
                        }
                    }
                }
            }
        }
        double[] rows = {0, Double.NaN, Double.POSITIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY,
            Double.NEGATIVE_INFINITY, 0};
        Twin broken = twin(Tensor.of(rows).view(4, 2));
        for (double temperature : new double[] {0, 1}) {
            Twin out = output(DType.I64, 4);
            REFERENCE.sample(out.host, broken.host, temperature, 2, 1, 5, 1);
            cuda.sample(out.gpu, broken.gpu, temperature, 2, 1, 5, 1);
            agree("what cannot be drawn from", out, 0);
        }
    }

    // ---- products --------------------------------------------------------------------------------------------------

    @Test
    void productsOfEveryTypeAndLayout() {
        for (DType type : DType.values()) {
            if (type == DType.BOOL) {
                continue;
            }
            double low = type == DType.U8 ? 0 : -1.5;
            for (long[] size : new long[][] {{1, 1, 1}, {5, 3, 2}, {65, 17, 70}, {130, 33, 64}}) {
                for (int how = 0; how < 4; how++) {
                    boolean ta = how % 2 == 1;
                    boolean tb = how >= 2;
                    Twin a = numbers(type, low, 1.5, 2, ta ? size[1] : size[0], ta ? size[0] : size[1])
                            .view(t -> ta ? t.transpose(1, 2) : t);
                    Twin b = numbers(type, low, 1.5, 1, tb ? size[2] : size[1], tb ? size[1] : size[2])
                            .view(t -> (tb ? t.transpose(1, 2) : t).expand(2, size[1], size[2]));
                    Twin out = output(type, 2, size[0], size[2]);
                    REFERENCE.matmul(out.host, a.host, b.host);
                    cuda.matmul(out.gpu, a.gpu, b.gpu);
                    agree("product of " + type, out);
                }
            }
        }
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    private Twin index(long size, long... sizes) {
        return numbers(DType.I64, 0, size, sizes);
    }

    @Test
    void gathersOfEveryType() {
        for (DType type : DType.values()) {
            Twin x = numbers(type, 0, type == DType.BOOL ? 2 : 100, 4, 9, 48);
            for (Twin index : List.of(index(9, 4, 5, 48), index(9, 1, 5, 1).view(t -> t.expand(4, 5, 48)))) {
                Twin out = output(type, 4, 5, 48);
                REFERENCE.gather(out.host, x.host, 1, index.host);
                cuda.gather(out.gpu, x.gpu, 1, index.gpu);
                agree("gather of " + type, out, 0);
            }
            Twin along = index(48, 4, 9, 7);
            Twin out = output(type, 4, 9, 7);
            REFERENCE.gather(out.host, x.host, 2, along.host);
            cuda.gather(out.gpu, x.gpu, 2, along.gpu);
            agree("gather along rows of " + type, out, 0);
        }
    }

    @Test
    void scattersOfEveryTypeInTheOrderOfTheIndex() {
        for (DType type : DType.values()) {
            for (ScatterOp op : ScatterOp.values()) {
                if (type == DType.BOOL && op != ScatterOp.REPLACE) {
                    continue;
                }
                // A thread a line; sorted slices; all elements sorted.
                scatter(op, type, 1, index(6, 3, 5, 4), 3, 6, 4);
                scatter(op, type, 1, index(6, 1, 40, 1).view(t -> t.expand(3, 40, 4)), 3, 6, 4);
                scatter(op, type, 1, index(6, 3, 40, 4), 3, 6, 4);
                scatter(op, type, 0, index(17, 100), 17);
                scatter(op, type, 2, index(6, 3, 2, 40), 3, 2, 6);
            }
        }
    }

    private void scatter(ScatterOp op, DType type, int axis, Twin index, long... sizes) {
        Twin out = numbers(type, 1, 2, sizes);
        double high = op == ScatterOp.MULTIPLY ? 1.2 : type == DType.BOOL ? 2 : 3;
        Twin source = numbers(type, type == DType.BOOL ? 0 : 0.9, high, index.host.shape().toArray());
        REFERENCE.scatter(op, out.host, axis, index.host, source.host);
        cuda.scatter(op, out.gpu, axis, index.gpu, source.gpu);
        // Narrow sums are rounded once here, and after every step there.
        agree(op + " of " + type, out, type.isHalf() && op != ScatterOp.REPLACE ? 0.2 : tolerance(type));
    }

    @Test
    void offsetsAndTheirErrors() {
        Twin index = numbers(DType.I64, -7, 7, 5, 9);
        Twin out = output(DType.I64, 5, 9);
        assertTrue(REFERENCE.offsets(out.host, index.host, 7, 3));
        assertTrue(cuda.offsets(out.gpu, index.gpu, 7, 3));
        agree("offsets", out);
        assertFalse(cuda.offsets(out.gpu, index.gpu, 6, 3));
    }

    @Test
    void whatIsNotZero() {
        for (DType type : DType.values()) {
            Twin x = numbers(type, 0, 2, 5, 7, 31).view(t -> t.transpose(0, 2));
            long count = REFERENCE.countNonzero(x.host);
            assertEquals(count, cuda.countNonzero(x.gpu), "non-zero elements of " + type);
            Twin out = output(DType.I64, count, 3);
            REFERENCE.nonzero(out.host, x.host);
            cuda.nonzero(out.gpu, x.gpu);
            agree("positions of non-zero elements of " + type, out);
        }
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Test
    void randomNumbersAreTheProcessors() {
        Backend cpu = new CpuBackend();
        for (DType type : FLOATS) {
            for (UnaryOperator<Tensor> view : List.<UnaryOperator<Tensor>>of(t -> t, t -> t.transpose(0, 1),
                    t -> t.narrow(1, 1, 4))) {
                Twin out = output(type, 67, 5).view(view);
                cpu.uniform(out.host, 5, 6, -1, 2.5);
                cuda.uniform(out.gpu, 5, 6, -1, 2.5);
                agree("uniform numbers of " + type, out, 0);
                cpu.normal(out.host, 5, 7, 1, 0.5);
                cuda.normal(out.gpu, 5, 7, 1, 0.5);
                agree("normal numbers of " + type, out, type == DType.F64 ? 1e-14 : 1e-6);
                Twin x = numbers(type, -1, 1, 67, 5).view(view);
                cpu.dropout(out.host, x.host, 0.3, 5, 8);
                cuda.dropout(out.gpu, x.gpu, 0.3, 5, 8);
                agree("dropout of " + type, out, tolerance(type));
            }
        }
        Twin out = output(DType.I64, 67, 5);
        cpu.integers(out.host, 1L << 40, 9, -5, 1L << 40);
        cuda.integers(out.gpu, 1L << 40, 9, -5, 1L << 40);
        assertArrayEquals(out.host.toLongArray(), out.gpu.to(Device.CPU).toLongArray());
    }
}
