package org.jacobi.tensor.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fast kernels against the plain ones, over all kinds of strides; and the same bits for any number of threads. */
class CpuBackendTest {
    private static final Backend CPU = new CpuBackend();
    private static final Backend REFERENCE = new ReferenceBackend();
    private static final long[][] SHAPES = {{}, {1}, {7}, {33}, {3, 17}, {5, 64}, {2, 3, 65}, {4, 1, 6, 5}, {130, 131}};

    private TensorScope scope;
    private long seed;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        seed = 1;
    }

    @AfterEach
    void close() {
        scope.close();
        WorkerPool.setThreads(Runtime.getRuntime().availableProcessors());
    }

    // ---- operands --------------------------------------------------------------------------------------------------

    private Tensor random(long... sizes) {
        return Tensor.randn(new Generator(seed++), sizes);
    }

    /** Tensors of one shape and all kinds of strides: contiguous, permuted, with gaps, broadcast along each axis or all. */
    private List<Tensor> layouts(long... sizes) {
        int rank = sizes.length;
        List<Tensor> all = new ArrayList<>(List.of(random(sizes)));
        long[] ones = new long[rank];
        Arrays.fill(ones, 1);
        all.add(random(ones).expand(sizes));
        if (rank > 0) {
            long[] wide = sizes.clone();
            wide[rank - 1] *= 2;
            all.add(random(wide).slice(rank - 1, 1, wide[rank - 1], 2));
            long[] high = sizes.clone();
            high[0] += 3;
            all.add(random(high).narrow(0, 2, sizes[0]));
        }
        if (rank > 1) {
            all.add(reversed(sizes));
            for (int axis = 0; axis < rank; axis++) {
                long[] stretched = sizes.clone();
                stretched[axis] = 1;
                all.add(random(stretched).expand(sizes));
            }
        }
        return all;
    }

    /** A tensor whose axes lie in memory the other way round. */
    private Tensor reversed(long... sizes) {
        int rank = sizes.length;
        long[] turned = new long[rank];
        int[] axes = new int[rank];
        for (int i = 0; i < rank; i++) {
            turned[i] = sizes[rank - 1 - i];
            axes[i] = rank - 1 - i;
        }
        return random(turned).permute(axes);
    }

    /** Outputs: one contiguous, one with gaps or permuted axes. */
    private List<Tensor> outputs(DType type, long... sizes) {
        List<Tensor> all = new ArrayList<>(List.of(Tensor.full(7, type, sizes)));
        if (sizes.length > 0) {
            long[] wide = sizes.clone();
            wide[sizes.length - 1] *= 3;
            all.add(Tensor.full(7, type, wide).slice(sizes.length - 1, 1, wide[sizes.length - 1], 3));
        }
        if (sizes.length > 1) {
            all.add(reversed(sizes).to(type));
        }
        return all;
    }

    private static String describe(Object op, Tensor... operands) {
        StringBuilder text = new StringBuilder(op.toString());
        for (Tensor operand : operands) {
            text.append(' ').append(operand.shape()).append(" strides");
            for (int axis = 0; axis < operand.rank(); axis++) {
                text.append(' ').append(operand.stride(axis));
            }
        }
        return text.toString();
    }

    private static void assertClose(Supplier<String> what, Tensor expected, Tensor actual, double tolerance) {
        double[] want = expected.toDoubleArray();
        double[] have = actual.toDoubleArray();
        assertEquals(want.length, have.length);
        for (int i = 0; i < want.length; i++) {
            boolean close = Math.abs(want[i] - have[i]) <= tolerance * Math.max(1, Math.abs(want[i]));
            if (!close && Double.compare(want[i], have[i]) != 0) {
                throw new AssertionError(what.get() + ": element " + i + " is " + have[i] + ", expected " + want[i]);
            }
        }
    }

    // ---- elementwise -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(UnaryOp.class)
    void unary(UnaryOp op) {
        for (long[] sizes : SHAPES) {
            for (Tensor x : layouts(sizes)) {
                for (Tensor out : outputs(op.isPredicate() ? DType.BOOL : DType.F32, sizes)) {
                    Tensor expected = Tensor.empty(out.dtype(), out.shape());
                    REFERENCE.unary(op, expected, x);
                    CPU.unary(op, out, x);
                    assertClose(() -> describe(op, out, x), expected, out, 1e-6);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(BinaryOp.class)
    void binary(BinaryOp op) {
        for (long[] sizes : SHAPES) {
            List<Tensor> lefts = layouts(sizes);
            List<Tensor> rights = layouts(sizes);
            List<Tensor> outs = outputs(op.isPredicate() ? DType.BOOL : DType.F32, sizes);
            for (int i = 0; i < lefts.size(); i++) {
                for (int j = 0; j < rights.size(); j++) {
                    Tensor a = lefts.get(i);
                    Tensor b = rights.get(j);
                    Tensor out = outs.get((i + j) % outs.size());
                    Tensor expected = Tensor.empty(out.dtype(), out.shape());
                    REFERENCE.binary(op, expected, a, b);
                    CPU.binary(op, out, a, b);
                    assertClose(() -> describe(op, out, a, b), expected, out, 1e-6);
                }
            }
        }
    }

    @Test
    void outputsMayBeOperands() {
        for (long[] sizes : SHAPES) {
            for (Tensor a : outputs(DType.F32, sizes)) {
                for (Tensor b : layouts(sizes)) {
                    Tensor expected = Tensor.empty(a.dtype(), a.shape());
                    REFERENCE.binary(BinaryOp.SUB, expected, a, b);
                    CPU.binary(BinaryOp.SUB, a, a, b);
                    assertClose(() -> describe("in place", a, b), expected, a, 1e-6);
                }
            }
        }
    }

    @Test
    void where() {
        for (long[] sizes : SHAPES) {
            List<Tensor> conditions = layouts(sizes);
            List<Tensor> values = layouts(sizes);
            for (int i = 0; i < values.size(); i++) {
                Tensor condition = conditions.get(i).gt(0);
                Tensor a = values.get(i);
                Tensor b = values.get((i + 1) % values.size());
                for (Tensor mask : List.of(condition, transposedLike(condition))) {
                    for (Tensor out : outputs(DType.F32, sizes)) {
                        Tensor expected = Tensor.empty(out.dtype(), out.shape());
                        REFERENCE.where(expected, mask, a, b);
                        CPU.where(out, mask, a, b);
                        assertClose(() -> describe("where", out, mask, a, b), expected, out, 0);
                    }
                }
            }
        }
    }

    private static Tensor transposedLike(Tensor x) {
        return x.rank() < 2 ? x : x.transpose(0, -1).copy().transpose(0, -1);
    }

    @Test
    void operandsOfNoElements() {
        Tensor none = Tensor.empty(DType.F32, 3, 0, 2);
        CPU.unary(UnaryOp.EXP, none, none);
        CPU.binary(BinaryOp.ADD, none, none, none.permute(0, 1, 2));
        CPU.copy(none, none);
        CPU.fill(none, 1);
        Tensor sum = Tensor.full(7, DType.F32, 3, 1, 2);
        CPU.reduce(ReduceOp.SUM, sum, none);
        assertArrayEquals(new float[6], sum.toFloatArray());
        Tensor product = Tensor.full(7, DType.F32, 3, 4);
        CPU.matmul(product, Tensor.empty(DType.F32, 3, 0), Tensor.empty(DType.F32, 0, 4));
        assertArrayEquals(new float[12], product.toFloatArray());
    }

    // ---- copies ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(DType.class)
    void copiesAndFills(DType type) {
        for (long[] sizes : new long[][] {{}, {7}, {3, 17}, {40, 37}, {2, 3, 65}, {4, 1, 6, 5}, {5, 33, 4, 20},
            {300, 257}}) {
            for (Tensor operand : layouts(sizes)) {
                Tensor x = type == DType.F32 ? operand : converted(operand, type);
                for (Tensor out : outputs(type, sizes)) {
                    Tensor expected = Tensor.empty(type, out.shape());
                    REFERENCE.copy(expected, x);
                    CPU.copy(out, x);
                    assertClose(() -> describe("copy of " + type, out, x), expected, out, 0);
                    CPU.fill(out, 1);
                    assertTrue(Arrays.stream(out.toDoubleArray()).allMatch(value -> value == 1),
                            () -> describe("fill", out));
                }
            }
        }
    }

    /** The same strides in another type, as far as a permutation goes. */
    private static Tensor converted(Tensor x, DType type) {
        Tensor scaled = x.mul(50);
        return x.rank() < 2 ? scaled.to(type) : transposedLike(scaled.to(type));
    }

    // ---- reductions ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(ReduceOp.class)
    void reduce(ReduceOp op) {
        for (long[] sizes : new long[][] {{7}, {3, 17}, {64, 33}, {2, 3, 65}, {4, 5, 6, 7}, {130, 131}}) {
            for (Tensor x : layouts(sizes)) {
                for (int axes = 0; axes < 1 << sizes.length; axes++) {
                    reduce(op, x, axes);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = ReduceOp.class, names = {"PROD", "ANY", "ALL"}, mode = EnumSource.Mode.EXCLUDE)
    void reductionsInBlocks(ReduceOp op) {
        reduce(op, random(100_003), 1);
        reduce(op, random(3, 40_000), 2);
        reduce(op, random(40_000, 3), 1);
        reduce(op, random(3, 40_000).t(), 1);
        reduce(op, random(700, 2_500), 1);
        reduce(op, random(700, 2_500), 2);
        reduce(op, random(2, 5_000, 9), 2);
        reduce(op, random(2, 5_000, 9), 4);
        reduce(op, random(2, 5_000, 9), 3);
    }

    private static void reduce(ReduceOp op, Tensor x, int axes) {
        long[] sizes = x.shape().toArray();
        for (int axis = 0; axis < sizes.length; axis++) {
            if ((axes & 1 << axis) != 0) {
                sizes[axis] = 1;
            }
        }
        DType type = op == ReduceOp.ANY || op == ReduceOp.ALL ? DType.BOOL : DType.F32;
        Tensor expected = Tensor.empty(type, sizes);
        Tensor actual = Tensor.full(7, type, sizes);
        REFERENCE.reduce(op, expected, x);
        CPU.reduce(op, actual, x);
        // Rounding errors grow with the sums' parts, which do not cancel like the sums themselves.
        double tolerance = 1e-6 * (op == ReduceOp.SUM ? Math.sqrt((double) x.numel() / actual.numel()) : 2);
        assertClose(() -> describe(op + " of axes " + Integer.toBinaryString(axes), x), expected, actual, tolerance);
    }

    @Test
    void longSumsKeepTheirDigits() {
        int n = 3_000_001;
        Tensor x = Tensor.full(0.1, DType.F32, n);
        Tensor sum = Tensor.empty(DType.F32, 1);
        CPU.reduce(ReduceOp.SUM, sum, x);
        assertEquals(n * (double) 0.1f, sum.getDouble(0), 0.5);
        Tensor columns = Tensor.empty(DType.F32, 1, 1);
        CPU.reduce(ReduceOp.SUM, columns, x.reshape(n, 1).expand(n, 1));
        assertEquals(n * (double) 0.1f, columns.getDouble(0, 0), 0.5);
    }

    @Test
    void extremesOfNaNAreNaN() {
        Tensor x = random(40, 50);
        x.select(0, 11).select(0, 13).fill_(Double.NaN);
        for (int axes = 1; axes < 4; axes++) {
            reduce(ReduceOp.MAX, x, axes);
            reduce(ReduceOp.MIN, x, axes);
        }
    }

    @Test
    void argReduce() {
        Tensor ties = Tensor.of(new float[] {1, 3, 3, 2, Float.NaN, 5, -1, -1, 0, Float.NaN, Float.NaN, 7}, 3, 4);
        for (Tensor x : List.of(ties, random(40, 500), random(3, 5, 7), reversed(9, 8), random(4, 1).expand(4, 6))) {
            for (int axis = 0; axis < x.rank(); axis++) {
                for (boolean largest : new boolean[] {true, false}) {
                    Tensor expected = Tensor.empty(DType.I64, x.shape().with(axis, 1));
                    Tensor actual = Tensor.empty(DType.I64, x.shape().with(axis, 1));
                    REFERENCE.argReduce(largest, expected, x, axis);
                    CPU.argReduce(largest, actual, x, axis);
                    assertArrayEquals(expected.toLongArray(), actual.toLongArray(), describe("argReduce", x));
                }
            }
        }
    }

    @Test
    void extremesOfIndices() {
        Tensor x = Tensor.of(new long[] {5, -3, Long.MAX_VALUE, 7, Long.MIN_VALUE, 0});
        assertEquals(Long.MAX_VALUE, x.amax().getLong());
        assertEquals(Long.MIN_VALUE, x.amin().getLong());
    }

    // ---- by index --------------------------------------------------------------------------------------------------

    private static Tensor indices(Random random, int bound, long... sizes) {
        long[] values = new long[(int) Shape.of(sizes).numel()];
        Arrays.setAll(values, i -> random.nextInt(bound));
        return Tensor.of(values, sizes);
    }

    /** An index vector, the same everywhere outside the axis: it names slices. */
    private static Tensor along(Tensor index, Shape shape, int axis) {
        long[] sizes = new long[shape.rank()];
        Arrays.fill(sizes, 1);
        sizes[axis] = index.numel();
        return index.view(sizes).expandTo(shape);
    }

    @Test
    void slicesByIndex() {
        Random choice = new Random(5);
        for (long[] sizes : new long[][] {{11}, {11, 128}, {3, 11, 70}, {4, 11, 1}, {2, 11, 3, 5}}) {
            for (int axis = 0; axis < sizes.length; axis++) {
                for (Tensor x : List.of(random(sizes), reversed(sizes))) {
                    Shape shape = x.shape().with(axis, 37);
                    Tensor index = along(indices(choice, (int) sizes[axis], 37), shape, axis);
                    int at = axis;
                    Tensor expected = Tensor.empty(DType.F32, shape);
                    Tensor actual = Tensor.full(7, DType.F32, shape.toArray());
                    REFERENCE.gather(expected, x, axis, index);
                    CPU.gather(actual, x, axis, index);
                    assertClose(() -> describe("gather of slices along " + at, x), expected, actual, 0);
                    for (Tensor source : List.of(expected, reversed(shape.toArray()))) {
                        assertScatters(x, axis, index, source);
                    }
                }
            }
        }
    }

    private void assertScatters(Tensor x, int axis, Tensor index, Tensor source) {
        for (ScatterOp op : ScatterOp.values()) {
            Tensor expected = x.copy();
            Tensor actual = x.copy();
            REFERENCE.scatter(op, expected, axis, index, source);
            CPU.scatter(op, actual, axis, index, source);
            assertClose(() -> describe("scatter " + op + " along " + axis, x, index, source), expected, actual, 1e-5);
        }
    }

    @Test
    void elementsByIndex() {
        Random choice = new Random(6);
        for (long[] sizes : new long[][] {{11}, {11, 40}, {3, 11, 70}, {4, 11, 1}}) {
            for (int axis = 0; axis < sizes.length; axis++) {
                for (int shorter = 0; shorter < 2; shorter++) {
                    // An index may also be smaller than x along the other axes.
                    long[] counts = sizes.clone();
                    for (int other = 0; other < counts.length; other++) {
                        counts[other] = other == axis ? 23 : Math.max(1, counts[other] - shorter);
                    }
                    Tensor x = random(sizes);
                    Tensor index = indices(choice, (int) sizes[axis], counts);
                    Tensor expected = Tensor.empty(DType.F32, index.shape());
                    Tensor actual = Tensor.full(7, DType.F32, counts);
                    REFERENCE.gather(expected, x, axis, index);
                    CPU.gather(actual, x, axis, index);
                    assertClose(() -> describe("gather", x, index), expected, actual, 0);
                    assertScatters(x, axis, index, expected);
                }
            }
        }
    }

    @Test
    void positionsOfWhatIsNotZero() {
        Random choice = new Random(7);
        for (DType dtype : DType.values()) {
            for (long[] sizes : new long[][] {{}, {0}, {7}, {8, 5}, {3, 1, 17}, {40_000}, {3, 0}}) {
                double[] values = new double[(int) Shape.of(sizes).numel()];
                Arrays.setAll(values, _ -> choice.nextInt(3) == 0 ? 1 : choice.nextInt(2) * -0.0);
                Tensor x = Tensor.of(values).reshape(sizes).to(dtype);
                long count = REFERENCE.countNonzero(x);
                assertEquals(count, CPU.countNonzero(x), () -> describe("countNonzero of " + dtype, x));
                Tensor expected = Tensor.empty(DType.I64, count, x.rank());
                Tensor actual = Tensor.full(7, DType.I64, count, x.rank());
                REFERENCE.nonzero(expected, x);
                CPU.nonzero(actual, x);
                assertArrayEquals(expected.toLongArray(), actual.toLongArray(),
                        () -> describe("nonzero of " + dtype, x));
            }
        }
        Tensor odd = Tensor.of(new byte[] {0, 2, (byte) 0x80, 0, 0, 0, 0, 0, (byte) 0xFF});
        assertEquals(3, CPU.countNonzero(odd));
        assertEquals(1, CPU.countNonzero(Tensor.of(new double[] {Double.NaN, -0.0})));
    }

    @Test
    void offsetsOfPositions() {
        Tensor wide = Tensor.of(new long[] {2, -1, 0, 9, -3, 1}, 2, 3);
        for (Tensor index : List.of(wide, wide.t(), wide.narrow(1, 1, 1).expand(2, 4))) {
            for (long size : new long[] {10, 9, 2}) {
                Tensor expected = Tensor.full(5, DType.I64, index.shape().toArray());
                Tensor actual = expected.copy();
                boolean inside = REFERENCE.offsets(expected, index, size, 7);
                assertEquals(inside, CPU.offsets(actual, index, size, 7));
                assertEquals(size == 10 || index.size(1) == 4 && size == 9, inside);
                if (inside) {
                    assertArrayEquals(expected.toLongArray(), actual.toLongArray());
                }
            }
        }
    }

    // ---- products --------------------------------------------------------------------------------------------------

    private void assertProduct(Tensor out, Tensor a, Tensor b) {
        Tensor expected = Tensor.empty(DType.F64, out.shape());
        REFERENCE.matmul(expected, a.to(DType.F64), b.to(DType.F64));
        CPU.matmul(out, a, b);
        double tolerance = out.dtype() == DType.F64 ? 1e-12 : 3e-6 * (2 + Math.sqrt(a.size(-1)));
        assertClose(() -> describe("matmul", out, a, b), expected, out, tolerance);
    }

    @Test
    void matmulOfAllLayouts() {
        for (long[] mnk : new long[][] {{1, 1, 1}, {5, 7, 3}, {33, 17, 64}, {1, 40, 30}, {40, 1, 30}, {20, 30, 1},
            {65, 131, 70}}) {
            for (Tensor a : layouts(mnk[0], mnk[2])) {
                for (Tensor b : layouts(mnk[2], mnk[1])) {
                    for (Tensor out : outputs(DType.F32, mnk[0], mnk[1])) {
                        assertProduct(out, a, b);
                    }
                }
            }
        }
    }

    @Test
    void matmulOfBatches() {
        for (Tensor a : layouts(2, 3, 9, 8)) {
            for (Tensor b : layouts(2, 3, 8, 10)) {
                for (Tensor out : outputs(DType.F32, 2, 3, 9, 10)) {
                    assertProduct(out, a, b);
                }
            }
        }
        // Heads of an attention: (B, T, H, D) seen as (B, H, T, D).
        Tensor q = random(2, 16, 3, 8).transpose(1, 2);
        Tensor k = random(2, 16, 3, 8).transpose(1, 2);
        assertProduct(Tensor.empty(DType.F32, 2, 3, 16, 16), q, k.transpose(2, 3));
        // One row a batch, with one matrix for all and with one for each.
        assertProduct(Tensor.empty(DType.F32, 6, 1, 10), random(6, 1, 8), random(8, 10).expand(6, 8, 10));
        assertProduct(Tensor.empty(DType.F32, 6, 1, 10), random(6, 1, 8), random(6, 8, 10));
        assertProduct(Tensor.empty(DType.F32, 1, 6, 10), random(1, 6, 8), random(1, 10, 8).transpose(1, 2));
    }

    @Test
    void matmulOfABatchWithOneMatrix() {
        Tensor x = random(12, 64, 128);
        Tensor weight = random(65, 128);
        assertProduct(Tensor.empty(DType.F32, 12, 64, 65), x, weight.t().expand(12, 128, 65));
        // The same with a batch that does not go on evenly.
        assertProduct(Tensor.empty(DType.F32, 12, 32, 65), x.narrow(1, 0, 32), weight.t().expand(12, 128, 65));
    }

    /** So large that the first operand is turned before, where it is transposed. */
    @Test
    void largeMatmuls() {
        for (boolean transA : new boolean[] {false, true}) {
            for (boolean transB : new boolean[] {false, true}) {
                Tensor a = transA ? random(1_090, 530).t() : random(530, 1_090);
                Tensor b = transB ? random(450, 1_090).t() : random(1_090, 450);
                assertProduct(Tensor.empty(DType.F32, 530, 450), a, b);
            }
        }
        assertProduct(Tensor.empty(DType.F32, 1_030, 256), random(1_000, 1_040).narrow(1, 5, 1_030).t(),
                random(1_000, 256));
    }

    @Test
    void matmulInPieces() {
        assertProduct(Tensor.empty(DType.F32, 300, 500), random(300, 200), random(500, 200).t());
        assertProduct(Tensor.empty(DType.F32, 130, 129), random(777, 130).t(), random(777, 129));
        assertProduct(Tensor.empty(DType.F32, 1, 4001), random(1, 1500), random(4001, 1500).t());
        assertProduct(Tensor.empty(DType.F32, 50, 40), random(50, 6_001), random(6_001, 40));
        assertProduct(Tensor.empty(DType.F32, 2, 50, 40), random(2, 6_001, 50).transpose(1, 2), random(2, 6_001, 40));
        assertProduct(Tensor.empty(DType.F64, 200, 150), random(200, 300).to(DType.F64),
                random(300, 150).to(DType.F64));
        assertProduct(Tensor.empty(DType.F64, 3, 20, 15), random(3, 20, 30).to(DType.F64),
                random(15, 30).to(DType.F64).t().expand(3, 30, 15));
    }

    @Test
    void matmulOfIntegersIsThePlainOne() {
        Tensor a = Tensor.of(new long[] {1, 2, 3, 4}, 2, 2);
        Tensor out = Tensor.empty(DType.I64, 2, 2);
        CPU.matmul(out, a, a);
        assertArrayEquals(new long[] {7, 10, 15, 22}, out.toLongArray());
    }

    @Test
    void matmulTooWideForBlasIsRefused() {
        // An expanded scalar of 2^31 columns: nothing is allocated before the check.
        Tensor wide = Tensor.scalar(0).reshape(1, 1).expand(0, 1L << 31);
        Tensor out = Tensor.empty(DType.F32, 0, 0);
        CPU.matmul(out, wide, Tensor.scalar(0).reshape(1, 1).expand(1L << 31, 0));
        assertEquals(0, out.numel());
        Tensor vector = Tensor.foreign("test", DType.F32, Shape.of(1, 1L << 31), 64, this);
        Tensor one = Tensor.empty(DType.F32, 1, 1);
        String message =
                assertThrows(IllegalArgumentException.class, () -> CPU.matmul(one, vector, vector.t())).getMessage();
        assertTrue(message.contains("matmul") && message.contains("2147483648"), message);
    }

    // ---- threads ---------------------------------------------------------------------------------------------------

    private static List<Tensor> everything(Tensor x, Tensor wide, Tensor weight, Tensor index) {
        List<Tensor> results = new ArrayList<>();
        for (UnaryOp op : UnaryOp.values()) {
            if (!op.isPredicate()) {
                Tensor out = Tensor.empty(DType.F32, x.shape());
                CPU.unary(op, out, x);
                results.add(out);
            }
        }
        for (BinaryOp op : List.of(BinaryOp.ADD, BinaryOp.DIV, BinaryOp.GELU_BACKWARD)) {
            Tensor out = Tensor.empty(DType.F32, x.shape());
            CPU.binary(op, out, x, x.select(0, 0).unsqueeze(0).expandTo(x.shape()));
            results.add(out);
        }
        for (ReduceOp op : List.of(ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.SUM_OF_SQUARES, ReduceOp.MAX)) {
            for (long[] sizes : new long[][] {{1, 1}, {x.size(0), 1}, {1, x.size(1)}}) {
                Tensor out = Tensor.empty(DType.F32, sizes);
                CPU.reduce(op, out, x);
                results.add(out);
            }
            Tensor out = Tensor.empty(DType.F32, 1, wide.size(1));
            CPU.reduce(op, out, wide);
            results.add(out);
        }
        results.add(x.t().copy());
        results.add(x.matmul(weight.t()));
        results.add(x.t().matmul(x));
        results.add(wide.t().matmul(wide));
        results.add(x.narrow(0, 0, 1).matmul(weight.t()));
        results.add(x.indexSelect(0, index));
        results.add(x.copy().indexAdd_(0, index, x.narrow(0, 0, index.numel())));
        results.add(x.indexPut(x.narrow(0, 0, index.numel()), false, Index.of(index)));
        results.add(x.get(Index.mask(x.gt(0))));
        results.add(x.get(Index.of(index), Index.of(index.minimum(Tensor.of(new long[] {383})))));
        results.add(x.scatterAdd(0, index.unsqueeze(1).expand(index.numel(), x.size(1)).contiguous(), x));
        return results;
    }

    @Test
    void equalBitsForAnyNumberOfThreads() {
        Tensor x = random(500, 384);
        Tensor wide = random(70_000, 7);
        Tensor weight = random(512, 384);
        Tensor index = indices(new Random(9), 500, 300);
        WorkerPool.setThreads(1);
        List<Tensor> expected = everything(x, wide, weight, index);
        for (int threads = 2; threads <= 3; threads++) {
            WorkerPool.setThreads(threads);
            List<Tensor> actual = everything(x, wide, weight, index);
            for (int i = 0; i < expected.size(); i++) {
                Floats.assertSameBits("result " + i + " on " + threads + " threads", expected.get(i).toFloatArray(),
                        actual.get(i).toFloatArray());
            }
        }
    }

    @Test
    void itSaysWhatItIs() {
        CpuBackend cpu = new CpuBackend();
        assertEquals("cpu", cpu.name());
        assertTrue(cpu.describe().contains("lanes") || cpu.describe().contains("plain loops"), cpu.describe());
        assertTrue(cpu.gemm().contains("OpenBLAS"), cpu.gemm());
    }
}
