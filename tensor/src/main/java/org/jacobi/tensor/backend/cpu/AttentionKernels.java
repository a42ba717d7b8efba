package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;
import org.jacobi.tensor.backend.BinaryOp;

/**
 * Fused attention: the T x S matrix of weights never exists, only a tile of it at a time (Dao et al., "FlashAttention",
 * 2022).
 *
 * <p>Forward, a task takes a block of queries of one head and goes over the keys a block at a time. It keeps for every
 * query the largest score so far and the sum of e^(score - largest); when a later block has a larger score, what was
 * summed up before is scaled down to it. Backward, the weights of a tile are made again from the saved log-sum-exp of
 * each row.
 *
 * <p>Operands may have any strides: those whose rows have gaps are copied first.
 */
final class AttentionKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();
    private static final Gemm GEMM = MatmulKernels.gemm();
    /** For q k^T: such small products of a transposed operand take OpenBLAS longer than vectors. */
    private static final Gemm SCORES = Simd.gemm().packsOnce() ? Simd.gemm() : GEMM;

    /** Rows and columns of a tile at most. */
    private static final int QUERIES = 64;
    private static final int KEYS = 128;
    /** Up to so many queries, tiles of half the height compute less of what causality hides, and are faster. */
    private static final int MANY_QUERIES = 256;
    /** A tile's rows are filled up to a multiple of this, so that loops over them end with a whole vector. */
    private static final int PADDING = 16;
    /** Up to so many queries, as when text is generated, products of rows are faster than products of matrices. */
    private static final int FEW_QUERIES = 3;
    /** What a task should at least amount to, in multiplications by tiles or by rows: about 10 microseconds. */
    private static final long TASK_PRODUCTS = 500_000;
    private static final long TASK_PRODUCTS_BY_ROW = 60_000;

    private AttentionKernels() {
    }

    // ---- forward ---------------------------------------------------------------------------------------------------

    static void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        try (Operands in = new Operands(q, k, v, lse, how); Heads outs = Heads.output(out)) {
            if (in.queries <= FEW_QUERIES) {
                WorkerPool.global().parallelFor(in.heads, in.grain(TASK_PRODUCTS_BY_ROW), (from, to) -> {
                    try (Scratch scratch = new Scratch(in, in.keys, in.keys)) {
                        for (long head = from; head < to; head++) {
                            forwardByRow(in, outs, scratch, head);
                        }
                    }
                });
            } else {
                int blocks = Math.ceilDiv(in.queries, in.tileRows);
                WorkerPool.global().parallelFor(in.heads * blocks, in.grain(TASK_PRODUCTS * blocks), (from, to) -> {
                    try (Scratch scratch = new Scratch(in, tileNumbers(in), KEYS)) {
                        for (long task = from; task < to; task++) {
                            forwardByTile(in, outs, scratch, task / blocks, (int) (task % blocks) * in.tileRows);
                        }
                    }
                });
            }
        }
    }

    private static void forwardByTile(Operands in, Heads outs, Scratch scratch, long head, int first) {
        int rows = Math.min(in.tileRows, in.queries - first);
        int visible = in.visibleKeys(first + rows - 1);
        long tile = scratch.address;
        long out = outs.at(head, first);
        long lse = in.lse(head, first);
        long sums = tile + 4L * rows * padded(Math.min(KEYS, visible));
        // Until the last tile is done, lse holds the largest score so far.
        ELEMENTS.fill(lse, Float.NEGATIVE_INFINITY, rows);
        ELEMENTS.fill(sums, 0, rows);
        for (int key = 0; key < visible; key += KEYS) {
            int columns = Math.min(KEYS, visible - key);
            int width = padded(columns);
            scores(in, scratch, head, first, rows, key, columns);
            for (int r = 0; r < rows; r++) {
                long row = tile + 4L * r * width;
                long earlier = key == 0 ? 0 : out + r * outs.rowBytes();
                onlineSoftmax(row, width, lse + 4L * r, sums + 4L * r, earlier, in.headSize);
                if (in.dropout) {
                    scratch.makeWords(in, head, first + r, key, width);
                    scratch.dropout(row, row, width);
                }
            }
            GEMM.sgemm(false, false, rows, in.headSize, columns, 1, tile, width, in.v.at(head, key), in.v.rowStride,
                    key == 0 ? 0 : 1, out, outs.rowStride);
        }
        for (int r = 0; r < rows; r++) {
            long row = lse + 4L * r;
            finish(out + r * outs.rowBytes(), in.headSize, row, FusedRows.get(row), FusedRows.get(sums + 4L * r));
        }
    }

    /**
     * Makes a row of scores into e^(score - largest so far), and brings the sum of the earlier ones, and their share of
     * the output, down to the same largest score.
     *
     * @param out the row of the output, or 0 if there is nothing in it yet
     */
    private static void onlineSoftmax(long row, int width, long largest, long sum, long out, int headSize) {
        float before = FusedRows.get(largest);
        float now = Math.max(before, ROWS.max(row, width));
        float shift = shift(now);
        float added = ROWS.exp(row, row, shift, width);
        if (out != 0 && now > before) {
            float factor = ScalarMath.exp(before - shift);
            ROWS.scale(out, factor, headSize);
            FusedRows.set(sum, FusedRows.get(sum) * factor);
        }
        FusedRows.set(largest, now);
        FusedRows.set(sum, FusedRows.get(sum) + added);
    }

    /**
     * What to subtract from scores: their largest, or 0 if no key is seen, since -infinity - -infinity is no number.
     */
    private static float shift(float largest) {
        return largest == Float.NEGATIVE_INFINITY ? 0 : largest;
    }

    /** Divides a row of the output by the sum of its weights and saves its log-sum-exp. */
    private static void finish(long out, int headSize, long lse, float largest, float sum) {
        if (sum == 0) {
            // No key is seen. The lowest number as log-sum-exp makes the backward's weights e^(-infinity - lse) = 0.
            ELEMENTS.fill(out, 0, headSize);
            FusedRows.set(lse, -Float.MAX_VALUE);
        } else {
            ROWS.scale(out, 1 / sum, headSize);
            FusedRows.set(lse, shift(largest) + ScalarMath.log(sum));
        }
    }

    private static void forwardByRow(Operands in, Heads outs, Scratch scratch, long head) {
        long row = scratch.address;
        for (int query = 0; query < in.queries; query++) {
            int seen = in.visibleKeys(query);
            long out = outs.at(head, query);
            ROWS.dots(row, in.q.at(head, query), in.k.at(head, 0), in.k.rowBytes(), seen, in.scale, in.headSize);
            in.mask(row, scratch.hidden, head, query, 0, seen);
            float largest = ROWS.max(row, seen);
            float sum = ROWS.exp(row, row, shift(largest), seen);
            if (in.dropout) {
                scratch.makeWords(in, head, query, 0, seen);
                scratch.dropout(row, row, seen);
            }
            ROWS.weightedSum(out, row, in.v.at(head, 0), in.v.rowBytes(), seen, in.headSize);
            finish(out, in.headSize, in.lse(head, query), largest, sum);
        }
    }

    // ---- backward --------------------------------------------------------------------------------------------------

    /**
     * With P the weights, dP = dout v^T and D the sum of dout out along each row: dv = P^T dout, and the scores'
     * gradient dS = P (dP - D) scale gives dq = dS k and dk = dS^T q. Dropout scales P's and dP's elements alike. A
     * task does a whole head, since all its queries add to the same dk and dv.
     */
    static void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        try (Operands in = new Operands(q, k, v, lse, how);
                Heads outs = Heads.input(out);
                Heads douts = Heads.input(dout);
                Heads dqs = Heads.output(dq);
                Heads dks = Heads.output(dk);
                Heads dvs = Heads.output(dv)) {
            Gradients gradients = new Gradients(outs, douts, dqs, dks, dvs);
            WorkerPool.global().parallelFor(in.heads, in.grain(TASK_PRODUCTS), (from, to) -> {
                try (Scratch scratch = new Scratch(in, 3 * tileNumbers(in), KEYS)) {
                    for (long head = from; head < to; head++) {
                        // The last block of queries sees most keys: it writes what the others add to.
                        int last = (in.queries - 1) / in.tileRows * in.tileRows;
                        int visible = in.visibleKeys(in.queries - 1);
                        if (visible == 0) {
                            dqs.clear(head, 0, in.queries);
                        }
                        dks.clear(head, visible, in.keys);
                        dvs.clear(head, visible, in.keys);
                        for (int first = last; first >= 0; first -= in.tileRows) {
                            backwardByTile(in, gradients, scratch, head, first, first == last ? 0 : 1);
                        }
                    }
                }
            });
        }
    }

    /** What the backward has beside the forward's operands. */
    private record Gradients(Heads out, Heads dout, Heads dq, Heads dk, Heads dv) {
    }

    /**
     * Computes what a block of queries gives to the gradients.
     *
     * @param keep 0 for the first block, before which dk and dv hold nothing, and 1 for others
     */
    private static void backwardByTile(Operands in, Gradients gradients, Scratch scratch, long head, int first,
            float keep) {
        int rows = Math.min(in.tileRows, in.queries - first);
        int size = in.headSize;
        int visible = in.visibleKeys(first + rows - 1);
        Heads q = in.q;
        Heads k = in.k;
        Heads v = in.v;
        Heads dq = gradients.dq;
        Heads dk = gradients.dk;
        Heads dv = gradients.dv;
        long dout = gradients.dout.at(head, first);
        int doutStride = gradients.dout.rowStride;
        long p = scratch.address;
        long dp = p + 4L * tileNumbers(in);
        // Where nothing is dropped, the weights that v was multiplied with are the weights themselves.
        long dropped = in.dropout ? dp + 4L * tileNumbers(in) : p;
        for (int key = 0; key < visible; key += KEYS) {
            int columns = Math.min(KEYS, visible - key);
            int width = padded(columns);
            scores(in, scratch, head, first, rows, key, columns);
            SCORES.sgemm(false, true, rows, columns, size, 1, dout, doutStride, v.at(head, key), v.rowStride, 0, dp,
                    width);
            scoreGradients(in, gradients, scratch, head, first, rows, key, width, dp, dropped);
            GEMM.sgemm(true, false, columns, size, rows, 1, dropped, width, dout, doutStride, keep, dv.at(head, key),
                    dv.rowStride);
            GEMM.sgemm(false, false, rows, size, columns, 1, dp, width, k.at(head, key), k.rowStride,
                    key == 0 ? 0 : 1, dq.at(head, first), dq.rowStride);
            GEMM.sgemm(true, false, columns, size, rows, 1, dp, width, q.at(head, first), q.rowStride, keep,
                    dk.at(head, key), dk.rowStride);
        }
    }

    /** Makes the tile of scores into weights, and dp, the gradient of the dropped weights, into that of the scores. */
    private static void scoreGradients(Operands in, Gradients gradients, Scratch scratch, long head, int first,
            int rows, int key, int width, long dp, long dropped) {
        long p = scratch.address;
        long lse = in.lse(head, first);
        long dout = gradients.dout.at(head, first);
        long out = gradients.out.at(head, first);
        for (int r = 0; r < rows; r++) {
            long at = 4L * r * width;
            ROWS.exp(p + at, p + at, FusedRows.get(lse + 4L * r), width);
            if (in.dropout) {
                scratch.makeWords(in, head, first + r, key, width);
                scratch.dropout(dropped + at, p + at, width);
                scratch.dropout(dp + at, dp + at, width);
            }
            float d = ROWS.dot(dout + r * gradients.dout.rowBytes(), out + r * gradients.out.rowBytes(), in.headSize);
            ROWS.softmaxBackward(dp + at, dp + at, p + at, d, in.scale, width);
        }
    }

    // ---- tiles -----------------------------------------------------------------------------------------------------

    private static int padded(int columns) {
        return Math.ceilDiv(columns, PADDING) * PADDING;
    }

    /** The numbers of a tile and one more column. */
    private static long tileNumbers(Operands in) {
        return in.tileRows * (padded(Math.min(KEYS, in.keys)) + 1L);
    }

    /**
     * Writes scale q k^T + mask for some queries and keys of a head to the first tile; keys that a query does not
     * see, and the padding, get -infinity.
     */
    private static void scores(Operands in, Scratch scratch, long head, int first, int rows, int key, int columns) {
        int width = padded(columns);
        SCORES.sgemm(false, true, rows, columns, in.headSize, in.scale, in.q.at(head, first), in.q.rowStride,
                in.k.at(head, key), in.k.rowStride, 0, scratch.address, width);
        for (int r = 0; r < rows; r++) {
            long row = scratch.address + 4L * r * width;
            int seen = Math.clamp(in.visibleKeys(first + r) - key, 0, columns);
            in.mask(row, scratch.hidden, head, first + r, key, seen);
            if (seen < width) {
                ELEMENTS.fill(row + 4L * seen, Float.NEGATIVE_INFINITY, width - seen);
            }
        }
    }

    /** What forward and backward share: sizes, queries, keys, values, and what happens to the scores. */
    private static final class Operands implements AutoCloseable {
        /** B times H: batch and head make one number. */
        final long heads;
        final int queries;
        final int keys;
        final int headSize;
        /** How many queries a tile has. */
        final int tileRows;
        final float scale;
        final boolean dropout;
        final Heads q;
        final Heads k;
        final Heads v;
        private final long lse;
        private final long headsPerBatch;
        private final Attention how;
        /** The mask, expanded to (B, H, T, S), or null. */
        private final Tensor mask;

        Operands(Tensor q, Tensor k, Tensor v, Tensor lse, Attention how) {
            headsPerBatch = q.size(1);
            heads = q.size(0) * headsPerBatch;
            queries = Math.toIntExact(q.size(2));
            keys = Math.toIntExact(k.size(2));
            headSize = Math.toIntExact(q.size(3));
            tileRows = Math.clamp(queries, 1, how.causal() && queries <= MANY_QUERIES ? QUERIES / 2 : QUERIES);
            scale = (float) how.scale();
            dropout = how.dropout() > 0;
            this.q = Heads.input(q);
            this.k = Heads.input(k);
            this.v = Heads.input(v);
            this.lse = lse.address();
            this.how = how;
            mask = how.mask() == null ? null
                    : how.mask().expandTo(Shape.of(q.size(0), headsPerBatch, queries, keys));
        }

        /**
         * Returns how many heads make a task of so many products; for several tasks a head, give as many times that.
         */
        long grain(long products) {
            return Math.max(1, products / Math.max(1, 2L * queries * keys * headSize));
        }

        /** Returns how many keys a query sees, from the first on: with causality the keys up to its own position. */
        int visibleKeys(int query) {
            return how.causal() ? Math.min(keys, query + 1) : keys;
        }

        /** Returns where a query's log-sum-exp is. */
        long lse(long head, int query) {
            return lse + (head * queries + query) * Float.BYTES;
        }

        /** Adds the mask to a row of scores; hidden is a row of -infinity. */
        void mask(long row, long hidden, long head, int query, int key, int n) {
            if (mask == null) {
                return;
            }
            long bytes = mask.dtype().bytes();
            long step = mask.stride(3) * bytes;
            long first = mask.address() + key * step + bytes * (head / headsPerBatch * mask.stride(0)
                    + head % headsPerBatch * mask.stride(1) + query * mask.stride(2));
            if (mask.dtype() == DType.BOOL && step == Byte.BYTES) {
                ELEMENTS.where(row, first, row, hidden, n);
            } else if (mask.dtype() == DType.BOOL) {
                for (int i = 0; i < n; i++) {
                    if (NativeMemory.ALL.get(JAVA_BYTE, first + i * step) == 0) {
                        FusedRows.set(row + 4L * i, Float.NEGATIVE_INFINITY);
                    }
                }
            } else if (step == Float.BYTES) {
                ELEMENTS.binary(BinaryOp.ADD, row, row, first, n);
            } else {
                for (int i = 0; i < n; i++) {
                    FusedRows.set(row + 4L * i, FusedRows.get(row + 4L * i) + FusedRows.get(first + i * step));
                }
            }
        }

        @Override
        public void close() {
            q.close();
            k.close();
            v.close();
            if (mask != how.mask()) {
                mask.release();
            }
        }
    }

    /** A (B, H, N, D) tensor whose rows have no gaps. */
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

        /** Writes go to the tensor itself, or, if its rows have gaps, to another that is copied there when closed. */
        static Heads output(Tensor x) {
            return new Heads(x, hasWholeRows(x) ? x : Tensor.make("attention", x.device(), x.dtype(), x.shape()), true);
        }

        private static boolean hasWholeRows(Tensor x) {
            boolean dense = x.size(3) <= 1 || x.stride(3) == 1;
            boolean apart = x.size(2) <= 1 || x.stride(2) >= Math.max(1, x.size(3)) && x.stride(2) <= Integer.MAX_VALUE;
            return dense && apart;
        }

        long at(long head, int row) {
            return address + head / headsPerBatch * batchBytes + head % headsPerBatch * headBytes + row * rowBytes();
        }

        long rowBytes() {
            return (long) rowStride * Float.BYTES;
        }

        /** Sets rows of a head to 0. */
        void clear(long head, int from, int to) {
            for (int row = from; row < to; row++) {
                ELEMENTS.fill(at(head, row), 0, rowLength);
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
        private final int threshold;
        private final float keptScale;
        private long words;

        Scratch(Operands in, long numbers, int rowNumbers) {
            // A row may begin and end inside a block of four words.
            long wordBytes = in.dropout ? (rowNumbers + 8L) * Integer.BYTES : 0;
            long hiddenBytes = in.mask != null ? (long) rowNumbers * Float.BYTES : 0;
            bytes = numbers * Float.BYTES + wordBytes + hiddenBytes;
            address = SlabAllocator.global().allocate(bytes);
            blocks = address + numbers * Float.BYTES;
            hidden = blocks + wordBytes;
            ELEMENTS.fill(hidden, Float.NEGATIVE_INFINITY, (int) (hiddenBytes / Float.BYTES));
            threshold = DropoutKernel.threshold(in.how.dropout());
            keptScale = DropoutKernel.scale(in.how.dropout());
        }

        /** Makes the random words of n weights of a query, from a key on. */
        void makeWords(Operands in, long head, int query, int key, int n) {
            long position = (head * in.queries + query) * in.keys + key;
            int skipped = (int) (position & 3);
            ROWS.philox(blocks, in.how.seed(), in.how.call(), position >>> 2, Math.ceilDiv(skipped + n, 4));
            words = blocks + 4L * skipped;
        }

        /** Drops weights, or their gradients, by the words made last. */
        void dropout(long out, long x, int n) {
            ROWS.dropout(out, x, words, threshold, keptScale, n);
        }

        @Override
        public void close() {
            SlabAllocator.global().free(address, bytes);
        }
    }
}
