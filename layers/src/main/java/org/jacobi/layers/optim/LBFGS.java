package org.jacobi.layers.optim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Param;
import org.jacobi.layers.StateDict;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Profiler;

/**
 * Newton's method with curvature learned from the last gradients (Liu and Nocedal, 1989), as torch.optim.LBFGS.
 *
 * <p>One {@link #step(Supplier)} computes the loss many times; it is for small problems and gradients without noise. It remembers
 * twice historySize vectors as long as all parameters together.
 */
public final class LBFGS extends Optimizer {
    private static final double LEAST_CURVATURE = 1e-10;

    /**
     * A step that was made, and how the gradient changed over it.
     *
     * @param ro 1 / (change · step)
     */
    private record Pair(Tensor change, Tensor step, double ro) {
    }

    private int maxIter = 20;
    private int maxEval = -1;
    private double toleranceGrad = 1e-7;
    private double toleranceChange = 1e-9;
    private int historySize = 100;
    private boolean strongWolfe;

    private final long size;
    private final DType type;
    private final Deque<Pair> history = new ArrayDeque<>();
    private long evaluations;
    private long iterations;
    /** The last direction, how far it was followed, and the gradient and the loss before; null before the first iteration. */
    private Tensor direction;
    private Tensor gradBefore;
    private double distance;
    private double lossBefore;
    /** The factor of the identity that the approximation of the inverse Hessian begins with. */
    private double diagonal = 1;

    /** Makes an optimizer; PyTorch's learning rate is 1. */
    public LBFGS(List<Param> params, double lr) {
        super(List.of(new ParamGroup(params, lr, 0)));
        size = params.stream().mapToLong(Param::numel).sum();
        type = params.getFirst().dtype();
        for (Param param : params) {
            if (param.dtype() != type) {
                throw new IllegalArgumentException(
                        "LBFGS: sees all parameters as one vector, so that they need one type; got "
                                + type + " and " + param.dtype());
            }
        }
    }

    /** Sets the most iterations of one step; 20 at first. */
    public LBFGS maxIter(int most) {
        maxIter = (int) Schedule.requirePositive("maxIter", most);
        return this;
    }

    /** Sets the most evaluations of the loss in one step, after which no iteration begins; 5/4 of maxIter at first. */
    public LBFGS maxEval(int most) {
        maxEval = (int) Schedule.requirePositive("maxEval", most);
        return this;
    }

    /** Sets the largest number of the gradient at which the goal is reached; 1e-7 at first. */
    public LBFGS toleranceGrad(double largest) {
        toleranceGrad = requireNotNegative("toleranceGrad", largest);
        return this;
    }

    /** Sets the change of the loss or of parameters below which there is no progress; 1e-9 at first. */
    public LBFGS toleranceChange(double smallest) {
        toleranceChange = requireNotNegative("toleranceChange", smallest);
        return this;
    }

    /** Sets how many steps curvature is learned from; 100 at first. */
    public LBFGS historySize(int most) {
        historySize = (int) Schedule.requirePositive("historySize", most);
        return this;
    }

    /** Sets whether a search along the line finds the length of a step, instead of the learning rate alone. */
    public LBFGS strongWolfe(boolean on) {
        strongWolfe = on;
        return this;
    }

    /** Not possible: L-BFGS computes the loss itself. */
    @Override
    public void step() {
        throw new UnsupportedOperationException(
                "LBFGS: computes the loss several times a step; call step(closure) with a function that does it");
    }

    @Override
    public double step(Supplier<Variable> closure) {
        try (var _ = TensorScope.open(); var _ = Profiler.region("optimizer step")) {
            return iterate(closure);
        }
    }

    private double iterate(Supplier<Variable> closure) {
        int allowed = maxEval < 0 ? Math.max(1, maxIter * 5 / 4) : maxEval;
        double first = evaluate(closure);
        Tensor grad = gradient();
        double loss = first;
        int used = 1;
        boolean reached = largest(grad) <= toleranceGrad;
        for (int i = 1; i <= maxIter && used < allowed && !reached; i++) {
            iterations++;
            Tensor d = nextDirection(grad).unscope();
            direction = d;
            gradBefore = grad.unscope();
            lossBefore = loss;
            double lr = groups().getFirst().lr();
            distance = iterations == 1 ? Math.min(1, 1 / grad.abs().sum().item()) * lr : lr;
            double slope = dot(grad, d);
            if (slope > -toleranceChange) {
                break;
            }
            if (strongWolfe) {
                List<Tensor> from = params().stream().map(param -> param.value().copy()).toList();
                StrongWolfe search = new StrongWolfe(t -> {
                    move(t, d);
                    double value = evaluate(closure);
                    Tensor g = gradient();
                    for (int p = 0; p < from.size(); p++) {
                        params().get(p).value().copy_(from.get(p));
                    }
                    return new StrongWolfe.Point(t, value, g, dot(g, d));
                }, new StrongWolfe.Point(0, loss, grad, slope), largest(d), toleranceChange);
                StrongWolfe.Point best = search.search(distance);
                distance = best.t();
                loss = best.value();
                grad = best.grad();
                move(distance, d);
                used += search.trials();
                reached = largest(grad) <= toleranceGrad;
            } else {
                move(distance, d);
                if (i < maxIter) {
                    loss = evaluate(closure);
                    grad = gradient();
                    used++;
                    reached = largest(grad) <= toleranceGrad;
                }
            }
            if (largest(d) * Math.abs(distance) <= toleranceChange || Math.abs(loss - lossBefore) < toleranceChange) {
                break;
            }
        }
        return first;
    }

