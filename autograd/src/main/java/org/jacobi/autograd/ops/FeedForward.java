package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Checkpoint;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Two affine maps with a GELU in its tanh form between them, y = gelu(x w₁ᵀ + b₁) w₂ᵀ + b₂, as one op: a device may do what is
 * beside the products together with them.
 */
@Formula("with a = x w₁ᵀ + b₁, h = gelu(a): dw₂ = doutᵀ h, db₂ = Σ dout, da = (dout w₂) gelu'(a), dw₁ = daᵀ x, db₁ = Σ da, dx = da w₁")
public record FeedForward(Variable[] inputs, Saved saved) implements GradFn {
    private static final String OP = "feedForward";

    /** Biases may be null. */
    public static Variable apply(Variable x, Variable weight1, Variable bias1, Variable weight2, Variable bias2) {
        Variable[] in = {x, weight1, bias1, weight2, bias2};
        Linear.check(OP, x, x.shape(), weight1, bias1);
        Linear.check(OP, x, x.shape().with(-1, weight1.size(0)), weight2, bias2);
        if (Batch.lead(in) > 0 || Operands.needsWidening(x)) {
            return composed(in);
        }
        Tensor rows = Linear.rowsOf(x);
        Tensor inner = Tensor.make(OP, x.device(), x.dtype(), Shape.of(rows.size(0), weight1.size(0)));
        Tensor hidden = Tensor.emptyLike(inner);
        Tensor value = Tensor.make(OP, x.device(), x.dtype(), Shape.of(rows.size(0), weight2.size(0)));
        value.backend().linearGelu(hidden, inner, rows, weight1.value(), Operands.valueOf(bias1));
        value.backend().linear(value, hidden, weight2.value(), Operands.valueOf(bias2));
        Reference.reachabilityFence(in);
        return Variable.record(value.view(x.shape().with(-1, weight2.size(0)).toArray()), out -> new FeedForward(in,
                Saved.of(x, weight1, bias1, weight2, bias2, Variable.constant(inner), Variable.constant(hidden))), in);
    }

    private static Variable composed(Variable... in) {
        return Linear.apply(Linear.apply(in[0], in[1], in[2]).geluTanh(), in[3], in[4]);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable[] in = new Variable[inputs.length];
        for (int i = 0; i < in.length; i++) {
            in[i] = saved.get(i);
        }
        if (!NoGrad.active() || Batch.lead(douts) > 0) {
            return Checkpoint.backward(x -> new Variable[] {composed(x)}, in, douts);
        }
        Tensor x = Linear.rowsOf(in[0]);
        Tensor weight1 = in[1].value();
        Tensor inner = saved.get(5).value();
        Tensor dout = Linear.rowsOf(douts[0]);
        Tensor dweight2 = gradientOf(3);
        Tensor dbias2 = gradientOf(4);
        if (dweight2 != null) {
            dout.backend().linearWeight(dweight2, dbias2, dout, saved.get(6).value());
        } else if (dbias2 != null) {
            dbias2 = dout.sum(0);
        }
        Tensor dinner = Tensor.make(OP + "Backward", x.device(), x.dtype(), inner.shape());
        Tensor dbias1 = gradientOf(2);
        dout.backend().linearGeluBackward(dinner, dbias1, dout, in[3].value(), inner);
        Tensor dweight1 = gradientOf(1);
        if (dweight1 != null) {
            dout.backend().linearWeight(dweight1, null, dinner, x);
        }
        Reference.reachabilityFence(in);
        Reference.reachabilityFence(douts);
        return new Variable[] {
            needs(0) ? Variable.constant(dinner.matmul(weight1).reshape(in[0].shape().toArray())) : null,
            constant(dweight1), constant(dbias1), constant(dweight2), constant(dbias2)};
    }

    /** Returns a tensor for a gradient, or null if nobody needs it. */
    private Tensor gradientOf(int input) {
        return needs(input)
                ? Tensor.make(OP + "Backward", inputs[input].device(), inputs[input].dtype(), inputs[input].shape())
                : null;
    }

    private static Variable constant(Tensor gradient) {
        return gradient == null ? null : Variable.constant(gradient);
    }
}
