package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/**
 * Sorting, selecting and searching along the rows of contiguous f32 tensors.
 *
 * <p>A number's key is an int whose order is that of the numbers: NaN last, -0 and 0 alike. Key and position in the row
 * together make one long, the key in the upper half. No two of these longs are equal, so that any way to sort or select
 * them is stable, and has one result only.
 */
final class SortKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** Rows up to this length are sorted by the JDK's quicksort, longer ones by their digits. */
    private static final int SHORT_ROW = 1 << 12;
    /** The length of the blocks that a long row is cut into. */
    private static final int BLOCK = 1 << 16;
    private static final int DIGIT_BITS = 8;
    private static final int DIGITS = 1 << DIGIT_BITS;
    /** The upper bits of a key that tell which bucket of a long row holds the element of a rank. */
    private static final int BUCKET_BITS = 11;
    private static final int NAN_KEY = key(Float.NaN);
    /** Below this many elements a selection sorts. */
    private static final int FEW = 32;

    private SortKernels() {
    }

    // ---- keys ------------------------------------------------------------------------------------------------------

    /** Returns an int that is ordered, as a signed number, like x among numbers. */
    private static int key(float x) {
        int bits = Float.floatToIntBits(x + 0f); // -0 becomes 0, every NaN the same one
        return bits ^ bits >> 31 & Integer.MAX_VALUE; // of negative numbers, the larger magnitude is the smaller number
    }

    private static float get(long x, long i) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, x + i * Float.BYTES);
    }

    /** Returns key and position; flip is -1 for falling order, else 0. */
    private static long packed(long x, int i, int flip) {
        return (long) (key(get(x, i)) ^ flip) << Integer.SIZE | i;
    }

    /** Writes the number and the position of what was packed. */
    private static void unpack(long packed, long x, int flip, long value, long index) {
        int position = (int) packed;
        int key = (int) (packed >> Integer.SIZE) ^ flip;
        // Only where the key does not tell the bits must the number be looked up, anywhere in the row.
        float number = key == 0 || key == NAN_KEY ? get(x, position)
                : Float.intBitsToFloat(key ^ key >> 31 & Integer.MAX_VALUE);
        MEMORY.set(JAVA_FLOAT_UNALIGNED, value, number);
        MEMORY.set(JAVA_LONG_UNALIGNED, index, position);
    }

    private static void unpack(long[] packed, int n, long x, int flip, long values, long indices) {
        for (int i = 0; i < n; i++) {
            unpack(packed[i], x, flip, values + (long) i * Float.BYTES, indices + (long) i * Long.BYTES);
        }
    }

    // ---- sorting ---------------------------------------------------------------------------------------------------

    static void sort(Tensor values, Tensor indices, Tensor x, boolean descending) {
        int n = Math.toIntExact(x.size(-1));
        int flip = descending ? -1 : 0;
        long v = values.address();
        long o = indices.address();
        long a = x.address();
        if (x.numel() == 0) {
            return;
        }
        // Sorting a number takes some ten times as long as a light loop.
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / 8 / n);
        WorkerPool.global().parallelFor(x.numel() / n, grain, (from, to) -> {
            long[] row = n <= SHORT_ROW ? new long[n] : null;
            for (long r = from; r < to; r++) {
                long first = a + r * n * Float.BYTES;
                long valueRow = v + r * n * Float.BYTES;
                long indexRow = o + r * n * Long.BYTES;
                if (row == null) {
                    sortByDigits(first, n, flip, valueRow, indexRow);
                } else {
                    for (int i = 0; i < n; i++) {
                        row[i] = packed(first, i, flip);
                    }
                    Arrays.sort(row);
                    unpack(row, n, first, flip, valueRow, indexRow);
                }
            }
        });
    }

    /**
     * Sorts a long row by one digit of the keys after the other, the least significant first (radix sort; Knuth, The Art
     * of Computer Programming 3, 5.2.5). Each pass counts the digits of every block, whence it is known where each block's
     * elements of each digit go; then all blocks move their elements at once.
     */
    private static void sortByDigits(long x, int n, int flip, long values, long indices) {
        WorkerPool pool = WorkerPool.global();
        int blocks = Math.ceilDiv(n, BLOCK);
        int[][] places = new int[blocks][DIGITS];
        long bytes = (long) n * Long.BYTES;
        long source = SlabAllocator.global().allocate(bytes);
        long target = 0;
        try {
            target = SlabAllocator.global().allocate(bytes);
            long first = source;
            pool.parallelFor(n, BLOCK, (from, to) -> {
                for (int i = (int) from; i < to; i++) {
                    MEMORY.set(JAVA_LONG_UNALIGNED, first + (long) i * Long.BYTES, packed(x, i, flip));
                }
            });
            for (int shift = Integer.SIZE; shift < Long.SIZE; shift += DIGIT_BITS) {
                int at = shift;
                // Keys are signed: of the uppermost digit, the upper half comes first.
                int sign = shift == Long.SIZE - DIGIT_BITS ? DIGITS / 2 : 0;
                long from = source;
                long to = target;
                pool.parallelFor(blocks, 1, (block, _) -> count(from, block, n, at, sign, places[(int) block]));
                if (place(places, n)) {
                    continue;
                }
                pool.parallelFor(blocks, 1, (block, _) -> move(from, to, block, n, at, sign, places[(int) block]));
                source = to;
                target = from;
            }
            long sorted = source;
            pool.parallelFor(n, BLOCK, (from, to) -> {
                for (long i = from; i < to; i++) {
                    unpack(MEMORY.get(JAVA_LONG_UNALIGNED, sorted + i * Long.BYTES), x, flip, values + i * Float.BYTES,
                            indices + i * Long.BYTES);
                }
            });
        } finally {
            SlabAllocator.global().free(source, bytes);
            if (target != 0) {
                SlabAllocator.global().free(target, bytes);
            }
        }
    }

    private static void count(long from, long block, int n, int shift, int sign, int[] counts) {
        Arrays.fill(counts, 0);
        long end = from + Math.min(n, (block + 1) * BLOCK) * Long.BYTES;
        for (long p = from + block * BLOCK * Long.BYTES; p < end; p += Long.BYTES) {
            counts[(int) (MEMORY.get(JAVA_LONG_UNALIGNED, p) >>> shift) & DIGITS - 1 ^ sign]++;
        }
    }

    /** Makes places of the counts: by digit, then by block. Returns whether one digit is all there is. */
    private static boolean place(int[][] counts, int n) {
        int place = 0;
        for (int digit = 0; digit < DIGITS; digit++) {
            int before = place;
            for (int[] block : counts) {
                int count = block[digit];
                block[digit] = place;
                place += count;
            }
            if (place - before == n) {
                return true;
            }
        }
        return false;
    }

    private static void move(long from, long to, long block, int n, int shift, int sign, int[] places) {
        long end = from + Math.min(n, (block + 1) * BLOCK) * Long.BYTES;
        for (long p = from + block * BLOCK * Long.BYTES; p < end; p += Long.BYTES) {
            long element = MEMORY.get(JAVA_LONG_UNALIGNED, p);
            int place = places[(int) (element >>> shift) & DIGITS - 1 ^ sign]++;
            MEMORY.set(JAVA_LONG_UNALIGNED, to + (long) place * Long.BYTES, element);
        }
    }

    // ---- selecting -------------------------------------------------------------------------------------------------

    /** Returns whether selecting the first k of n is worth it; else rows are better sorted. */
    static boolean isSelective(long k, long n) {
        return n <= SHORT_ROW || k <= n / 8;
    }

    static void topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        int n = Math.toIntExact(x.size(-1));
        int k = Math.toIntExact(values.size(-1));
        int flip = largest ? -1 : 0;
        long v = values.address();
        long o = indices.address();
        long a = x.address();
        if (values.numel() == 0) {
            return;
        }
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / 2 / n);
        WorkerPool.global().parallelFor(x.numel() / n, grain, (from, to) -> {
            for (long r = from; r < to; r++) {
                long first = a + r * n * Float.BYTES;
                long[] best = n > 2 * BLOCK && k <= BLOCK / 8 ? smallestOfBlocks(first, n, flip, k)
                        : smallest(first, 0, n, flip, k);
                Arrays.sort(best, 0, k);
                unpack(best, k, first, flip, v + r * k * Float.BYTES, o + r * k * Long.BYTES);
            }
        });
    }

    /** The k smallest of each block, and of them the k smallest. */
    private static long[] smallestOfBlocks(long x, int n, int flip, int k) {
        int blocks = Math.ceilDiv(n, BLOCK);
        long[][] parts = new long[blocks][];
        WorkerPool.global().parallelFor(blocks, 1, (block, _) -> {
            int from = (int) block * BLOCK;
            int to = (int) Math.min(n, (block + 1L) * BLOCK);
            parts[(int) block] = Arrays.copyOf(smallest(x, from, to, flip, Math.min(k, to - from)),
                    Math.min(k, to - from));
        });
        long[] all = Arrays.stream(parts).flatMapToLong(Arrays::stream).toArray();
        select(all, 0, all.length, k - 1);
        return all;
    }

    /**
     * Returns the k smallest of a part of a row, in no order, at the front. A buffer takes what is smaller than the k-th
     * smallest so far; when it is full, all but the k smallest are dropped.
     */
    private static long[] smallest(long x, int from, int to, int flip, int k) {
        long[] buffer = new long[(int) Math.min(to - from, 2L * k + FEW)];
        long bound = Long.MAX_VALUE;
        int count = 0;
        for (int i = from; i < to; i++) {
            long next = packed(x, i, flip);
            if (next < bound) {
                if (count == buffer.length) {
                    select(buffer, 0, count, k - 1);
                    bound = buffer[k - 1];
                    count = k;
                    if (next >= bound) {
                        continue;
                    }
                }
                buffer[count++] = next;
            }
        }
        if (count > k) {
            select(buffer, 0, count, k - 1);
        }
        return buffer;
    }

    /** The element of the given rank of each row. */
    static void select(Tensor values, Tensor indices, Tensor x, Tensor ranks) {
        int n = Math.toIntExact(x.size(-1));
        long v = values.address();
        long o = indices.address();
        long a = x.address();
        long k = ranks.address();
        if (values.numel() == 0) {
            return;
        }
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / 4 / n);
        WorkerPool.global().parallelFor(values.numel(), grain, (from, to) -> {
            long[] row = n <= BLOCK ? new long[n] : null;
            for (long r = from; r < to; r++) {
                long first = a + r * n * Float.BYTES;
                int rank = (int) MEMORY.get(JAVA_LONG_UNALIGNED, k + r * Long.BYTES);
                long found;
                if (row == null) {
                    found = selected(first, n, rank);
                } else {
                    for (int i = 0; i < n; i++) {
                        row[i] = packed(first, i, 0);
                    }
                    select(row, 0, n, rank);
                    found = row[rank];
                }
                unpack(found, first, 0, v + r * Float.BYTES, o + r * Long.BYTES);
            }
        });
    }

    /** Counts the keys of a long row by their upper bits, and selects among those only that begin like the wanted one. */
    private static long selected(long x, int n, int rank) {
        WorkerPool pool = WorkerPool.global();
        int blocks = Math.ceilDiv(n, BLOCK);
        int[][] counts = new int[blocks][1 << BUCKET_BITS];
        pool.parallelFor(blocks, 1, (block, _) -> {
            int[] mine = counts[(int) block];
            for (long i = block * BLOCK; i < Math.min(n, (block + 1) * BLOCK); i++) {
                mine[bucket(key(get(x, i)))]++;
            }
        });
        int wanted = 0;
        int before = 0;
        int[] starts = new int[blocks + 1];
        for (;; wanted++) {
            for (int block = 0; block < blocks; block++) {
                starts[block + 1] = starts[block] + counts[block][wanted];
            }
            if (rank < before + starts[blocks]) {
                break;
            }
            before += starts[blocks];
        }
        int bucket = wanted;
        long[] members = new long[starts[blocks]];
        pool.parallelFor(blocks, 1, (block, _) -> {
            int at = starts[(int) block];
            for (long i = block * BLOCK; i < Math.min(n, (block + 1) * BLOCK); i++) {
                if (bucket(key(get(x, i))) == bucket) {
                    members[at++] = packed(x, (int) i, 0);
                }
            }
        });
        select(members, 0, members.length, rank - before);
        return members[rank - before];
    }

    private static int bucket(int key) {
        return (key >> Integer.SIZE - BUCKET_BITS) + (1 << BUCKET_BITS - 1);
    }

    /**
     * Puts the element at place k that sorting would put there, smaller ones before it and larger ones behind it
     * (Hoare's Find, 1961, with the median of three). Where that makes no headway, the rest is sorted.
     */
    static void select(long[] a, int from, int to, int k) {
        int left = from;
        int right = to - 1;
        int patience = 2 * (Integer.SIZE - Integer.numberOfLeadingZeros(to - from));
        while (right - left > FEW && patience-- > 0) {
            long pivot = medianOfThree(a[left], a[left + right >>> 1], a[right]);
            int i = left;
            int j = right;
            while (i <= j) {
                while (a[i] < pivot) {
                    i++;
                }
                while (a[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    long swapped = a[i];
                    a[i++] = a[j];
                    a[j--] = swapped;
                }
            }
            if (k > j && k < i) {
                return;
            }
            if (k <= j) {
                right = j;
            } else {
                left = i;
            }
        }
        Arrays.sort(a, left, right + 1);
    }

    private static long medianOfThree(long a, long b, long c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    // ---- searching -------------------------------------------------------------------------------------------------

    /** For a sorted vector, or one of as many rows as x has. */
    static void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean shared, boolean right) {
        long n = sorted.size(-1);
        long columns = x.size(-1);
        long o = out.address();
        long s = sorted.address();
        long a = x.address();
        WorkerPool.global().parallelFor(x.numel(), StridedLoop.TASK_ELEMENTS / 8, (from, to) -> {
            for (long i = from; i < to; i++) {
                long row = shared ? s : s + i / columns * n * Float.BYTES;
                MEMORY.set(JAVA_LONG_UNALIGNED, o + i * Long.BYTES, place(row, n, key(get(a, i)), right));
            }
        });
    }

    private static long place(long sorted, long n, int key, boolean right) {
        long below = 0;
        long above = n;
        while (below < above) {
            long middle = below + above >>> 1;
            int other = key(get(sorted, middle));
            if (other < key || right && other == key) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        return below;
    }
}