    private double evaluate(Supplier<Variable> closure) {
        evaluations++;
        try (var _ = TensorScope.open()) {
            return closure.get().item();
        }
    }

    /** Returns the gradients of all parameters as one new vector. */
    private Tensor gradient() {
        List<Tensor> parts = new ArrayList<>();
        for (Param param : params()) {
            parts.add(param.grad() == null ? Tensor.zeros(param.device(), type, param.numel())
                    : param.grad().value().reshape(-1));
        }
        return Tensor.cat(0, parts.toArray(Tensor[]::new));
    }

    private void move(double t, Tensor d) {
        long offset = 0;
        for (Param param : params()) {
            Tensor part = d.narrow(0, offset, param.numel()).reshape(param.shape().toArray());
            param.value().add_(part.mul(t));
            offset += param.numel();
        }
    }

    private static double dot(Tensor a, Tensor b) {
        return a.mul(b).sum().item();
    }

    private static double largest(Tensor x) {
        return x.abs().amax().item();
    }

    /** Learns from the last step, and returns minus the gradient times the approximate inverse of the Hessian. */
    private Tensor nextDirection(Tensor grad) {
        Tensor d = grad.neg();
        if (iterations == 1) {
            return d;
        }
        Tensor change = grad.sub(gradBefore);
        Tensor step = direction.mul(distance);
        double curvature = dot(change, step);
        if (curvature > LEAST_CURVATURE) {
            if (history.size() == historySize) {
                history.removeFirst();
            }
            history.addLast(new Pair(change.unscope(), step.unscope(), 1 / curvature));
            diagonal = curvature / dot(change, change);
        }
        Deque<Double> alphas = new ArrayDeque<>();
        for (Pair pair : history.reversed()) {
            double alpha = dot(pair.step, d) * pair.ro;
            alphas.push(alpha);
            d.sub_(pair.change.mul(alpha));
        }
        d.mul_(diagonal);
        for (Pair pair : history) {
            double beta = dot(pair.change, d) * pair.ro;
            d.add_(pair.step.mul(alphas.pop() - beta));
        }
        return d;
    }

    // ---- state -----------------------------------------------------------------------------------------------------

    /** Returns what is remembered, under PyTorch's names for the first parameter; the history's vectors are copies, stacked. */
    @Override
    public SequencedMap<String, Tensor> stateDict() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        if (iterations > 0) {
            state.put("0.func_evals", Tensor.scalar(evaluations, DType.I64));
            state.put("0.n_iter", Tensor.scalar(iterations, DType.I64));
            state.put("0.d", direction);
            state.put("0.prev_flat_grad", gradBefore);
            state.put("0.t", Tensor.scalar(distance, DType.F64));
            state.put("0.prev_loss", Tensor.scalar(lossBefore, DType.F64));
            state.put("0.H_diag", Tensor.scalar(diagonal, DType.F64));
            Tensor changes = Tensor.zeros(params().getFirst().device(), type, history.size(), size);
            Tensor steps = Tensor.zeros(params().getFirst().device(), type, history.size(), size);
            Tensor ros = Tensor.zeros(DType.F64, history.size());
            int i = 0;
            for (Pair pair : history) {
                changes.select(0, i).copy_(pair.change);
                steps.select(0, i).copy_(pair.step);
                ros.select(0, i++).fill_(pair.ro);
            }
            state.put("0.old_dirs", changes);
            state.put("0.old_stps", steps);
            state.put("0.ro", ros);
        }
        return state;
    }

    @Override
    public void loadStateDict(Map<String, Tensor> saved) {
        try (var _ = TensorScope.open()) {
            SequencedMap<String, Tensor> targets = new LinkedHashMap<>();
            Tensor old = saved.get("0.old_dirs");
            int count = old == null || old.rank() == 0 ? 0 : Math.toIntExact(old.size(0));
            if (!saved.isEmpty()) {
                targets.put("0.func_evals", Tensor.zeros(DType.I64));
                targets.put("0.n_iter", Tensor.zeros(DType.I64));
                targets.put("0.d", Tensor.zeros(params().getFirst().device(), type, size));
                targets.put("0.prev_flat_grad", Tensor.zeros(params().getFirst().device(), type, size));
                targets.put("0.t", Tensor.zeros(DType.F64));
                targets.put("0.prev_loss", Tensor.zeros(DType.F64));
                targets.put("0.H_diag", Tensor.zeros(DType.F64));
                targets.put("0.old_dirs", Tensor.zeros(params().getFirst().device(), type, count, size));
                targets.put("0.old_stps", Tensor.zeros(params().getFirst().device(), type, count, size));
                targets.put("0.ro", Tensor.zeros(DType.F64, count));
            }
            StateDict.load(name(), targets, Map.of(), saved);
            history.clear();
            evaluations = 0;
            iterations = 0;
            diagonal = 1;
            if (!saved.isEmpty()) {
                evaluations = targets.get("0.func_evals").getLong();
                iterations = targets.get("0.n_iter").getLong();
                direction = targets.get("0.d").unscope();
                gradBefore = targets.get("0.prev_flat_grad").unscope();
                distance = targets.get("0.t").item();
                lossBefore = targets.get("0.prev_loss").item();
                diagonal = targets.get("0.H_diag").item();
                for (int i = 0; i < count; i++) {
                    history.addLast(new Pair(targets.get("0.old_dirs").select(0, i).copy().unscope(),
                            targets.get("0.old_stps").select(0, i).copy().unscope(),
                            targets.get("0.ro").getDouble(i)));
                }
            }
        }
    }
}
