package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.RecurrentCell;

/** Launches of recurrent.cu: a product and a kernel for each time step. */
final class RecurrentLaunches {
    private final Gpu gpu;
    private final MatmulLaunches products;
    private final ElementwiseLaunches elementwise;
    private final CopyLaunches copies;
    private final KernelFamily forward;
    private final KernelFamily backward;

    RecurrentLaunches(Gpu gpu, MatmulLaunches products, ElementwiseLaunches elementwise, CopyLaunches copies) {
        this.gpu = gpu;
        this.products = products;
        this.elementwise = elementwise;
        this.copies = copies;
        forward = Rows.kernels(gpu, "recurrent", "recurrent_forward");
        backward = Rows.kernels(gpu, "recurrent", "recurrent_backward");
    }

    void recurrent(RecurrentCell cell, Tensor out, Tensor inner, Tensor gates, Tensor x, Tensor weight, Tensor bias,
            Tensor h0, Tensor c0, TimeSteps steps) {
        try (var dense = new DenseOperands()) {
            // The states of a step are read by the next one, so that a stand-in takes an output's place throughout.
            Tensor states = dense.output(out);
            Tensor inside = inner == null ? null : dense.output(inner);
            Tensor saved = cell.gates() == 1 ? null : dense.output(gates);
            Tensor inputs = dense.of(x);
            Tensor added = bias == null ? null : dense.of(bias);
            Tensor firstH = dense.of(h0);
            Tensor firstC = c0 == null ? null : dense.of(c0);
            for (int place = 0; place < steps.count(); place++) {
                int t = steps.at(place);
                Tensor z = Tensor.empty(x.device(), x.dtype(), steps.size(t), x.size(1));
                Tensor h = stateBefore(states, firstH, steps, t);
                products.matmul(z, h, weight.t());
                h.release();
                Arguments arguments = begin(cell, states, steps, t);
                add(arguments, states, steps.start(t));
                add(arguments, inside, steps.start(t));
                add(arguments, saved, steps.start(t));
                add(arguments, z, 0);
                add(arguments, inputs, steps.start(t));
                add(arguments, added, 0);
                addBefore(arguments, states, firstH, steps, t);
                addBefore(arguments, firstC == null ? null : inside, firstC, steps, t);
                arguments.add(new long[0], 6);
                launch(forward, states, steps, t, arguments);
                z.release();
            }
        }
    }

    void recurrentBackward(RecurrentCell cell, Tensor dx, Tensor dz, Tensor dh, Tensor dc, Tensor dout, Tensor dinner,
            Tensor out, Tensor inner, Tensor gates, Tensor weight, Tensor h0, Tensor c0, TimeSteps steps) {
        try (var dense = new DenseOperands()) {
            Tensor dinputs = dense.output(dx);
            Tensor dproducts = dz == dx ? dinputs : dense.output(dz);
            Tensor dstates = dense.output(dh);
            Tensor dcells = dc == null ? null : dense.output(dc);
            Tensor[] read = {dout, dinner, out, inner, cell.gates() == 1 ? null : gates, h0, c0};
            for (int i = 0; i < read.length; i++) {
                read[i] = read[i] == null ? null : dense.of(read[i]);
            }
            copies.arange(dstates, 0, 0);
            if (dcells != null) {
                copies.arange(dcells, 0, 0);
            }
            for (int place = steps.count() - 1; place >= 0; place--) {
                int t = steps.at(place);
                Arguments arguments = begin(cell, out, steps, t);
                add(arguments, read[2], steps.start(t));
                add(arguments, read[3], steps.start(t));
                add(arguments, read[4], steps.start(t));
                arguments.add(new long[0], 3);
                addBefore(arguments, read[2], read[5], steps, t);
                addBefore(arguments, read[6] == null ? null : read[3], read[6], steps, t);
                add(arguments, dinputs, steps.start(t));
                add(arguments, dproducts, steps.start(t));
                add(arguments, dstates, 0);
                add(arguments, dcells, 0);
                add(arguments, read[0], steps.start(t));
                add(arguments, read[1], steps.start(t));
                launch(backward, out, steps, t, arguments);
                Tensor dstate = dstates.narrow(0, 0, steps.size(t));
                Tensor given = dproducts.narrow(0, steps.start(t), steps.size(t));
                if (cell == RecurrentCell.GRU) {
                    Tensor through = Tensor.emptyLike(dstate);
                    products.matmul(through, given, weight);
                    elementwise.binary(BinaryOp.ADD, dstate, dstate, through);
                    through.release();
                } else {
                    products.matmul(dstate, given, weight);
                }
            }
        }
    }

    private static Arguments begin(RecurrentCell cell, Tensor out, TimeSteps steps, int t) {
        return Arguments.begin().add(cell.ordinal()).add(steps.size(t)).add(out.size(1));
    }

    private static void add(Arguments arguments, Tensor matrix, long row) {
        arguments.add(matrix == null ? 0 : matrix.address() + row * matrix.stride(0) * matrix.dtype().bytes());
    }

    private static void addBefore(Arguments arguments, Tensor after, Tensor initial, TimeSteps steps, int t) {
        long going = steps.continuing(t);
        add(arguments, going > 0 ? after : null, going > 0 ? steps.startBefore(t) : 0);
        add(arguments, initial, 0);
        arguments.add(going);
    }

    private void launch(KernelFamily kernels, Tensor out, TimeSteps steps, int t, Arguments arguments) {
        long elements = steps.size(t) * out.size(1);
        if (elements > 0) {
            kernels.get(Rows.way(out.dtype())).launch(Operands.blocks(gpu, elements), 1, 1, Operands.BLOCK,
                    1,
                    0, arguments);
        }
    }

    /** Returns the states before a step as one matrix; a copy only where some sequences go on and others begin. */
    private Tensor stateBefore(Tensor after, Tensor initial, TimeSteps steps, int t) {
        long going = steps.continuing(t);
        long size = steps.size(t);
        if (going == 0) {
            return initial.narrow(0, 0, size);
        }
        Tensor before = after.narrow(0, steps.startBefore(t), going);
        if (going == size) {
            return before;
        }
        Tensor both = Tensor.empty(initial.device(), initial.dtype(), size, initial.size(1));
        copies.copy(both.narrow(0, 0, going), before);
        copies.copy(both.narrow(0, going, size - going), initial.narrow(0, going, size - going));
        return both;
    }
}
