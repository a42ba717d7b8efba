package org.jacobi.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

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
public final class Tensor implements TensorElementwise, TensorFunctions, TensorActivations, TensorReductions,
        TensorInPlace {
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

    private final Storage storage;
    private final long offset;
    private final Shape shape;
    private final long[] strides;
    private final DType dtype;
    private final boolean contiguous;
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

    /** Returns a new tensor with undefined content. */
    public static Tensor empty(DType dtype, Shape shape) {
        return make("empty", dtype, shape);
    }

    /** Returns a new tensor with undefined content. */
    public static Tensor empty(DType dtype, long... sizes) {
        return make("empty", dtype, Shape.of(sizes));
    }

    /** Returns a new tensor with undefined content that error messages attribute to the named op. */
    public static Tensor make(String op, DType dtype, Shape shape) {
        Reaper.drain();
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.numel(), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(op + ": a tensor of shape " + shape + " has more than 2^63 bytes", e);
        }
        Storage storage = Storage.allocate(Device.CPU, bytes, op);
        return new Tensor(storage, 0, shape, shape.contiguousStrides(), dtype, TensorScope.current());
    }

    /**
     * Returns a tensor over memory that somebody else owns, such as a mapped file; Jacobi never frees it, and ops that
     * change a tensor in place refuse it.
     *
     * @param keepAlive the object whose life keeps the memory valid
     */
    public static Tensor foreign(String op, DType dtype, Shape shape, long address, Object keepAlive) {
        Storage storage = Storage.foreign(Device.CPU, address, shape.numel() * dtype.bytes(), op, keepAlive);
        return new Tensor(storage, 0, shape, shape.contiguousStrides(), dtype, TensorScope.current());
    }

    /** Returns an f32 tensor of zeros. */
    public static Tensor zeros(long... sizes) {
        return full(0, DType.F32, sizes);
    }

    /** Returns a tensor of zeros. */
    public static Tensor zeros(DType dtype, long... sizes) {
        return full(0, dtype, sizes);
    }

    /** Returns an f32 tensor of ones. */
    public static Tensor ones(long... sizes) {
        return full(1, DType.F32, sizes);
    }

    /** Returns a tensor of ones. */
    public static Tensor ones(DType dtype, long... sizes) {
        return full(1, dtype, sizes);
    }

    /** Returns a tensor that holds one value everywhere. */
    public static Tensor full(double value, DType dtype, long... sizes) {
        Tensor out = make("full", dtype, Shape.of(sizes));
        out.backend().fill(out, value);
        return out;
    }

    /** Returns an f32 scalar, a tensor of no axes. */
    public static Tensor scalar(double value) {
        return full(value, DType.F32);
    }

    /** Returns a scalar of the given type. */
    public static Tensor scalar(double value, DType dtype) {
        return full(value, dtype);
    }

    /** Returns the i64 vector 0, 1, ..., end - 1. */
    public static Tensor arange(long end) {
        return arange(0, end, 1, DType.I64);
    }

    /** Returns the vector start, start + step, ... up to but without end. */
    public static Tensor arange(double start, double end, double step, DType dtype) {
        if (step == 0 || (end - start) / step < 0) {
            throw new IllegalArgumentException("arange: no steps of " + step + " lead from " + start + " to " + end);
        }
        Tensor out = make("arange", dtype, Shape.of((long) Math.ceil((end - start) / step)));
        out.backend().arange(out, start, step);
        return out;
    }

    /** Returns the n x n f32 identity matrix. */
    public static Tensor eye(long n) {
        Tensor out = zeros(n, n);
        out.view(0, Shape.of(n), new long[] {n + 1}).fill_(1);
        return out;
    }

    /** Returns an f32 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(float[] data, long... sizes) {
        return imported(DType.F32, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an f64 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(double[] data, long... sizes) {
        return imported(DType.F64, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i64 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(long[] data, long... sizes) {
        return imported(DType.I64, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i16 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(short[] data, long... sizes) {
        return imported(DType.I16, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns an i32 tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(int[] data, long... sizes) {
        return imported(DType.I32, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns a u8 tensor with the given bytes, read as 0 to 255, row-major; without sizes, a vector. */
    public static Tensor of(byte[] data, long... sizes) {
        return imported(DType.U8, data.length, MemorySegment.ofArray(data), sizes);
    }

    /** Returns a bool tensor with the given elements, row-major; without sizes, a vector. */
    public static Tensor of(boolean[] data, long... sizes) {
        byte[] bytes = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            bytes[i] = (byte) (data[i] ? 1 : 0);
        }
        return imported(DType.BOOL, data.length, MemorySegment.ofArray(bytes), sizes);
    }

    /** Returns a u8 or i8 tensor whose elements have the given bits, row-major; without sizes, a vector. */
    public static Tensor ofBits(DType type, byte[] bits, long... sizes) {
        if (type != DType.U8 && type != DType.I8) {
            throw new IllegalArgumentException("ofBits: needs type U8 or I8 for bytes, got " + type);
        }
        return imported(type, bits.length, MemorySegment.ofArray(bits), sizes);
    }

    /** Returns an f16 or bf16 tensor whose elements have the given bits, row-major; without sizes, a vector. */
    public static Tensor ofBits(DType half, short[] bits, long... sizes) {
        if (!half.isHalf()) {
            throw new IllegalArgumentException("ofBits: needs type F16 or BF16 for shorts, got " + half);
        }
        return imported(half, bits.length, MemorySegment.ofArray(bits), sizes);
    }

    /** Returns uniform f32 numbers from 0 (inclusive) to 1 (exclusive). */
    public static Tensor rand(Generator generator, long... sizes) {
        return make("rand", DType.F32, Shape.of(sizes)).uniform_(0, 1, generator);
    }

    /** Returns f32 numbers of the normal distribution with mean 0 and standard deviation 1. */
    public static Tensor randn(Generator generator, long... sizes) {
        return make("randn", DType.F32, Shape.of(sizes)).normal_(0, 1, generator);
    }

    private static Tensor imported(DType type, int length, MemorySegment array, long[] sizes) {
        Shape shape = sizes.length == 0 ? Shape.of(length) : Shape.of(sizes);
        if (shape.numel() != length) {
            throw new IllegalArgumentException(
                    "of: " + length + " elements do not fill shape " + shape + ", which has " + shape.numel());
        }
        Tensor out = make("of", type, shape);
        NativeMemory.ALL.asSlice(out.address(), array.byteSize()).copyFrom(array);
        return out;
    }

    // ---- what it is ------------------------------------------------------------------------------------------------

    public Shape shape() {
        return shape;
    }

    public DType dtype() {
        return dtype;
    }

    public Device device() {
        return storage.device;
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
     * Returns the absolute address of the first element, for kernels.
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

    private Tensor view(long newOffset, Shape newShape, long[] newStrides) {
        requireLive();
        storage.retain();
        return new Tensor(storage, newOffset, newShape, newStrides, dtype, TensorScope.current());
    }

    /** Returns another handle of the same elements. */
    public Tensor alias() {
        return view(offset, shape, strides);
    }

    /** Returns the same elements in another shape, as a view where strides allow it, else as a copy; one size may be -1. */
    public Tensor reshape(long... sizes) {
        Shape target = shape.inferred("reshape", sizes);
        long[] viewStrides = Strides.viewAs(shape, strides, target);
        return viewStrides != null ? view(offset, target, viewStrides)
                : contiguous().view(0, target, target.contiguousStrides());
    }

    /** Returns the same elements in another shape, always as a view. */
    public Tensor view(long... sizes) {
        Shape target = shape.inferred("view", sizes);
        long[] viewStrides = Strides.viewAs(shape, strides, target);
        if (viewStrides == null) {
            throw new IllegalArgumentException("view: shape " + shape + " with strides " + Arrays.toString(strides)
                    + " cannot be seen as " + target + " without a copy; use reshape");
        }
        return view(offset, target, viewStrides);
    }

    /** Returns the axes from start to end (inclusive) merged into one. */
    public Tensor flatten(int start, int end) {
        return reshape(shape.flattened(start, end).toArray());
    }

    /** Returns a view with the axes in another order. */
    public Tensor permute(int... axes) {
        int rank = rank();
        boolean[] seen = new boolean[rank];
        long[] sizes = new long[rank];
        long[] moved = new long[rank];
        if (axes.length != rank) {
            throw new IllegalArgumentException("permute: " + axes.length + " axes given for shape " + shape);
        }
        for (int i = 0; i < rank; i++) {
            int axis = shape.axis("permute", axes[i]);
            if (seen[axis]) {
                throw new IllegalArgumentException(
                        "permute: axis " + axis + " is named twice in " + Arrays.toString(axes));
            }
            seen[axis] = true;
            sizes[i] = shape.size(axis);
            moved[i] = strides[axis];
        }
        return view(offset, Shape.of(sizes), moved);
    }

    /** Returns a view with two axes exchanged. */
    public Tensor transpose(int a, int b) {
        return permute(shape.swapped(a, b));
    }

    /** Returns the transpose of a matrix. */
    public Tensor t() {
        if (rank() != 2) {
            throw new IllegalArgumentException("t: needs a matrix, got shape " + shape + "; use transpose(a, b)");
        }
        return transpose(0, 1);
    }

    /** Returns a view with a new axis of size 1 before the given position. */
    public Tensor unsqueeze(int axis) {
        Shape wider = shape.unsqueezed(axis);
        int at = axis < 0 ? axis + rank() + 1 : axis;
        long[] widened = new long[rank() + 1];
        System.arraycopy(strides, 0, widened, 0, at);
        widened[at] = at == rank() ? 1 : shape.size(at) * strides[at];
        System.arraycopy(strides, at, widened, at + 1, rank() - at);
        return view(offset, wider, widened);
    }

    /** Returns a view without an axis of size 1. */
    public Tensor squeeze(int axis) {
        int at = shape.axis("squeeze", axis);
        if (shape.size(at) != 1) {
            throw new IllegalArgumentException(
                    "squeeze: axis " + axis + " of shape " + shape + " has size " + shape.size(at) + ", not 1");
        }
        return view(offset, shape.without(at), Strides.without(strides, at));
    }

    /** Returns a view of the given shape in which axes of size 1 are repeated without a copy; -1 leaves a size as it is. */
    public Tensor expand(long... sizes) {
        return expandTo(shape.expandedTo(sizes));
    }

    /** Returns a view of the given shape in which axes of size 1 are repeated without a copy. */
    public Tensor expandTo(Shape target) {
        if (target.equals(shape)) {
            return this;
        }
        long[] stretched = new long[target.rank()];
        for (int i = 1; i <= target.rank(); i++) {
            long mine = i <= rank() ? shape.size(-i) : 1;
            if (mine != target.size(-i) && mine != 1) {
                throw new IllegalArgumentException("expand: axis -" + i + " of shape " + shape + " has size " + mine
                        + " and cannot become " + target.size(-i) + " in " + target + "; only sizes of 1 stretch");
            }
            stretched[target.rank() - i] = i <= rank() && mine == target.size(-i) ? strides[rank() - i] : 0;
        }
        if (rank() > target.rank()) {
            throw new IllegalArgumentException("expand: shape " + shape + " has more axes than " + target);
        }
        return view(offset, target, stretched);
    }

    /** Returns a view of length elements along an axis, from start on. */
    public Tensor narrow(int axis, long start, long length) {
        int at = shape.axis("narrow", axis);
        if (start < 0 || length < 0 || length > shape.size(at) - start) {
            throw new IllegalArgumentException("narrow: " + length + " elements from " + start
                    + " on do not lie in axis " + axis + " of shape " + shape);
        }
        return view(offset + start * strides[at], shape.with(at, length), strides);
    }

    /** Returns a view of every step-th element along an axis, from start to end (exclusive); negative ones count back. */
    public Tensor slice(int axis, long start, long end, long step) {
        int at = shape.axis("slice", axis);
        long size = shape.size(at);
        if (step < 1) {
            throw new IllegalArgumentException("slice: step " + step + " must be at least 1");
        }
        long from = Math.clamp(start < 0 ? start + size : start, 0, size);
        long to = Math.clamp(end < 0 ? end + size : end, from, size);
        long[] wider = strides.clone();
        wider[at] *= step;
        return view(offset + from * strides[at], shape.with(at, Math.ceilDiv(to - from, step)), wider);
    }

    /** Returns a view of one position along an axis, without that axis; negative positions count from the end. */
    public Tensor select(int axis, long position) {
        int at = shape.axis("select", axis);
        long index = position < 0 ? position + shape.size(at) : position;
        if (index < 0 || index >= shape.size(at)) {
            throw new IllegalArgumentException(
                    "select: position " + position + " is out of range for axis " + axis + " of shape " + shape);
        }
        return view(offset + index * strides[at], shape.without(at), Strides.without(strides, at));
    }

    /** Returns views of the given lengths that together make up an axis. */
    public Tensor[] split(int axis, long... lengths) {
        int at = shape.axis("split", axis);
        if (Arrays.stream(lengths).sum() != shape.size(at)) {
            throw new IllegalArgumentException("split: lengths " + Arrays.toString(lengths) + " do not add up to the "
                    + shape.size(at) + " of axis " + axis + " of shape " + shape);
        }
        Tensor[] parts = new Tensor[lengths.length];
        long start = 0;
        for (int i = 0; i < lengths.length; i++) {
            parts[i] = narrow(at, start, lengths[i]);
            start += lengths[i];
        }
        return parts;
    }

    /** Returns the lengths that {@link #split} needs for pieces of one size; the last may be smaller. */
    public long[] splitLengths(int axis, long size) {
        long total = shape.size(axis);
        if (size < 1) {
            throw new IllegalArgumentException("split: piece size " + size + " must be at least 1");
        }
        long[] lengths = new long[(int) Math.max(1, Math.ceilDiv(total, size))];
        Arrays.setAll(lengths, i -> Math.min(size, total - i * size));
        return lengths;
    }

    /** Returns views of pieces of the given size along an axis; the last may be smaller. */
    public Tensor[] split(int axis, long size) {
        return split(axis, splitLengths(axis, size));
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

    private Tensor copyTo(String op, DType type) {
        Tensor out = make(op, type, shape);
        backend().copy(out, this);
        Reference.reachabilityFence(this);
        return out;
    }

    /** Returns the only element. */
    public double item() {
        if (numel() != 1) {
            throw new IllegalArgumentException("item: needs a tensor of one element, got shape " + shape);
        }
        return elementAt(address());
    }

    /** Returns the element at the given position as a double; negative positions count from the end. */
    public double getDouble(long... position) {
        return elementAt(address() + offsetOf(position) * dtype.bytes());
    }

    /** Returns the element at the given position as a long; negative positions count from the end. */
    public long getLong(long... position) {
        long address = address() + offsetOf(position) * dtype.bytes();
        long value =
                dtype == DType.I64 ? NativeMemory.ALL.get(JAVA_LONG_UNALIGNED, address) : (long) elementAt(address);
        Reference.reachabilityFence(this);
        return value;
    }

    private long offsetOf(long[] position) {
        if (position.length != rank()) {
            throw new IllegalArgumentException("get: " + position.length + " positions given for shape " + shape);
        }
        long at = 0;
        for (int i = 0; i < position.length; i++) {
            long p = position[i] < 0 ? position[i] + shape.size(i) : position[i];
            if (p < 0 || p >= shape.size(i)) {
                throw new IllegalArgumentException(
                        "get: position " + position[i] + " is out of range for axis " + i + " of shape " + shape);
            }
            at += p * strides[i];
        }
        return at;
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

    private int arrayLength(String op) {
        if (numel() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(op + ": the " + numel() + " elements of shape " + shape
                    + " do not fit into a Java array; take them in parts with narrow");
        }
        return (int) numel();
    }

    private void export(DType type, MemorySegment array) {
        Tensor source = to(type).contiguous();
        array.copyFrom(NativeMemory.ALL.asSlice(source.address(), array.byteSize()));
        if (source != this) {
            source.release();
        }
        Reference.reachabilityFence(this);
    }

    // ---- choices and products --------------------------------------------------------------------------------------------------

    /** Returns a where the bool condition holds and b elsewhere; all three broadcast. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return Elementwise.where(condition, a, b);
    }

    /**
     * Returns the matrix product, by torch.matmul's rules: vectors are taken as a row on the left and as a column on the
     * right, and leading axes are batches, which broadcast.
     */
    public Tensor matmul(Tensor other) {
        return Products.matmul(this, other);
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    /** Returns the slices along an axis that an i64 vector names. */
    public Tensor indexSelect(int axis, Tensor index) {
        return Indexing.indexSelect(this, axis, index);
    }

    /** Adds slices of source along an axis to the slices of this that an i64 vector names, in order and in place. */
    public Tensor indexAdd_(int axis, Tensor index, Tensor source) {
        return Indexing.indexAdd_(this, axis, index, source);
    }

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    public Tensor gather(int axis, Tensor index) {
        return Indexing.gather(this, axis, index);
    }

    /** Adds each element of source to the position of this that the i64 index names along an axis, in order, in place. */
    public Tensor scatterAdd_(int axis, Tensor index, Tensor source) {
        return Indexing.scatterAdd_(this, axis, index, source);
    }

    /** Returns a copy of this to which {@link #scatterAdd_} has added. */
    public Tensor scatterAdd(int axis, Tensor index, Tensor source) {
        return copy().scatterAdd_(axis, index, source);
    }

    /** Checks that this is an i64 tensor of numbers from 0 to size - 1. */
    public void requireIndex(String op, long size) {
        Indexing.requireIndex(op, this, size);
    }

    /** Returns tensors of equal shapes, but for one axis, joined along that axis. */
    public static Tensor cat(int axis, Tensor... parts) {
        return Indexing.cat(axis, parts);
    }

    /** Returns tensors of equal shapes joined along a new axis. */
    public static Tensor stack(int axis, Tensor... parts) {
        Tensor[] wider = new Tensor[parts.length];
        Arrays.setAll(wider, i -> parts[i].unsqueeze(axis));
        return cat(axis, wider);
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
