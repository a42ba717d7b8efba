package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.jacobi.tensor.backend.cpu.VectorMath.BYTES;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.all;
import static org.jacobi.tensor.backend.cpu.VectorMath.load;
import static org.jacobi.tensor.backend.cpu.VectorMath.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicIntegerArray;

import jdk.incubator.vector.FloatVector;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/**
 * Matrix products in Java by the Vector API, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008.
 *
 * <p>The result is computed in register tiles: 3 rows by 3 vectors, 4 by 2 where a side would not fill threes (with 32
 * registers 6 by 3 and 8 by 2), 8 by 1 where the result is one vector wide. A tile reads both operands with any strides, so that small products run in
 * place. Of larger ones, blocks of B are packed into panels as wide as a tile, of which one stays in the caches
 * while a block of A passes by; a transposed operand is turned while it is packed.
 *
 * <p>There are no narrow tiles. A tile's last vector ends where the matrix ends and overlaps the one before it, and
 * rows that are missing are the last row once more: the same number is computed and written twice.
 */
final class VectorGemm implements Gemm {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Gemm PLAIN = new PlainGemm();
    /**
     * What addresses and strides have at most; see {@link #known}. Strides fit an int: such an offset the compiler makes part
     * of the load, while any other costs an addition of its own, of which a tile would have one a row and depth.
     */
    private static final long ADDRESSES = (1L << 60) - 1;
    private static final long STRIDES = (1L << 30) - 1;
    /** Rows that are no farther apart have the offsets of a tile's rows within {@link #STRIDES}. */
    private static final long FAR = STRIDES / 4;
    private static final int CACHE_LINE = 64;
    /** Room for a tile of any shape. */
    private static final int TILE_ROW_BYTES = 3 * BYTES;
    private static final long TILE_BYTES = 8L * TILE_ROW_BYTES;
    /** Whether there are 32 vector registers: a machine whose vectors have 8 lanes has 16. */
    private static final boolean MANY_REGISTERS = LANES == 16;
    /** In place of the address of numbers that are added to every row: there are none. */
    private static final long NONE = 0;
    /** What sums begin with then: a row of a tile. */
    private static final long ZEROS = Arena.global().allocate(TILE_ROW_BYTES, CACHE_LINE).address();
    /** In place of the distance of B's rows: B is packed. */
    private static final long PANELS = 0;
    /**
     * How many products are added in registers. A panel of B has then 48 KiB: longer sums gain more than is lost where a
     * part of the panel comes from the second cache.
     */
    private static final int DEPTH = 4096 / LANES;
    /** The height of A's blocks and the width of B's, multiples of a tile's. */
    private static final int HEIGHT = 120;
    private static final int TILE_COLUMNS = 3 * LANES;
    private static final int WIDTH = 1024 / TILE_COLUMNS * TILE_COLUMNS;
    /** Operands with no more elements fit the first cache and are read where they are. */
    private static final long SMALL = 64 * 64;
    /** So few rows do not pay for packing B. */
    private static final int FEW_ROWS = 8;

    /**
     * Scratch memory of small products, for which asking the allocator would take longer than the product: pieces that
     * are kept, of which each thread tries one. Two threads with the same piece find out, and one asks the allocator.
     */
    private static final int KEPT_PIECES = 16;
    private static final long KEPT_BYTES = 32 << 10;
    private static final long KEPT = Arena.global().allocate(KEPT_PIECES * KEPT_BYTES, CACHE_LINE).address();
    /** 1 where a piece is in use, a cache line apart. */
    private static final int KEPT_APART = CACHE_LINE / Integer.BYTES;
    private static final AtomicIntegerArray KEPT_IN_USE = new AtomicIntegerArray(KEPT_PIECES * KEPT_APART);

    @Override
    public String name() {
        return "VectorGemm";
    }

