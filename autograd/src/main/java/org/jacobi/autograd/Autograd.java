package org.jacobi.autograd;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import org.jacobi.autograd.ops.Reshape;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Derivatives as functions: gradients that leave {@link Variable#grad} alone, products with Jacobian matrices, whole
 * Jacobians and Hessians, and functions of one example made functions of many.
 *
 * <pre>{@code
 * Variable h = Autograd.hessian(x -> x.pow(3).sum(), point);                            // (n, n) for a point (n)
 * UnaryOperator<Variable> perExample = Autograd.vmap(Autograd.grad(x -> model(x).square().sum()));
 * }</pre>
 *
 * <p>What takes a function follows torch.func: the function must be pure, it may use variables from outside, and the result
 * is like an op's: it differentiates further if recording is on and it depends on anything that requires a gradient. Under
 * {@link NoGrad} it does not, and costs less time and memory. Functions may be nested in each other in any order.
 */
public final class Autograd {
    /** How many rows or columns of a Jacobian are computed in one batch. */
    private static final int ROWS = 256;

    /** What a function gave, and the product of its derivative with a vector. */
    public record Product(Variable output, Variable product) {
    }

    /** What a function of several variables gave, and the products of its derivative with vectors. */
    public record Products(Variable[] outputs, Variable[] products) {
    }

    private Autograd() {
    }

    // ---- gradients of what has been computed -----------------------------------------------------------------------

    /** Returns the gradients of a scalar with respect to inputs, and releases the graph between. */
    public static Variable[] grad(Variable output, Variable... inputs) {
        return grad(new Variable[] {output}, inputs, false);
    }

    /**
     * Returns the gradients of the sum of scalars with respect to inputs.
     *
     * @param createGraph records the gradients' own graph, for higher derivatives, and keeps the outputs' graph
     */
    public static Variable[] grad(Variable[] outputs, Variable[] inputs, boolean createGraph) {
        return grad(outputs, inputs, null, createGraph, createGraph, false);
    }

    /**
     * Returns the gradients of outputs with respect to inputs, as torch.autograd.grad does: nothing is added to any
     * {@link Variable#grad}.
     *
     * @param inputs      leaves, or intermediate values that the outputs were computed from
     * @param gradOutputs the gradient to start from for each output, in its shape; null, as a whole or for one, stands for
     *                    1, which only scalars may have
     * @param retainGraph keeps the graph for another walk
     * @param createGraph records the gradients' own graph; implies retainGraph
     * @param allowUnused whether the outputs may not depend on an input, whose gradient is then null
     * @throws IllegalArgumentException if an input does not require a gradient or is unused
     */
    public static Variable[] grad(Variable[] outputs, Variable[] inputs, Variable[] gradOutputs, boolean retainGraph,
            boolean createGraph, boolean allowUnused) {
        if (gradOutputs != null && gradOutputs.length != outputs.length) {
            throw new IllegalArgumentException("grad: " + gradOutputs.length + " gradients were given for "
                    + outputs.length + " outputs");
        }
        Variable[] seeds = new Variable[outputs.length];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = seed(i, required("grad: output " + i, outputs[i]), gradOutputs == null ? null : gradOutputs[i]);
        }
        for (int i = 0; i < inputs.length; i++) {
            if (!required("grad: input " + i, inputs[i]).requiresGrad()) {
                throw new IllegalArgumentException("grad: input " + i + " of shape " + inputs[i].shape()
                        + " requires no gradient; make it with Variable.leaf");
            }
        }
        Variable[] grads = Engine.grad(outputs, seeds, retainGraph, createGraph, null, inputs);
        for (int i = 0; i < grads.length; i++) {
            if (grads[i] == null && !allowUnused) {
                throw new IllegalArgumentException("grad: no output depends on input " + i + " of shape "
                        + inputs[i].shape() + "; pass allowUnused to get null for it");
            }
        }
        return grads;
    }

    private static Variable seed(int which, Variable output, Variable given) {
        if (!output.requiresGrad()) {
            throw new IllegalArgumentException("grad: output " + which + " of shape " + output.shape()
                    + " requires no gradient; is it computed under NoGrad, or from constants only?");
        }
        if (given == null) {
            if (output.numel() != 1) {
                throw new IllegalArgumentException("grad: output " + which + " has shape " + output.shape()
                        + "; only a scalar needs no gradient to start from");
            }
            return like(output, 1);
        }
        requireAlike("grad: the gradient to start from", "output " + which, given, output);
        return given;
    }

    // ---- gradients of functions ------------------------------------------------------------------------------------

    /** Returns the gradient of a function of one variable whose result is a scalar. */
    public static UnaryOperator<Variable> grad(UnaryOperator<Variable> f) {
        return x -> vjp("grad", one(f), new Variable[] {x}, null).products()[0];
    }

    /** Returns the gradient of a function of two variables, whose result is a scalar, with respect to the first. */
    public static BinaryOperator<Variable> grad(BinaryOperator<Variable> f) {
        return (x, y) -> grad((Variable first) -> f.apply(first, y)).apply(x);
    }

    /** Returns f(x) and vᵀ J, the gradient at x of f(x) weighted with v. */
    public static Product vjp(UnaryOperator<Variable> f, Variable x, Variable v) {
        Products all = vjp(one(f), new Variable[] {x}, new Variable[] {v});
        return new Product(all.outputs()[0], all.products()[0]);
    }

    /**
     * Returns f(inputs) and the gradient of each input, for a gradient v of each output.
     *
     * @param v in the shapes of the outputs
     */
    public static Products vjp(UnaryOperator<Variable[]> f, Variable[] inputs, Variable[] v) {
        return vjp("vjp", f, inputs, v);
    }

    private static Products vjp(String name, UnaryOperator<Variable[]> f, Variable[] inputs, Variable[] v) {
        Traced traced = new Traced(name, f, inputs);
        Variable[] seeds = new Variable[traced.outputs.length];
        if (v != null && v.length != seeds.length) {
            throw new IllegalArgumentException(
                    name + ": " + v.length + " vectors were given for " + seeds.length + " outputs");
        }
        for (int i = 0; i < seeds.length; i++) {
            Variable output = traced.outputs[i];
            if (v == null && output.numel() != 1) {
                throw new IllegalArgumentException(
                        name + ": the function must give a scalar, got shape " + output.shape());
            }
            seeds[i] = v == null ? like(output, 1) : v[i];
            requireAlike(name + ": the vector", "output " + i, seeds[i], output);
        }
        Variable[] grads = traced.pullBack(seeds);
        return new Products(traced.results(), grads);
    }

    /** Returns f(x) and J v, the derivative of f at x in the direction v, by forward mode. */
    public static Product jvp(UnaryOperator<Variable> f, Variable x, Variable v) {
        Products all = jvp(one(f), new Variable[] {x}, new Variable[] {v});
        return new Product(all.outputs()[0], all.products()[0]);
    }

    /**
     * Returns f(inputs) and the derivative of each output in the direction v, by forward mode: one sweep over the graph
     * gives the derivatives of all outputs.
     *
     * @param v the direction: a tangent for each input, in its shape
     */
    public static Products jvp(UnaryOperator<Variable[]> f, Variable[] inputs, Variable[] v) {
        if (v.length != inputs.length) {
            throw new IllegalArgumentException(
                    "jvp: " + v.length + " tangents were given for " + inputs.length + " inputs");
        }
        for (int i = 0; i < v.length; i++) {
            requireAlike("jvp: the tangent", "input " + i, v[i], inputs[i]);
        }
        Traced traced = new Traced("jvp", f, inputs);
        return new Products(traced.results(), traced.pushForward(v));
    }

    // ---- whole matrices --------------------------------------------------------------------------------------------

    /** Returns the derivatives of every element of f(x) by every element of x: output's shape, then x's. */
    public static Variable jacobian(UnaryOperator<Variable> f, Variable x) {
        return jacobian(one(f), new Variable[] {x})[0][0];
    }

    /**
     * Returns the derivatives of every output by every input: entry [i][j] has the shape of output i, then that of input j.
     *
     * <p>They are computed in batches ({@link #vmap}): a row for each element of the outputs by reverse mode, or, where the
     * inputs have fewer elements, a column for each of those by forward mode.
     */
    public static Variable[][] jacobian(UnaryOperator<Variable[]> f, Variable[] inputs) {
        return jacobian("jacobian", f, inputs);
    }

    private static Variable[][] jacobian(String name, UnaryOperator<Variable[]> f, Variable[] inputs) {
        Traced traced = new Traced(name, f, inputs);
        long rows = Arrays.stream(traced.outputs).mapToLong(Variable::numel).sum();
        long columns = Arrays.stream(inputs).mapToLong(Variable::numel).sum();
        return columns < rows ? traced.columns() : traced.rows();
    }

    /** Returns the second derivatives of a scalar f(x): a matrix, but with x's shape twice. */
    public static Variable hessian(UnaryOperator<Variable> f, Variable x) {
        return hessian(one(f), new Variable[] {x})[0][0];
    }

    /**
     * Returns the second derivatives of a scalar by every pair of inputs: entry [i][j] has the shape of input i, then that of
     * input j.
     *
     * @param f gives one output, a scalar
     */
    public static Variable[][] hessian(UnaryOperator<Variable[]> f, Variable[] inputs) {
        return jacobian("hessian", in -> vjp("hessian", f, in, null).products(), inputs);
    }

    /** Returns f(x), a scalar, and H v, its second derivatives at x times v, without ever making H. */
    public static Product hvp(UnaryOperator<Variable> f, Variable x, Variable v) {
        Products all = hvp(one(f), new Variable[] {x}, new Variable[] {v});
        return new Product(all.outputs()[0], all.products()[0]);
    }

    /**
     * Returns f(inputs), a scalar, and the products of its second derivatives with v.
     *
     * <p>H v is computed as the gradient of (gradient of f) v, for H is symmetric where second derivatives are continuous. So
     * vᵀ H is the same.
     */
    public static Products hvp(UnaryOperator<Variable[]> f, Variable[] inputs, Variable[] v) {
        Traced traced = new Traced("hvp", in -> {
            Products first = vjp("hvp", f, in, null);
            Variable[] all = Arrays.copyOf(first.products(), in.length + 1);
            all[in.length] = first.outputs()[0];
            return all;
        }, inputs);
        if (v.length != inputs.length) {
            throw new IllegalArgumentException(
                    "hvp: " + v.length + " vectors were given for " + inputs.length + " inputs");
        }
        for (int i = 0; i < v.length; i++) {
            requireAlike("hvp: the vector", "input " + i, v[i], inputs[i]);
        }
        Variable value = traced.results()[inputs.length];
        return new Products(new Variable[] {value}, traced.pullBack(Arrays.copyOf(v, v.length + 1)));
    }

    // ---- many examples ---------------------------------------------------------------------------------------------

    /**
     * Returns a function of many examples, along the first axis, for a function of one.
     *
     * <p>The function runs once: every op in it is one op on the whole batch, in which the axis of examples is hidden from
     * shapes. Where it meets an op without a rule for batches, it is run anew for one example after the other
     * ({@link Vmap#fallbacks} names such ops), and so in every later call. Variables from outside are the same for all
     * examples. Random ops draw numbers for each. The function must not depend on numbers: reading {@link Variable#value}
     * or {@link Variable#item} of what depends on an example is an error.
     */
    public static UnaryOperator<Variable> vmap(UnaryOperator<Variable> f) {
        return vmap(f, 0, 0);
    }

    /** Returns a function of many examples, along the given axes of the input and of the result. */
    public static UnaryOperator<Variable> vmap(UnaryOperator<Variable> f, int inAxis, int outAxis) {
        Vmap mapped = new Vmap(one(f), new int[] {inAxis}, new int[] {outAxis});
        return x -> mapped.apply(x)[0];
    }

    /** Returns a function of many pairs of examples, along the first axes, for a function of one pair. */
    public static BinaryOperator<Variable> vmap(BinaryOperator<Variable> f) {
        return vmap(f, 0, 0, 0);
    }

    /**
     * Returns a function of many pairs of examples, along the given axes.
     *
     * @param firstAxis  the axis of the first input's examples, or {@link Vmap#WHOLE} to have every example see all of it
     * @param secondAxis the second input's
     */
    public static BinaryOperator<Variable> vmap(BinaryOperator<Variable> f, int firstAxis, int secondAxis,
            int outAxis) {
        Vmap mapped = new Vmap(in -> new Variable[] {f.apply(in[0], in[1])}, new int[] {firstAxis, secondAxis},
                new int[] {outAxis});
        return (x, y) -> mapped.apply(x, y)[0];
    }

    /**
     * Returns a function of many examples for a function of several inputs and outputs.
     *
     * @param inAxes  the axis of each input's examples, or {@link Vmap#WHOLE} to have every example see all of it
     * @param outAxes the axis that each output's examples get
     */
    public static UnaryOperator<Variable[]> vmap(UnaryOperator<Variable[]> f, int[] inAxes, int[] outAxes) {
        return new Vmap(f, inAxes, outAxes)::apply;
    }

    /**
     * Returns the gradients of a loss with respect to parameters for each example by itself: for each parameter (B, …).
     *
     * <p>The loss is a function of one example that uses the parameters, such as a model that holds them.
     *
     * @param loss     a scalar, of one example
     * @param examples (B, …)
     */
    public static Variable[] perExampleGradients(UnaryOperator<Variable> loss, Variable examples,
            Variable... parameters) {
        return perExample(in -> loss.apply(in[0]), parameters, examples);
    }

    /**
     * Returns the gradients of a loss with respect to parameters for each example by itself: for each parameter (B, …).
     *
     * @param loss     a scalar, of one example and its target
     * @param examples (B, …)
     * @param targets  (B, …)
     */
    public static Variable[] perExampleGradients(BinaryOperator<Variable> loss, Variable examples, Variable targets,
            Variable... parameters) {
        return perExample(in -> loss.apply(in[0], in[1]), parameters, examples, targets);
    }

    private static Variable[] perExample(Function<Variable[], Variable> loss, Variable[] parameters, Variable... in) {
        return vmap(example -> {
            try (var _ = NoGrad.set(false)) {
                return grad(loss.apply(example), parameters);
            }
        }, new int[in.length], new int[parameters.length]).apply(in);
    }

    // ---- what they share -------------------------------------------------------------------------------------------

    /** A function that has run on variables of its own, with recording on. */
    private static final class Traced {
        private final String name;
        private final Variable[] inputs;
        private final Variable[] outputs;
        /** Whether recording is on where the result is used. */
        private final boolean recording = !NoGrad.active();
        /** Whether what the function gave depends on anything else that requires a gradient. */
        private final boolean linked;

        Traced(String name, UnaryOperator<Variable[]> f, Variable[] given) {
            this.name = name;
            inputs = new Variable[given.length];
            for (int i = 0; i < given.length; i++) {
                if (!required(name + ": input " + i, given[i]).dtype().isFloating()) {
                    throw new IllegalArgumentException(name + ": input " + i + " is " + given[i].dtype()
                            + "; only floating-point inputs have derivatives. Have the function use it from outside");
                }
                // A view, whose graph goes on where the input came from; or a leaf.
                inputs[i] = recording && given[i].requiresGrad()
                        ? Reshape.apply(given[i], given[i].shape().toArray())
                        : new Variable(given[i].data(), true, given[i].batch());
            }
            try (var _ = NoGrad.set(false)) {
                outputs = given(name, f.apply(inputs.clone()));
            }
            linked = recording && dependsOnOthers();
        }

        private boolean dependsOnOthers() {
            Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            ArrayDeque<Variable> stack = new ArrayDeque<>(Arrays.asList(outputs));
            Set<Variable> own = Collections.newSetFromMap(new IdentityHashMap<>());
            Collections.addAll(own, inputs);
            while (!stack.isEmpty()) {
                Variable variable = stack.pop();
                GradFn node = variable.gradFn();
                if (variable.requiresGrad() && node == null && !own.contains(variable)) {
                    return true;
                }
                if (node != null && seen.add(node)) {
                    for (Variable input : node.inputs()) {
                        if (input != null) {
                            stack.push(input);
                        }
                    }
                }
            }
            return false;
        }

        /** Returns what the function gave, for the caller: without a graph where none is wanted. */
        Variable[] results() {
            Variable[] results = outputs.clone();
            Arrays.setAll(results, i -> linked ? outputs[i] : outputs[i].detach());
            return results;
        }

        private boolean createGraph(Variable... vectors) {
            boolean any = linked;
            for (Variable vector : vectors) {
                any |= recording && vector != null && vector.requiresGrad();
            }
            return any;
        }

        /** Returns the gradient of each input, for a gradient of each output, or null; zeros where nothing depends on one. */
        Variable[] pullBack(Variable[] seeds) {
            int[] given = IntStream.range(0, seeds.length).filter(i -> seeds[i] != null).toArray();
            Variable[] roots = new Variable[given.length];
            Variable[] starts = new Variable[given.length];
            Arrays.setAll(roots, i -> outputs[given[i]]);
            Arrays.setAll(starts, i -> seeds[given[i]]);
            Variable[] grads = Engine.grad(roots, starts, true, createGraph(seeds), null, inputs);
            Arrays.setAll(grads, i -> grads[i] == null ? like(inputs[i], 0) : grads[i]);
            return grads;
        }

        /** Returns the tangent of each output, for a tangent of each input, or null; zeros where one depends on no input. */
        Variable[] pushForward(Variable[] v) {
            Variable[] tangents = ForwardMode.tangents(outputs, inputs, v, createGraph(v));
            Arrays.setAll(tangents, i -> tangents[i] == null ? like(outputs[i], 0) : tangents[i]);
            return tangents;
        }

        /** Returns the Jacobian by reverse mode: the gradient of one element of an output is a row. */
        Variable[][] rows() {
            Variable[][] jacobian = new Variable[outputs.length][inputs.length];
            for (int i = 0; i < outputs.length; i++) {
                Variable[][] rows = inBatches(outputs[i], i, inputs.length, this::row);
                for (int j = 0; j < inputs.length; j++) {
                    jacobian[i][j] = joined(rows, j, inputs[j], sizes(outputs[i].shape(), inputs[j].shape()));
                }
            }
            return jacobian;
        }

        private Variable[] row(int which, Variable unit) {
            Variable[] seeds = new Variable[outputs.length];
            seeds[which] = unit;
            return pullBack(seeds);
        }

        /** Returns the Jacobian by forward mode: the tangents for one element of an input are a column. */
        Variable[][] columns() {
            Variable[][] jacobian = new Variable[outputs.length][inputs.length];
            for (int j = 0; j < inputs.length; j++) {
                Variable[][] columns = inBatches(inputs[j], j, outputs.length, this::column);
                for (int i = 0; i < outputs.length; i++) {
                    Variable flat = joined(columns, i, outputs[i], inputs[j].numel(), outputs[i].numel());
                    jacobian[i][j] = flat.t().reshape(sizes(outputs[i].shape(), inputs[j].shape()));
                }
            }
            return jacobian;
        }

        private Variable[] column(int which, Variable unit) {
            Variable[] tangents = new Variable[inputs.length];
            tangents[which] = unit;
            return pushForward(tangents);
        }

        /** Computes rows or columns, each in pieces, for all unit vectors of a variable, many at a time. */
        private static Variable[][] inBatches(Variable of, int which, int pieces, PartOfJacobian part) {
            Vmap mapped = new Vmap(in -> part.of(which, in[0]), new int[] {0}, new int[pieces]);
            int n = Math.toIntExact(of.numel());
            Variable[][] parts = new Variable[Math.ceilDiv(n, ROWS)][];
            for (int b = 0; b < parts.length; b++) {
                int length = Math.min(ROWS, n - b * ROWS);
                Tensor units = Tensor.zeros(of.device(), of.dtype(), length, n);
                units.narrow(1, (long) b * ROWS, length).copy_(Tensor.eye(length));
                parts[b] = mapped.apply(Variable.constant(units.reshape(sizes(Shape.of(length), of.shape()))));
            }
            return parts;
        }

        /** Returns the rows or columns of one piece, as far as they are, in the given shape. */
        private static Variable joined(Variable[][] parts, int which, Variable like, long... sizes) {
            if (parts.length == 0) {
                return Variable.constant(Tensor.zeros(like.device(), like.dtype(), sizes));
            }
            Variable[] pieces = new Variable[parts.length];
            Arrays.setAll(pieces, b -> parts[b][which]);
            return (pieces.length == 1 ? pieces[0] : Variable.cat(0, pieces)).reshape(sizes);
        }

        private static long[] sizes(Shape first, Shape second) {
            long[] sizes = Arrays.copyOf(first.toArray(), first.rank() + second.rank());
            System.arraycopy(second.toArray(), 0, sizes, first.rank(), second.rank());
            return sizes;
        }
    }

    /** A row or a column of a Jacobian, for a unit vector of one output or input: a piece for each input or output. */
    @FunctionalInterface
    private interface PartOfJacobian {
        Variable[] of(int which, Variable unit);
    }

    private static UnaryOperator<Variable[]> one(UnaryOperator<Variable> f) {
        return in -> new Variable[] {f.apply(in[0])};
    }

    /** Returns what a user's function gave, or says which of its results is null. */
    static <T> T[] given(String op, T[] results) {
        required(op + ": the array of the function's results", results);
        for (int i = 0; i < results.length; i++) {
            required(op + ": result " + i + " of the function", results[i]);
        }
        return results;
    }

    private static <T> T required(String what, T operand) {
        if (operand == null) {
            throw new IllegalArgumentException(what + " is null");
        }
        return operand;
    }

    private static Variable like(Variable x, double number) {
        return Variable.constant(Tensor.scalar(x.device(), number, x.dtype()).expandTo(x.shape()));
    }

    private static void requireAlike(String what, String of, Variable given, Variable x) {
        if (!required(what + " for " + of, given).shape().equals(x.shape()) || given.dtype() != x.dtype()) {
            throw new IllegalArgumentException(what + " is " + given.dtype() + given.shape() + ", " + of + " is "
                    + x.dtype() + x.shape() + "; they must be alike");
        }
    }
}
