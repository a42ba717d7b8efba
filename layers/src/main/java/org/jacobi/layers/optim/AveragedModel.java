package org.jacobi.layers.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

import org.jacobi.autograd.HookHandle;
import org.jacobi.autograd.NoGrad;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.BatchNorm3d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.StateDict;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * A running average of a model's parameters, as torch.optim.swa_utils.AveragedModel: it often generalizes better than the parameters
 * of the last step.
 *
 * <p>Call {@link #update} after steps of the optimizer (of each, or at the end of each epoch) and evaluate with the average in
 * the model's place:
 *
 * <pre>{@code
 * var average = AveragedModel.ema(model, 0.999);
 * ... optimizer.step(); average.update(); ...
 * try (var swap = average.swapIn()) {
 *     evaluate(model);
 * }
 * }</pre>
 *
 * <p>The first update copies. Buffers, such as batch normalization's statistics, are copied in each update, or averaged if asked for.
 */
public final class AveragedModel {
    private static final String COUNT = "n_averaged";
    private static final String PREFIX = "module.";
    private static final String MEAN = "running_mean";
    private static final String BATCHES = "num_batches_tracked";
    private static final String VARIANCE = "running_var";

    /** The average in the model's place; {@link #close} takes it out again. */
    public interface Swap extends AutoCloseable {
        @Override
        void close();
    }

    private final Layer model;
    /** Not a number for the mean of all. */
    private final double decay;
    private final SequencedMap<String, Tensor> average = new LinkedHashMap<>();
    private boolean useBuffers;
    private boolean swapped;
    private long averaged;

    private AveragedModel(Layer model, double decay) {
        this.model = model;
        this.decay = decay;
        model.stateDict().forEach((name, tensor) -> average.put(name, tensor.copy().unscope()));
    }

    /** Averages exponentially: average = decay average + (1 - decay) parameters. */
    public static AveragedModel ema(Layer model, double decay) {
        if (!(decay >= 0 && decay <= 1)) {
            throw new IllegalArgumentException("AveragedModel: the decay is " + decay + "; it must lie in 0 to 1");
        }
        return new AveragedModel(model, decay);
    }

    /** Averages all equally: stochastic weight averaging (Izmailov et al., 2018). */
    public static AveragedModel swa(Layer model) {
        return new AveragedModel(model, Double.NaN);
    }

    /** Sets whether floating-point buffers are averaged as parameters are, instead of copied. */
    public AveragedModel useBuffers(boolean on) {
        useBuffers = on;
        return this;
    }

    /** Returns how many updates there have been. */
    public long averaged() {
        return averaged;
    }

    /** Takes the model's present parameters into the average. */
    public void update() {
        requireOwn();
        double share = averaged == 0 ? 1 : Double.isNaN(decay) ? 1.0 / (averaged + 1) : 1 - decay;
        SequencedMap<String, Tensor> buffers = model.namedBuffers();
        model.stateDict().forEach((name, tensor) -> {
            boolean copied = share == 1 || buffers.containsKey(name) && !(useBuffers && tensor.dtype().isFloating());
            Tensor mine = average.get(name).to_(tensor.device()); // to which the model may have moved
            if (copied) {
                mine.copy_(tensor);
            } else {
                mine.lerp_(tensor, share);
            }
        });
        averaged++;
    }

    private void requireOwn() {
        if (swapped) {
            throw new IllegalStateException(
                    "AveragedModel: the model has the average's parameters now; close the swap first");
        }
    }

    /** Copies the average into a model of the same kind. */
    public void copyTo(Layer other) {
        requireOwn();
        other.loadStateDict(average);
    }

    /** Exchanges the numbers of average and model until the result is closed. */
    public Swap swapIn() {
        requireOwn();
        exchange();
        swapped = true;
        return () -> {
            if (swapped) {
                swapped = false;
                exchange();
            }
        };
    }

    private void exchange() {
        try (var scope = TensorScope.open()) {
            model.stateDict().forEach((name, tensor) -> {
                Tensor mine = average.get(name);
                Tensor kept = mine.copy();
                mine.copy_(tensor);
                tensor.copy_(kept);
                scope.clear();
            });
        }
    }

    /** Returns the average under PyTorch's names, {@code module.} and the model's, with the number of updates. */
    public SequencedMap<String, Tensor> stateDict() {
        requireOwn();
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        state.put(COUNT, Tensor.scalar(averaged, DType.I64));
        average.forEach((name, tensor) -> state.put(PREFIX + name, tensor));
        return state;
    }

    /** Replaces the average by one that {@link #stateDict} gave. */
    public void loadStateDict(Map<String, Tensor> saved) {
        try (var _ = TensorScope.open()) {
            SequencedMap<String, Tensor> state = stateDict();
            StateDict.load("AveragedModel", state, Map.of(), saved);
            averaged = state.get(COUNT).getLong();
        }
    }

    // ---- batch normalization ---------------------------------------------------------------------------------------

    /** The means of the statistics of the batches that a layer of batch normalization has seen. */
    private static final class Statistics {
        private final Layer layer;
        private final Tensor mean;
        private final Tensor variance;
        private long batches;

        Statistics(Layer layer) {
            this.layer = layer;
            Tensor running = layer.namedBuffers().get(MEAN);
            mean = Tensor.zeros(running.device(), DType.F32, running.shape().toArray());
            variance = Tensor.zerosLike(mean);
        }

        void see(Tensor x) {
            int[] axes = IntStream.range(0, x.rank()).filter(axis -> axis != 1).toArray();
            batches++;
            mean.lerp_(x.mean(axes).to(mean.dtype()), 1.0 / batches);
            variance.lerp_(x.var(axes).to(mean.dtype()), 1.0 / batches);
        }

        void store() {
            SequencedMap<String, Tensor> buffers = layer.namedBuffers();
            buffers.get(MEAN).copy_(mean);
            buffers.get(VARIANCE).copy_(variance);
            buffers.get(BATCHES).fill_(batches);
        }
    }

    private static boolean hasStatistics(Layer layer) {
        boolean normalizesBatches = switch (layer) {
            case BatchNorm1d _,BatchNorm2d _,BatchNorm3d _ -> true;
            default -> false;
        };
        return normalizesBatches && layer.namedBuffers().containsKey(MEAN);
    }

    /**
     * Computes the running statistics of batch normalization anew, for parameters that were not trained with those there are, as
     * torch.optim.swa_utils.update_bn: they become the means of the statistics of the batches given.
     *
     * <p>Nothing else of the model changes.
     *
     * @param batches inputs of the model, which is run in training mode
     */
    public static void updateBatchNorm(Layer model, Iterable<Tensor> batches) {
        List<Statistics> all = new ArrayList<>();
        List<HookHandle> handles = new ArrayList<>();
        boolean training = model.isTraining();
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            for (Layer layer : model.namedLayers().values()) {
                if (hasStatistics(layer)) {
                    Statistics statistics = new Statistics(layer);
                    all.add(statistics);
                    handles.add(layer.registerForwardPreHook((_, input) -> {
                        statistics.see(input.value());
                        return null;
                    }));
                }
            }
            model.train();
            for (Tensor batch : batches) {
                try (var _ = TensorScope.open()) {
                    model.forward(batch);
                }
            }
            all.stream().filter(statistics -> statistics.batches > 0).forEach(Statistics::store);
        } finally {
            handles.forEach(HookHandle::close);
            if (!training) {
                model.eval();
            }
        }
    }
}
