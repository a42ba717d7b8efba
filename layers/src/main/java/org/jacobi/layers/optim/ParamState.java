package org.jacobi.layers.optim;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/** What an optimizer remembers of one parameter: how many steps it has taken, and tensors by the names PyTorch saves them under. */
public final class ParamState {
    private final String owner;
    private final Param param;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    long steps;

    ParamState(String owner, Param param) {
        this.owner = owner;
        this.param = param;
    }

    /** Returns the number of the parameter's step, counted from 1. */
    public long step() {
        return steps;
    }

    /** Remembers, from now on, a tensor of the parameter's shape and type that starts with one number everywhere. */
    public void add(String name, double start) {
        add(name, start, param.shape().toArray());
    }

    /** Remembers, from now on, a tensor of the parameter's type and the given shape that starts with one number everywhere. */
    public void add(String name, double start, long... shape) {
        tensors.put(name, Tensor.full(param.device(), start, param.dtype(), shape).unscope());
    }

    /**
     * Returns what is remembered under a name, on the parameter's device, to be changed in place.
     *
     * @throws IllegalStateException if there is no such thing: a setting that needs it was made after the first step
     */
    public Tensor get(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalStateException(owner + ": nothing is remembered as " + name + " of a parameter of shape "
                    + param.shape() + "; make the settings that need it before the first step");
        }
        return tensor.to_(param.device()); // to which the parameter may have moved
    }

    /** Returns whether a tensor is the parameter's own gradient, which outlives the step, unlike one that was made of it. */
    boolean isGradient(Tensor grad) {
        return param.grad().value() == grad;
    }

    SequencedMap<String, Tensor> tensors() {
        return tensors;
    }
}
