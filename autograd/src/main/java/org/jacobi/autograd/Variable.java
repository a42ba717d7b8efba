package org.jacobi.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jacobi.autograd.ops.Abs;
import org.jacobi.autograd.ops.Add;
import org.jacobi.autograd.ops.Cast;
import org.jacobi.autograd.ops.Cat;
import org.jacobi.autograd.ops.Contiguous;
import org.jacobi.autograd.ops.Cos;
import org.jacobi.autograd.ops.CrossEntropy;
import org.jacobi.autograd.ops.Div;
import org.jacobi.autograd.ops.Dropout;
import org.jacobi.autograd.ops.Erf;
import org.jacobi.autograd.ops.Exp;
import org.jacobi.autograd.ops.Expand;
import org.jacobi.autograd.ops.Extremum;
import org.jacobi.autograd.ops.Gather;
import org.jacobi.autograd.ops.Gelu;
import org.jacobi.autograd.ops.GeluTanh;
import org.jacobi.autograd.ops.IndexSelect;
import org.jacobi.autograd.ops.LayerNorm;
import org.jacobi.autograd.ops.Linear;
import org.jacobi.autograd.ops.Log;
import org.jacobi.autograd.ops.LogSoftmax;
import org.jacobi.autograd.ops.Matmul;
import org.jacobi.autograd.ops.Maximum;
import org.jacobi.autograd.ops.Minimum;
import org.jacobi.autograd.ops.Mul;
import org.jacobi.autograd.ops.Neg;
import org.jacobi.autograd.ops.Permute;
import org.jacobi.autograd.ops.Pow;
import org.jacobi.autograd.ops.Prod;
import org.jacobi.autograd.ops.Reciprocal;
import org.jacobi.autograd.ops.Relu;
import org.jacobi.autograd.ops.Reshape;
import org.jacobi.autograd.ops.RmsNorm;
import org.jacobi.autograd.ops.Rsqrt;
import org.jacobi.autograd.ops.ScaledDotProductAttention;
import org.jacobi.autograd.ops.ScatterAdd;
import org.jacobi.autograd.ops.Sigmoid;
import org.jacobi.autograd.ops.Silu;
import org.jacobi.autograd.ops.Sin;
import org.jacobi.autograd.ops.Slice;
import org.jacobi.autograd.ops.Softmax;
import org.jacobi.autograd.ops.Split;
import org.jacobi.autograd.ops.Sqrt;
import org.jacobi.autograd.ops.Square;
import org.jacobi.autograd.ops.Sub;
import org.jacobi.autograd.ops.Sum;
import org.jacobi.autograd.ops.Tanh;
import org.jacobi.autograd.ops.Where;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;

/**
 * A tensor and how it came to be: all differentiable math is done on variables, under PyTorch's names.
 *
 * <p>Every op that meets a variable that requires a gradient records a {@link GradFn}; {@link #backward()} walks these
 * nodes back and leaves the gradients in the leaves. Ops take {@link Tensor} and {@code double} operands as constants.
 */
public class Variable {
    private final Tensor value;
    private final boolean requiresGrad;
    private GradFn gradFn;
    private int outputIndex;
    private int siblings = 1;
    private Variable grad;
    /** The gradient's memory, kept by {@link #zeroGrad} for the next backward to fill. */
    private Tensor gradBuffer;
    private List<UnaryOperator<Variable>> hooks;

