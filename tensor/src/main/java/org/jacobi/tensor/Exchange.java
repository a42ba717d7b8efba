package org.jacobi.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

import org.jacobi.natives.NativeMemory;

/** How {@link Tensor} exchanges elements with Java: nested arrays, memory segments and buffers. */
final class Exchange {
    private Exchange() {
    }

    // ---- nested arrays ---------------------------------------------------------------------------------------------

    static Tensor from(Object array) {
        if (array == null) {
            throw new IllegalArgumentException("from: needs an array or a number, got null");
        }
        Class<?> leaf = array.getClass();
        int rank = 0;
        while (leaf.isArray()) {
            leaf = leaf.getComponentType();
            rank++;
        }
        DType dtype = typeOf(leaf, array.getClass());
        if (rank == 0) {
            Object single = Array.newInstance(primitiveOf(dtype), 1);
            Array.set(single, 0, array);
            return from(single).reshape();
        }
        long[] sizes = new long[rank];
        Object first = array;
        for (int axis = 0; axis < rank && first != null; axis++) {
            sizes[axis] = Array.getLength(first);
            first = sizes[axis] == 0 || axis == rank - 1 ? null : Array.get(first, 0);
        }
        Tensor out = Tensor.make("from", dtype, Shape.of(sizes));
        fill(out, array, new int[rank], 0, out.hostAddress("from"));
        return out;
    }

    /** Returns the type for numbers of a class: primitive in arrays, boxed by themselves. */
    private static DType typeOf(Class<?> leaf, Class<?> whole) {
        if (whole.isArray() && !leaf.isPrimitive()) {
            throw unfit(whole);
        } else if (leaf == float.class || leaf == Float.class) {
            return DType.F32;
        } else if (leaf == double.class || leaf == Double.class) {
            return DType.F64;
        } else if (leaf == long.class || leaf == Long.class) {
            return DType.I64;
        } else if (leaf == int.class || leaf == Integer.class) {
            return DType.I32;
        } else if (leaf == byte.class || leaf == Byte.class) {
            return DType.U8;
        } else if (leaf == short.class || leaf == Short.class) {
            return DType.I16;
        } else if (leaf == boolean.class || leaf == Boolean.class) {
            return DType.BOOL;
        }
        throw unfit(whole);
    }

    private static IllegalArgumentException unfit(Class<?> whole) {
        return new IllegalArgumentException(
                "from: needs arrays of float, double, long, int, short, byte or boolean, got "
                        + whole.getSimpleName()
                        + (whole == Object[].class ? "; nested arrays must be declared as such, float[][]" : ""));
    }

    private static Class<?> primitiveOf(DType dtype) {
        return switch (dtype) {
            case BOOL -> boolean.class;
            case U8, I8 -> byte.class;
            case I16 -> short.class;
            case I32 -> int.class;
            case I64 -> long.class;
            case F16, BF16, F32 -> float.class;
            case F64 -> double.class;
        };
    }

    /** Copies an array at some depth of the nesting to an address and returns the address behind it. */
    private static long fill(Tensor out, Object array, int[] position, int depth, long address) {
        int length = array == null ? -1 : Array.getLength(array);
        if (length != out.size(depth)) {
            StringBuilder where = new StringBuilder();
            for (int i = 0; i < depth; i++) {
                where.append('[').append(position[i]).append(']');
            }
            throw new IllegalArgumentException(
                    "from: the array at " + where + (length < 0 ? " is null" : " has length " + length)
                            + ", the first one there has length " + out.size(depth) + "; all must be equally long");
        }
        if (depth == out.rank() - 1) {
            long bytes = (long) length * out.dtype().bytes();
            NativeMemory.ALL.asSlice(address, bytes).copyFrom(segment(array));
            return address + bytes;
        }
        long next = address;
        for (int i = 0; i < length; i++) {
            position[depth] = i;
            next = fill(out, Array.get(array, i), position, depth + 1, next);
        }
        return next;
    }

