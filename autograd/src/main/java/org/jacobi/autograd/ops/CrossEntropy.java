package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
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
    public static Variable apply(Variable logits, Variable targets, long ignoreIndex, double smoothing) {
        if (!(smoothing >= 0 && smoothing <= 1)) {
            throw new IllegalArgumentException(
                    "crossEntropy: labelSmoothing is " + smoothing + "; it must lie in 0 to 1");
        }
        Operands.requireFloating("crossEntropy", logits);
        requireClasses(Batch.value(targets), logits.size(1), ignoreIndex);
        Device.same("crossEntropy", Batch.value(logits), Batch.value(targets));
        Tensor[] operands = Batch.together(logits, targets);
        long[] shape = operands[1].shape().toArray();
        rows(operands, logits.size(1));
        DType type = Operands.beside(logits.dtype());
        Tensor value = Tensor.make("crossEntropy", logits.device(), type, operands[1].shape());
        Tensor lse = Tensor.make("crossEntropy", logits.device(), type, operands[1].shape());
        value.backend().crossEntropy(value, lse, operands[0], operands[1], ignoreIndex, smoothing);
        Reference.reachabilityFence(operands);
        return Variable.record(value.reshape(shape), out -> new CrossEntropy(new Variable[] {logits},
                Saved.of(logits, targets, Batch.constant(lse.reshape(shape), logits, targets)), ignoreIndex,
                smoothing), logits, targets);
    }

    /** Merges what is in front of the rows: the first operand becomes a matrix, the others vectors. */
    private static void rows(Tensor[] operands, long classes) {
        Arrays.setAll(operands, i -> i == 0 ? operands[i].reshape(-1, classes) : operands[i].reshape(-1));
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
        Variable targets = saved.get(1);
        Variable dout = douts[0];
        if (!NoGrad.active()) {
            return Operands.narrowed(inputs, composed(Operands.widened(logits), targets, dout));
        }
        Tensor[] operands = Batch.together(logits, dout, saved.get(2), targets);
        long[] shape = operands[0].shape().toArray();
        rows(operands, logits.size(1));
        Tensor dlogits = Tensor.make("crossEntropyBackward", logits.device(), logits.dtype(), operands[0].shape());
        dlogits.backend().crossEntropyBackward(dlogits, operands[1], operands[2], operands[0], operands[3], ignoreIndex,
                smoothing);
        Reference.reachabilityFence(operands);
        return new Variable[] {Batch.constant(dlogits.reshape(shape), logits, dout, targets)};
    }

    private Variable[] composed(Variable logits, Variable targets, Variable dout) {
        Tensor classes = Batch.value(targets);
        Tensor valid = classes.ne(ignoreIndex);
        Tensor index = Tensor.where(valid, classes, Tensor.scalar(0, DType.I64)).reshape(-1, 1);
        Tensor smoothed =
                Tensor.full(logits.device(), smoothing / logits.size(1), logits.dtype(), index.size(0), logits.size(1));
        smoothed.scatterAdd_(1, index,
                Tensor.full(logits.device(), 1 - smoothing, logits.dtype(), index.shape().toArray()));
        Variable q = Batch.constant(smoothed.reshape(Batch.sizes(targets, logits.shape().toArray())), targets);
        Variable weight = dout.mul(Batch.constant(valid, targets));
        return new Variable[] {logits.softmax(1).sub(q).mul(weight.unsqueeze(1))};
    }
}
