package org.jacobi.layers.optim;

import java.util.List;

import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Adam's divisor from the mean squares of rows and columns alone (Shazeer and Stern, "Adafactor", 2018), as
 * torch.optim.Adafactor: what is remembered of a matrix (or of each one, of more axes) is a row and a column.
 *
 * <p>With b = t^beta2Decay: the mean squares R of grad's rows and C of its columns move by b towards those of this gradient, and
 * V = R C / mean(R) is the estimated mean square; for vectors V itself is kept. U = grad / √max(V, eps1²);
 * p = p (1 - lr weightDecay) - α U / max(1, rms(U) / d), where α = max(eps2, rms(p)) min(lr, 1 / √t). PyTorch's learning rate is
 * 1e-2.
 */
public final class Adafactor extends GradientOptimizer<Adafactor> {
    private double beta2Decay = -0.8;
    /** Not a number: the distance from 1 to the next number of the parameter's type. */
    private double eps1 = Double.NaN;
    private double eps2 = 1e-3;
    private double d = 1;

    /** Makes an optimizer without weight decay. */
    public Adafactor(List<Param> params, double lr) {
        this(List.of(new ParamGroup(params, lr, 0)));
    }

    /** Makes an optimizer of groups with their own learning rates and decays. */
    public Adafactor(List<ParamGroup> groups) {
        super(groups);
    }

    /** Sets the power of the step's number by which the mean squares move; at most 0, -0.8 at first. */
    public Adafactor beta2Decay(double power) {
        if (!(power <= 0)) {
            throw new IllegalArgumentException("beta2Decay is " + power + "; it must be at most 0");
        }
        beta2Decay = power;
        return this;
    }

    /**
     * Sets the least root mean squares.
     *
     * @param gradients of the gradients; at first the distance from 1 to the next number of the parameter's type
     * @param steps     of the parameter, which the step's length depends on; 1e-3 at first
     */
    public Adafactor eps(double gradients, double steps) {
        requireNotNegative("eps1", gradients);
        eps2 = requireNotNegative("eps2", steps);
        eps1 = gradients;
        return this;
    }

    /** Sets the largest root mean square of an update before it is scaled; at least 1, which it is at first. */
    public Adafactor d(double largest) {
        if (!(largest >= 1)) {
            throw new IllegalArgumentException("d is " + largest + "; it must be at least 1");
        }
        d = largest;
        return this;
    }

    @Override
    protected void remember(ParamGroup group, Param param, ParamState state) {
        if (param.rank() > 1) {
            state.add("row_var", 0, param.shape().with(-1, 1).toArray());
            state.add("col_var", 0, param.shape().with(-2, 1).toArray());
        } else {
            state.add("variance", 0);
        }
    }

    @Override
    protected void update(ParamGroup group, Tensor value, Tensor grad, ParamState state) {
        double smallest = Double.isNaN(eps1) ? epsilon(value.dtype()) : eps1;
        double alpha = Math.max(eps2, rms(value)) * Math.min(group.lr(), 1 / Math.sqrt(state.step()));
        shrink(group, value);
        double weight = StrictMath.pow(state.step(), beta2Decay);
        Tensor squares;
        if (grad.rank() > 1) {
            Tensor rows = state.get("row_var").lerp_(grad.square().mean(true, -1), weight);
            Tensor columns = state.get("col_var").lerp_(grad.square().mean(true, -2), weight);
            squares = rows.matmul(columns).div_(rows.mean(true, -2).clampMin(smallest));
        } else {
            squares = state.get("variance").lerp_(grad.square(), weight);
        }
        Tensor update = squares.clampMin(smallest * smallest).rsqrt().mul_(grad);
        value.sub_(update.mul_(alpha / Math.max(1, rms(update) / d)));
    }

    private static double rms(Tensor x) {
        return Math.sqrt(x.sumOfSquares().item() / x.numel());
    }

    /** Returns the distance from 1 to the next number of a type. */
    private static double epsilon(DType type) {
        return switch (type) {
            case F64 -> 0x1p-52;
            case F32 -> 0x1p-23;
            case F16 -> 0x1p-10;
            case BF16 -> 0x1p-7;
            default -> throw new IllegalArgumentException("Adafactor: a parameter of type " + type);
        };
    }
}
