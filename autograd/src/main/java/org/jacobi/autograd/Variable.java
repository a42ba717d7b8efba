package org.jacobi.autograd;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jacobi.autograd.ops.Cat;
import org.jacobi.autograd.ops.Contiguous;
import org.jacobi.autograd.ops.Where;
import org.jacobi.tensor.ComposedShapes;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Einsum;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.profile.Profiler;

/**
 * A tensor and how it came to be: all differentiable math is done on variables, under PyTorch's names.
 *
 * <p>Every op that meets a variable that requires a gradient records a {@link GradFn}; {@link #backward()} walks these
 * nodes back and leaves the gradients in the leaves. Ops take {@link Tensor} and {@code double} operands as constants.
 */
public non-sealed class Variable
        implements VariableComparisons, VariableElementwise, VariableFunctions, VariableActivations, VariableIndexing,
        VariableLosses, VariableClassLosses, VariableDistances, VariableMarginLosses, VariablePooling, VariableProducts,
        VariableConvolutions, VariableSequences, VariableQuantization, VariableReductions, VariableShapes,
        VariableSorting, VariableLinalg, VariableSpectral {
    private final Tensor value;
    /** The axes of value that vmap hides; null outside of vmap. */
    private final Batch batch;
    private boolean requiresGrad;
    private GradFn gradFn;
    private int outputIndex;
    private int siblings = 1;
    private Variable grad;
    /** The gradient's memory, kept by {@link #zeroGrad} for the next backward to fill. */
    private Tensor gradBuffer;
    private List<UnaryOperator<Variable>> hooks;
    private boolean retainsGrad;

    /** Makes a leaf; only floating-point values can require a gradient. */
    protected Variable(Tensor value, boolean requiresGrad) {
        this(value, requiresGrad, null);
    }

    Variable(Tensor value, boolean requiresGrad, Batch batch) {
        if (requiresGrad && !present(value).dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "leaf: only floating-point tensors can require a gradient, got " + value.dtype()
                            + "; convert with to(DType.F32)");
        }
        this.value = value;
        this.batch = batch;
        this.requiresGrad = requiresGrad;
    }

    /** Returns a variable that needs no gradient. */
    public static Variable constant(Tensor value) {
        return new Variable(present(value), false);
    }

    /** Returns a variable whose gradient {@link #backward()} computes. */
    public static Variable leaf(Tensor value) {
        return new Variable(value, true);
    }

    // ---- recording -------------------------------------------------------------------------------------------------

    /**
     * Returns the variable of an op's result, with its node if one of the inputs requires a gradient and recording is on.
     *
     * @param node   makes the node from the result, which it may save
     * @param inputs all variables that the value depends on, indices and masks too; null for absent ones
     */
    public static Variable record(Tensor value, Function<Variable, GradFn> node, Variable... inputs) {
        return record(value, Batch.union(inputs), node, inputs);
    }

    /** Records a result of which the given axes are hidden. */
    static Variable record(Tensor value, Batch batch, Function<Variable, GradFn> node, Variable... inputs) {
        Variable out = new Variable(value, recording(value, inputs), batch);
        if (out.requiresGrad) {
            out.gradFn = node.apply(out);
            Recording.noteCreated(out.gradFn);
        }
        if (isWatched()) {
            watched(out.requiresGrad ? out.gradFn : node.apply(out), inputs, out);
        }
        return out;
    }

    /** Returns the variables of an op with several results, which share one node. */
    public static Variable[] recordAll(Tensor[] values, Function<Variable[], GradFn> node, Variable... inputs) {
        boolean record = values.length > 0 && recording(values[0], inputs);
        Variable[] outs = new Variable[values.length];
        Batch batch = Batch.union(inputs);
        Arrays.setAll(outs, i -> new Variable(values[i], record && values[i].dtype().isFloating(), batch));
        if (record) {
            GradFn shared = node.apply(outs);
            Recording.noteCreated(shared);
            for (int i = 0; i < outs.length; i++) {
                outs[i].gradFn = shared;
                outs[i].outputIndex = i;
                outs[i].siblings = outs.length;
            }
        }
        if (isWatched() && values.length > 0) {
            watched(record ? outs[0].gradFn : node.apply(outs), inputs, outs);
        }
        return outs;
    }

    /** Returns whether somebody wants to see every op: what follows is off the path otherwise. */
    static boolean isWatched() {
        return Profiler.active() != null || Anomaly.active();
    }

    private static void watched(GradFn node, Variable[] inputs, Variable... outs) {
        Profiler profiler = Profiler.active();
        if (profiler != null) {
            profiler.finished(node.name());
        }
        if (Anomaly.active()) {
            Anomaly.checkForward(node, inputs, outs);
        }
    }

    private static boolean recording(Tensor value, Variable[] inputs) {
        if (NoGrad.active() || !value.dtype().isFloating()) {
            return false;
        }
        for (Variable input : inputs) {
            if (input != null && input.requiresGrad) {
                return true;
            }
        }
        return false;
    }

    // ---- what it is ------------------------------------------------------------------------------------------------

    /**
     * Returns the numbers.
     *
     * @throws IllegalStateException inside {@link Autograd#vmap}, where a variable stands for all examples at once; ops
     *                               that have a rule for batches read {@link Batch#value}
     */
    public Tensor value() {
        if (batch != null) {
            throw Batch.refused("value", this);
        }
        return value;
    }

    /** Returns the numbers, those of all examples under vmap. */
    Tensor data() {
        return value;
    }

    Batch batch() {
        return batch;
    }

    public Shape shape() {
        return batch == null ? value.shape() : batch.visible(value.shape());
    }

    public DType dtype() {
        return value.dtype();
    }

    @Override
    public Device device() {
        return value.device();
    }

    public int rank() {
        return batch == null ? value.rank() : value.rank() - batch.rank();
    }

    public long size(int axis) {
        return batch == null ? value.size(axis) : shape().size(axis);
    }

    public long numel() {
        return batch == null ? value.numel() : shape().numel();
    }

    /** Returns the only element. */
    public double item() {
        if (batch != null) {
            throw Batch.refused("item", this);
        }
        return value.item();
    }

    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** Sets whether backward computes a gradient of this: for subclasses, whose objects are leaves. */
    protected final void setRequiresGrad(boolean on) {
        requiresGrad = on;
    }

    /** Returns the node that made this variable; null for leaves and constants. */
    public GradFn gradFn() {
        return gradFn;
    }

    /** Returns which output of its node this variable is. */
    public int outputIndex() {
        return outputIndex;
    }

    int siblings() {
        return siblings;
    }

    /** Returns the gradient that backward calls have accumulated since the last {@link #zeroGrad}, or null. */
    public Variable grad() {
        return grad;
    }

    /** Returns a constant with the same value: no gradient passes. */
    public Variable detach() {
        return new Variable(value, false, batch);
    }

    /** Hands the value to the parent of the innermost scope, past the end of the step. */
    public Variable keep() {
        value.keep();
        return this;
    }

    // ---- gradients -------------------------------------------------------------------------------------------------

    /** Adds the gradient of this scalar to the leaves it depends on, and releases the graph. */
    public void backward() {
        backward(false, false);
    }

    /**
     * Adds the gradient of this scalar to the leaves it depends on.
     *
     * @param retainGraph keeps the graph for another backward
     * @param createGraph records the gradients' own graph, for higher derivatives; implies retainGraph
     */
    public void backward(boolean retainGraph, boolean createGraph) {
        backward(seed("backward"), retainGraph, createGraph);
    }

    /** Returns the gradient of a scalar with respect to itself. */
    private Tensor seed(String op) {
        if (numel() != 1) {
            throw new IllegalStateException(op + ": needs a scalar, got shape " + shape()
                    + "; reduce it with sum() or mean(), or give the gradient to start from");
        }
        return Tensor.ones(device(), dtype(), shape().toArray());
    }

    /** Adds the gradients of the leaves, for a given gradient of this variable. */
    public void backward(Tensor gradient, boolean retainGraph, boolean createGraph) {
        Engine.backward(this, checkedSeed("backward", gradient), retainGraph, createGraph);
    }

    /** Returns a scalar's gradient with respect to itself, to start a walk with. */
    Variable checkedSeed(String op) {
        return checkedSeed(op, seed(op));
    }

    private Variable checkedSeed(String op, Tensor gradient) {
        if (!requiresGrad) {
            throw new IllegalStateException(op + ": nothing that this value of shape " + shape()
                    + " depends on requires a gradient; is it computed under NoGrad, or from constants only?");
        }
        if (!gradient.shape().equals(shape()) || gradient.dtype() != dtype()) {
            throw new IllegalArgumentException(op + ": the gradient is " + gradient.dtype() + gradient.shape()
                    + ", the variable " + dtype() + shape() + "; they must be alike");
        }
        Device.same(op, value, gradient);
        return constant(gradient);
    }

    /** Forgets the gradient; the next backward starts from zero, in the same memory. */
    public void zeroGrad() {
        grad = null;
    }

    void accumulateGrad(Variable gradient, boolean createGraph) {
        if (gradient.batch != null) {
            throw new IllegalStateException(
                    "backward: inside vmap every example has a gradient of its own, for which the "
                            + "variable of shape " + shape() + " has no place; ask for it with Autograd.grad");
        }
        if (createGraph) {
            // A copy of its own: the same gradient may have come to other variables too.
            grad = grad == null ? Contiguous.apply(gradient) : grad.add(gradient);
            grad.value.unscope();
        } else if (grad == null) {
            if (gradBuffer == null || gradBuffer.device() != gradient.device()
                    || gradBuffer.dtype() != gradient.dtype()) {
                gradBuffer = Tensor.make("grad", gradient.device(), gradient.dtype(), gradient.shape()).unscope();
            }
            gradBuffer.copy_(gradient.value);
            grad = constant(gradBuffer);
        } else if (grad.value == gradBuffer) {
            gradBuffer.add_(gradient.value);
        } else {
            // The gradient of a walk with createGraph, whose memory others may see.
            grad = constant(grad.value.add(gradient.value).unscope());
        }
    }

    /**
     * Has a function see, and possibly replace, the gradient of this variable whenever backward has completed it. The
     * gradient must not be changed in place, and its memory is reused after the call; a hook that wants to keep it takes
     * {@code value().copy().unscope()}.
     *
     * @return what removes the hook when it is closed
     */
    public HookHandle registerHook(UnaryOperator<Variable> hook) {
        if (hook == null) {
            throw new IllegalArgumentException("registerHook: the hook is null");
        }
        if (!requiresGrad) {
            throw new IllegalStateException("registerHook: this variable requires no gradient");
        }
        if (hooks == null) {
            hooks = new CopyOnWriteArrayList<>();
        }
        return HookHandle.register(hooks, hook);
    }

    /** Has backward leave this intermediate value's gradient in {@link #grad}, as it does for leaves anyway. */
    public void retainGrad() {
        if (!requiresGrad) {
            throw new IllegalStateException("retainGrad: this variable requires no gradient");
        }
        if (gradFn == null || retainsGrad) {
            return;
        }
        registerHook(gradient -> {
            accumulateGrad(gradient, !NoGrad.active());
            return gradient;
        });
        retainsGrad = true;
    }

    boolean hasHooks() {
        return hooks != null && !hooks.isEmpty();
    }

    Variable runHooks(Variable gradient) {
        Variable current = gradient;
        for (UnaryOperator<Variable> hook : hooks) {
            Variable next = hook.apply(current);
            if (next == null || !next.shape().equals(shape()) || next.dtype() != dtype()) {
                throw new IllegalStateException("a hook of a variable of " + dtype() + shape() + " returned "
                        + (next == null ? "null" : "" + next.dtype() + next.shape())
                        + "; it must return a gradient of that type and shape");
            }
            current = next;
        }
        return current;
    }

    // ---- what the families of ops share, and ops of several variables ----------------------------------------------

    /** Returns variables of equal shapes, but for one axis, joined along that axis. */
    public static Variable cat(int axis, Variable... parts) {
        return Cat.apply(axis, parts);
    }

    /** Returns variables of equal shapes joined along a new axis. */
    public static Variable stack(int axis, Variable... parts) {
        return ComposedShapes.stack(axis, parts, Variable::cat);
    }

    /** Returns variables joined side by side: vectors along their only axis, others along the second. */
    public static Variable hstack(Variable... parts) {
        return ComposedShapes.hstack(parts, Variable::cat);
    }

    /** Returns variables joined one below the other; vectors count as rows. */
    public static Variable vstack(Variable... parts) {
        return ComposedShapes.vstack(parts, Variable::cat);
    }

    /** Returns variables joined along the third axis; vectors count as (1, n, 1), matrices as (n, m, 1). */
    public static Variable dstack(Variable... parts) {
        return ComposedShapes.dstack(parts, Variable::cat);
    }

    /** Returns matrices on the diagonal of one that is zero elsewhere; vectors count as rows, scalars as 1 x 1. */
    public static Variable blockDiag(Variable... blocks) {
        return ComposedShapes.blockDiag(blocks, Variable::cat);
    }

    /** Returns all variables expanded to the shape they broadcast to. */
    public static Variable[] broadcastTensors(Variable... operands) {
        return ComposedShapes.broadcast(operands);
    }

    /** Returns vectors expanded to the grid that they are the coordinates of: the first gives the first axis. */
    public static Variable[] meshgrid(Variable... vectors) {
        return meshgrid("ij", vectors);
    }

    /**
     * Returns vectors expanded to the grid that they are the coordinates of.
     *
     * @param indexing "ij": the first vector gives the first axis; "xy": the first gives the second, as for plots
     */
    public static Variable[] meshgrid(String indexing, Variable... vectors) {
        return ComposedShapes.meshgrid(indexing, vectors);
    }

    /** Returns all combinations of one element of each vector, one a row. */
    public static Variable cartesianProd(Variable... vectors) {
        return ComposedShapes.cartesianProd(vectors, Variable::cat);
    }

    /** Returns the sum of products that an equation says; {@link Einsum} says how to read it. */
    public static Variable einsum(String equation, Variable... operands) {
        return Einsum.evaluate(equation, Arrays.stream(operands).map(x -> Autocast.cast("einsum", x)).toList());
    }

    /** Returns a number as an operand beside this; beside 16-bit numbers it is not rounded to 16 bits. */
    Variable number(double number) {
        boolean exact = dtype().isFloating() && !(dtype().isHalf() && rank() > 0);
        return constant(Tensor.scalar(number, exact ? dtype() : DType.F32));
    }

    /** Returns an operand, or says which op was given null for it: the last method of this package's that was called. */
    static <T> T present(T operand) {
        if (operand == null) {
            String op = StackWalker.getInstance().walk(frames -> frames
                    .takeWhile(frame -> frame.getClassName().startsWith(Variable.class.getName()))
                    .map(StackWalker.StackFrame::getMethodName)
                    .filter(name -> !Set.of("present", "promoted", "compared", "constant", "<init>").contains(name))
                    .findFirst()
                    .orElse("constant"));
            throw new IllegalArgumentException(op + ": an operand is null");
        }
        return operand;
    }

    /** Brings the operands of a binary op to one floating-point type; only a constant scalar may stay wider. */
    Variable promoted(Variable other) {
        DType common = DType.promote(Batch.likeOne(this), Batch.likeOne(present(other)));
        if (common.isHalf() && dtype() == DType.F32 && !requiresGrad) {
            return this; // not rounded to 16 bits, as in PyTorch
        }
        return to(common.isFloating() ? common : DType.F32);
    }

    /** Returns the numbers as an operand beside other's, in the type in which one example is compared with another. */
    Tensor compared(Variable other) {
        DType common = DType.promote(Batch.likeOne(this), Batch.likeOne(present(other)));
        Tensor numbers = Batch.beside(this, other);
        return common.isHalf() && dtype() == DType.F32 ? numbers : numbers.to(common); // see promoted
    }

    /** Returns a where the bool condition holds and b elsewhere; all three broadcast. */
    public static Variable where(Tensor condition, Variable a, Variable b) {
        return where(constant(condition), a, b);
    }

    /** Returns a where the bool condition holds and b elsewhere; all three broadcast. */
    public static Variable where(Variable condition, Variable a, Variable b) {
        return Where.apply(condition, a.promoted(b), b.promoted(a));
    }

    /** Returns a where the bool condition holds and a number elsewhere. */
    public static Variable where(Tensor condition, Variable a, double b) {
        return where(condition, a, a.number(b));
    }

    /** Returns a number where the bool condition holds and b elsewhere. */
    public static Variable where(Tensor condition, double a, Variable b) {
        return where(condition, b.number(a), b);
    }

    /** Returns the value, and the op that made it. */
    @Override
    public String toString() {
        String text = batch == null ? value.toString() : batch.describe(value);
        return gradFn != null ? text + " gradFn=" + gradFn.name() : requiresGrad ? text + " requiresGrad" : text;
    }
}
