package org.jacobi.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.function.Function;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.backend.Backend;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/**
 * An n-dimensional array of numbers: a view of a block of memory through a shape and strides.
 *
 * <p>Views (transpose, narrow, expand ...) share the block; ops return new tensors; methods whose name ends in an underscore
 * change the tensor in place. Names and meanings are PyTorch's. Families of ops have files of their own: the interfaces
 * that this class implements. A tensor records no gradient: that is Variable's business.
 * Memory is given back by {@link TensorScope}.
 */
public final class Tensor
        implements TensorElementwise, TensorFunctions, TensorActivations, TensorQuantization, TensorReductions,
        TensorInPlace, TensorIndexing, TensorSorting, TensorShapes, TensorPooling, TensorProducts, TensorConvolutions,
        TensorLinalg, TensorSpectral {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Tensor.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private enum State {
        LIVE,
        /** Between handOff and adopt: nobody's, and nobody may use it. */
        IN_TRANSIT, RELEASED,
        /** Released, because another handle went to another thread. */
        HANDED_OFF
    }

    private final Shape shape;
    private DType dtype;
    // Set once but for to_, which shows other memory through the same handle.
    private Storage storage;
    private long offset;
    private long[] strides;
    private boolean contiguous;
    /** The scope that will release this handle; null when the garbage collector will. */
    private TensorScope.Members owner;
    private State state = State.LIVE;

    /** Makes a handle that the storage counts already. */
    private Tensor(Storage storage, long offset, Shape shape, long[] strides, DType dtype,
            TensorScope.Members owner) {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        this.dtype = dtype;
        this.contiguous = Strides.areContiguous(shape, strides);
        moveTo(owner);
    }

    // ---- creation --------------------------------------------------------------------------------------------------

    // Without a device, the CPU is meant.

    /** Returns a new tensor with undefined content. */
    public static Tensor empty(DType dtype, Shape shape) {
        return make("empty", dtype, shape);
    }

    /** Returns a new tensor with undefined content. */
    public static Tensor empty(DType dtype, long... sizes) {
        return make("empty", dtype, Shape.of("empty", sizes));
    }

    /** Returns a new tensor with undefined content on a device. */
    public static Tensor empty(Device device, DType dtype, Shape shape) {
        return make("empty", device, dtype, shape);
    }

    /** Returns a new tensor with undefined content on a device. */
    public static Tensor empty(Device device, DType dtype, long... sizes) {
        return make("empty", device, dtype, Shape.of("empty", sizes));
    }

    /** Returns a new tensor with undefined content that error messages attribute to the named op. */
    public static Tensor make(String op, DType dtype, Shape shape) {
        return make(op, Device.CPU, dtype, shape);
    }

    /** Returns a new tensor with undefined content on a device that error messages attribute to the named op. */
    public static Tensor make(String op, Device device, DType dtype, Shape shape) {
        Checks.required(op, "the device", device);
        Checks.required(op, "the type", dtype);
        Checks.required(op, "the shape", shape);
        Reaper.drain();
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.numel(), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(op + ": a tensor of shape " + shape + " has more than 2^63 bytes", e);
        }
        Storage storage = Storage.allocate(device, bytes, op);
        return new Tensor(storage, 0, shape, shape.contiguousStrides(), dtype, TensorScope.current());
    }

    /**
     * Returns a tensor over memory that somebody else owns, such as a mapped file; Jacobi never frees it, and ops that
     * change a tensor in place refuse it.
     *
     * @param keepAlive the object whose life keeps the memory valid
     */
    public static Tensor foreign(String op, DType dtype, Shape shape, long address, Object keepAlive) {
        return foreign(op, dtype, shape, address, keepAlive, true);
    }

    static Tensor foreign(String op, DType dtype, Shape shape, long address, Object keepAlive, boolean readOnly) {
        Storage storage = Storage.foreign(Device.CPU, address, shape.numel() * dtype.bytes(), op, keepAlive, readOnly);
        return new Tensor(storage, 0, shape, shape.contiguousStrides(), dtype, TensorScope.current());
    }

    /** Returns an f32 tensor of zeros. */
    public static Tensor zeros(long... sizes) {
        return filled("zeros", Device.CPU, 0, DType.F32, sizes);
    }

    /** Returns a tensor of zeros. */
    public static Tensor zeros(DType dtype, long... sizes) {
        return filled("zeros", Device.CPU, 0, dtype, sizes);
    }

    /** Returns a tensor of zeros on a device. */
    public static Tensor zeros(Device device, DType dtype, long... sizes) {
        return filled("zeros", device, 0, dtype, sizes);
    }

    /** Returns an f32 tensor of ones. */
    public static Tensor ones(long... sizes) {
        return filled("ones", Device.CPU, 1, DType.F32, sizes);
    }

    /** Returns a tensor of ones. */
    public static Tensor ones(DType dtype, long... sizes) {
        return filled("ones", Device.CPU, 1, dtype, sizes);
    }

    /** Returns a tensor of ones on a device. */
    public static Tensor ones(Device device, DType dtype, long... sizes) {
        return filled("ones", device, 1, dtype, sizes);
    }

    /** Returns a tensor that holds one value everywhere, whose fraction integer types cut off. */
    public static Tensor full(double value, DType dtype, long... sizes) {
        return filled("full", Device.CPU, value, dtype, sizes);
    }

    /** Returns a tensor on a device that holds one value everywhere, whose fraction integer types cut off. */
    public static Tensor full(Device device, double value, DType dtype, long... sizes) {
        return filled("full", device, value, dtype, sizes);
    }

    private static Tensor filled(String op, Device device, double value, DType dtype, long... sizes) {
        double number = Checks.inRange(op, value, dtype);
        Tensor out = make(op, device, dtype, Shape.of(op, sizes));
        out.backend().fill(out, number);
        return out;
    }

    /** Returns an f32 scalar, a tensor of no axes. */
    public static Tensor scalar(double value) {
        return filled("scalar", Device.CPU, value, DType.F32);
    }

    /** Returns a scalar of the given type; as an operand of an elementwise op it stands beside tensors of any device. */
    public static Tensor scalar(double value, DType dtype) {
        return filled("scalar", Device.CPU, value, dtype);
    }

    /** Returns a scalar of the given type on a device. */
    public static Tensor scalar(Device device, double value, DType dtype) {
        return filled("scalar", device, value, dtype);
    }

    /** Returns the i64 vector 0, 1, ..., end - 1. */
    public static Tensor arange(long end) {
        return arange(Device.CPU, end);
    }

    /** Returns the i64 vector 0, 1, ..., end - 1 on a device. */
    public static Tensor arange(Device device, long end) {
        return arange(device, 0, end, 1, DType.I64);
    }

    /** Returns the vector start, start + step, ... up to but without end. */
    public static Tensor arange(double start, double end, double step, DType dtype) {
        return arange(Device.CPU, start, end, step, dtype);
    }

    /** Returns the vector start, start + step, ... up to but without end, on a device. */
    public static Tensor arange(Device device, double start, double end, double step, DType dtype) {
        if (!Double.isFinite((end - start) / step) || (end - start) / step < 0) {
            throw new IllegalArgumentException("arange: no steps of " + step + " lead from " + start + " to " + end);
        }
        Tensor out = make("arange", device, dtype, Shape.of((long) Math.ceil((end - start) / step)));
        out.backend().arange(out, start, step);
        return out;
    }

    /** Returns so many f32 numbers at equal distances from start to end, both included. */
    public static Tensor linspace(double start, double end, long steps) {
        return linspace(start, end, steps, DType.F32);
    }

    /** Returns so many numbers at equal distances from start to end, both included. */
    public static Tensor linspace(double start, double end, long steps, DType dtype) {
        return Construction.linspace("linspace", start, end, steps, dtype);
    }

    /** Returns base to the powers at equal distances from start to end, both included, so many of them. */
    public static Tensor logspace(double start, double end, long steps, double base, DType dtype) {
        return Construction.logspace(start, end, steps, base, dtype);
    }

    /** Returns the n x n f32 identity matrix. */
    public static Tensor eye(long n) {
        return eye(n, n);
    }

    /** Returns the n x m f32 matrix with ones on the diagonal and zeros elsewhere. */
    public static Tensor eye(long n, long m) {
        Tensor out = filled("eye", Device.CPU, 0, DType.F32, n, m);
        Tensor diagonal = out.diagonal();
        diagonal.fill_(1).release();
        return out;
    }

    /** Returns a new tensor with undefined content of a tensor's shape, type and device. */
    public static Tensor emptyLike(Tensor x) {
        return make("emptyLike", x.device(), x.dtype, x.shape);
    }

    /** Returns zeros of a tensor's shape, type and device. */
    public static Tensor zerosLike(Tensor x) {
        return full(x.device(), 0, x.dtype, x.shape.toArray());
    }

    /** Returns ones of a tensor's shape, type and device. */
    public static Tensor onesLike(Tensor x) {
        return full(x.device(), 1, x.dtype, x.shape.toArray());
    }

    /** Returns a tensor of another's shape, type and device that holds one value everywhere. */
    public static Tensor fullLike(Tensor x, double value) {
        return filled("fullLike", x.device(), value, x.dtype, x.shape.toArray());
    }

    /** Returns, as an i64 matrix (2, n), the rows and columns of the elements of a matrix on and below its k-th diagonal. */
    public static Tensor trilIndices(long rows, long columns, long k) {
        return Construction.triangleIndices("trilIndices", rows, columns, k, true);
    }

    /** Returns, as an i64 matrix (2, n), the rows and columns of the elements of a matrix on and above its k-th diagonal. */
    public static Tensor triuIndices(long rows, long columns, long k) {
        return Construction.triangleIndices("triuIndices", rows, columns, k, false);
    }

    /** Returns the matrix (len, n) of the powers 0 to n - 1 of a vector's elements, the highest first if not increasing. */
    public static Tensor vander(Tensor x, long n, boolean increasing) {
        return Construction.vander(x, n, increasing);
    }

    /** Returns the f32 frequencies (n) that {@link #fft} gives for samples d apart: 0, 1, ..., ..., -1, over n d. */
    public static Tensor fftfreq(long n, double d) {
        return Spectral.frequencies("fftfreq", n, d, n, (n - 1) / 2);
    }

    /** Returns the f32 frequencies (n / 2 + 1) that {@link #rfft} gives for n samples d apart: 0, 1, ..., n / 2, over n d. */
    public static Tensor rfftfreq(long n, double d) {
        return Spectral.frequencies("rfftfreq", n, d, n / 2 + 1, n / 2);
    }

    /** Returns an f32 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(float[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.F32, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an f64 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(double[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.F64, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i64 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(long[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.I64, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i16 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(short[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.I16, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i32 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(int[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.I32, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns a u8 tensor with the given bytes, read as 0 to 255, row-major; without sizes, a vector. */
    public static Tensor of(byte[] data, long... sizes) {
        Checks.required("of", "the array", data);
        return imported("of", DType.U8, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns a bool tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(boolean[] data, long... sizes) {
        byte[] bytes = new byte[Checks.required("of", "the array", data).length];
        for (int i = 0; i < data.length; i++) {
            bytes[i] = (byte) (data[i] ? 1 : 0);
        }
        return imported("of", DType.BOOL, data.length, MemorySegment.ofArray(bytes), sizes);
    }

    /** Returns a u8 or i8 tensor whose elements have the given bits, row-major; without sizes, a vector. */
    public static Tensor ofBits(DType type, byte[] bits, long... sizes) {
        if (type != DType.U8 && type != DType.I8) {
            throw new IllegalArgumentException("ofBits: needs type U8 or I8 for bytes, got " + type);
        }
        return imported("ofBits", type, bits.length, MemorySegment.ofArray(bits), sizes);
    }

    /** Returns an f16 or bf16 tensor whose elements have the given bits, row-major; without sizes, a vector. */
    public static Tensor ofBits(DType half, short[] bits, long... sizes) {
        if (!half.isHalf()) {
            throw new IllegalArgumentException("ofBits: needs type F16 or BF16 for shorts, got " + half);
        }
        return imported("ofBits", half, bits.length, MemorySegment.ofArray(bits), sizes);
    }

    /** Returns an f32 tensor with a copy of a buffer's remaining numbers; without sizes, a vector. */
    public static Tensor of(FloatBuffer data, long... sizes) {
        float[] numbers = new float[data.remaining()];
        data.duplicate().get(numbers);
        return of(numbers, sizes);
    }

    /** Returns an f64 tensor with a copy of a buffer's remaining numbers; without sizes, a vector. */
    public static Tensor of(DoubleBuffer data, long... sizes) {
        double[] numbers = new double[data.remaining()];
        data.duplicate().get(numbers);
        return of(numbers, sizes);
    }

    /** Returns an i64 tensor with a copy of a buffer's remaining numbers; without sizes, a vector. */
    public static Tensor of(LongBuffer data, long... sizes) {
        long[] numbers = new long[data.remaining()];
        data.duplicate().get(numbers);
        return of(numbers, sizes);
    }

    /** Returns an i32 tensor with a copy of a buffer's remaining numbers; without sizes, a vector. */
    public static Tensor of(IntBuffer data, long... sizes) {
        int[] numbers = new int[data.remaining()];
        data.duplicate().get(numbers);
        return of(numbers, sizes);
    }

    /**
     * Returns a tensor with the elements of an array of any nesting, such as float[][][], or of a single number; its type is
     * the one that {@code of} gives for arrays.
     *
     * @throws IllegalArgumentException if arrays side by side differ in length; the message names the position
     */
    public static Tensor from(Object nestedArray) {
        return Exchange.from(nestedArray);
    }

    /**
     * Returns a tensor over memory outside the Java heap, without a copy: what is written to one is seen in the other.
     * Without sizes, a vector.
     *
     * <p>The tensor keeps the segment reachable. Using it after the segment's Arena was closed is an exception; an Arena that
     * is shared must not be closed while another thread runs an op on the tensor. Changes through the segment are not
     * noticed by a backward that needs the old numbers.
     *
     * @throws IllegalArgumentException if the segment is on the heap (use {@link #copyOf(MemorySegment, DType, long...)}),
     *                                  not aligned, or not filled by the shape
     */
    public static Tensor wrap(MemorySegment segment, DType dtype, long... sizes) {
        return Exchange.wrap(segment, dtype, sizes);
    }

    /**
     * Returns a tensor over the remaining bytes of a direct buffer, without a copy: what is written to one is seen in the
     * other. Without sizes, a vector. The tensor keeps the buffer's memory alive.
     *
     * @throws IllegalArgumentException if the buffer is not direct, not aligned, of another byte order than the machine's, or
     *                                  not filled by the shape
     */
    public static Tensor wrap(ByteBuffer buffer, DType dtype, long... sizes) {
        return Exchange.wrap(buffer, dtype, sizes);
    }

    /** Returns a tensor with a copy of a segment's bytes, in the machine's byte order; without sizes, a vector. */
    public static Tensor copyOf(MemorySegment segment, DType dtype, long... sizes) {
        return Exchange.copyOf(segment, dtype, sizes);
    }

    /** Returns a tensor with a copy of a buffer's remaining bytes, in the buffer's byte order; without sizes, a vector. */
    public static Tensor copyOf(ByteBuffer buffer, DType dtype, long... sizes) {
        return Exchange.copyOf(buffer, dtype, sizes);
    }

    /** Returns uniform f32 numbers from 0 (inclusive) to 1 (exclusive). */
    public static Tensor rand(Generator generator, long... sizes) {
        return make("rand", DType.F32, Shape.of("rand", sizes)).uniform_(0, 1, generator);
    }

    /** Returns f32 numbers of the normal distribution with mean 0 and standard deviation 1. */
    public static Tensor randn(Generator generator, long... sizes) {
        return make("randn", DType.F32, Shape.of("randn", sizes)).normal_(0, 1, generator);
    }

    /** Returns uniform numbers from 0 (inclusive) to 1 (exclusive) of a floating-point tensor's shape and type. */
    public static Tensor randLike(Tensor x, Generator generator) {
        Reductions.floating("randLike", x);
        return make("randLike", x.device(), x.dtype, x.shape).uniform_(0, 1, generator);
    }

    /** Returns numbers of the normal distribution with mean 0 and standard deviation 1, of a tensor's shape and type. */
    public static Tensor randnLike(Tensor x, Generator generator) {
        Reductions.floating("randnLike", x);
        return make("randnLike", x.device(), x.dtype, x.shape).normal_(0, 1, generator);
    }

    /** Returns i64 numbers from low (inclusive) to high (exclusive), all equally likely. */
    public static Tensor randint(Generator generator, long low, long high, long... sizes) {
        return Construction.randint(generator, low, high, Shape.of("randint", sizes));
    }

    /** Returns the i64 numbers 0 to n - 1 in random order, all orders equally likely. */
    public static Tensor randperm(Generator generator, long n) {
        return Construction.randperm(generator, n);
    }

    /** Returns, in p's type, 1 with the probability that p has there and 0 otherwise. */
    public static Tensor bernoulli(Tensor p, Generator generator) {
        return Construction.bernoulli(p, generator);
    }

    /**
     * Returns i64 positions (samples) of a vector of weights (C), or (N, samples) of the rows of a matrix (N, C), drawn with
     * probabilities in proportion to the weights.
     *
     * @param weights     not negative, and in every row at least one above 0; they need not add up to 1
     * @param replacement whether a position can be drawn again; if not, there must be as many weights above 0 as samples
     */
    public static Tensor multinomial(Tensor weights, int samples, boolean replacement, Generator generator) {
        return Construction.multinomial(weights, samples, replacement, generator);
    }

    private static Tensor imported(String op, DType type, int length, MemorySegment array, long[] sizes) {
        Shape shape = sizes.length == 0 ? Shape.of(length) : Shape.of(op, sizes);
        if (shape.numel() != length) {
            throw new IllegalArgumentException(
                    op + ": " + length + " elements do not fill shape " + shape + ", which has " + shape.numel()
                            + "; the product of the sizes must be the array's length");
        }
        Tensor out = make(op, type, shape);
        NativeMemory.ALL.asSlice(out.hostAddress(op), array.byteSize()).copyFrom(array);
        return out;
    }

    // ---- what it is ------------------------------------------------------------------------------------------------

    public Shape shape() {
        return shape;
    }

    public DType dtype() {
        return dtype;
    }

    /** Returns where the numbers live, and which kernels work on them. */
    public Device device() {
        return storage.device;
    }

    /** Tells whether this is a scalar on the CPU, which elementwise ops take beside tensors of any device. */
    boolean isHostScalar() {
        return strides.length == 0 && storage.device == Device.CPU;
    }

    /** Returns the number of axes. */
    public int rank() {
        return strides.length;
    }

    /** Returns the size of one axis; negative axes count from the end. */
    public long size(int axis) {
        return shape.size(axis);
    }

    /** Returns the number of elements. */
    public long numel() {
        return shape.numel();
    }

    /** Returns how many elements lie between neighbours along one axis; 0 where the axis is broadcast. */
    public long stride(int axis) {
        return strides[shape.axis("stride", axis)];
    }

    /** Returns whether the elements lie in row-major order without gaps. */
    public boolean isContiguous() {
        return contiguous;
    }

    /**
     * Returns the absolute address of the first element in the host's memory, for code that reads or writes numbers there.
     *
     * @param op what wants to, for the error message
     * @throws IllegalArgumentException if the numbers are on another device than the CPU
     * @throws IllegalStateException    if the tensor was released
     */
    public long hostAddress(String op) {
        if (storage.device != Device.CPU) {
            throw new IllegalArgumentException(op + ": the numbers of this tensor, made by " + storage.origin
                    + " with shape " + shape + ", are on " + storage.device
                    + " and not in the host's memory; take cpu() first");
        }
        return address();
    }

    /**
     * Returns the absolute address of the first element in its device's memory, for kernels.
     *
     * @throws IllegalStateException if the tensor was released
     */
    public long address() {
        requireLive();
        return storage.address + offset * dtype.bytes();
    }

    private void requireLive() {
        if (state != State.LIVE) {
            throw new IllegalStateException("this tensor, made by " + storage.origin + " with shape " + shape
                    + whyNotLive());
        }
        if (storage.arenaClosed()) {
            throw new IllegalStateException("this tensor, made by " + storage.origin + " with shape " + shape
                    + ", shows memory of an Arena that was closed; close it after the last use, or take a copy()");
        }
    }

    private String whyNotLive() {
        return switch (state) {
            case IN_TRANSIT -> ", was handed off and not adopted yet; the thread that receives it calls adopt() before"
                    + " it uses it";
            case HANDED_OFF -> ", was handed off to another thread; only the handle that handOff() returned is valid,"
                    + " once that thread has adopted it";
            default -> owner == null || owner.closedAt() == null
                    ? ", was given up with release(), or with clear() of its TensorScope"
                    : ", was released when its TensorScope closed at " + owner.closedAt()
                            + "; keep a value past its scope with scope.keep(tensor)";
        };
    }

    /** Returns the op that made this tensor's storage. */
    public String origin() {
        return storage.origin;
    }

    /** Returns how often this tensor's storage was changed in place. */
    public int version() {
        return storage.version;
    }

    /** Returns whether the other tensor views the same storage. */
    public boolean sharesStorage(Tensor other) {
        return storage == other.storage;
    }

    /** Returns whether the other tensor views the same storage through another offset or other strides. */
    boolean overlaps(Tensor other) {
        return storage == other.storage && (offset != other.offset || !Arrays.equals(strides, other.strides));
    }

    /** Returns the kernels that run this tensor's ops. */
    public Backend backend() {
        return storage.device.backend();
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    /** Hands this tensor to the parent of the scope that owns it; outside scopes nothing is to be done. */
    public Tensor keep() {
        TensorScope.keepInnermost(this);
        return this;
    }

    /** Takes this tensor out of all scopes: it lives as long as it is reachable, like a layer's parameters. */
    public Tensor unscope() {
        if (owner != null) {
            owner.checkThread("unscope");
        }
        moveTo(null);
        return this;
    }

    /**
     * Takes this tensor out of its scope so that another thread can own it.
     *
     * <p>This handle is given up; the one that is returned is nobody's until the other thread calls {@link #adopt} on it,
     * and any use before that is an exception. Hand it over through something that publishes safely, such as a
     * BlockingQueue or a Future: what was written before is then seen by the other thread. A loader that prepares at most
     * four batches ahead:
     *
     * <pre>{@code
     * record Batch(Tensor x, Tensor y) { }
     * BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(4);
     *
     * // worker                                            // trainer
     * while (true) {                                       while (training) {
     *     try (var _ = TensorScope.open()) {                   try (var _ = TensorScope.open()) {
     *         Tensor x = load().div(255);                          Batch batch = ready.take();
     *         Tensor y = labels();                                 Tensor x = batch.x().adopt();
     *         ready.put(new Batch(x.handOff(), y.handOff()));      Tensor y = batch.y().adopt();
     *     }                                                        step(x, y);
     * }                                                        }    // x and y are freed here
     *                                                      }
     * }</pre>
     *
     * <p>Other handles of the same storage (views, or what this is a view of) stay where they are and keep the storage
     * alive: the two threads then share its numbers, and neither should change them in place. A handle that nobody adopts
     * is freed by the garbage collector, or at once by {@link #release}.
     *
     * @throws IllegalStateException if this tensor was released or handed off, or belongs to another thread's scope
     */
    public Tensor handOff() {
        requireLive();
        if (owner != null) {
            owner.checkThread("handOff");
        }
        storage.retain();
        Tensor passed = new Tensor(storage, offset, shape, strides, dtype, null);
        passed.state = State.IN_TRANSIT;
        if (owner != null) {
            owner.remove(this);
        }
        end(State.HANDED_OFF);
        return passed;
    }

    /**
     * Takes over a tensor that another thread handed off: from now on it belongs to this thread's innermost open scope, or
     * to the garbage collector when there is none.
     *
     * @return the same tensor
     * @throws IllegalStateException if it was not handed off, was adopted already, or was released
     */
    public Tensor adopt() {
        if (!STATE.compareAndSet(this, State.IN_TRANSIT, State.LIVE)) {
            throw new IllegalStateException("adopt: this tensor, made by " + storage.origin + " with shape " + shape
                    + (state == State.LIVE
                            ? ", is not on its way to another thread; adopt once what handOff() returned"
                            : whyNotLive()));
        }
        if (TensorScope.current() != null) {
            moveTo(TensorScope.current());
        }
        return this;
    }

    /** Gives up this handle now; the last handle of a storage frees its memory. Releasing twice does nothing. */
    public void release() {
        end(State.RELEASED);
    }

    /** Gives up this handle, once, whichever threads try to. */
    private void end(State next) {
        State now = state;
        if ((now == State.LIVE || now == State.IN_TRANSIT) && STATE.compareAndSet(this, now, next)) {
            storage.release();
        }
    }

    /** Gives up this handle in favour of a view of it, which is returned. */
    Tensor replacedBy(Tensor view) {
        release();
        return view;
    }

    /** Returns whether this handle was released, by name or by its scope, or handed off. */
    public boolean isReleased() {
        return state == State.RELEASED || state == State.HANDED_OFF;
    }

    /** Returns whether this handle was handed off and not adopted yet. */
    boolean isInTransit() {
        return state == State.IN_TRANSIT;
    }

    /** Returns whether no other handle shares this tensor's memory. */
    public boolean isExclusive() {
        return storage.exclusive();
    }

    TensorScope.Members owner() {
        return owner;
    }

    Storage storage() {
        return storage;
    }

    void moveTo(TensorScope.Members next) {
        requireLive();
        if (owner != null) {
            owner.remove(this);
        }
        owner = next;
        if (next == null) {
            storage.track();
        } else {
            next.add(this);
        }
    }

    // ---- views -----------------------------------------------------------------------------------------------------

    /** Returns how many elements after the storage's first one this tensor's first one lies. */
    long offset() {
        return offset;
    }

    /** Returns the strides, not to be changed. */
    long[] strides() {
        return strides;
    }

    /** Returns a view of the same storage; whoever calls has checked that it does not leave it. */
    Tensor view(long newOffset, Shape newShape, long[] newStrides) {
        requireLive();
        storage.retain();
        return new Tensor(storage, newOffset, newShape, newStrides, dtype, TensorScope.current());
    }

    /** Returns a view of the given shape and strides whose first element lies so many after this one's first. */
    Tensor shifted(long by, Shape newShape, long[] newStrides) {
        return view(offset + by, newShape, newStrides);
    }

    // ---- copies and conversions ------------------------------------------------------------------------------------

    /** Returns this tensor if it is contiguous, else a contiguous copy. */
    public Tensor contiguous() {
        return contiguous ? this : copyTo("contiguous", dtype);
    }

    /** Returns a contiguous copy. */
    public Tensor copy() {
        return copyTo("copy", dtype);
    }

    /** Returns this tensor if it has the given type, else a converted copy. */
    public Tensor to(DType type) {
        return type == dtype ? this : copyTo("to", type);
    }

    /**
     * Returns this tensor if it is on the given device, else a contiguous copy there.
     *
     * @throws IllegalStateException if this tensor was released
     */
    public Tensor to(Device target) {
        return target == storage.device ? this : Transfer.copyTo(Checks.required("to", "the device", target), this);
    }

    /**
     * Moves this tensor in place: it is then a contiguous tensor on the given device, wherever somebody holds it. Views of it
     * that were made before stay on the old device, with numbers of their own.
     *
     * @return this
     */
    public Tensor to_(Device target) {
        if (target == storage.device) {
            return this;
        }
        show(to(target));
        return this;
    }

    /**
     * Converts this tensor in place: it is then a contiguous tensor of the given type, wherever somebody holds it. Views of it
     * that were made before stay as they are, with numbers of their own.
     *
     * @return this
     */
    public Tensor to_(DType type) {
        if (type == dtype) {
            return this;
        }
        show(to(type));
        return this;
    }

    /** Has this handle show the memory of a new tensor in place of its own, and releases the new one. */
    private void show(Tensor next) {
        Storage before = storage;
        next.storage.retain();
        next.storage.version = before.version + 1;
        storage = next.storage;
        dtype = next.dtype;
        offset = 0;
        strides = next.strides;
        contiguous = true;
        if (owner == null) {
            storage.track();
        }
        next.release();
        before.release();
    }

    /** Returns this tensor if its numbers are in the host's memory, else a contiguous copy there. */
    public Tensor cpu() {
        return to(Device.CPU);
    }

    private Tensor copyTo(String op, DType type) {
        Tensor out = make(op, storage.device, type, shape);
        backend().copy(out, this);
        Reference.reachabilityFence(this);
        return out;
    }

    /** Returns the only element. */
    public double item() {
        if (numel() != 1) {
            throw new IllegalArgumentException("item: needs a tensor of one element, got shape " + shape);
        }
        return valueAt(0);
    }

    /** Returns the element at the given position as a double; negative positions count from the end. */
    public double getDouble(long... position) {
        return valueAt(offsetOf("getDouble", position));
    }

    /** Returns the element at the given position as a long; negative positions count from the end. */
    public long getLong(long... position) {
        long at = offsetOf("getLong", position);
        if (dtype != DType.I64) {
            return (long) valueAt(at);
        }
        if (storage.device != Device.CPU) {
            return onHost(at, Tensor::getLong);
        }
        long value = NativeMemory.ALL.get(JAVA_LONG_UNALIGNED, address() + at * Long.BYTES);
        Reference.reachabilityFence(this);
        return value;
    }

    private long offsetOf(String op, long[] position) {
        if (position.length != rank()) {
            throw new IllegalArgumentException(op + ": " + position.length + " positions given for shape " + shape
                    + "; give one for each axis");
        }
        long at = 0;
        for (int i = 0; i < position.length; i++) {
            long p = position[i] < 0 ? position[i] + shape.size(i) : position[i];
            if (p < 0 || p >= shape.size(i)) {
                throw new IllegalArgumentException(
                        op + ": position " + position[i] + " is out of range for axis " + i + " of shape " + shape);
            }
            at += p * strides[i];
        }
        return at;
    }

    /** Reads, on the host, the element so many after the first one. */
    private double valueAt(long at) {
        return storage.device == Device.CPU ? elementAt(address() + at * dtype.bytes())
                : onHost(at, Tensor::item);
    }

    /** Returns what a function tells of a copy, in the host's memory, of the element so many after the first one. */
    private <T> T onHost(long at, Function<Tensor, T> read) {
        Tensor element = view(offset + at, Shape.of(), new long[0]);
        Tensor copy = element.cpu();
        element.release();
        T value = read.apply(copy);
        copy.release();
        return value;
    }

    private double elementAt(long address) {
        double value = switch (dtype) {
            case BOOL, U8 -> NativeMemory.ALL.get(JAVA_BYTE, address) & 0xFF;
            case I8 -> NativeMemory.ALL.get(JAVA_BYTE, address);
            case I16 -> NativeMemory.ALL.get(JAVA_SHORT_UNALIGNED, address);
            case I32 -> NativeMemory.ALL.get(JAVA_INT_UNALIGNED, address);
            case I64 -> NativeMemory.ALL.get(JAVA_LONG_UNALIGNED, address);
            case F16 -> Float.float16ToFloat(NativeMemory.ALL.get(JAVA_SHORT_UNALIGNED, address));
            case BF16 -> BFloat16.toFloat(NativeMemory.ALL.get(JAVA_SHORT_UNALIGNED, address));
            case F32 -> NativeMemory.ALL.get(JAVA_FLOAT_UNALIGNED, address);
            case F64 -> NativeMemory.ALL.get(JAVA_DOUBLE_UNALIGNED, address);
        };
        Reference.reachabilityFence(this);
        return value;
    }

    /** Returns the elements in row-major order, converted to float. */
    public float[] toFloatArray() {
        float[] out = new float[arrayLength("toFloatArray")];
        export(DType.F32, MemorySegment.ofArray(out));
        return out;
    }

    /** Returns the elements in row-major order, converted to double. */
    public double[] toDoubleArray() {
        double[] out = new double[arrayLength("toDoubleArray")];
        export(DType.F64, MemorySegment.ofArray(out));
        return out;
    }

    /** Returns the elements in row-major order, converted to long. */
    public long[] toLongArray() {
        long[] out = new long[arrayLength("toLongArray")];
        export(DType.I64, MemorySegment.ofArray(out));
        return out;
    }

    /** Returns the elements in row-major order, converted to int. */
    public int[] toIntArray() {
        int[] out = new int[arrayLength("toIntArray")];
        export(DType.I32, MemorySegment.ofArray(out));
        return out;
    }

    /** Returns whether each element is not zero, in row-major order. */
    public boolean[] toBooleanArray() {
        byte[] bytes = new byte[arrayLength("toBooleanArray")];
        export(DType.BOOL, MemorySegment.ofArray(bytes));
        boolean[] out = new boolean[bytes.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = bytes[i] != 0;
        }
        return out;
    }

    /**
     * Returns the elements as an array nested as deep as there are axes, such as float[][][]: of float for f16 and bf16, of
     * byte for u8 and i8, of the type that {@code of} takes otherwise. A scalar is returned boxed.
     */
    public Object toNestedArray() {
        return Exchange.toNestedArray(this);
    }

    /**
     * Returns the elements of this contiguous tensor as a segment, without a copy: what is written to one is seen in the
     * other. The memory stays valid, and is not given back when its TensorScope closes, as long as the segment is reachable.
     * Changes through the segment are not noticed by a backward that needs the old numbers.
     */
    public MemorySegment asMemorySegment() {
        return Exchange.asMemorySegment("asMemorySegment", this);
    }

    /** Returns the elements of this contiguous tensor as a buffer; as {@link #asMemorySegment}, up to 2^31 - 1 bytes. */
    public ByteBuffer asByteBuffer() {
        return Exchange.asByteBuffer(this);
    }

    private int arrayLength(String op) {
        if (numel() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(op + ": the " + numel() + " elements of shape " + shape
                    + " do not fit into a Java array; take them in parts with narrow");
        }
        return (int) numel();
    }

    private void export(DType type, MemorySegment array) {
        Tensor host = cpu();
        Tensor source = host.to(type).contiguous();
        array.copyFrom(NativeMemory.ALL.asSlice(source.address(), array.byteSize()));
        if (source != this) {
            source.release();
        }
        if (host != this) {
            host.release();
        }
        Reference.reachabilityFence(this);
    }

    // ---- choices ----------------------------------------------------------------------------------------------------

    /** Returns a where the bool condition holds and b elsewhere; all three broadcast. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return Elementwise.where("where", condition, a, b);
    }

    /** Returns a where the bool condition holds and a number elsewhere. */
    public static Tensor where(Tensor condition, Tensor a, double b) {
        return where(condition, a,
                Elementwise.number("where", b, DType.promote(Checks.required("where", "the first choice", a), b)));
    }

    /** Returns a number where the bool condition holds and b elsewhere. */
    public static Tensor where(Tensor condition, double a, Tensor b) {
        return where(condition,
                Elementwise.number("where", a, DType.promote(Checks.required("where", "the second choice", b), a)), b);
    }

    // ---- joining ---------------------------------------------------------------------------------------------------

    /** Returns tensors of equal shapes, but for one axis, joined along that axis. */
    public static Tensor cat(int axis, Tensor... parts) {
        return Indexing.cat(axis, parts);
    }

    /** Returns tensors of equal shapes joined along a new axis. */
    public static Tensor stack(int axis, Tensor... parts) {
        return ComposedShapes.stack(axis, parts, Tensor::cat);
    }

    /** Returns tensors joined side by side: vectors along their only axis, others along the second. */
    public static Tensor hstack(Tensor... parts) {
        return ComposedShapes.hstack(parts, Tensor::cat);
    }

    /** Returns tensors joined one below the other; vectors count as rows. */
    public static Tensor vstack(Tensor... parts) {
        return ComposedShapes.vstack(parts, Tensor::cat);
    }

    /** Returns tensors joined along the third axis; vectors count as (1, n, 1), matrices as (n, m, 1). */
    public static Tensor dstack(Tensor... parts) {
        return ComposedShapes.dstack(parts, Tensor::cat);
    }

    /** Returns matrices on the diagonal of one that is zero elsewhere; vectors count as rows, scalars as 1 x 1. */
    public static Tensor blockDiag(Tensor... blocks) {
        return ComposedShapes.blockDiag(blocks, Tensor::cat);
    }

    /** Returns views of all tensors expanded to the shape they broadcast to. */
    public static Tensor[] broadcastTensors(Tensor... operands) {
        return ComposedShapes.broadcast(operands);
    }

    /** Returns views of vectors expanded to the grid that they are the coordinates of: the first gives the first axis. */
    public static Tensor[] meshgrid(Tensor... vectors) {
        return meshgrid("ij", vectors);
    }

    /**
     * Returns views of vectors expanded to the grid that they are the coordinates of.
     *
     * @param indexing "ij": the first vector gives the first axis; "xy": the first gives the second, as for plots
     */
    public static Tensor[] meshgrid(String indexing, Tensor... vectors) {
        return ComposedShapes.meshgrid(indexing, vectors);
    }

    /** Returns all combinations of one element of each vector, one a row. */
    public static Tensor cartesianProd(Tensor... vectors) {
        return ComposedShapes.cartesianProd(vectors, Tensor::cat);
    }

    /**
     * Returns the sum of products that an equation says, such as {@code einsum("bij,bjk->bik", a, b)}; {@link Einsum} says
     * how to read it, and {@link Einsum#path} in which order more than two operands are contracted.
     */
    public static Tensor einsum(String equation, Tensor... operands) {
        return Products.only(() -> Einsum.evaluate(equation, Arrays.asList(operands)));
    }

    // ---- changes in place ------------------------------------------------------------------------------------------

    /** Counts a change of the storage; every op that writes into an existing tensor calls it first. */
    public Tensor changing(String op) {
        if (storage.readOnly()) {
            throw new IllegalArgumentException(op + ": this tensor, made by " + storage.origin
                    + ", shows memory that cannot be changed, such as a mapped file; use copy() first");
        }
        for (int i = 0; i < rank(); i++) {
            if (strides[i] == 0 && shape.size(i) > 1) {
                throw new IllegalArgumentException(op + ": axis " + i + " of shape " + shape
                        + " is expanded, its elements share memory and cannot be changed one by one; use contiguous() first");
            }
        }
        storage.version++;
        return this;
    }

    /** Returns a source that does not change while this is written to: a copy if both share their memory. */
    Tensor apart(Tensor source) {
        return source.storage == storage ? source.copy() : source;
    }

    /** Returns the elements as a person reads them, long axes abbreviated, with type and shape where they matter. */
    @Override
    public String toString() {
        return TensorPrinter.print(this);
    }
}
