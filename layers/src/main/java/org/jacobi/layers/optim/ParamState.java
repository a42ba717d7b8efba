package org.jacobi.layers.optim;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * What an optimizer remembers of one parameter: how many steps it has taken, and tensors by the names PyTorch saves them under.
 *
 * <p>Of a parameter of 16 bits everything is remembered in f32, and beside it {@code master}, its numbers as they were before they
 * were rounded: small steps would be lost in 16 bits.
 */
public final class ParamState {
    private static final String MASTER = "master";

    private final String owner;
    private final Param param;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    long steps;
    /** The version of the parameter's numbers that are those of the master, rounded. */
    private int version;

    ParamState(String owner, Param param) {
        this.owner = owner;
        this.param = param;
        master();
    }

    /** Returns the type in which steps are computed. */
    private DType type() {
        return param.dtype().isHalf() ? DType.F32 : param.dtype();
    }

    /** Returns what is to be changed in place of the parameter's 16-bit numbers; null for numbers of more bits. */
    Tensor master() {
        Tensor value = param.value();
        if (!value.dtype().isHalf()) {
            tensors.remove(MASTER);
            return null;
        }
        Tensor master = tensors.computeIfAbsent(MASTER, _ -> value.to(DType.F32).unscope()).to_(value.device());
        if (version != value.version() && !rounds(master, value)) {
            master.copy_(value); // somebody has changed the parameter since
        }
        version = value.version();
        return master;
    }

    private static boolean rounds(Tensor master, Tensor value) {
        return master.to(value.dtype()).eq(value).all().item() != 0;
    }

    /** Notes that the parameter has got the master's numbers. */
    void rounded() {
        version = param.value().version();
    }

    /** Notes that what is remembered came from elsewhere, so that the master may be that of other numbers. */
    void loaded(long newSteps) {
        steps = newSteps;
        version = -1;
    }

    /** Returns the parameter's numbers if it is their master that a step changes; else null. */
    Tensor roundedFrom(Tensor changed) {
        return changed == param.value() ? null : param.value();
    }

    /** Returns the number of the parameter's step, counted from 1. */
    public long step() {
        return steps;
    }

    /** Remembers, from now on, a tensor of the parameter's shape that starts with one number everywhere. */
    public void add(String name, double start) {
        add(name, start, param.shape().toArray());
    }

    /** Remembers, from now on, a tensor of the given shape that starts with one number everywhere. */
    public void add(String name, double start, long... shape) {
        tensors.put(name, Tensor.full(param.device(), start, type(), shape).unscope());
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
        return tensor.to_(param.device()).to_(type()); // to which the parameter may have moved
    }

    /** Returns whether a tensor is the parameter's own gradient, which outlives the step, unlike one that was made of it. */
    boolean isGradient(Tensor grad) {
        return param.grad().value() == grad;
    }

    SequencedMap<String, Tensor> tensors() {
        return tensors;
    }
}
