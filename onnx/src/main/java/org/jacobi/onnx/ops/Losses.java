package org.jacobi.onnx.ops;

import java.util.List;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Losses of classification. */
final class Losses {
    private Losses() {
    }

    static void register() {
        Operators.add("NegativeLogLikelihoodLoss",
                call -> call.likeFirst(negativeLogLikelihood(call, call.numbers(0))));
        Operators.addMany("SoftmaxCrossEntropyLoss", call -> {
            Tensor logProbabilities = call.numbers(0).logSoftmax(1);
            OnnxTensor loss = call.likeFirst(negativeLogLikelihood(call, logProbabilities));
            return List.<OnnxValue>of(loss, call.likeFirst(logProbabilities));
        });
    }

    /** Classes are on axis 1; an entry whose target is ignore_index counts nothing, and the mean is weighted. */
    private static Tensor negativeLogLikelihood(Call call, Tensor logProbabilities) {
        Tensor target = call.tensor(1).data().to(DType.I64);
        long classes = logProbabilities.size(1);
        Tensor counted = call.hasAttribute("ignore_index") ? target.ne(call.integer("ignore_index"))
                : Tensor.ones(DType.BOOL, target.shape().toArray());
        Tensor chosen = Tensor.where(counted, target, Tensor.scalar(0, DType.I64));
        chosen.requireIndex("target", classes);
        Tensor weight = call.has(2)
                ? call.numbers(2).indexSelect(0, chosen.reshape(chosen.numel())).reshape(chosen.shape().toArray())
                : Tensor.ones(logProbabilities.dtype(), chosen.shape().toArray());
        weight = weight.mul(counted.to(weight.dtype()));
        Tensor losses = logProbabilities.gather(1, chosen.unsqueeze(1)).squeeze(1).neg();
        // An ignored entry's loss may be infinite, and zero times that is not zero.
        losses = losses.maskedFill(counted.logicalNot(), 0).mul(weight);
        return switch (call.text("reduction", "mean")) {
            case "none" -> losses;
            case "sum" -> losses.sum();
            case "mean" -> losses.sum().div(weight.sum());
            default -> throw new IllegalArgumentException(
                    "attribute 'reduction' must be none, sum or mean, got " + call.text("reduction"));
        };
    }
}
