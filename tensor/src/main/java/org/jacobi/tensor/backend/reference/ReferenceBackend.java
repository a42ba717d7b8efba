package org.jacobi.tensor.backend.reference;

import java.util.Arrays;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.Philox;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The primitives in plain loops on one thread: their readable definition, and the oracle of the conformance tests.
 *
 * <p>Integers are computed in long and wrap around when stored; floating-point numbers are computed in double and
 * rounded once, when stored. Sums, too, accumulate in double whatever the type. The fused kernels are {@link Backend}'s
 * own.
 */
public class ReferenceBackend implements Backend {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public long allocate(long bytes, String op) {
        return SlabAllocator.global().allocate(bytes, op);
    }

    @Override
    public void free(long address, long bytes) {
        SlabAllocator.global().free(address, bytes);
    }

    @Override
    public void copyIn(long device, long host, long bytes) {
        NativeMemory.copy(host, device, bytes);
    }

    @Override
    public void copyOut(long host, long device, long bytes) {
        NativeMemory.copy(device, host, bytes);
    }

    // ---- element by element ----------------------------------------------------------------------------------------

    @Override
    public void fill(Tensor out, double value) {
        DType type = out.dtype();
        Walk walk = walk(out.shape(), out);
        for (boolean row = walk.start(out.address()); row; row = walk.next()) {
            long o = walk.address(0);
            for (long i = 0; i < walk.length(); i++, o += walk.step(0)) {
                Elements.setDouble(type, o, value);
            }
        }
    }

    @Override
    public void copy(Tensor out, Tensor x) {
        DType from = x.dtype();
        DType to = out.dtype();
        Walk walk = walk(out.shape(), out, x);
        for (boolean row = walk.start(out.address(), x.address()); row; row = walk.next()) {
            if (from == to) {
                moveRow(to, walk);
                continue;
            }
            long o = walk.address(0);
            long a = walk.address(1);
            for (long i = 0; i < walk.length(); i++, o += walk.step(0), a += walk.step(1)) {
                if (from.isFloating()) {
                    Elements.setDouble(to, o, Elements.getDouble(from, a));
                } else {
                    Elements.setLong(to, o, Elements.getLong(from, a));
                }
            }
        }
    }

    @Override
    public void arange(Tensor out, double start, double step) {
        long address = out.address();
        for (long i = 0; i < out.numel(); i++) {
            Elements.setDouble(out.dtype(), address + i * out.stride(0) * out.dtype().bytes(), start + i * step);
        }
    }

    @Override
    public void unary(UnaryOp op, Tensor out, Tensor x) {
        DType from = x.dtype();
        DType to = out.dtype();
        boolean floating = from.isFloating();
        Walk walk = walk(out.shape(), out, x);
        for (boolean row = walk.start(out.address(), x.address()); row; row = walk.next()) {
            long o = walk.address(0);
            long a = walk.address(1);
            for (long i = 0; i < walk.length(); i++, o += walk.step(0), a += walk.step(1)) {
                if (floating) {
                    Elements.setDouble(to, o, op.apply(Elements.getDouble(from, a)));
                } else {
                    Elements.setLong(to, o, op.apply(Elements.getLong(from, a)));
                }
            }
        }
    }

