package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Where elements are not zero, in contiguous tensors of any type.
 *
 * <p>The elements are cut into blocks. Once each block has been counted it is known where its positions go, and all
 * blocks can be filled in at once.
 */
final class NonzeroKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfLong EIGHT_BYTES = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long BLOCK = StridedLoop.TASK_ELEMENTS;

    private NonzeroKernels() {
    }

    /** Returns how many elements are not zero. */
    static long count(Tensor x) {
        long count = 0;
        for (long block : counts(x)) {
            count += block;
        }
        return count;
    }

    private static long[] counts(Tensor x) {
        int bytes = x.dtype().bytes();
        long mask = mask(x.dtype());
        long n = x.numel();
        long a = x.address();
        long[] counts = new long[Math.toIntExact(Math.ceilDiv(n, BLOCK))];
        WorkerPool.global().parallelFor(n, BLOCK, (from, to) -> {
            long count = 0;
            for (long i = from; i < to;) {
                if (bytes == 1 && to - i >= 8) {
                    count += Long.bitCount(nonzeroBytes(a + i));
                    i += 8;
                } else {
                    count += (bits(bytes, a + i * bytes) & mask) != 0 ? 1 : 0;
                    i++;
                }
            }
            counts[(int) (from / BLOCK)] = count;
        });
        return counts;
    }

    /** Writes the positions, row-major, into out (count, rank). */
    static void positions(Tensor out, Tensor x) {
        int bytes = x.dtype().bytes();
        long mask = mask(x.dtype());
        long n = x.numel();
        long a = x.address();
        long o = out.address();
        long[] sizes = x.shape().toArray();
        long entry = (long) sizes.length * Long.BYTES;
        long[] starts = counts(x);
        long total = 0;
        for (int block = 0; block < starts.length; block++) {
            long count = starts[block];
            starts[block] = total;
            total += count;
        }
        WorkerPool.global().parallelFor(n, BLOCK, (from, to) -> {
            long next = o + starts[(int) (from / BLOCK)] * entry;
            for (long i = from; i < to;) {
                if (bytes == 1 && to - i >= 8) {
                    for (long left = nonzeroBytes(a + i); left != 0; left &= left - 1) {
                        write(next, i + (Long.numberOfTrailingZeros(left) >> 3), sizes);
                        next += entry;
                    }
                    i += 8;
                } else {
                    if ((bits(bytes, a + i * bytes) & mask) != 0) {
                        write(next, i, sizes);
                        next += entry;
                    }
                    i++;
                }
            }
        });
    }

    private static void write(long address, long element, long[] sizes) {
        long left = element;
        for (int axis = sizes.length - 1; axis > 0; axis--) {
            long outer = left / sizes[axis];
            MEMORY.set(JAVA_LONG_UNALIGNED, address + (long) axis * Long.BYTES, left - outer * sizes[axis]);
            left = outer;
        }
        if (sizes.length > 0) {
            MEMORY.set(JAVA_LONG_UNALIGNED, address, left);
        }
    }

    /** The bits of an element that make it something else than zero: not the sign of a floating-point number. */
    private static long mask(DType type) {
        return type.isFloating() ? -1L >>> 65 - 8 * type.bytes() : -1L;
    }

    private static long bits(int bytes, long address) {
        return switch (bytes) {
            case Byte.BYTES -> MEMORY.get(JAVA_BYTE, address);
            case Short.BYTES -> MEMORY.get(JAVA_SHORT_UNALIGNED, address);
            case Integer.BYTES -> MEMORY.get(JAVA_INT_UNALIGNED, address);
            default -> MEMORY.get(JAVA_LONG_UNALIGNED, address);
        };
    }

    /** Returns a word whose bytes have their highest bit set where one of eight neighbours is not zero. */
    private static long nonzeroBytes(long address) {
        long word = MEMORY.get(EIGHT_BYTES, address);
        long low = 0x7F7F7F7F7F7F7F7FL;
        return ((word & low) + low | word) & ~low;
    }
}
