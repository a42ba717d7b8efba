package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.Tensor;

/** Steps of optimizers: from a rate, a step number, parameters, gradients and states to new parameters and states. */
final class Training {
    private Training() {
    }

    /** Returns a new parameter and new states of one parameter: operands are it, its gradient and its states. */
    private interface Step {
        Tensor[] apply(Tensor[] operands);
    }

    static void register() {
        Operators.add(Operators.TRAINING, "Adagrad", 1, Training::adagrad);
        Operators.add(Operators.TRAINING, "Adam", 1, Training::adam);
        Operators.add(Operators.TRAINING, "Momentum", 1, Training::momentum);
    }

    private static List<OnnxValue> each(Call call, int kinds, Step step) {
        int count = (call.inputs() - 2) / kinds;
        OnnxValue[] out = new OnnxValue[count * (kinds - 1)];
        for (int i = 0; i < count; i++) {
            Tensor[] operands = new Tensor[kinds];
            for (int kind = 0; kind < kinds; kind++) {
                operands[kind] = call.numbers(2 + kind * count + i);
            }
            Tensor[] results = step.apply(operands);
            for (int kind = 0; kind < results.length; kind++) {
                out[kind * count + i] = Numbers.narrow(call.tensor(2 + i).type(), results[kind]);
            }
        }
        return new ArrayList<>(Arrays.asList(out));
    }

    private static Tensor regularized(Call call, Tensor x, Tensor gradient) {
        return x.mul(call.real("norm_coefficient", 0)).add(gradient);
    }

    /** Duchi, Hazan and Singer, 2011. */
    private static List<OnnxValue> adagrad(Call call) {
        double rate = call.realOf(0, 0) / (1 + call.realOf(1, 0) * call.real("decay_factor", 0));
        return each(call, 3, operands -> {
            Tensor gradient = regularized(call, operands[0], operands[1]);
            Tensor squares = operands[2].add(gradient.square());
            Tensor x = operands[0].sub(gradient.mul(rate).div(squares.sqrt().add(call.real("epsilon", 0))));
            return new Tensor[] {x, squares};
        });
    }

    /** Kingma and Ba, 2014. */
    private static List<OnnxValue> adam(Call call) {
        double alpha = call.real("alpha", 0.9);
        double beta = call.real("beta", 0.999);
        double t = call.realOf(1, 0);
        double rate = call.realOf(0, 0) * (t > 0 ? Math.sqrt(1 - Math.pow(beta, t)) / (1 - Math.pow(alpha, t)) : 1);
        return each(call, 4, operands -> {
            Tensor gradient = regularized(call, operands[0], operands[1]);
            Tensor mean = operands[2].mul(alpha).add(gradient.mul(1 - alpha));
            Tensor squares = operands[3].mul(beta).add(gradient.square().mul(1 - beta));
            Tensor x = operands[0].sub(mean.mul(rate).div(squares.sqrt().add(call.real("epsilon", 0))));
            return new Tensor[] {x.mul(1 - call.real("norm_coefficient_post", 0)), mean, squares};
        });
    }

    /** Gradient descent with momentum, or Nesterov's. */
    private static List<OnnxValue> momentum(Call call) {
        double rate = call.realOf(0, 0);
        double alpha = call.real("alpha", 0);
        double beta = call.realOf(1, 0) > 0 ? call.real("beta", 1) : 1;
        boolean nesterov = call.text("mode").equals("nesterov");
        return each(call, 3, operands -> {
            Tensor gradient = regularized(call, operands[0], operands[1]);
            Tensor velocity = operands[2].mul(alpha).add(gradient.mul(beta));
            Tensor direction = nesterov ? gradient.add(velocity.mul(alpha)) : velocity;
            return new Tensor[] {operands[0].sub(direction.mul(rate)), velocity};
        });
    }
}
