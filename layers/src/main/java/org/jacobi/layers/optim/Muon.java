package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.Tensor;

/**
 * Momentum made orthogonal, for matrices (Jordan, "Muon: An optimizer for hidden layers in neural networks", 2024), as
 * torch.optim.Muon.
 *
 * <p>buffer = momentum buffer + (1 - momentum) grad; U = momentum buffer + (1 - momentum) grad (Nesterov), else the buffer;
 * O comes near U's orthogonal factor by steps of Newton and Schulz, X = a X + (b X Xᵀ + c (X Xᵀ)²) X;
 * p = p (1 - lr weightDecay) - lr s O, where s is √max(1, rows / columns), or 0.2 √max(rows, columns) to match the length of
 * AdamW's steps (Liu et al., "Muon is Scalable for LLM Training", 2025). PyTorch's learning rate is 1e-3; it computes O in
 * bfloat16, this in the parameter's type.
 */
public final class Muon extends GradientOptimizer<Muon> {
    private static final double WEIGHT_DECAY = 0.1;

    private double momentum = 0.95;
    private boolean nesterov = true;
    private double[] coefficients = {3.4445, -4.775, 2.0315};
    private double eps = 1e-7;
    private int steps = 5;
    private boolean matchRmsAdamW;

    /** Makes an optimizer with PyTorch's weight decay of 0.1. */
    public Muon(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, WEIGHT_DECAY)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Muon(List<ParamGroup> groups) {
        super(groups);
        for (Param param : params()) {
            if (param.rank() != 2) {
                throw new IllegalArgumentException("Muon: optimizes matrices only, got a parameter of shape "
                        + param.shape()
                        + "; give vectors, embeddings and the like to another optimizer, such as AdamW");
            }
        }
    }

    /** Sets how much of the mean gradient is kept in each step; 0.95 at first. */
    public Muon momentum(double share) {
        momentum = requireNotNegative("momentum", share);
        return this;
    }

    /** Sets whether to look ahead along the momentum; it does at first. */
    public Muon nesterov(boolean on) {
        nesterov = on;
        return this;
    }

    /** Sets a, b and c of the steps of Newton and Schulz; 3.4445, -4.775 and 2.0315 at first. */
    public Muon nsCoefficients(double a, double b, double c) {
        coefficients = new double[] {requireFinite("a", a), requireFinite("b", b), requireFinite("c", c)};
        return this;
    }

    /** Sets the number of steps of Newton and Schulz, from 1 to 99; 5 at first. */
    public Muon nsSteps(int count) {
        if (count < 1 || count > 99) {
            throw new IllegalArgumentException("nsSteps is " + count + "; it must lie in 1 to 99");
        }
        steps = count;
        return this;
    }

    /** Sets the least length by which a mean gradient is divided; 1e-7 at first. */
    public Muon eps(double small) {
        eps = requireNotNegative("eps", small);
        return this;
    }

    /** Sets whether steps are as long as AdamW's, PyTorch's adjust_lr_fn of "match_rms_adamw", instead of its "original". */
    public Muon matchRmsAdamW(boolean on) {
        matchRmsAdamW = on;
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        state.add("momentum_buffer", 0);
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        Tensor buffer = state.get("momentum_buffer").lerp_(grad, 1 - momentum);
        Tensor o = orthogonal(nesterov ? grad.lerp(buffer, momentum) : buffer);
        double rows = value.size(0);
        double columns = value.size(1);
        double scale = matchRmsAdamW ? 0.2 * Math.sqrt(Math.max(rows, columns))
                : Math.sqrt(Math.max(1, rows / columns));
        shrink(group, value);
        value.sub_(o.mul(group.lr() * scale));
    }

    private Tensor orthogonal(Tensor update) {
        boolean tall = update.size(0) > update.size(1);
        Tensor x = tall ? update.transpose(0, 1) : update;
        x = x.div(Math.max(Math.sqrt(x.sumOfSquares().item()), eps));
        for (int i = 0; i < steps; i++) {
            Tensor gram = x.matmul(x.transpose(0, 1));
            Tensor factor = gram.matmul(gram).mul_(coefficients[2]).add_(gram.mul_(coefficients[1]));
            x = factor.matmul(x).add_(x.mul(coefficients[0]));
        }
        return tall ? x.transpose(0, 1) : x;
    }
}
