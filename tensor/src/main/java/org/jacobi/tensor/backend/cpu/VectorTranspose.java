package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import org.jacobi.natives.NativeMemory;

/** Turns matrices of f32, eight by eight numbers in registers. */
final class VectorTranspose {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    /** What addresses and strides have at most; see {@link #known}. */
    private static final long ADDRESSES = (1L << 60) - 1;
    private static final long STRIDES = (1L << 40) - 1;
    /** Squares of so many rows and columns are turned in registers, where vectors are that long. */
    private static final int SQUARE = 8;
    private static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;
    private static final VectorShuffle<Float> SWAP_4 = VectorShuffle.fromOp(EIGHT, i -> i ^ 4);
    private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(EIGHT, i -> i ^ 2);
    private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(EIGHT, i -> i ^ 1);
    /** The lanes whose number has the bit, or has not. */
    private static final VectorMask<Float> HIGH_4 = VectorMask.fromLong(EIGHT, 0b11110000);
    private static final VectorMask<Float> LOW_4 = VectorMask.fromLong(EIGHT, 0b00001111);
    private static final VectorMask<Float> HIGH_2 = VectorMask.fromLong(EIGHT, 0b11001100);
    private static final VectorMask<Float> LOW_2 = VectorMask.fromLong(EIGHT, 0b00110011);
    private static final VectorMask<Float> HIGH_1 = VectorMask.fromLong(EIGHT, 0b10101010);
    private static final VectorMask<Float> LOW_1 = VectorMask.fromLong(EIGHT, 0b01010101);

    private VectorTranspose() {
    }

    private static long bytes(int elements) {
        return (long) elements * Float.BYTES;
    }

    /** As {@link VectorGemm}'s: what is known to be small needs no check. */
    private static long known(long address) {
        return address & ADDRESSES;
    }

    /** Element (i, j) goes to (j, i); distances of rows in bytes. */
    static void transpose(long to, long rowTo, long from, long rowFrom, int rows, int columns) {
        if (LANES >= SQUARE && rows >= SQUARE && columns >= SQUARE) {
            for (int i = 0; i < rows; i += SQUARE) {
                int top = Math.min(i, rows - SQUARE);
                transposeEight(to + bytes(top), rowTo, from + top * rowFrom, rowFrom, columns);
            }
            return;
        }
        for (int i = 0; i < rows; i++) {
            long x = known(from + i * rowFrom);
            long y = known(to + bytes(i));
            for (int j = 0; j < columns; j++) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, y, MEMORY.get(JAVA_FLOAT_UNALIGNED, x + bytes(j)));
                y = known(y + rowTo);
            }
        }
    }

    /**
     * Eight rows, eight columns at a time, after Eklundh, "A Fast Computer Method for Matrix Transposing", IEEE
     * Transactions on Computers C-21(7), 1972: halves, quarters and then elements beside the diagonal change places.
     */
    private static void transposeEight(long to, long rowTo, long from, long rowFrom, int columns) {
        long step = rowTo & STRIDES;
        long rowX = rowFrom & STRIDES;
        for (int j = 0; j < columns; j += SQUARE) {
            int left = Math.min(j, columns - SQUARE);
            long x = known(from + bytes(left));
            long x4 = known(x + 4 * rowX);
            FloatVector a0 = loadEight(x);
            FloatVector a1 = loadEight(x + rowX);
            FloatVector a2 = loadEight(x + 2 * rowX);
            FloatVector a3 = loadEight(x + 3 * rowX);
            FloatVector a4 = loadEight(x4);
            FloatVector a5 = loadEight(x4 + rowX);
            FloatVector a6 = loadEight(x4 + 2 * rowX);
            FloatVector a7 = loadEight(x4 + 3 * rowX);
            FloatVector b0 = a0.blend(a4.rearrange(SWAP_4), HIGH_4);
            FloatVector b4 = a4.blend(a0.rearrange(SWAP_4), LOW_4);
            FloatVector b1 = a1.blend(a5.rearrange(SWAP_4), HIGH_4);
            FloatVector b5 = a5.blend(a1.rearrange(SWAP_4), LOW_4);
            FloatVector b2 = a2.blend(a6.rearrange(SWAP_4), HIGH_4);
            FloatVector b6 = a6.blend(a2.rearrange(SWAP_4), LOW_4);
            FloatVector b3 = a3.blend(a7.rearrange(SWAP_4), HIGH_4);
            FloatVector b7 = a7.blend(a3.rearrange(SWAP_4), LOW_4);
            FloatVector c0 = b0.blend(b2.rearrange(SWAP_2), HIGH_2);
            FloatVector c2 = b2.blend(b0.rearrange(SWAP_2), LOW_2);
            FloatVector c1 = b1.blend(b3.rearrange(SWAP_2), HIGH_2);
            FloatVector c3 = b3.blend(b1.rearrange(SWAP_2), LOW_2);
            FloatVector c4 = b4.blend(b6.rearrange(SWAP_2), HIGH_2);
            FloatVector c6 = b6.blend(b4.rearrange(SWAP_2), LOW_2);
            FloatVector c5 = b5.blend(b7.rearrange(SWAP_2), HIGH_2);
            FloatVector c7 = b7.blend(b5.rearrange(SWAP_2), LOW_2);
            long y = known(to + left * step);
            long y4 = known(y + 4 * step);
            storeEight(y, c0.blend(c1.rearrange(SWAP_1), HIGH_1));
            storeEight(y + step, c1.blend(c0.rearrange(SWAP_1), LOW_1));
            storeEight(y + 2 * step, c2.blend(c3.rearrange(SWAP_1), HIGH_1));
            storeEight(y + 3 * step, c3.blend(c2.rearrange(SWAP_1), LOW_1));
            storeEight(y4, c4.blend(c5.rearrange(SWAP_1), HIGH_1));
            storeEight(y4 + step, c5.blend(c4.rearrange(SWAP_1), LOW_1));
            storeEight(y4 + 2 * step, c6.blend(c7.rearrange(SWAP_1), HIGH_1));
            storeEight(y4 + 3 * step, c7.blend(c6.rearrange(SWAP_1), LOW_1));
        }
    }

    private static FloatVector loadEight(long address) {
        return FloatVector.fromMemorySegment(EIGHT, MEMORY, address, ORDER);
    }

    private static void storeEight(long address, FloatVector v) {
        v.intoMemorySegment(MEMORY, address, ORDER);
    }
}
