package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.RecurrentCell;

/**
 * Recurrent networks in f32: every time step is one loop over pieces of the units, each of which multiplies the state before
 * with its units' weights and applies the cell to what comes out while that is in the caches.
 *
 * <p>The weights are packed once for all steps: packing them takes a matrix product of few rows about as long as multiplying.
 * That is why the product in Java serves here, for BLAS packs them anew at every step.
 */
final class RecurrentDriver {
    private static final Gemm GEMM = Simd.gemm();
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();
    /** What a piece of a step should at least amount to, in multiplications and additions. */
    private static final double PIECE_WORK = 3e6;
    /** Pieces have a multiple of so many units, if there are enough. */
    private static final int ALIGNMENT = 16;

    private final RecurrentCell cell;
    private final TimeSteps steps;
    private final int units;
    private final int gates;
    /** Units of a piece, and how many pieces there are. */
    private final int width;
    private final int pieces;
    private final long stateRow;
    private final long gateRow;

    private RecurrentDriver(RecurrentCell cell, long units, TimeSteps steps) {
        this.cell = cell;
        this.steps = steps;
        this.units = Math.toIntExact(units);
        gates = cell.gates();
        double work = 2.0 * steps.batch() * gates * units * units;
        int wanted = (int) Math.clamp((long) (work / PIECE_WORK), 1, Math.max(1, units / ALIGNMENT));
        width = wanted == 1 ? this.units
                : Math.ceilDiv(Math.ceilDiv(this.units, wanted), ALIGNMENT) * ALIGNMENT;
        pieces = Math.ceilDiv(this.units, width);
        stateRow = units * Float.BYTES;
        gateRow = gates * stateRow;
    }

    /** All operands are contiguous f32; bias is there. */
    static void forward(RecurrentCell cell, Tensor out, Tensor inner, Tensor gates, Tensor x, Tensor weight,
            Tensor bias,
            Tensor h0, Tensor c0, TimeSteps steps) {
        new RecurrentDriver(cell, h0.size(1), steps).forward(out.address(), address(inner), gates.address(),
                x.address(),
                weight.address(), bias.address(), h0.address(), address(c0));
    }

    static void backward(RecurrentCell cell, Tensor dx, Tensor dz, Tensor dh, Tensor dc, Tensor dout, Tensor dinner,
            Tensor out, Tensor inner, Tensor gates, Tensor weight, Tensor h0, Tensor c0, TimeSteps steps) {
        new RecurrentDriver(cell, h0.size(1), steps).backward(dx.address(), dz.address(), dh.address(), address(dc),
                dout.address(), address(dinner), out.address(), address(inner), gates.address(), weight.address(),
                h0.address(), address(c0));
    }

    private static long address(Tensor tensor) {
        return tensor == null ? FusedRows.NONE : tensor.address();
    }

    /** Returns the state before a row of step t, in all states or, where the sequence begins, in the first ones. */
    private long before(long all, long initial, int t, long row) {
        return (row < steps.continuing(t) ? all + steps.startBefore(t) * stateRow : initial) + row * stateRow;
    }

    // ---- forward -----------------------------------------------------------------------------------------------------

    private void forward(long out, long inner, long activations, long x, long weight, long bias, long h0, long c0) {
        long panelBytes = GEMM.packedBytes(width, units);
        long packedBytes = panelBytes * gates * pieces;
        long packed = SlabAllocator.global().allocate(packedBytes);
        try {
            WorkerPool.global().parallelFor((long) pieces * gates, 1, (from, to) -> {
                for (long i = from; i < to; i++) {
                    int first = (int) (i / gates) * width;
                    long rows = i % gates * units + first;
                    GEMM.pack(packed + i * panelBytes, true, Math.min(width, units - first), units,
                            weight + rows * stateRow, units);
                }
            });
            for (int place = 0; place < steps.count(); place++) {
                int t = steps.at(place);
                WorkerPool.global().parallelFor(pieces, 1, (from, to) -> {
                    for (long piece = from; piece < to; piece++) {
                        int first = (int) piece * width;
                        multiply(t, first, packed + piece * gates * panelBytes, panelBytes, out, h0, activations);
                        activate(t, first, out, inner, activations, x, bias, h0, c0);
                    }
                });
            }
        } finally {
            SlabAllocator.global().free(packed, packedBytes);
        }
    }

    /** Writes the state's part of the gates of a piece to where their activations will be. */
    private void multiply(int t, int first, long packed, long panelBytes, long out, long h0, long activations) {
        int going = (int) steps.continuing(t);
        int beginning = (int) steps.size(t) - going;
        int n = Math.min(width, units - first);
        for (int gate = 0; gate < gates; gate++) {
            long panels = packed + gate * panelBytes;
            long to = activations + steps.start(t) * gateRow + ((long) gate * units + first) * Float.BYTES;
            if (going > 0) {
                GEMM.sgemmPacked(false, going, n, units, before(out, h0, t, 0), units, panels, 0, to, gates * units);
            }
            if (beginning > 0) {
                GEMM.sgemmPacked(false, beginning, n, units, before(out, h0, t, going), units, panels, 0,
                        to + going * gateRow,
                        gates * units);
            }
        }
    }

