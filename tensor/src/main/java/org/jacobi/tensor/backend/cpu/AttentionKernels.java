package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;

/**
 * Fused attention: the T x S matrix of weights never exists, only a tile of it at a time (Dao et al., "FlashAttention",
 * 2022).
 *
 * <p>Forward, a task takes a block of queries of one head and goes over the keys a block at a time. It keeps for every query
 * the largest score so far and the sum of e^(score - largest); when a later block has a larger score, what was summed up
 * before is scaled down to it. Backward, the weights of a tile are made again from the saved log-sum-exp of each row.
 *
 * <p>Operands may have any strides: those whose rows have gaps are copied first.
 */
final class AttentionKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();
    private static final Gemm GEMM = Gemm.best();

    /** Rows and columns of a tile. */
    private static final int QUERIES = 64;
    private static final int KEYS = 256;
    /** A tile's rows are filled up to a multiple of this, so that loops over them end with a whole vector. */
    private static final int PADDING = 16;
    /** Up to so many queries, as when text is generated, products of rows are faster than products of matrices. */
    private static final int FEW_QUERIES = 3;
    /** What a task should at least amount to, in multiplications: about 10 microseconds. */
    private static final long TASK_PRODUCTS = 500_000;

    private AttentionKernels() {
    }

    // ---- forward ---------------------------------------------------------------------------------------------------

    static void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        try (Problem problem = new Problem(q, k, how);
                Heads outs = Heads.output(out);
                Heads queries = Heads.input(q);
                Heads keys = Heads.input(k);
                Heads values = Heads.input(v)) {
            long sums = lse.address();
            int blocks = Math.ceilDiv(problem.queries, QUERIES);
            boolean few = problem.queries <= FEW_QUERIES;
            WorkerPool.global().parallelFor(problem.heads * blocks, problem.grain(blocks), (from, to) -> {
                try (Scratch scratch =
                        new Scratch(problem, few ? problem.keys : tileNumbers(problem), few ? problem.keys : KEYS)) {
                    for (long task = from; task < to; task++) {
                        long head = task / blocks;
                        int first = (int) (task % blocks) * QUERIES;
                        if (few) {
                            forwardByRow(problem, scratch, head, outs, sums, queries, keys, values);
                        } else {
                            forwardByTile(problem, scratch, head, first, outs, sums, queries, keys, values);
                        }
                    }
                }
            });
        }
    }

    private static void forwardByTile(Problem problem, Scratch scratch, long head, int first, Heads outs, long lse,
            Heads queries, Heads keys, Heads values) {
        int size = problem.headSize;
        int rows = Math.min(QUERIES, problem.queries - first);
        int visible = problem.visibleKeys(first + rows - 1);
        long tile = scratch.address;
        long out = outs.at(head, first);
        long saved = lse + (head * problem.queries + first) * Float.BYTES;
        long sums = tile + 4L * rows * padded(Math.min(KEYS, visible));
        for (int r = 0; r < rows; r++) {
            // Until the last tile is done, lse holds the largest score so far.
            FusedRows.set(saved + 4L * r, Float.NEGATIVE_INFINITY);
            FusedRows.set(sums + 4L * r, 0);
        }
        for (int key = 0; key < visible; key += KEYS) {
            int columns = Math.min(KEYS, visible - key);
            int width = padded(columns);
            scores(problem, scratch, head, first, rows, key, columns, queries, keys);
            for (int r = 0; r < rows; r++) {
                long row = tile + 4L * r * width;
                onlineSoftmax(row, width, saved + 4L * r, sums + 4L * r, key == 0 ? 0 : out + r * outs.rowBytes(),
                        size);
                if (problem.dropout) {
                    scratch.makeWords(problem, head, first + r, key, width);
                    scratch.dropout(problem, row, row, width);
                }
            }
            GEMM.sgemm(false, false, rows, size, columns, 1, tile, width, values.at(head, key), values.rowStride,
                    key == 0 ? 0 : 1, out, outs.rowStride);
        }
        for (int r = 0; r < rows; r++) {
            finish(out + r * outs.rowBytes(), size, saved + 4L * r, FusedRows.get(saved + 4L * r),
                    FusedRows.get(sums + 4L * r));
        }
    }

    /**
     * Makes a row of scores into e^(score - largest so far), and brings the sum of the earlier ones, and their share of the
     * output, down to the same largest score.
     *
     * @param out the row of the output, or 0 if there is nothing in it yet
     */
    private static void onlineSoftmax(long row, int width, long largest, long sum, long out, int size) {
        float before = FusedRows.get(largest);
        float now = Math.max(before, ROWS.max(row, width));
        float shift = shift(now);
        float added = ROWS.exp(row, row, shift, width);
        if (out != 0 && now > before) {
            float factor = ScalarMath.exp(before - shift);
            ROWS.scale(out, factor, size);
            FusedRows.set(sum, FusedRows.get(sum) * factor);
        }
        FusedRows.set(largest, now);
        FusedRows.set(sum, FusedRows.get(sum) + added);
    }

    /** What to subtract from scores before e^: their maximum, but 0 if no key is seen, since -infinity - -infinity is not a number. */
    private static float shift(float largest) {
        return largest == Float.NEGATIVE_INFINITY ? 0 : largest;
    }

    /** Divides a row of the output by the sum of its weights and saves its log-sum-exp. */
    private static void finish(long out, int size, long lse, float largest, float sum) {
        if (sum == 0) {
            // No key is seen. The lowest number as log-sum-exp makes the backward's weights e^(-infinity - lse) = 0.
            ELEMENTS.fill(out, 0, size);
            FusedRows.set(lse, -Float.MAX_VALUE);
        } else {
            ROWS.scale(out, 1 / sum, size);
            FusedRows.set(lse, shift(largest) + ScalarMath.log(sum));
        }
    }

    private static void forwardByRow(Problem problem, Scratch scratch, long head, Heads outs, long lse, Heads queries,
            Heads keys, Heads values) {
        int size = problem.headSize;
        long row = scratch.address;
        for (int query = 0; query < problem.queries; query++) {
            int seen = problem.visibleKeys(query);
            long out = outs.at(head, query);
            ROWS.dots(row, queries.at(head, query), keys.at(head, 0), keys.rowBytes(), seen, problem.scale, size);
            problem.mask(row, scratch.hidden, head, query, 0, seen);
            float largest = ROWS.max(row, seen);
            float sum = ROWS.exp(row, row, shift(largest), seen);
            if (problem.dropout) {
                scratch.makeWords(problem, head, query, 0, seen);
                scratch.dropout(problem, row, row, seen);
            }
            ROWS.weightedSum(out, row, values.at(head, 0), values.rowBytes(), seen, size);
            finish(out, size, lse + (head * problem.queries + query) * Float.BYTES, largest, sum);
        }
    }

    // ---- backward --------------------------------------------------------------------------------------------------

    /**
     * With P the weights, dP = dout v^T and D = sum dout out of each row: dv = P^T dout, and the scores' gradient
     * dS = P (dP - D) scale gives dq = dS k and dk = dS^T q. Dropout scales P's and dP's elements alike. A task does a whole
     * head, since all its queries add to the same dk and dv.
     */
    static void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        try (Problem problem = new Problem(q, k, how);
                Heads dqs = Heads.output(dq);
                Heads dks = Heads.output(dk);
                Heads dvs = Heads.output(dv);
                Heads douts = Heads.input(dout);
                Heads outs = Heads.input(out);
                Heads queries = Heads.input(q);
                Heads keys = Heads.input(k);
                Heads values = Heads.input(v)) {
            long sums = lse.address();
            WorkerPool.global().parallelFor(problem.heads, problem.grain(1), (from, to) -> {
                try (Scratch scratch = new Scratch(problem, 3 * tileNumbers(problem), KEYS)) {
                    for (long head = from; head < to; head++) {
                        dks.clear(head, problem.keys);
                        dvs.clear(head, problem.keys);
                        for (int first = 0; first < problem.queries; first += QUERIES) {
                            backwardOfQueries(problem, scratch, head, first, dqs, dks, dvs, douts, outs, sums, queries,
                                    keys,
                                    values);
                        }
                    }
                }
            });
        }
    }

    private static void backwardOfQueries(Problem problem, Scratch scratch, long head, int first, Heads dqs, Heads dks,
            Heads dvs, Heads douts, Heads outs, long lse, Heads queries, Heads keys, Heads values) {
        int size = problem.headSize;
        int rows = Math.min(QUERIES, problem.queries - first);
        int visible = problem.visibleKeys(first + rows - 1);
        long weights = scratch.address;
        long gradients = weights + 4L * tileNumbers(problem);
        // Where nothing is dropped, the weights that v was multiplied with are the weights themselves.
        long dropped = problem.dropout ? gradients + 4L * tileNumbers(problem) : weights;
        long dout = douts.at(head, first);
        long out = outs.at(head, first);
        long saved = lse + (head * problem.queries + first) * Float.BYTES;
        dqs.clear(head, first, rows);
        for (int key = 0; key < visible; key += KEYS) {
            int columns = Math.min(KEYS, visible - key);
            int width = padded(columns);
            scores(problem, scratch, head, first, rows, key, columns, queries, keys);
            GEMM.sgemm(false, true, rows, columns, size, 1, dout, douts.rowStride, values.at(head, key),
                    values.rowStride, 0,
                    gradients, width);
            for (int r = 0; r < rows; r++) {
                long p = weights + 4L * r * width;
                long dp = gradients + 4L * r * width;
                ROWS.exp(p, p, FusedRows.get(saved + 4L * r), width);
                if (problem.dropout) {
                    scratch.makeWords(problem, head, first + r, key, width);
                    scratch.dropout(problem, dropped + 4L * r * width, p, width);
                    scratch.dropout(problem, dp, dp, width);
                }
                float mean = ROWS.dot(dout + r * douts.rowBytes(), out + r * outs.rowBytes(), size);
                ROWS.softmaxBackward(dp, dp, p, mean, problem.scale, width);
            }
            GEMM.sgemm(true, false, columns, size, rows, 1, dropped, width, dout, douts.rowStride, 1, dvs.at(head, key),
                    dvs.rowStride);
            GEMM.sgemm(false, false, rows, size, columns, 1, gradients, width, keys.at(head, key), keys.rowStride, 1,
                    dqs.at(head, first), dqs.rowStride);
            GEMM.sgemm(true, false, columns, size, rows, 1, gradients, width, queries.at(head, first),
                    queries.rowStride, 1,
                    dks.at(head, key), dks.rowStride);
        }
    }

    // ---- tiles -----------------------------------------------------------------------------------------------------

    private static int padded(int columns) {
        return (columns + PADDING - 1) / PADDING * PADDING;
    }

    /** The numbers of a tile and one more column. */
    private static long tileNumbers(Problem problem) {
        return Math.min(QUERIES, problem.queries) * (padded(Math.min(KEYS, problem.keys)) + 1L);
    }

    /**
     * Writes scale q k^T + mask for some queries and keys of a head to the first tile; keys that a query does not see, and
     * the padding, get -infinity.
     */
    private static void scores(Problem problem, Scratch scratch, long head, int first, int rows, int key, int columns,
            Heads queries, Heads keys) {
        int width = padded(columns);
        GEMM.sgemm(false, true, rows, columns, problem.headSize, problem.scale, queries.at(head, first),
                queries.rowStride,
                keys.at(head, key), keys.rowStride, 0, scratch.address, width);
        for (int r = 0; r < rows; r++) {
            long row = scratch.address + 4L * r * width;
            int seen = Math.clamp(problem.visibleKeys(first + r) - key, 0, columns);
            problem.mask(row, scratch.hidden, head, first + r, key, seen);
            if (seen < width) {
                ELEMENTS.fill(row + 4L * seen, Float.NEGATIVE_INFINITY, width - seen);
            }
        }
    }

    /** The sizes of an attention and what happens to its scores. */
    private static final class Problem implements AutoCloseable {
        /** B * H: batch and head make one number. */
        final long heads;
        final int queries;
        final int keys;
        final int headSize;
        final float scale;
        final boolean dropout;
        private final long headsPerBatch;
        private final boolean causal;
        private final int threshold;
        private final float keptScale;
        private final long seed;
        private final long call;
        /** The mask as it was given, and as expanded to (B, H, T, S). */
        private final Tensor mask;
        private final Tensor expanded;

        Problem(Tensor q, Tensor k, Attention how) {
            headsPerBatch = q.size(1);
            heads = q.size(0) * headsPerBatch;
            queries = Math.toIntExact(q.size(2));
            keys = Math.toIntExact(k.size(2));
            headSize = Math.toIntExact(q.size(3));
            scale = (float) how.scale();
            causal = how.causal();
            dropout = how.dropout() > 0;
            threshold = DropoutKernel.threshold(how.dropout());
            keptScale = DropoutKernel.scale(how.dropout());
            seed = how.seed();
            call = how.call();
            mask = how.mask();
            expanded = mask == null ? null : mask.expandTo(Shape.of(q.size(0), headsPerBatch, queries, keys));
        }

        /** Returns how many heads, or blocks of a head's queries, make a task. */
        long grain(int blocks) {
            return Math.max(1, TASK_PRODUCTS * blocks / Math.max(1, 2L * queries * keys * headSize));
        }

        /** Returns how many keys a query sees, from the first on: with causality the keys up to its own position. */
        int visibleKeys(int query) {
            return causal ? Math.min(keys, query + 1) : keys;
        }

        /** Adds the mask to a row of scores; hidden is a row of -infinity. */
        void mask(long row, long hidden, long head, int query, int key, int n) {
            if (expanded == null) {
                return;
            }
            long bytes = expanded.dtype().bytes();
            long step = expanded.stride(3) * bytes;
            long first = expanded.address() + (head / headsPerBatch * expanded.stride(0)
                    + head % headsPerBatch * expanded.stride(1) + query * expanded.stride(2)) * bytes + key * step;
            if (expanded.dtype() == DType.BOOL && step == 1) {
                ELEMENTS.where(row, first, row, hidden, n);
            } else if (expanded.dtype() == DType.BOOL) {
                for (int i = 0; i < n; i++) {
                    if (NativeMemory.ALL.get(JAVA_BYTE, first + i * step) == 0) {
                        FusedRows.set(row + 4L * i, Float.NEGATIVE_INFINITY);
                    }
                }
            } else if (step == Float.BYTES) {
                ROWS.add(row, first, n);
            } else {
                for (int i = 0; i < n; i++) {
                    ROWS.add(row + 4L * i, first + i * step, 1);
                }
            }
        }

        @Override
        public void close() {
            if (expanded != mask) {
                expanded.release();
            }
        }
    }

    /** A (B, H, N, D) operand whose rows have no gaps. */
    private static final class Heads implements AutoCloseable {
        /** Elements from a row to the next. */
        final int rowStride;
        private final Tensor given;
        private final Tensor used;
        private final boolean output;
        private final long address;
        private final long headsPerBatch;
        private final long batchBytes;
        private final long headBytes;
        private final int rowLength;

        private Heads(Tensor given, Tensor used, boolean output) {
            this.given = given;
            this.used = used;
            this.output = output;
            address = used.address();
            headsPerBatch = used.size(1);
            batchBytes = used.stride(0) * Float.BYTES;
            headBytes = used.stride(1) * Float.BYTES;
            rowLength = Math.toIntExact(used.size(3));
            // With one row any stride goes, and the tensor's own may be too short for a matrix product.
            rowStride = (int) (used.size(2) > 1 ? used.stride(2) : Math.max(1, rowLength));
        }

        static Heads input(Tensor x) {
            return new Heads(x, hasWholeRows(x) ? x : x.contiguous(), false);
        }

        /** Writes go to the tensor itself, or, if its rows have gaps, to another one that is copied there when closed. */
        static Heads output(Tensor x) {
            return new Heads(x, hasWholeRows(x) ? x : Tensor.make("attention", x.dtype(), x.shape()), true);
        }

        private static boolean hasWholeRows(Tensor x) {
            boolean row = x.size(3) <= 1 || x.stride(3) == 1;
            return row && (x.size(2) <= 1 || x.stride(2) >= Math.max(1, x.size(3)) && x.stride(2) <= Integer.MAX_VALUE);
        }

        long at(long head, int row) {
            return address + head / headsPerBatch * batchBytes + head % headsPerBatch * headBytes + row * rowBytes();
        }

        long rowBytes() {
            return (long) rowStride * Float.BYTES;
        }

        void clear(long head, int rows) {
            clear(head, 0, rows);
        }

        void clear(long head, int first, int rows) {
            long row = at(head, first);
            for (int r = 0; r < rows; r++) {
                ELEMENTS.fill(row + r * rowBytes(), 0, rowLength);
            }
        }

        @Override
        public void close() {
            if (used != given) {
                if (output) {
                    given.backend().copy(given, used);
                }
                used.release();
            }
        }
    }

    /** A task's memory: numbers for its tiles, the random words of a row, and a row of -infinity. */
    private static final class Scratch implements AutoCloseable {
        final long address;
        final long hidden;
        private final long blocks;
        private final long bytes;
        private long words;

        Scratch(Problem problem, long numbers, int rowNumbers) {
            // A row may begin and end inside a block of four words.
            long wordBytes = problem.dropout ? (rowNumbers + 8L) * Integer.BYTES : 0;
            long hiddenBytes = problem.expanded != null ? rowNumbers * (long) Float.BYTES : 0;
            bytes = numbers * Float.BYTES + wordBytes + hiddenBytes;
            address = SlabAllocator.global().allocate(bytes);
            blocks = address + numbers * Float.BYTES;
            hidden = blocks + wordBytes;
            ELEMENTS.fill(hidden, Float.NEGATIVE_INFINITY, (int) (hiddenBytes / Float.BYTES));
        }

        /** Makes the random words of n weights of a query, from a key on. */
        void makeWords(Problem problem, long head, int query, int key, int n) {
            long position = (head * problem.queries + query) * problem.keys + key;
            int skipped = (int) (position & 3);
            ROWS.philox(blocks, problem.seed, problem.call, position >>> 2, Math.ceilDiv(skipped + n, 4));
            words = blocks + 4L * skipped;
        }

        /** Drops weights, or their gradients, by the words made last. */
        void dropout(Problem problem, long out, long x, int n) {
            ROWS.dropout(out, x, words, problem.threshold, problem.keptScale, n);
        }

        @Override
        public void close() {
            SlabAllocator.global().free(address, bytes);
        }
    }
}