    @Override
    public void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        DType left = a.dtype();
        DType right = b.dtype();
        DType to = out.dtype();
        boolean floating = left.isFloating();
        Walk walk = walk(out.shape(), out, a, b);
        for (boolean row = walk.start(out.address(), a.address(), b.address()); row; row = walk.next()) {
            long o = walk.address(0);
            long l = walk.address(1);
            long r = walk.address(2);
            for (long i = 0; i < walk.length(); i++, o += walk.step(0), l += walk.step(1), r += walk.step(2)) {
                if (floating) {
                    Elements.setDouble(to, o, op.apply(Elements.getDouble(left, l), Elements.getDouble(right, r)));
                } else {
                    Elements.setLong(to, o, op.apply(Elements.getLong(left, l), Elements.getLong(right, r)));
                }
            }
        }
    }

    @Override
    public void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        DType[] types = {a.dtype(), b.dtype(), c.dtype()};
        boolean floating = types[0].isFloating();
        Walk walk = walk(out.shape(), out, a, b, c);
        for (boolean row = walk.start(out.address(), a.address(), b.address(), c.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long o = walk.address(0) + i * walk.step(0);
                long x = walk.address(1) + i * walk.step(1);
                long y = walk.address(2) + i * walk.step(2);
                long z = walk.address(3) + i * walk.step(3);
                if (floating) {
                    Elements.setDouble(out.dtype(), o, op.apply(Elements.getDouble(types[0], x),
                            Elements.getDouble(types[1], y), Elements.getDouble(types[2], z)));
                } else {
                    Elements.setLong(out.dtype(), o, op.apply(Elements.getLong(types[0], x),
                            Elements.getLong(types[1], y), Elements.getLong(types[2], z)));
                }
            }
        }
    }

    @Override
    public void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        DType type = out.dtype();
        Walk walk = walk(out.shape(), out, condition, a, b);
        boolean row = walk.start(out.address(), condition.address(), a.address(), b.address());
        for (; row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                boolean first = Elements.getLong(DType.BOOL, walk.address(1) + i * walk.step(1)) != 0;
                int chosen = first ? 2 : 3;
                Elements.move(type, walk.address(0) + i * walk.step(0), walk.address(chosen) + i * walk.step(chosen));
            }
        }
    }

    // ---- reductions ------------------------------------------------------------------------------------------------

    @Override
    public void reduce(ReduceOp op, Tensor out, Tensor x) {
        // Two walks: over the elements of out, and for each one over the elements of x that it is made of.
        long[] reduced = x.shape().toArray();
        for (int axis = 0; axis < reduced.length; axis++) {
            reduced[axis] = out.size(axis) == 1 ? reduced[axis] : 1;
        }
        Walk inner = new Walk(reduced, Walk.strides(x));
        Walk outer = walk(out.shape(), out, x);
        boolean floating = x.dtype().isFloating();
        for (boolean row = outer.start(out.address(), x.address()); row; row = outer.next()) {
            for (long i = 0; i < outer.length(); i++) {
                long o = outer.address(0) + i * outer.step(0);
                long first = outer.address(1) + i * outer.step(1);
                if (floating) {
                    Elements.setDouble(out.dtype(), o, reduceDoubles(op, x.dtype(), inner, first));
                } else {
                    Elements.setLong(out.dtype(), o, reduceLongs(op, x.dtype(), inner, first));
                }
            }
        }
    }

    private static double reduceDoubles(ReduceOp op, DType type, Walk walk, long first) {
        double result = switch (op) {
            case SUM, SUM_OF_SQUARES, MEAN, ANY, COUNT -> 0;
            case PROD, ALL -> 1;
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
        };
        long count = 0;
        for (boolean row = walk.start(first); row; row = walk.next()) {
            long a = walk.address(0);
            for (long i = 0; i < walk.length(); i++, a += walk.step(0)) {
                double value = Elements.getDouble(type, a);
                result = switch (op) {
                    case SUM, MEAN -> result + value;
                    case SUM_OF_SQUARES -> result + value * value;
                    case PROD -> result * value;
                    case MAX -> Math.max(result, value);
                    case MIN -> Math.min(result, value);
                    case ANY -> result != 0 || value != 0 ? 1 : 0;
                    case ALL -> result != 0 && value != 0 ? 1 : 0;
                    case COUNT -> result + (value != 0 ? 1 : 0);
                };
            }
            count += walk.length();
        }
        return op == ReduceOp.MEAN ? result / count : result;
    }

    private static long reduceLongs(ReduceOp op, DType type, Walk walk, long first) {
        long result = switch (op) {
            case SUM, SUM_OF_SQUARES, ANY, COUNT -> 0;
            case PROD, ALL -> 1;
            case MAX -> Long.MIN_VALUE;
            case MIN -> Long.MAX_VALUE;
            case MEAN -> throw new IllegalArgumentException("mean: needs a floating-point tensor, got " + type);
        };
        for (boolean row = walk.start(first); row; row = walk.next()) {
            long a = walk.address(0);
            for (long i = 0; i < walk.length(); i++, a += walk.step(0)) {
                long value = Elements.getLong(type, a);
                result = switch (op) {
                    case SUM, MEAN -> result + value;
                    case SUM_OF_SQUARES -> result + value * value;
                    case PROD -> result * value;
                    case MAX -> Math.max(result, value);
                    case MIN -> Math.min(result, value);
                    case ANY -> result != 0 || value != 0 ? 1 : 0;
                    case ALL -> result != 0 && value != 0 ? 1 : 0;
                    case COUNT -> result + (value != 0 ? 1 : 0);
                };
            }
        }
        return result;
    }

    @Override
    public void argReduce(boolean largest, Tensor out, Tensor x, int axis) {
        DType type = x.dtype();
        long step = x.stride(axis) * type.bytes();
        Walk walk = walk(out.shape(), out, x);
        for (boolean row = walk.start(out.address(), x.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long first = walk.address(1) + i * walk.step(1);
                long best = 0;
                for (long p = 1; p < x.size(axis); p++) {
                    if (beats(largest, type, first + p * step, first + best * step)) {
                        best = p;
                    }
                }
                Elements.setLong(DType.I64, walk.address(0) + i * walk.step(0), best);
            }
        }
    }

    /** Tells whether an element takes the place of the best one so far; NaN beats every number and is never beaten. */
    private static boolean beats(boolean largest, DType type, long element, long best) {
        if (type.isFloating()) {
            double value = Elements.getDouble(type, element);
            double other = Elements.getDouble(type, best);
            if (Double.isNaN(value) || Double.isNaN(other)) {
                return !Double.isNaN(other);
            }
            return largest ? value > other : value < other;
        }
        long value = Elements.getLong(type, element);
        long other = Elements.getLong(type, best);
        return largest ? value > other : value < other;
    }

    // ---- sorting and scans -----------------------------------------------------------------------------------------

    @Override
    public void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        Sorts.sort(values, indices, x, descending);
    }

    @Override
    public void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right) {
        Sorts.searchSorted(out, sorted, x, right);
    }

    @Override
    public void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        Scans.scan(op, fromEnd, out, x, axis);
    }

    @Override
    public void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        Scans.scanExtreme(largest, values, indices, x, axis);
    }

    @Override
    public void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        Scans.recurrence(fromEnd, out, a, b, axis);
    }

    // ---- products --------------------------------------------------------------------------------------------------

    @Override
    public void matmul(Tensor out, Tensor a, Tensor b) {
        DType type = out.dtype();
        int bytes = type.bytes();
        // The walk goes over the batch axes; rows and columns are the loops below.
        int rank = out.rank();
        Walk batches = new Walk(Arrays.copyOf(out.shape().toArray(), rank - 2), Walk.strides(out), Walk.strides(a),
                Walk.strides(b));
        long outRow = out.stride(-2) * bytes;
        long outColumn = out.stride(-1) * bytes;
        long aRow = a.stride(-2) * bytes;
        long aColumn = a.stride(-1) * bytes;
        long bRow = b.stride(-2) * bytes;
        long bColumn = b.stride(-1) * bytes;
        for (boolean more = batches.start(out.address(), a.address(), b.address()); more; more = batches.next()) {
            for (long batch = 0; batch < batches.length(); batch++) {
                long o = batches.address(0) + batch * batches.step(0);
                long l = batches.address(1) + batch * batches.step(1);
                long r = batches.address(2) + batch * batches.step(2);
                for (long m = 0; m < out.size(-2); m++) {
                    for (long n = 0; n < out.size(-1); n++) {
                        long target = o + m * outRow + n * outColumn;
                        long x = l + m * aRow;
                        long y = r + n * bColumn;
                        if (type.isFloating()) {
                            Elements.setDouble(type, target, dot(type, x, aColumn, y, bRow, a.size(-1)));
                        } else {
                            Elements.setLong(type, target, integerDot(type, x, aColumn, y, bRow, a.size(-1)));
                        }
                    }
                }
            }
        }
    }

    private static double dot(DType type, long a, long aStep, long b, long bStep, long length) {
        double sum = 0;
        for (long k = 0; k < length; k++) {
            sum += Elements.getDouble(type, a + k * aStep) * Elements.getDouble(type, b + k * bStep);
        }
        return sum;
    }

    private static long integerDot(DType type, long a, long aStep, long b, long bStep, long length) {
        long sum = 0;
        for (long k = 0; k < length; k++) {
            sum += Elements.getLong(type, a + k * aStep) * Elements.getLong(type, b + k * bStep);
        }
        return sum;
    }

    // ---- decompositions --------------------------------------------------------------------------------------------

    @Override
    public void lu(Tensor a, Tensor permutation) {
        LinearAlgebra.lu(a, permutation);
    }

    @Override
    public void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit) {
        LinearAlgebra.solveTriangular(b, a, upper, unit);
    }

    @Override
    public void cholesky(Tensor a, boolean upper, Tensor info) {
        LinearAlgebra.cholesky(a, upper, info);
    }

    @Override
    public void qr(Tensor q, Tensor a) {
        LinearAlgebra.qr(q, a);
    }

    @Override
    public void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info) {
        LinearAlgebra.svd(u, s, vh, a, info);
    }

    @Override
    public void eigh(Tensor w, Tensor a, boolean vectors, Tensor info) {
        LinearAlgebra.eigh(w, a, vectors, info);
    }

    // ---- Fourier transforms ----------------------------------------------------------------------------------------

    @Override
    public void fft(Tensor out, Tensor x, boolean inverse, double scale) {
        DType type = x.dtype();
        long n = x.size(-2);
        long pair = 2L * type.bytes();
        double[] cos = new double[Math.toIntExact(n)];
        double[] sin = new double[cos.length];
        for (int i = 0; i < cos.length; i++) {
            cos[i] = Math.cos(2 * Math.PI * i / n);
            sin[i] = (inverse ? 1 : -1) * Math.sin(2 * Math.PI * i / n);
        }
        for (long at = 0; at < x.numel() / 2; at += n) {
            for (long k = 0; k < n; k++) {
                double real = 0;
                double imaginary = 0;
                for (long t = 0; t < n; t++) {
                    double re = Elements.getDouble(type, x.address() + (at + t) * pair);
                    double im = Elements.getDouble(type, x.address() + (at + t) * pair + type.bytes());
                    int angle = (int) (k * t % n);
                    real += re * cos[angle] - im * sin[angle];
                    imaginary += re * sin[angle] + im * cos[angle];
                }
                Elements.setDouble(type, out.address() + (at + k) * pair, scale * real);
                Elements.setDouble(type, out.address() + (at + k) * pair + type.bytes(), scale * imaginary);
            }
        }
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    @Override
    public void gather(Tensor out, Tensor x, int axis, Tensor index) {
        long step = x.stride(axis) * x.dtype().bytes();
        Walk walk = new Walk(index.shape().toArray(), Walk.strides(out), Walk.strides(index), stridesBut(axis, x));
        for (boolean row = walk.start(out.address(), index.address(), x.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long position = Elements.getLong(DType.I64, walk.address(1) + i * walk.step(1));
                Elements.move(out.dtype(), walk.address(0) + i * walk.step(0),
                        walk.address(2) + i * walk.step(2) + position * step);
            }
        }
    }

    @Override
    public void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source) {
        DType type = out.dtype();
        long step = out.stride(axis) * type.bytes();
        Walk walk = new Walk(index.shape().toArray(), stridesBut(axis, out), Walk.strides(index), Walk.strides(source));
        for (boolean row = walk.start(out.address(), index.address(), source.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long position = Elements.getLong(DType.I64, walk.address(1) + i * walk.step(1));
                write(op, type, walk.address(0) + i * walk.step(0) + position * step,
                        walk.address(2) + i * walk.step(2));
            }
        }
    }

    /** A tensor's strides with one axis standing still, for an index that moves along it. */
    private static long[] stridesBut(int axis, Tensor tensor) {
        long[] strides = Walk.strides(tensor);
        strides[axis] = 0;
        return strides;
    }

    private static void write(ScatterOp op, DType type, long to, long from) {
        if (op == ScatterOp.REPLACE) {
            Elements.move(type, to, from);
        } else if (type.isFloating()) {
            double value = op.function().apply(Elements.getDouble(type, to), Elements.getDouble(type, from));
            Elements.setDouble(type, to, value);
        } else {
            Elements.setLong(type, to, op.function().apply(Elements.getLong(type, to), Elements.getLong(type, from)));
        }
    }

    @Override
    public boolean offsets(Tensor out, Tensor index, long size, long stride) {
        Walk walk = walk(out.shape(), out, index);
        for (boolean row = walk.start(out.address(), index.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                long position = Elements.getLong(DType.I64, walk.address(1) + i * walk.step(1));
                if (position < -size || position >= size) {
                    return false;
                }
                long to = walk.address(0) + i * walk.step(0);
                long from = position < 0 ? position + size : position;
                Elements.setLong(DType.I64, to, Elements.getLong(DType.I64, to) + from * stride);
            }
        }
        return true;
    }

    @Override
    public long countNonzero(Tensor x) {
        long count = 0;
        Walk walk = walk(x.shape(), x);
        for (boolean row = walk.start(x.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                count += Elements.getDouble(x.dtype(), walk.address(0) + i * walk.step(0)) != 0 ? 1 : 0;
            }
        }
        return count;
    }

    @Override
    public void nonzero(Tensor out, Tensor x) {
        int rank = x.rank();
        long next = out.address();
        long element = 0;
        Walk walk = walk(x.shape(), x);
        for (boolean row = walk.start(x.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++, element++) {
                if (Elements.getDouble(x.dtype(), walk.address(0) + i * walk.step(0)) != 0) {
                    long left = element;
                    for (int axis = rank - 1; axis >= 0; axis--) {
                        Elements.setLong(DType.I64, next + (long) axis * Long.BYTES, left % x.size(axis));
                        left /= x.size(axis);
                    }
                    next += (long) rank * Long.BYTES;
                }
            }
        }
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Override
    public void uniform(Tensor out, long seed, long call, double from, double to) {
        DType type = out.dtype();
        Words words = new Words(seed, call);
        Walk walk = walk(out.shape(), out);
        long element = 0;
        for (boolean row = walk.start(out.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++, element++) {
                float u = Philox.uniform(words.at(element));
                // In f32 every step rounds to f32, so that fast kernels can give the same bits.
                double value = type == DType.F32 ? (float) from + (float) (to - from) * u : from + (to - from) * u;
                Elements.setDouble(type, walk.address(0) + i * walk.step(0), value);
            }
        }
    }

    @Override
    public void normal(Tensor out, long seed, long call, double mean, double std) {
        Words words = new Words(seed, call);
        Walk walk = walk(out.shape(), out);
        long element = 0;
        for (boolean row = walk.start(out.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++, element++) {
                // Two neighbours share the two words of their pair.
                boolean sine = (element & 1) == 1;
                int first = words.at(element & ~1);
                int second = words.at(element | 1);
                double value = mean + std * Philox.normal(first, second, sine);
                Elements.setDouble(out.dtype(), walk.address(0) + i * walk.step(0), value);
            }
        }
    }

    @Override
    public void integers(Tensor out, long seed, long call, long low, long range) {
        int[] block = new int[4];
        Walk walk = walk(out.shape(), out);
        long element = 0;
        for (boolean row = walk.start(out.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++, element++) {
                if ((element & 1) == 0) {
                    Philox.block(block, seed, call, element >>> 1);
                }
                long value = low + Math.unsignedMultiplyHigh(Philox.bits(block, (int) (element & 1)), range);
                Elements.setLong(out.dtype(), walk.address(0) + i * walk.step(0), value);
            }
        }
    }

    @Override
    public void dropout(Tensor out, Tensor x, double p, long seed, long call) {
        DType type = x.dtype();
        double scale = type == DType.F32 ? (float) (1 / (1 - p)) : 1 / (1 - p);
        Words words = new Words(seed, call);
        Walk walk = walk(out.shape(), out, x);
        long element = 0;
        for (boolean row = walk.start(out.address(), x.address()); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++, element++) {
                boolean kept = Philox.uniform(words.at(element)) >= p;
                double value = kept ? Elements.getDouble(type, walk.address(1) + i * walk.step(1)) * scale : 0;
                Elements.setDouble(type, walk.address(0) + i * walk.step(0), value);
            }
        }
    }

    /** The random words of a call: one an element, four a block. */
    private static final class Words {
        private final long seed;
        private final long call;
        private final int[] block = new int[4];
        private long counter = -1;

        Words(long seed, long call) {
            this.seed = seed;
            this.call = call;
        }

        int at(long element) {
            if (element >>> 2 != counter) {
                counter = element >>> 2;
                Philox.block(block, seed, call, counter);
            }
            return block[(int) (element & 3)];
        }
    }

    // ---- rows ------------------------------------------------------------------------------------------------------

    private static Walk walk(Shape shape, Tensor... operands) {
        long[][] strides = new long[operands.length][];
        Arrays.setAll(strides, k -> Walk.strides(operands[k]));
        return new Walk(shape.toArray(), strides);
    }

    /** Copies a row of operand 1 to operand 0, both of one type. */
    private static void moveRow(DType type, Walk walk) {
        long to = walk.address(0);
        long from = walk.address(1);
        if (walk.step(0) == type.bytes() && walk.step(1) == type.bytes()) {
            NativeMemory.copy(from, to, walk.length() * type.bytes());
            return;
        }
        for (long i = 0; i < walk.length(); i++, to += walk.step(0), from += walk.step(1)) {
            Elements.move(type, to, from);
        }
    }
}