    /** Makes a leaf; only floating-point values can require a gradient. */
    protected Variable(Tensor value, boolean requiresGrad) {
        if (requiresGrad && !value.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "only floating-point tensors can require a gradient, got " + value.dtype());
        }
        this.value = value;
        this.requiresGrad = requiresGrad;
    }

    /** Returns a variable that needs no gradient. */
    public static Variable constant(Tensor value) {
        return new Variable(value, false);
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
     * @param inputs the op's inputs; null for absent ones
     */
    public static Variable record(Tensor value, Function<Variable, GradFn> node, Variable... inputs) {
        if (!recording(value, inputs)) {
            return constant(value);
        }
        Variable out = leaf(value);
        out.gradFn = node.apply(out);
        return out;
    }

    /** Returns the variables of an op with several results, which share one node. */
    public static Variable[] recordAll(Tensor[] values, Function<Variable[], GradFn> node, Variable... inputs) {
        boolean record = values.length > 0 && recording(values[0], inputs);
        Variable[] outs = new Variable[values.length];
        Arrays.setAll(outs, i -> new Variable(values[i], record));
        if (record) {
            GradFn shared = node.apply(outs);
            for (int i = 0; i < outs.length; i++) {
                outs[i].gradFn = shared;
                outs[i].outputIndex = i;
                outs[i].siblings = outs.length;
            }
        }
        return outs;
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

    /** Returns the numbers. */
    public Tensor value() {
        return value;
    }

    public Shape shape() {
        return value.shape();
    }

    public DType dtype() {
        return value.dtype();
    }

    public int rank() {
        return value.rank();
    }

    public long size(int axis) {
        return value.size(axis);
    }

    public long numel() {
        return value.numel();
    }

    /** Returns the only element. */
    public double item() {
        return value.item();
    }

    public boolean requiresGrad() {
        return requiresGrad;
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
        return constant(value);
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
        if (numel() != 1) {
            throw new IllegalStateException("backward: needs a scalar, got shape " + shape()
                    + "; reduce it with sum() or mean(), or give the gradient to start from");
        }
        backward(Tensor.ones(dtype(), shape().toArray()), retainGraph, createGraph);
    }

    /** Adds the gradients of the leaves, for a given gradient of this variable. */
    public void backward(Tensor gradient, boolean retainGraph, boolean createGraph) {
        if (!requiresGrad) {
            throw new IllegalStateException("backward: nothing that this value of shape " + shape()
                    + " depends on requires a gradient; is it computed under NoGrad, or from constants only?");
        }
        if (!gradient.shape().equals(shape()) || gradient.dtype() != dtype()) {
            throw new IllegalArgumentException("backward: the gradient is " + gradient.dtype() + gradient.shape()
                    + ", the variable " + dtype() + shape() + "; they must be alike");
        }
        Engine.backward(this, constant(gradient), retainGraph, createGraph);
    }

    /** Forgets the gradient; the next backward starts from zero, in the same memory. */
    public void zeroGrad() {
        grad = null;
    }

    void accumulateGrad(Variable gradient, boolean createGraph) {
        if (createGraph) {
            // A copy of its own: the same gradient may have come to other variables too.
            grad = grad == null ? Contiguous.apply(gradient) : grad.add(gradient);
            grad.value.unscope();
        } else if (grad == null) {
            if (gradBuffer == null) {
                gradBuffer = Tensor.make("grad", gradient.dtype(), gradient.shape()).unscope();
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
     */
    public void registerHook(UnaryOperator<Variable> hook) {
        if (!requiresGrad) {
            throw new IllegalStateException("registerHook: this variable requires no gradient");
        }
        if (hooks == null) {
            hooks = new ArrayList<>();
        }
        hooks.add(hook);
    }

    /** Has backward leave this intermediate value's gradient in {@link #grad}, as it does for leaves. */
    public void retainGrad() {
        registerHook(gradient -> {
            accumulateGrad(gradient, !NoGrad.active());
            return gradient;
        });
    }

    boolean hasHooks() {
        return hooks != null;
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

    // ---- views and shapes ------------------------------------------------------------------------------------------

    /** Returns the same elements in another shape; one size may be -1. */
    public Variable reshape(long... sizes) {
        return Reshape.apply(this, sizes);
    }

    /** Returns the axes from start to end (inclusive) merged into one. */
    public Variable flatten(int start, int end) {
        return reshape(shape().flattened(start, end).toArray());
    }

    /** Returns the axes in another order. */
    public Variable permute(int... axes) {
        return Permute.apply(this, axes);
    }

    /** Returns two axes exchanged. */
    public Variable transpose(int a, int b) {
        return permute(shape().swapped(a, b));
    }

    /** Returns the transpose of a matrix. */
    public Variable t() {
        if (rank() != 2) {
            throw new IllegalArgumentException("t: needs a matrix, got shape " + shape() + "; use transpose(a, b)");
        }
        return transpose(0, 1);
    }

    /** Returns this with a new axis of size 1 before the given position. */
    public Variable unsqueeze(int axis) {
        return reshape(shape().unsqueezed(axis).toArray());
    }

    /** Returns this without an axis of size 1. */
    public Variable squeeze(int axis) {
        int at = shape().axis("squeeze", axis);
        if (size(at) != 1) {
            throw new IllegalArgumentException(
                    "squeeze: axis " + axis + " of shape " + shape() + " has size " + size(at) + ", not 1");
        }
        return reshape(shape().without(at).toArray());
    }

    /** Returns this with axes of size 1 repeated; -1 leaves a size as it is. */
    public Variable expand(long... sizes) {
        return expandTo(shape().expandedTo(sizes));
    }

    /** Returns this with axes of size 1 repeated to fill a shape. */
    public Variable expandTo(Shape shape) {
        return Expand.apply(this, shape);
    }

    /** Returns the sum over the axes along which this shape was broadcast from another: the reverse of expandTo. */
    public Variable sumTo(Shape target) {
        if (target.equals(shape())) {
            return this;
        }
        int extra = rank() - target.rank();
        int[] axes = new int[rank()];
        int count = 0;
        for (int i = 0; i < rank(); i++) {
            if (i < extra || target.size(i - extra) == 1 && size(i) != 1) {
                axes[count++] = i;
            }
        }
        Variable summed = count == 0 ? this : sum(true, Arrays.copyOf(axes, count));
        return summed.reshape(target.toArray());
    }

    /** Returns length elements of an axis, from start on. */
    public Variable narrow(int axis, long start, long length) {
        int at = shape().axis("narrow", axis);
        if (start < 0 || length < 0 || start + length > size(at)) {
            throw new IllegalArgumentException("narrow: elements " + start + " to " + (start + length)
                    + " do not lie in axis " + axis + " of shape " + shape());
        }
        return Slice.apply(this, at, start, start + length, 1);
    }

    /** Returns every step-th element of an axis, from start to end (exclusive); negative ones count back. */
    public Variable slice(int axis, long start, long end, long step) {
        return Slice.apply(this, axis, start, end, step);
    }

    /** Returns one position of an axis, without that axis; negative positions count from the end. */
    public Variable select(int axis, long position) {
        int at = shape().axis("select", axis);
        long index = position < 0 ? position + size(at) : position;
        if (index < 0 || index >= size(at)) {
            throw new IllegalArgumentException(
                    "select: position " + position + " is out of range for axis " + axis + " of shape " + shape());
        }
        return narrow(at, index, 1).squeeze(at);
    }

    /** Returns consecutive pieces of an axis, of the given lengths. */
    public Variable[] split(int axis, long... lengths) {
        return Split.apply(this, axis, lengths);
    }

    /** Returns pieces of the given size along an axis; the last may be smaller. */
    public Variable[] split(int axis, long size) {
        return Split.apply(this, axis, value.splitLengths(axis, size));
    }

    /** Returns variables of equal shapes, but for one axis, joined along that axis. */
    public static Variable cat(int axis, Variable... parts) {
        return Cat.apply(axis, parts);
    }

    /** Returns variables of equal shapes joined along a new axis. */
    public static Variable stack(int axis, Variable... parts) {
        Variable[] wider = new Variable[parts.length];
        Arrays.setAll(wider, i -> parts[i].unsqueeze(axis));
        return cat(axis, wider);
    }

    /** Returns this in another type; conversion to an integer type ends the gradient. */
    public Variable to(DType type) {
        return Cast.apply(this, type);
    }

    /** Returns a contiguous copy if this is not contiguous already. */
    public Variable contiguous() {
        return value.isContiguous() ? this : Contiguous.apply(this);
    }

    // ---- elementwise -----------------------------------------------------------------------------------------------

    private Variable number(double number) {
        return constant(Tensor.scalar(number, dtype().isFloating() ? dtype() : DType.F32));
    }

    /** Brings the operands of a binary op to one floating-point type. */
    private Variable promoted(Variable other) {
        DType common = DType.promote(dtype(), other.dtype());
        return to(common.isFloating() ? common : DType.F32);
    }

    /** Returns this + other. */
    public Variable add(Variable other) {
        return Add.apply(promoted(other), other.promoted(this));
    }

    /** Returns this + other. */
    public Variable add(Tensor other) {
        return add(constant(other));
    }

    /** Returns this + other. */
    public Variable add(double other) {
        return add(number(other));
    }

    /** Returns this - other. */
    public Variable sub(Variable other) {
        return Sub.apply(promoted(other), other.promoted(this));
    }

    /** Returns this - other. */
    public Variable sub(Tensor other) {
        return sub(constant(other));
    }

    /** Returns this - other. */
    public Variable sub(double other) {
        return sub(number(other));
    }

    /** Returns this times other, elementwise. */
    public Variable mul(Variable other) {
        return Mul.apply(promoted(other), other.promoted(this));
    }

    /** Returns this times other, elementwise. */
    public Variable mul(Tensor other) {
        return mul(constant(other));
    }

    /** Returns this times other, elementwise. */
    public Variable mul(double other) {
        return mul(number(other));
    }

    /** Returns this / other. */
    public Variable div(Variable other) {
        return Div.apply(promoted(other), other.promoted(this));
    }

    /** Returns this / other. */
    public Variable div(Tensor other) {
        return div(constant(other));
    }

    /** Returns this / other. */
    public Variable div(double other) {
        return div(number(other));
    }

    /** Returns this to the power of other. */
    public Variable pow(Variable other) {
        return Pow.apply(promoted(other), other.promoted(this));
    }

    /** Returns this to the power of other. */
    public Variable pow(Tensor other) {
        return pow(constant(other));
    }

    /** Returns this to the power of other. */
    public Variable pow(double other) {
        return pow(number(other));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    public Variable maximum(Variable other) {
        return Maximum.apply(promoted(other), other.promoted(this));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    public Variable maximum(Tensor other) {
        return maximum(constant(other));
    }

    /** Returns the larger of this and other; ties share the gradient. */
    public Variable maximum(double other) {
        return maximum(number(other));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    public Variable minimum(Variable other) {
        return Minimum.apply(promoted(other), other.promoted(this));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    public Variable minimum(Tensor other) {
        return minimum(constant(other));
    }

    /** Returns the smaller of this and other; ties share the gradient. */
    public Variable minimum(double other) {
        return minimum(number(other));
    }

    /** Returns -this. */
    public Variable neg() {
        return Neg.apply(this);
    }

    /** Returns the absolute value. */
    public Variable abs() {
        return Abs.apply(this);
    }

    /** Returns e to the power of this. */
    public Variable exp() {
        return Exp.apply(this);
    }

    /** Returns the natural logarithm. */
    public Variable log() {
        return Log.apply(this);
    }

    /** Returns the square root. */
    public Variable sqrt() {
        return Sqrt.apply(this);
    }

    /** Returns 1 / √this. */
    public Variable rsqrt() {
        return Rsqrt.apply(this);
    }

    /** Returns 1 / this. */
    public Variable reciprocal() {
        return Reciprocal.apply(this);
    }

    /** Returns this times itself. */
    public Variable square() {
        return Square.apply(this);
    }

    /** Returns the sine, of radians. */
    public Variable sin() {
        return Sin.apply(this);
    }

    /** Returns the cosine, of radians. */
    public Variable cos() {
        return Cos.apply(this);
    }

    /** Returns the error function. */
    public Variable erf() {
        return Erf.apply(this);
    }

    /** Returns the hyperbolic tangent. */
    public Variable tanh() {
        return Tanh.apply(this);
    }

    /** Returns 1 / (1 + e^-this). */
    public Variable sigmoid() {
        return Sigmoid.apply(this);
    }

    /** Returns max(this, 0). */
    public Variable relu() {
        return Relu.apply(this);
    }

    /** Returns x Φ(x), exactly. */
    public Variable gelu() {
        return Gelu.apply(this);
    }

    /** Returns GELU's approximation by tanh, as GPT-2 uses it. */
    public Variable geluTanh() {
        return GeluTanh.apply(this);
    }

    /** Returns this times sigmoid(this). */
    public Variable silu() {
        return Silu.apply(this);
    }

    /** Returns {@code this} limited to the range from min to max. */
    public Variable clamp(double min, double max) {
        // Not maximum and minimum: an element that lies on a bound gets the whole gradient.
        Variable raised = maskedFill(value.lt(min), min);
        return raised.maskedFill(raised.value.gt(max), max);
    }

    /** Returns a where the bool condition holds and b elsewhere; all three broadcast. */
    public static Variable where(Tensor condition, Variable a, Variable b) {
        return Where.apply(condition, a.promoted(b), b.promoted(a));
    }

    /** Returns this with the given value where the bool mask holds. */
    public Variable maskedFill(Tensor mask, double fill) {
        return Where.apply(mask, number(fill), this);
    }

    /** Returns this with elements dropped with probability p and the others scaled by 1 / (1 - p). */
    public Variable dropout(double p) {
        return dropout(p, Generator.global());
    }

    /** Returns this with elements dropped with probability p and the others scaled by 1 / (1 - p). */
    public Variable dropout(double p, Generator generator) {
        return Dropout.apply(this, p, generator);
    }

    // ---- reductions ------------------------------------------------------------------------------------------------

    /** Returns the sum over the given axes, or over all when none is given. */
    public Variable sum(int... axes) {
        return Sum.apply(this, false, axes);
    }

    /** Returns the sum, with the reduced axes kept at size 1 if asked for. */
    public Variable sum(boolean keepAxes, int... axes) {
        return Sum.apply(this, keepAxes, axes);
    }

    /** Returns the mean over the given axes, or over all when none is given. */
    public Variable mean(int... axes) {
        return mean(false, axes);
    }

    /** Returns the mean, with the reduced axes kept at size 1 if asked for. */
    public Variable mean(boolean keepAxes, int... axes) {
        double count = (double) numel() / shape().reduced("mean", axes).numel();
        return Sum.apply(this, keepAxes, axes).div(count);
    }

    /** Returns the product over the given axes, or over all when none is given. */
    public Variable prod(int... axes) {
        return Prod.apply(this, axes);
    }

    /** Returns the sum of squares over the given axes, or over all when none is given. */
    public Variable sumOfSquares(int... axes) {
        return square().sum(axes);
    }

    /** Returns the largest element over the given axes, or over all; ties share the gradient. */
    public Variable amax(int... axes) {
        return Extremum.apply(this, true, false, axes);
    }

    /** Returns the largest element, with the reduced axes kept at size 1 if asked for. */
    public Variable amax(boolean keepAxes, int... axes) {
        return Extremum.apply(this, true, keepAxes, axes);
    }

    /** Returns the smallest element over the given axes, or over all; ties share the gradient. */
    public Variable amin(int... axes) {
        return Extremum.apply(this, false, false, axes);
    }

    /** Returns the smallest element, with the reduced axes kept at size 1 if asked for. */
    public Variable amin(boolean keepAxes, int... axes) {
        return Extremum.apply(this, false, keepAxes, axes);
    }

    /** Returns e^x over its sum along an axis. */
    public Variable softmax(int axis) {
        return Softmax.apply(this, axis);
    }

    /** Returns the logarithm of softmax along an axis. */
    public Variable logSoftmax(int axis) {
        return LogSoftmax.apply(this, axis);
    }

    // ---- products --------------------------------------------------------------------------------------------------

    /** Returns the matrix product, by torch.matmul's rules for vectors and batches. */
    public Variable matmul(Variable other) {
        return Matmul.apply(promoted(other), other.promoted(this));
    }

    /** Returns the matrix product with a constant. */
    public Variable matmul(Tensor other) {
        return matmul(constant(other));
    }

    /** Returns x wᵀ + bias (…, out) for this x (…, in), weight (out, in) and bias (out), which may be null. */
    public Variable linear(Variable weight, Variable bias) {
        return Linear.apply(this, weight, bias);
    }

    /**
     * Returns softmax(scale q kᵀ + mask) v for this q (B, H, T, D), with scale 1 / √D.
     *
     * @param k      (B, H, S, D)
     * @param v      (B, H, S, D)
     * @param causal whether query t sees keys 0 to t only
     */
    public Variable scaledDotProductAttention(Variable k, Variable v, boolean causal) {
        return scaledDotProductAttention(k, v, null, causal, 0, Generator.global());
    }

    /**
     * Returns dropout(softmax(scale q kᵀ + mask)) v for this q (B, H, T, D), with scale 1 / √D.
     *
     * @param mask    null, or what expands to (B, H, T, S): bool (true lets a key be seen) or floating (added to the scores)
     * @param causal  whether query t sees keys 0 to t only
     * @param dropout the probability with which a weight is dropped
     */
    public Variable scaledDotProductAttention(Variable k, Variable v, Tensor mask, boolean causal, double dropout,
            Generator generator) {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "scaledDotProductAttention: dropout is " + dropout + "; it must be at least 0 and below 1");
        }
        if (mask != null && mask.dtype() != DType.BOOL && !mask.dtype().isFloating()) {
            throw new IllegalArgumentException("scaledDotProductAttention: the mask is " + mask.dtype()
                    + "; it must be bool (true lets a key be seen) or floating (added to the scores)");
        }
        Tensor added = mask == null || mask.dtype() == DType.BOOL ? mask : mask.to(dtype());
        return ScaledDotProductAttention.apply(this, k, v,
                new Attention(1 / Math.sqrt(size(-1)), causal, added, dropout,
                        generator.seed(), dropout == 0 ? 0 : generator.nextCall()));
    }

    // ---- indexing --------------------------------------------------------------------------------------------------

    /** Returns the slices along an axis that an i64 vector names. */
    public Variable indexSelect(int axis, Tensor index) {
        return IndexSelect.apply(this, shape().axis("indexSelect", axis), index);
    }

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    public Variable gather(int axis, Tensor index) {
        return Gather.apply(this, shape().axis("gather", axis), index);
    }

    /** Returns this with each element of source added to the position that the i64 index names along an axis. */
    public Variable scatterAdd(int axis, Tensor index, Variable source) {
        return ScatterAdd.apply(this, shape().axis("scatterAdd", axis), index, source);
    }

    /** Returns the rows (…, D) of this table (V, D) that an i64 tensor of any shape (…) names. */
    public Variable embedding(Tensor index) {
        if (rank() != 2) {
            throw new IllegalArgumentException("embedding: the table must be a matrix, got shape " + shape());
        }
        long[] sizes = Arrays.copyOf(index.shape().toArray(), index.rank() + 1);
        sizes[index.rank()] = size(1);
        return IndexSelect.apply(this, 0, index.reshape(-1)).reshape(sizes);
    }

    // ---- normalization and losses ----------------------------------------------------------------------------------

    /** Returns layer normalization over the last axis; weight and bias are vectors or null. */
    public Variable layerNorm(Variable weight, Variable bias, double eps) {
        return LayerNorm.apply(this, weight, bias, eps);
    }

    /** Returns root mean square normalization over the last axis; weight is a vector or null. */
    public Variable rmsNorm(Variable weight, double eps) {
        return RmsNorm.apply(this, weight, eps);
    }

    /** Returns the mean cross-entropy of these logits with class numbers, without smoothing; targets of -100 are ignored. */
    public Variable crossEntropy(Tensor targets) {
        return crossEntropy(targets, -100, 0);
    }

    /**
     * Returns the mean over the targets that count of the cross-entropy of softmax(logits) with the class.
     *
     * @param targets        i64 class numbers (…) for these logits (…, C): the classes are the last axis
     * @param ignoreIndex    the class number of targets that do not count
     * @param labelSmoothing the share of the target spread evenly over all classes (Szegedy et al., 2016)
     */
    public Variable crossEntropy(Tensor targets, long ignoreIndex, double labelSmoothing) {
        if (rank() == 0 || !targets.shape().equals(shape().without(-1))) {
            throw new IllegalArgumentException("crossEntropy: logits of shape " + shape() + " need targets of shape "
                    + (rank() == 0 ? "(N)" : shape().without(-1)) + ", got " + targets.shape());
        }
        Tensor classes = targets.reshape(-1);
        double count = classes.ne(ignoreIndex).sum().item();
        return CrossEntropy.apply(reshape(-1, size(-1)), classes, ignoreIndex, labelSmoothing).sum().div(count);
    }

    /** Returns the mean squared difference to a target. */
    public Variable mse(Variable target) {
        if (!shape().equals(target.shape())) {
            throw new IllegalArgumentException("mse: shapes " + shape() + " and " + target.shape() + " differ");
        }
        return sub(target).square().mean();
    }

    /** Returns the mean squared difference to a target. */
    public Variable mse(Tensor target) {
        return mse(constant(target));
    }

    /** Returns the value, and the op that made it. */
    @Override
    public String toString() {
        String text = value.toString();
        return gradFn != null ? text + " gradFn=" + gradFn.name() : requiresGrad ? text + " requiresGrad" : text;
    }
}