    private void activate(int t, int first, long out, long inner, long activations, long x, long bias, long h0,
            long c0) {
        int n = Math.min(width, units - first);
        long offset = (long) first * Float.BYTES;
        for (long row = 0; row < steps.size(t); row++) {
            long h = out + (steps.start(t) + row) * stateRow + offset;
            long c = inner + (steps.start(t) + row) * stateRow + offset;
            long gate = activations + (steps.start(t) + row) * gateRow + offset;
            long input = x + (steps.start(t) + row) * gateRow + offset;
            switch (cell) {
                case TANH -> ROWS.rnn(h, input, bias + offset, false, n);
                case RELU -> ROWS.rnn(h, input, bias + offset, true, n);
                case LSTM ->
                        ROWS.lstm(h, c, gate, input, bias + offset, before(inner, c0, t, row) + offset, stateRow, n);
                case GRU -> ROWS.gru(h, c, gate, input, bias + offset, before(out, h0, t, row) + offset, stateRow, n);
            }
        }
    }

    // ---- backward ----------------------------------------------------------------------------------------------------

    private void backward(long dx, long dz, long dh, long dc, long dout, long dinner, long out, long inner,
            long activations, long weight, long h0, long c0) {
        NativeMemory.fill(dh, steps.batch() * stateRow, (byte) 0);
        if (dc != FusedRows.NONE) {
            NativeMemory.fill(dc, steps.batch() * stateRow, (byte) 0);
        }
        int depth = gates * units;
        long panelBytes = GEMM.packedBytes(width, depth);
        long packedBytes = panelBytes * pieces;
        long packed = SlabAllocator.global().allocate(packedBytes);
        try {
            WorkerPool.global().parallelFor(pieces, 1, (from, to) -> {
                for (long piece = from; piece < to; piece++) {
                    int first = (int) piece * width;
                    GEMM.pack(packed + piece * panelBytes, false, Math.min(width, units - first), depth,
                            weight + (long) first * Float.BYTES, units);
                }
            });
            float keep = cell == RecurrentCell.GRU ? 1 : 0;
            for (int place = steps.count() - 1; place >= -1; place--) {
                int step = place;
                WorkerPool.global().parallelFor(pieces, 1, (from, to) -> {
                    for (long piece = from; piece < to; piece++) {
                        int first = (int) piece * width;
                        if (step + 1 < steps.count()) {
                            // From the step that was before this one on the way back, of which all pieces are done now.
                            int t = steps.at(step + 1);
                            GEMM.sgemmPacked(false, (int) steps.size(t), Math.min(width, units - first), depth,
                                    dz + steps.start(t) * gateRow, depth, packed + piece * panelBytes, keep,
                                    dh + (long) first * Float.BYTES, units);
                        }
                        if (step >= 0) {
                            differentiate(steps.at(step), first, dx, dz, dh, dc, dout, dinner, out, inner, activations,
                                    h0,
                                    c0);
                        }
                    }
                });
            }
        } finally {
            SlabAllocator.global().free(packed, packedBytes);
        }
    }

    private void differentiate(int t, int first, long dx, long dz, long dh, long dc, long dout, long dinner, long out,
            long inner, long activations, long h0, long c0) {
        int n = Math.min(width, units - first);
        long offset = (long) first * Float.BYTES;
        for (long row = 0; row < steps.size(t); row++) {
            long states = (steps.start(t) + row) * stateRow + offset;
            long parts = (steps.start(t) + row) * gateRow + offset;
            long dstate = dh + row * stateRow + offset;
            long dcell = dc + row * stateRow + offset;
            ELEMENTS.binary(BinaryOp.ADD, dstate, dstate, dout + states, n);
            switch (cell) {
                case TANH -> ELEMENTS.binary(BinaryOp.TANH_BACKWARD, dx + parts, dstate, out + states, n);
                case RELU -> ELEMENTS.binary(BinaryOp.RELU_BACKWARD, dx + parts, dstate, out + states, n);
                case LSTM -> {
                    if (dinner != FusedRows.NONE) {
                        ELEMENTS.binary(BinaryOp.ADD, dcell, dcell, dinner + states, n);
                    }
                    ROWS.lstmBackward(dx + parts, dcell, dstate, activations + parts, inner + states,
                            before(inner, c0, t, row) + offset, stateRow, n);
                }
                case GRU -> ROWS.gruBackward(dx + parts, dz + parts, dstate, activations + parts, inner + states,
                        before(out, h0, t, row) + offset, stateRow, n);
            }
        }
    }
}
