package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * The cross-entropy of each row of logits with its class.
 *
 * <p>dlogits = dout (softmax(logits) - q), where q is the smoothed one-hot target; 0 in ignored rows.
 */
@Formula("dlogits = dout (softmax(logits) - q), q the smoothed one-hot target; 0 in ignored rows")
public record CrossEntropy(Variable[] inputs, Saved saved, long ignoreIndex, double smoothing) implements GradFn {
    /**
     * Returns the losses (N), one a row, 0 where the target is ignoreIndex.
     *
     * @param logits  (N, C)
     * @param targets i64 (N)
     */
    public static Variable apply(Variable logits, Tensor targets, long ignoreIndex, double smoothing) {
        if (!(smoothing >= 0 && smoothing <= 1)) {
            throw new IllegalArgumentException(
                    "crossEntropy: labelSmoothing is " + smoothing + "; it must lie in 0 to 1");
        }
        Operands.requireFloating("crossEntropy", logits);
        requireClasses(targets, logits.size(1), ignoreIndex);
        Tensor value = Tensor.make("crossEntropy", logits.dtype(), targets.shape());
        Tensor lse = Tensor.make("crossEntropy", logits.dtype(), targets.shape());
        value.backend().crossEntropy(value, lse, logits.value(), targets, ignoreIndex, smoothing);
        Reference.reachabilityFence(logits);
        return Variable.record(value, out -> new CrossEntropy(new Variable[] {logits},
                Saved.of(logits, Variable.constant(targets), Variable.constant(lse)), ignoreIndex, smoothing), logits);
    }

    private static void requireClasses(Tensor targets, long classes, long ignoreIndex) {
        if (targets.dtype() != DType.I64) {
            throw new IllegalArgumentException(
                    "crossEntropy: the targets must be I64 class numbers, got " + targets.dtype()
                            + "; convert with to(DType.I64)");
        }
        if (ignoreIndex >= 0 && ignoreIndex < classes) {
            targets.requireIndex("crossEntropy", classes);
        } else {
            Tensor.where(targets.eq(ignoreIndex), Tensor.scalar(0, DType.I64), targets).requireIndex("crossEntropy",
                    classes);
        }
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable logits = saved.get(0);
        Tensor targets = saved.get(1).value();
        Variable dout = douts[0];
        if (!NoGrad.active()) {
            return composed(logits, targets, dout);
        }
        Tensor dlogits = Tensor.make("crossEntropyBackward", logits.dtype(), logits.shape());
        dlogits.backend().crossEntropyBackward(dlogits, dout.value(), saved.get(2).value(), logits.value(), targets,
                ignoreIndex, smoothing);
        Reference.reachabilityFence(logits);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dlogits)};
    }

    private Variable[] composed(Variable logits, Tensor targets, Variable dout) {
        Tensor valid = targets.ne(ignoreIndex);
        Tensor index = Tensor.where(valid, targets, Tensor.scalar(0, DType.I64)).unsqueeze(1);
        Tensor q = Tensor.full(smoothing / logits.size(1), logits.dtype(), logits.shape().toArray());
        q.scatterAdd_(1, index, Tensor.full(1 - smoothing, logits.dtype(), index.shape().toArray()));
        return new Variable[] {logits.softmax(1).sub(q).mul(dout.mul(valid).unsqueeze(1))};
    }
}
