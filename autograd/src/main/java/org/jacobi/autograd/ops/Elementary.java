package org.jacobi.autograd.ops;

import java.util.Arrays;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * A function that works element by element and brings its derivatives along, written with Variable ops: each input's gradient
 * is dout times the partial derivative. Functions without a kernel of their own for the backward need no more than this.
 */
@Formula("dx = dout times the partial derivative by x")
public record Elementary(Variable[] inputs, Saved saved, String name, Partial... partials) implements GradFn {
    /** A partial derivative at the saved values: the inputs, or the result. */
    @FunctionalInterface
    public interface Partial {
        /** Returns the derivative, in any type and in a shape that broadcasts; null for 0. */
        Variable at(Variable... saved);
    }

    /** Returns f(x), whose derivative is written in terms of x. */
    public static Variable ofInput(String name, Variable x, UnaryOperator<Tensor> f,
            UnaryOperator<Variable> derivative) {
        return of(name, values -> f.apply(values[0]), new Variable[] {x}, saved -> derivative.apply(saved[0]));
    }

    /** Returns y = f(x), whose derivative is written in terms of y. */
    public static Variable ofResult(String name, Variable x, UnaryOperator<Tensor> f,
            UnaryOperator<Variable> derivative) {
        Partial partial = saved -> derivative.apply(saved[0]);
        return Variable.record(f.apply(Batch.value(x)),
                out -> new Elementary(new Variable[] {x}, Saved.of(out), name, partial), x);
    }

    /** Returns f(a, b), whose partial derivatives are written in terms of a and b. */
    public static Variable ofInputs(String name, Variable a, Variable b, BinaryOperator<Tensor> f,
            BinaryOperator<Variable> byA, BinaryOperator<Variable> byB) {
        return of(name, values -> f.apply(values[0], values[1]), new Variable[] {a, b},
                saved -> byA.apply(saved[0], saved[1]), saved -> byB.apply(saved[0], saved[1]));
    }

    /** Returns a function of several inputs, with one partial derivative for each, written in terms of them all. */
    public static Variable of(String name, Function<Tensor[], Tensor> f, Variable[] inputs, Partial... partials) {
        return Variable.record(f.apply(Batch.aligned(inputs)),
                out -> new Elementary(inputs, Saved.of(inputs), name, partials), inputs);
    }

    /** Returns a partial derivative that is computed from the numbers of the inputs, and is flat. */
    public static Partial mask(Function<Tensor[], Tensor> f) {
        return saved -> Batch.constant(f.apply(Batch.aligned(saved)), saved);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable[] at = new Variable[partials.length];
        Arrays.setAll(at, saved::get);
        Variable[] grads = new Variable[inputs.length];
        for (int i = 0; i < grads.length; i++) {
            Variable partial = needs(i) ? partials[i].at(at) : null;
            grads[i] = partial == null ? null : douts[0].mul(partial).to(inputs[i].dtype()).sumTo(inputs[i].shape());
        }
        return grads;
    }
}
