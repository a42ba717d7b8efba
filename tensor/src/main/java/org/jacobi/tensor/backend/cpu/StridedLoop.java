package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Runs an inner loop that knows only neighbouring elements over operands of any strides.
 *
 * <p>The elements are walked in row-major order, piece by piece. An operand whose elements of a piece are neighbours is
 * read where it lies; any other, such as a broadcast scalar or a column, is first gathered into a piece of scratch
 * memory, which stays in the first cache. Operands are f32 or bool, or 16-bit numbers, which are widened into scratch
 * memory on their way in and narrowed on their way out.
 */
final class StridedLoop {
    /** What a task should at least amount to, in elements of a light loop: about 10 microseconds. */
    static final long TASK_ELEMENTS = 1 << 14;
    /** The elements of one piece. */
    private static final int PIECE = 1024;
    /** Rows shorter than this are gathered, several into a piece, instead of being worked on one by one. */
    private static final int SHORT_ROW = 16;
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Rows ROWS = Simd.rows();

    /** The inner loop: n neighbouring elements of out and of up to three operands; addresses of absent ones are 0. */
    @FunctionalInterface
    interface Body {
        void run(long out, long a, long b, long c, int n);
    }

    private final Axes axes;
    private final long[] bases;
    private final int[] elementBytes;
    private final DType[] types;
    private final boolean[] dense;
    /** Operands of one element, such as numbers, are gathered once for all pieces. */
    private final boolean[] constant;
    private final Body body;

    private StridedLoop(Body body, Tensor... operands) {
        this.body = body;
        axes = Axes.of(operands[0].shape(), operands);
        bases = new long[operands.length];
        elementBytes = new int[operands.length];
        types = new DType[operands.length];
        dense = new boolean[operands.length];
        constant = new boolean[operands.length];
        for (int k = 0; k < operands.length; k++) {
            bases[k] = operands[k].address();
            types[k] = operands[k].dtype();
            elementBytes[k] = types[k].bytes();
            dense[k] = axes.isDense(k);
            constant[k] = k > 0 && axes.isConstant(k);
        }
    }

    /** Runs the body over operands of one shape, the output first. */
    static void run(Body body, Tensor... operands) {
        StridedLoop loop = new StridedLoop(body, operands);
        WorkerPool.global().parallelFor(operands[0].numel(), TASK_ELEMENTS, loop::range);
    }

    private void range(long from, long to) {
        long pieceBytes = PIECE * (long) Float.BYTES;
        long scratchBytes = (bases.length + 1) * pieceBytes; // one for what is gathered before it is widened
        long scratch = SlabAllocator.global().allocate(scratchBytes);
        long rowLength = axes.rowLength();
        try {
            for (int k = 1; k < bases.length; k++) {
                if (constant[k]) {
                    gathered(k, 0, 0, 0, (int) Math.min(PIECE, to - from), scratch + k * pieceBytes,
                            scratch + bases.length * pieceBytes);
                }
            }
            long row = from / rowLength;
            long column = from - row * rowLength;
            for (long at = from; at < to;) {
                int n = (int) Math.min(PIECE, to - at);
                if (rowLength >= SHORT_ROW) {
                    n = (int) Math.min(n, rowLength - column);
                }
                piece(at, row, column, n, scratch, pieceBytes);
                at += n;
                column += n;
                if (column >= rowLength) {
                    row += column / rowLength;
                    column %= rowLength;
                }
            }
        } finally {
            SlabAllocator.global().free(scratch, scratchBytes);
        }
    }

    private void piece(long at, long row, long column, int n, long scratch, long pieceBytes) {
        long raw = scratch + bases.length * pieceBytes;
        long a = operand(1, at, row, column, n, scratch + pieceBytes, raw);
        long b = operand(2, at, row, column, n, scratch + 2 * pieceBytes, raw);
        long c = operand(3, at, row, column, n, scratch + 3 * pieceBytes, raw);
        long out = inPlace(0, at, row, column, n);
        if (types[0].isHalf()) {
            body.run(scratch, a, b, c, n);
            ROWS.narrow(types[0], out != 0 ? out : raw, scratch, n);
            if (out == 0) {
                walk(0, row, column, n, raw, true);
            }
        } else if (out != 0) {
            body.run(out, a, b, c, n);
        } else {
            body.run(scratch, a, b, c, n);
            walk(0, row, column, n, scratch, true);
        }
    }

    private long operand(int operand, long at, long row, long column, int n, long scratch, long raw) {
        if (operand >= bases.length) {
            return 0;
        }
        return constant[operand] ? scratch : gathered(operand, at, row, column, n, scratch, raw);
    }

    /** Returns the address of n neighbouring elements of an operand, if necessary after copying them to scratch. */
    private long gathered(int operand, long at, long row, long column, int n, long scratch, long raw) {
        boolean half = types[operand].isHalf();
        long address = inPlace(operand, at, row, column, n);
        if (address == 0) {
            address = half ? raw : scratch;
            walk(operand, row, column, n, address, false);
        }
        if (half) {
            ROWS.widen(types[operand], scratch, address, n);
            return scratch;
        }
        return address;
    }

    /** Returns where a piece of an operand lies, or 0 if its elements are no neighbours. */
    private long inPlace(int operand, long at, long row, long column, int n) {
        if (dense[operand]) {
            return bases[operand] + at * elementBytes[operand];
        }
        if (axes.rowStride(operand) == 1 && column + n <= axes.rowLength()) {
            return bases[operand] + (axes.rowOffset(operand, row) + column) * elementBytes[operand];
        }
        return 0;
    }

    /** Copies a piece between an operand and scratch memory, row by row. */
    private void walk(int operand, long row, long column, int n, long scratch, boolean toOperand) {
        int bytes = elementBytes[operand];
        long stride = axes.rowStride(operand) * bytes;
        long start = column;
        int done = 0;
        for (long r = row; done < n; r++) {
            int count = (int) Math.min(n - done, axes.rowLength() - start);
            long address = bases[operand] + axes.rowOffset(operand, r) * bytes + start * stride;
            long packed = scratch + (long) done * bytes;
            if (toOperand) {
                scatter(packed, address, stride, bytes, count);
            } else {
                gather(packed, address, stride, bytes, count);
            }
            done += count;
            start = 0;
        }
    }

    private static void gather(long packed, long address, long stride, int bytes, int n) {
        if (bytes == Byte.BYTES) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_BYTE, packed + i, MEMORY.get(JAVA_BYTE, address + i * stride));
            }
        } else if (bytes == Short.BYTES) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_SHORT_UNALIGNED, packed + 2L * i,
                        MEMORY.get(JAVA_SHORT_UNALIGNED, address + i * stride));
            }
        } else if (stride == 0) {
            ROWS.fill(packed, MEMORY.get(JAVA_FLOAT_UNALIGNED, address), n);
        } else {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, packed + 4L * i,
                        MEMORY.get(JAVA_FLOAT_UNALIGNED, address + i * stride));
            }
        }
    }

    private static void scatter(long packed, long address, long stride, int bytes, int n) {
        if (bytes == Byte.BYTES) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_BYTE, address + i * stride, MEMORY.get(JAVA_BYTE, packed + i));
            }
        } else if (bytes == Short.BYTES) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_SHORT_UNALIGNED, address + i * stride,
                        MEMORY.get(JAVA_SHORT_UNALIGNED, packed + 2L * i));
            }
        } else {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_FLOAT_UNALIGNED, address + i * stride,
                        MEMORY.get(JAVA_FLOAT_UNALIGNED, packed + 4L * i));
            }
        }
    }
}
