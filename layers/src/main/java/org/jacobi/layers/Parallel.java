package org.jacobi.layers;

import java.util.List;

import org.jacobi.autograd.Variable;

/** Layers side by side, named 0, 1, 2 …, that all take the same input; their outputs are joined or added. */
public final class Parallel extends Layer {
    private final List<Layer> branches;
    /** The axis along which outputs are joined; null if they are added. */
    private final Integer axis;

    private Parallel(Integer axis, Layer... branches) {
        if (branches.length == 0) {
            throw new IllegalArgumentException("Parallel: there are no layers");
        }
        this.axis = axis;
        this.branches = List.of(branches);
        for (int i = 0; i < branches.length; i++) {
            add(Integer.toString(i), branches[i]);
        }
    }

    /** Joins the outputs along an axis, such as 1 for channels; a negative one counts from the last. */
    public static Parallel concatenated(int axis, Layer... branches) {
        return new Parallel(axis, branches);
    }

    /** Adds the outputs, which must have one shape. */
    public static Parallel summed(Layer... branches) {
        return new Parallel(null, branches);
    }

    @Override
    protected Variable compute(Variable x) {
        Variable[] outs = branches.stream().map(branch -> branch.forward(x)).toArray(Variable[]::new);
        if (axis != null) {
            return Variable.cat(axis, outs);
        }
        Variable sum = outs[0];
        for (int i = 1; i < outs.length; i++) {
            if (!outs[i].shape().equals(sum.shape())) {
                throw new IllegalArgumentException("Parallel: outputs of shapes " + sum.shape() + " and "
                        + outs[i].shape() + " cannot be added; let the layers give one shape, or join them");
            }
            sum = sum.add(outs[i]);
        }
        return sum;
    }
}