    private static MemorySegment segment(Object array) {
        return switch (array) {
            case float[] numbers -> MemorySegment.ofArray(numbers);
            case double[] numbers -> MemorySegment.ofArray(numbers);
            case long[] numbers -> MemorySegment.ofArray(numbers);
            case int[] numbers -> MemorySegment.ofArray(numbers);
            case short[] numbers -> MemorySegment.ofArray(numbers);
            case byte[] numbers -> MemorySegment.ofArray(numbers);
            case boolean[] truths -> {
                byte[] bytes = new byte[truths.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) (truths[i] ? 1 : 0);
                }
                yield MemorySegment.ofArray(bytes);
            }
            default -> throw new AssertionError(array.getClass());
        };
    }

    static Object toNestedArray(Tensor x) {
        if (x.rank() == 0) {
            return Array.get(toNestedArray(x.reshape(1)), 0);
        }
        int[] sizes = new int[x.rank()];
        for (int i = 0; i < sizes.length; i++) {
            if (x.size(i) > Integer.MAX_VALUE - 8 || i == 255) {
                throw new IllegalArgumentException(
                        "toNestedArray: shape " + x.shape() + " does not fit into Java arrays");
            }
            sizes[i] = (int) x.size(i);
        }
        if (x.device() != Device.CPU) {
            Tensor host = x.cpu();
            Object array = toNestedArray(host);
            host.release();
            return array;
        }
        Tensor numbers = x.dtype().isHalf() ? x.to(DType.F32) : x;
        Tensor dense = numbers.contiguous();
        Object array = Array.newInstance(primitiveOf(x.dtype()), sizes);
        read(array, dense, 0, dense.address());
        Reference.reachabilityFence(dense);
        if (dense != numbers) {
            dense.release();
        }
        if (numbers != x) {
            numbers.release();
        }
        return array;
    }

    /** Fills an array at some depth of the nesting from an address on and returns the address behind it. */
    private static long read(Object array, Tensor from, int depth, long address) {
        int length = Array.getLength(array);
        if (depth < from.rank() - 1) {
            long next = address;
            for (int i = 0; i < length; i++) {
                next = read(Array.get(array, i), from, depth + 1, next);
            }
            return next;
        }
        MemorySegment bytes = NativeMemory.ALL.asSlice(address, (long) length * from.dtype().bytes());
        if (array instanceof boolean[] truths) {
            for (int i = 0; i < length; i++) {
                truths[i] = bytes.get(ValueLayout.JAVA_BYTE, i) != 0;
            }
        } else {
            segment(array).copyFrom(bytes);
        }
        return address + bytes.byteSize();
    }

    // ---- memory that others hold -----------------------------------------------------------------------------------

    static Tensor wrap(MemorySegment segment, DType dtype, long... sizes) {
        if (!Checks.required("wrap", "the segment", segment).isNative()) {
            throw new IllegalArgumentException(
                    "wrap: the segment is on the Java heap, where the garbage collector moves it;"
                            + " take memory of an Arena, or copy with Tensor.copyOf");
        }
        Checks.required("wrap", "the type", dtype);
        requireAlive("wrap", segment);
        if (segment.address() % dtype.bytes() != 0) {
            throw new IllegalArgumentException(
                    "wrap: the segment begins at address 0x" + Long.toHexString(segment.address())
                            + ", which is no multiple of the " + dtype.bytes() + " bytes of " + dtype
                            + "; allocate it aligned, or copy with Tensor.copyOf");
        }
        Shape shape = shape("wrap", segment.byteSize(), dtype, sizes);
        return Tensor.foreign("wrap", dtype, shape, segment.address(), segment, segment.isReadOnly());
    }

    static Tensor wrap(ByteBuffer buffer, DType dtype, long... sizes) {
        Checks.required("wrap", "the type", dtype);
        if (!Checks.required("wrap", "the buffer", buffer).isDirect()) {
            throw new IllegalArgumentException(
                    "wrap: the buffer is on the Java heap, where the garbage collector moves it;"
                            + " take ByteBuffer.allocateDirect, or copy with Tensor.copyOf");
        }
        if (dtype.bytes() > 1 && buffer.order() != ByteOrder.nativeOrder()) {
            throw new IllegalArgumentException(
                    "wrap: the buffer's byte order is " + buffer.order() + ", this machine's "
                            + ByteOrder.nativeOrder()
                            + "; set buffer.order(ByteOrder.nativeOrder()) before it is filled, or copy"
                            + " with Tensor.copyOf, which turns the bytes round");
        }
        return wrap(MemorySegment.ofBuffer(buffer), dtype, sizes);
    }

    static Tensor copyOf(MemorySegment segment, DType dtype, long... sizes) {
        Checks.required("copyOf", "the type", dtype);
        requireAlive("copyOf", Checks.required("copyOf", "the segment", segment));
        Tensor out = Tensor.make("copyOf", dtype, shape("copyOf", segment.byteSize(), dtype, sizes));
        NativeMemory.ALL.asSlice(out.hostAddress("copyOf"), segment.byteSize()).copyFrom(segment);
        return out;
    }

    static Tensor copyOf(ByteBuffer buffer, DType dtype, long... sizes) {
        Tensor out = copyOf(MemorySegment.ofBuffer(Checks.required("copyOf", "the buffer", buffer)), dtype, sizes);
        if (buffer.order() != ByteOrder.nativeOrder()) {
            MemorySegment bytes = NativeMemory.ALL.asSlice(out.hostAddress("copyOf"), out.numel() * dtype.bytes());
            switch (dtype.bytes()) {
                case 2 -> {
                    for (long i = 0; i < out.numel(); i++) {
                        short value = bytes.getAtIndex(ValueLayout.JAVA_SHORT, i);
                        bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Short.reverseBytes(value));
                    }
                }
                case 4 -> {
                    for (long i = 0; i < out.numel(); i++) {
                        int value = bytes.getAtIndex(ValueLayout.JAVA_INT, i);
                        bytes.setAtIndex(ValueLayout.JAVA_INT, i, Integer.reverseBytes(value));
                    }
                }
                case 8 -> {
                    for (long i = 0; i < out.numel(); i++) {
                        long value = bytes.getAtIndex(ValueLayout.JAVA_LONG, i);
                        bytes.setAtIndex(ValueLayout.JAVA_LONG, i, Long.reverseBytes(value));
                    }
                }
                default -> {
                }
            }
        }
        return out;
    }

    private static void requireAlive(String op, MemorySegment segment) {
        if (!segment.scope().isAlive()) {
            throw new IllegalArgumentException(op + ": the segment's Arena was closed");
        }
    }

    /** Returns the shape that a number of bytes fills: a vector without sizes. */
    private static Shape shape(String op, long bytes, DType dtype, long... sizes) {
        Shape shape = sizes.length > 0 ? Shape.of(op, sizes) : Shape.of(bytes / dtype.bytes());
        if (bytes % dtype.bytes() != 0 || shape.numel() != bytes / dtype.bytes()) {
            throw new IllegalArgumentException(op + ": " + bytes + " bytes do not fill " + dtype + shape
                    + ", which has "
                    + shape.numel() + " elements of " + dtype.bytes() + " bytes; cut the memory with asSlice or slice");
        }
        return shape;
    }

    // ---- a tensor's memory for others ------------------------------------------------------------------------------

    static MemorySegment asMemorySegment(String op, Tensor x) {
        if (!x.isContiguous()) {
            throw new IllegalArgumentException(op + ": the elements of shape " + x.shape() + " with strides "
                    + Arrays.toString(x.strides()) + " do not lie in row-major order; use contiguous() first");
        }
        long bytes = x.numel() * x.dtype().bytes();
        if (x.storage().foreign() instanceof MemorySegment whole) {
            return whole.asSlice(x.hostAddress(op) - whole.address(), bytes); // which knows when its Arena closes
        }
        // A handle of its own, outside all scopes: the memory stays valid as long as the segment is reachable.
        Tensor held = x.alias().unscope();
        MemorySegment segment = NativeMemory.view(held.hostAddress(op), bytes, held);
        return x.storage().readOnly() ? segment.asReadOnly() : segment;
    }

    static ByteBuffer asByteBuffer(Tensor x) {
        if (x.numel() > Integer.MAX_VALUE / x.dtype().bytes()) {
            throw new IllegalArgumentException("asByteBuffer: the " + x.numel() + " elements of " + x.dtype()
                    + x.shape()
                    + " have more bytes than a ByteBuffer can show, 2^31 - 1; use asMemorySegment, or parts with narrow");
        }
        return asMemorySegment("asByteBuffer", x).asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