    /** By plain loops: f64 serves gradient checks, not speed. */
    @Override
    public void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
            int ldb, double beta, long c, int ldc) {
        PLAIN.dgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        if (k == 0) {
            PLAIN.sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
            return;
        }
        boolean packsB = transB || n < LANES || m > FEW_ROWS && (long) n * k > SMALL;
        boolean packsA = transA && (long) m * k > SMALL;
        if (packsA || packsB || k > DEPTH || alpha != 1 || beta != 0) {
            blocks(packsA, packsB, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        } else {
            block(a, bytes(transA ? 1 : lda), bytes(transA ? lda : 1), m, b, bytes(ldb), n, k, 1, NONE, 0, c,
                    bytes(ldc), 0);
        }
    }

    /** Cuts the product into blocks, packs what is to be packed, and adds up blocks along the depth. */
    private static void blocks(boolean packsA, boolean packsB, boolean transA, boolean transB, int m, int n, int k,
            float alpha, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        int depth = Math.min(DEPTH, k);
        int height = packsA ? Math.min(HEIGHT, m) : HEIGHT;
        int width = packsB ? width(n) : n;
        long packedRow = bytes(depth) + CACHE_LINE;
        long bytesA = packsA ? height * packedRow : 0;
        long bytesB = packsB ? depth * (bytes(width) + BYTES) : 0;
        long scratchBytes = bytesB + bytesA + TILE_BYTES;
        int kept = scratchBytes <= KEPT_BYTES ? takeKept() : -1;
        long packedB = kept >= 0 ? KEPT + kept * KEPT_BYTES : SlabAllocator.global().allocate(scratchBytes);
        long packedA = packedB + bytesB;
        long tile = packedA + bytesA;
        try {
            for (int left = 0; left < n; left += width) {
                int columns = Math.min(width, n - left);
                for (int start = 0; start < k; start += depth) {
                    int length = Math.min(depth, k - start);
                    float keep = start == 0 ? beta : 1;
                    long y = b + (transB ? left * bytes(ldb) + bytes(start) : start * bytes(ldb) + bytes(left));
                    if (packsB) {
                        packB(packedB, transB, y, bytes(ldb), length, columns);
                    }
                    for (int top = 0; top < m; top += height) {
                        int rows = Math.min(height, m - top);
                        long x = a + (transA ? start * bytes(lda) + bytes(top) : top * bytes(lda) + bytes(start));
                        long rowA = bytes(transA ? 1 : lda);
                        long depthA = bytes(transA ? lda : 1);
                        if (packsA) {
                            VectorTranspose.transpose(packedA, packedRow, x, depthA, length, rows);
                            x = packedA;
                            rowA = packedRow;
                            depthA = Float.BYTES;
                        }
                        block(x, rowA, depthA, rows, packsB ? packedB : y, packsB ? PANELS : bytes(ldb), columns,
                                length, alpha, NONE, keep, c + top * bytes(ldc) + bytes(left), bytes(ldc), tile);
                    }
                }
            }
        } finally {
            giveBack(kept, packedB, scratchBytes);
        }
    }

    // ---- one B for many products: its panels, for one depth after the other -----------------------------------------

    @Override
    public long packedBytes(int n, int k) {
        return k * packedRow(n);
    }

    @Override
    public void pack(long packed, boolean transB, int n, int k, long b, int ldb) {
        for (int start = 0; start < k; start += DEPTH) {
            packB(packed + start * packedRow(n), transB, b + (transB ? bytes(start) : start * bytes(ldb)), bytes(ldb),
                    Math.min(DEPTH, k - start), n);
        }
    }

    @Override
    public boolean packsOnce() {
        return true;
    }

    @Override
    public int packedDepth() {
        return DEPTH;
    }

    @Override
    public void sgemmPacked(boolean transA, int m, int n, int k, long a, int lda, long packed, float beta, long c,
            int ldc) {
        depths(transA, m, n, k, a, lda, packed, NONE, beta, c, ldc);
    }

    @Override
    public void sgemmPackedBiased(boolean transA, int m, int n, int k, long a, int lda, long packed, long bias, long c,
            int ldc) {
        if (n < LANES) { // a vector of the bias would be more than there is
            Gemm.super.sgemmPackedBiased(transA, m, n, k, a, lda, packed, bias, c, ldc);
        } else {
            depths(transA, m, n, k, a, lda, packed, bias, 0, c, ldc);
        }
    }

    private static void depths(boolean transA, int m, int n, int k, long a, int lda, long packed, long bias, float beta,
            long c, int ldc) {
        long rowA = bytes(transA ? 1 : lda);
        long depthA = bytes(transA ? lda : 1);
        int kept = takeKept();
        long tile = kept >= 0 ? KEPT + kept * KEPT_BYTES : SlabAllocator.global().allocate(TILE_BYTES);
        try {
            for (int start = 0; start < k; start += DEPTH) {
                block(a + start * depthA, rowA, depthA, m, packed + start * packedRow(n), PANELS, n,
                        Math.min(DEPTH, k - start), 1, start == 0 ? bias : NONE, start == 0 ? beta : 1, c, bytes(ldc),
                        tile);
            }
        } finally {
            giveBack(kept, tile, TILE_BYTES);
        }
    }

    /** Returns the bytes that a row of n columns has in panels. */
    private static long packedRow(int n) {
        long row = 0;
        for (int j = 0; j < n;) {
            int vectors = vectors(n - j);
            row += (long) vectors * BYTES;
            j += Math.min(vectors * LANES, n - j);
        }
        return row;
    }

    private static void giveBack(int kept, long address, long bytes) {
        if (kept >= 0) {
            KEPT_IN_USE.setRelease(kept * KEPT_APART, 0);
        } else {
            SlabAllocator.global().free(address, bytes);
        }
    }

    /** Returns the number of a kept piece of scratch memory, which is the caller's now, or -1. */
    private static int takeKept() {
        int own = (int) Thread.currentThread().threadId() & KEPT_PIECES - 1;
        return KEPT_IN_USE.compareAndSet(own * KEPT_APART, 0, 1) ? own : -1;
    }

    /** Returns the width of B's blocks: all about equal, since a narrow rest would read A for little. */
    private static int width(int n) {
        int even = Math.ceilDiv(n, Math.max(1, Math.ceilDiv(n, WIDTH)));
        return Math.min(n, Math.ceilDiv(even, TILE_COLUMNS) * TILE_COLUMNS);
    }

    private static long bytes(int elements) {
        return (long) elements * Float.BYTES;
    }

    /**
     * Returns the address, which is less than 2^60 anyway: when the compiler knows that, it sees that an access is
     * inside of all memory and leaves the check out.
     */
    private static long known(long address) {
        return address & ADDRESSES;
    }

    private static float get(long address) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address);
    }

    private static void set(long address, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address, value);
    }

    /** How many vectors wide the next tile is: never one, unless the whole block is no wider. */
    private static int vectors(int columnsLeft) {
        int vectors = (int) Math.ceilDiv((long) columnsLeft, LANES);
        return vectors <= 3 ? vectors : vectors == 4 ? 2 : 3;
    }

    /** How many rows the next tile has. */
    private static int height(int vectors, int rowsLeft) {
        if (rowsLeft >= 8 && (vectors == 1 || vectors == 2 && MANY_REGISTERS)) {
            return 8;
        }
        if (rowsLeft >= 6 && vectors == 3 && MANY_REGISTERS) {
            return 6;
        }
        return Math.min(vectors == 3 ? 3 : 4, rowsLeft);
    }

    // ---- packing ---------------------------------------------------------------------------------------------------

    /** Panels as wide as tiles, each depth after depth; what is past the end of a panel's last row is 0 or not read. */
    private static void packB(long panel, boolean trans, long b, long rowB, int length, int columns) {
        long to = panel;
        for (int j = 0; j < columns;) {
            int vectors = vectors(columns - j);
            int width = Math.min(vectors * LANES, columns - j);
            long rowTo = (long) vectors * BYTES;
            if (width < LANES) {
                fillWithZeros(to, length);
            }
            if (trans) {
                VectorTranspose.transpose(to, rowTo, b + j * rowB, rowB, width, length);
            } else if (width < LANES) {
                copyNarrow(to, b + bytes(j), rowB, width, length);
            } else if (vectors == 3) {
                copyThree(to, b + bytes(j), rowB, bytes(width - LANES), length);
            } else {
                copyTwo(to, rowTo, b + bytes(j), rowB, bytes(width - LANES), length);
            }
            to += length * rowTo;
            j += width;
        }
    }

    private static void fillWithZeros(long to, int length) {
        for (int p = 0; p < length; p++) {
            store(known(to) + (long) p * BYTES, all(0f));
        }
    }

    private static void copyNarrow(long to, long from, long rowFrom, int width, int length) {
        for (int p = 0; p < length; p++) {
            long x = known(from + p * rowFrom);
            long y = known(to + (long) p * BYTES);
            for (int j = 0; j < width; j++) {
                set(y + bytes(j), get(x + bytes(j)));
            }
        }
    }

    private static void copyThree(long to, long from, long rowFrom, long last, int length) {
        long end = last & STRIDES;
        long x = known(from);
        long y = known(to);
        for (int p = 0; p < length; p++) {
            store(y, load(x));
            store(y + BYTES, load(x + BYTES));
            store(y + end, load(x + end));
            x = known(x + rowFrom);
            y = known(y + 3 * BYTES);
        }
    }

    /** Two vectors a row, or one twice. */
    private static void copyTwo(long to, long rowTo, long from, long rowFrom, long last, int length) {
        long end = last & STRIDES;
        long x = known(from);
        long y = known(to);
        for (int p = 0; p < length; p++) {
            store(y, load(x));
            store(y + end, load(x + end));
            x = known(x + rowFrom);
            y = known(y + rowTo);
        }
    }

    // ---- multiplying -----------------------------------------------------------------------------------------------

    /**
     * Adds the product of a block of A and one of B to a block of C.
     *
     * @param depthB the distance of B's rows in bytes, or {@link #PANELS}
     * @param bias   the address of a row that every row's sums begin with, for alpha 1 and a block no narrower than a
     *               vector; or {@link #NONE}
     * @param tile   scratch memory for a tile, which is needed when alpha is not 1, beta is not 0 or the block is narrower
     *               than a vector
     */
    private static void block(long a, long rowA, long depthA, int rows, long b, long depthB, int columns, int length,
            float alpha, long bias, float beta, long c, long rowC, long tile) {
        if (rowA > FAR && rows > 1) {
            for (int i = 0; i < rows; i++) {
                block(a + i * rowA, 0, depthA, 1, b, depthB, columns, length, alpha, bias, beta, c + i * rowC, rowC,
                        tile);
            }
            return;
        }
        long panel = b;
        for (int j = 0; j < columns;) {
            int vectors = vectors(columns - j);
            int width = Math.min(vectors * LANES, columns - j);
            long step = depthB == PANELS ? (long) vectors * BYTES : depthB;
            long last = bytes(Math.max(0, width - LANES));
            boolean direct = alpha == 1 && beta == 0 && width >= LANES;
            for (int i = 0; i < rows;) {
                int height = height(vectors, rows - i);
                long target = c + i * rowC + bytes(j);
                long to = direct ? target : tile;
                long rowTo = direct ? rowC : TILE_ROW_BYTES;
                long from = a + i * rowA;
                long init = bias == NONE ? ZEROS : bias + bytes(j);
                if (height == 6) {
                    sixByThree(from, rowA, depthA, panel, last, step, length, init, to, rowTo);
                } else if (vectors == 3) {
                    threeByThree(from, rowA, depthA, height, panel, last, step, length, init, to, rowTo);
                } else if (height == 8 && vectors == 2) {
                    eightByTwo(from, rowA, depthA, panel, last, step, length, init, to, rowTo);
                } else if (height == 8) {
                    eightByOne(from, rowA, depthA, panel, step, length, init, to, rowTo);
                } else {
                    fourByTwo(from, rowA, depthA, height, panel, last, step, length, init, to, rowTo);
                }
                if (!direct) {
                    addTile(tile, height, width, alpha, beta, target, rowC);
                }
                i += height;
            }
            panel += depthB == PANELS ? length * step : bytes(width);
            j += width;
        }
    }

    /** c = alpha tile + beta c. With beta 0, c is not read: it may be NaN. */
    private static void addTile(long tile, int height, int width, float alpha, float beta, long c, long rowC) {
        for (int i = 0; i < height; i++) {
            long x = known(tile + (long) i * TILE_ROW_BYTES);
            long y = known(c + i * rowC);
            int j = 0;
            for (; j <= width - LANES; j += LANES) {
                long at = bytes(j);
                FloatVector sum = load(x + at).mul(all(alpha));
                store(y + at, beta == 0 ? sum : load(y + at).fma(all(beta), sum));
            }
            for (; j < width; j++) {
                long at = bytes(j);
                float sum = alpha * get(x + at);
                set(y + at, beta == 0 ? sum : Math.fma(get(y + at), beta, sum));
            }
        }
    }

    // The tiles. Their loops are no counted loops on purpose: those the compiler unrolls, and then has too few registers
    // and keeps sums in memory, at a third to a half of the speed. So much code is inlined here that more of it, such as
    // adding to C, would exceed the compiler's budget for inlining and be calls, with vectors as objects. Beyond the
    // budget only the Vector API's own methods are inlined: that is why sums are stored without VectorMath.store.

    /** 9 multiply-adds for 6 loads. */
    private static void threeByThree(long a, long rowA, long depthA, int height, long b, long last, long depthB,
            int length, long init, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = height > 1 ? rowA & STRIDES : 0;
        long a2 = a1 + (height > 2 ? rowA : 0) & STRIDES;
        long b2 = last & STRIDES;
        long from = known(init);
        FloatVector from0 = load(from);
        FloatVector from1 = load(from + BYTES);
        FloatVector from2 = load(from + b2);
        FloatVector c00 = from0;
        FloatVector c01 = from1;
        FloatVector c02 = from2;
        FloatVector c10 = from0;
        FloatVector c11 = from1;
        FloatVector c12 = from2;
        FloatVector c20 = from0;
        FloatVector c21 = from1;
        FloatVector c22 = from2;
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + BYTES);
            FloatVector y2 = load(y + b2);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long z0 = known(c);
        long z1 = known(z0 + (height > 1 ? rowC : 0));
        long z2 = known(z1 + (height > 2 ? rowC : 0));
        c00.intoMemorySegment(MEMORY, z0, ORDER);
        c01.intoMemorySegment(MEMORY, z0 + BYTES, ORDER);
        c02.intoMemorySegment(MEMORY, z0 + b2, ORDER);
        c10.intoMemorySegment(MEMORY, z1, ORDER);
        c11.intoMemorySegment(MEMORY, z1 + BYTES, ORDER);
        c12.intoMemorySegment(MEMORY, z1 + b2, ORDER);
        c20.intoMemorySegment(MEMORY, z2, ORDER);
        c21.intoMemorySegment(MEMORY, z2 + BYTES, ORDER);
        c22.intoMemorySegment(MEMORY, z2 + b2, ORDER);
    }

    /** 8 multiply-adds for 6 loads; the two vectors are the same one where last is 0. */
    private static void fourByTwo(long a, long rowA, long depthA, int height, long b, long last, long depthB,
            int length, long init, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = height > 1 ? rowA & STRIDES : 0;
        long a2 = a1 + (height > 2 ? rowA : 0) & STRIDES;
        long a3 = a2 + (height > 3 ? rowA : 0) & STRIDES;
        long b1 = last & STRIDES;
        long from = known(init);
        FloatVector from0 = load(from);
        FloatVector from1 = load(from + b1);
        FloatVector c00 = from0;
        FloatVector c01 = from1;
        FloatVector c10 = from0;
        FloatVector c11 = from1;
        FloatVector c20 = from0;
        FloatVector c21 = from1;
        FloatVector c30 = from0;
        FloatVector c31 = from1;
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + b1);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            FloatVector x3 = all(get(x + a3));
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long z0 = known(c);
        long z1 = known(z0 + (height > 1 ? rowC : 0));
        long z2 = known(z1 + (height > 2 ? rowC : 0));
        long z3 = known(z2 + (height > 3 ? rowC : 0));
        c00.intoMemorySegment(MEMORY, z0, ORDER);
        c01.intoMemorySegment(MEMORY, z0 + b1, ORDER);
        c10.intoMemorySegment(MEMORY, z1, ORDER);
        c11.intoMemorySegment(MEMORY, z1 + b1, ORDER);
        c20.intoMemorySegment(MEMORY, z2, ORDER);
        c21.intoMemorySegment(MEMORY, z2 + b1, ORDER);
        c30.intoMemorySegment(MEMORY, z3, ORDER);
        c31.intoMemorySegment(MEMORY, z3 + b1, ORDER);
    }

    /** 16 multiply-adds for 10 loads, all rows there; for machines with 32 vector registers. */
    private static void eightByTwo(long a, long rowA, long depthA, long b, long last, long depthB, int length,
            long init, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = rowA & STRIDES;
        long a2 = a1 + a1 & STRIDES;
        long a3 = a2 + a1 & STRIDES;
        long a4 = a2 + a2 & STRIDES;
        long b1 = last & STRIDES;
        long from = known(init);
        FloatVector from0 = load(from);
        FloatVector from1 = load(from + b1);
        FloatVector c00 = from0;
        FloatVector c01 = from1;
        FloatVector c10 = from0;
        FloatVector c11 = from1;
        FloatVector c20 = from0;
        FloatVector c21 = from1;
        FloatVector c30 = from0;
        FloatVector c31 = from1;
        FloatVector c40 = from0;
        FloatVector c41 = from1;
        FloatVector c50 = from0;
        FloatVector c51 = from1;
        FloatVector c60 = from0;
        FloatVector c61 = from1;
        FloatVector c70 = from0;
        FloatVector c71 = from1;
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + b1);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            FloatVector x3 = all(get(x + a3));
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            long z = known(x + a4);
            FloatVector x4 = all(get(z));
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            FloatVector x5 = all(get(z + a1));
            c50 = x5.fma(y0, c50);
            c51 = x5.fma(y1, c51);
            FloatVector x6 = all(get(z + a2));
            c60 = x6.fma(y0, c60);
            c61 = x6.fma(y1, c61);
            FloatVector x7 = all(get(z + a3));
            c70 = x7.fma(y0, c70);
            c71 = x7.fma(y1, c71);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long to = known(c);
        c00.intoMemorySegment(MEMORY, to, ORDER);
        c01.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c10.intoMemorySegment(MEMORY, to, ORDER);
        c11.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c20.intoMemorySegment(MEMORY, to, ORDER);
        c21.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c30.intoMemorySegment(MEMORY, to, ORDER);
        c31.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c40.intoMemorySegment(MEMORY, to, ORDER);
        c41.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c50.intoMemorySegment(MEMORY, to, ORDER);
        c51.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c60.intoMemorySegment(MEMORY, to, ORDER);
        c61.intoMemorySegment(MEMORY, to + b1, ORDER);
        to = known(to + rowC);
        c70.intoMemorySegment(MEMORY, to, ORDER);
        c71.intoMemorySegment(MEMORY, to + b1, ORDER);
    }

    /** 18 multiply-adds for 9 loads, all rows there; for machines with 32 vector registers. */
    private static void sixByThree(long a, long rowA, long depthA, long b, long last, long depthB, int length,
            long init, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = rowA & STRIDES;
        long a2 = a1 + a1 & STRIDES;
        long a3 = a2 + a1 & STRIDES;
        long b2 = last & STRIDES;
        long from = known(init);
        FloatVector from0 = load(from);
        FloatVector from1 = load(from + BYTES);
        FloatVector from2 = load(from + b2);
        FloatVector c00 = from0;
        FloatVector c01 = from1;
        FloatVector c02 = from2;
        FloatVector c10 = from0;
        FloatVector c11 = from1;
        FloatVector c12 = from2;
        FloatVector c20 = from0;
        FloatVector c21 = from1;
        FloatVector c22 = from2;
        FloatVector c30 = from0;
        FloatVector c31 = from1;
        FloatVector c32 = from2;
        FloatVector c40 = from0;
        FloatVector c41 = from1;
        FloatVector c42 = from2;
        FloatVector c50 = from0;
        FloatVector c51 = from1;
        FloatVector c52 = from2;
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + BYTES);
            FloatVector y2 = load(y + b2);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            long z = known(x + a3);
            FloatVector x3 = all(get(z));
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            c32 = x3.fma(y2, c32);
            FloatVector x4 = all(get(z + a1));
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            c42 = x4.fma(y2, c42);
            FloatVector x5 = all(get(z + a2));
            c50 = x5.fma(y0, c50);
            c51 = x5.fma(y1, c51);
            c52 = x5.fma(y2, c52);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long to = known(c);
        c00.intoMemorySegment(MEMORY, to, ORDER);
        c01.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c02.intoMemorySegment(MEMORY, to + b2, ORDER);
        to = known(to + rowC);
        c10.intoMemorySegment(MEMORY, to, ORDER);
        c11.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c12.intoMemorySegment(MEMORY, to + b2, ORDER);
        to = known(to + rowC);
        c20.intoMemorySegment(MEMORY, to, ORDER);
        c21.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c22.intoMemorySegment(MEMORY, to + b2, ORDER);
        to = known(to + rowC);
        c30.intoMemorySegment(MEMORY, to, ORDER);
        c31.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c32.intoMemorySegment(MEMORY, to + b2, ORDER);
        to = known(to + rowC);
        c40.intoMemorySegment(MEMORY, to, ORDER);
        c41.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c42.intoMemorySegment(MEMORY, to + b2, ORDER);
        to = known(to + rowC);
        c50.intoMemorySegment(MEMORY, to, ORDER);
        c51.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        c52.intoMemorySegment(MEMORY, to + b2, ORDER);
    }

    /** 8 multiply-adds for 9 loads, all rows there. */
    private static void eightByOne(long a, long rowA, long depthA, long b, long depthB, int length,
            long init, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = rowA & STRIDES;
        long a2 = a1 + a1 & STRIDES;
        long a3 = a2 + a1 & STRIDES;
        long a4 = a2 + a2 & STRIDES;
        long from = known(init);
        FloatVector from0 = load(from);
        FloatVector c00 = from0;
        FloatVector c10 = from0;
        FloatVector c20 = from0;
        FloatVector c30 = from0;
        FloatVector c40 = from0;
        FloatVector c50 = from0;
        FloatVector c60 = from0;
        FloatVector c70 = from0;
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            FloatVector x3 = all(get(x + a3));
            c30 = x3.fma(y0, c30);
            long z = known(x + a4);
            FloatVector x4 = all(get(z));
            c40 = x4.fma(y0, c40);
            FloatVector x5 = all(get(z + a1));
            c50 = x5.fma(y0, c50);
            FloatVector x6 = all(get(z + a2));
            c60 = x6.fma(y0, c60);
            FloatVector x7 = all(get(z + a3));
            c70 = x7.fma(y0, c70);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long to = known(c);
        c00.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c10.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c20.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c30.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c40.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c50.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c60.intoMemorySegment(MEMORY, to, ORDER);
        to = known(to + rowC);
        c70.intoMemorySegment(MEMORY, to, ORDER);
    }
}
