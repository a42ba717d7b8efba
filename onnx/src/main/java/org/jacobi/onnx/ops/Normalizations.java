package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** Operators that bring numbers to mean zero and variance one, or to length one; and dropout. */
final class Normalizations {
    private Normalizations() {
    }

    static void register() {
        Operators.addMany("BatchNormalization", Normalizations::batch);
        Operators.add("InstanceNormalization", call -> {
            Tensor x = call.numbers(0);
            Tensor normal = standardized(x, call.real("epsilon", 1e-5), IntStream.range(2, x.rank()).toArray());
            return call.likeFirst(normal.mul(perChannel(call.numbers(1), x.rank()))
                    .add(perChannel(call.numbers(2), x.rank())));
        });
        Operators.addMany("LayerNormalization", Normalizations::layer);
        Operators.add("GroupNormalization", 18, Normalizations::group);
        Operators.add("RMSNormalization", Normalizations::rms);
        Operators.add("MeanVarianceNormalization", call -> {
            Tensor x = call.numbers(0);
            long[] axes = call.hasAttribute("axes") ? call.integers("axes") : new long[] {0, 2, 3};
            int[] reduced = Numbers.axes(axes, x.rank());
            Tensor centered = x.sub(x.mean(true, reduced));
            return call.likeFirst(centered.div(centered.square().mean(true, reduced).sqrt().add(1e-9)));
        });
        Operators.add("LpNormalization", call -> {
            Tensor x = call.numbers(0);
            int axis = Numbers.axis(call.integer("axis", -1), x.rank());
            return call.likeFirst(x.normalize(call.integer("p", 2), axis));
        });
        Operators.add("LRN", Normalizations::local);
        Operators.addMany("Dropout", Normalizations::dropout);
    }

    /**
     * Returns numbers for the channels so that they broadcast over the batch and over space; old models may have one for
     * each place in space as well.
     */
    static Tensor perChannel(Tensor x, int rank) {
        if (x.rank() > 1) {
            return x;
        }
        long[] sizes = new long[Math.max(1, rank - 1)];
        Arrays.fill(sizes, 1);
        sizes[0] = x.numel();
        return x.reshape(sizes);
    }

    private static Tensor standardized(Tensor x, double epsilon, int... axes) {
        Tensor centered = x.sub(x.mean(true, axes));
        return centered.div(centered.square().mean(true, axes).add(epsilon).sqrt());
    }

    /**
     * Ioffe and Szegedy, 2015. In training, batch statistics normalize, and the running ones move towards them; the running
     * variance takes that of the population, as ONNX has it.
     */
    private static List<OnnxValue> batch(Call call) {
        Tensor x = call.numbers(0);
        boolean training = call.version() >= 14 ? call.flag("training_mode", false)
                : call.version() < 7 && !call.flag("is_test", false);
        Tensor mean = call.numbers(3);
        Tensor variance = call.numbers(4);
        List<OnnxValue> statistics = new ArrayList<>();
        if (training) {
            int[] axes = IntStream.range(0, x.rank()).filter(i -> i != 1).toArray();
            Tensor batchMean = x.mean(axes);
            Tensor batchVariance = x.sub(perChannel(batchMean, x.rank())).square().mean(axes);
            double momentum = call.real("momentum", 0.9);
            ElementType type = call.tensor(3).type();
            statistics.add(Numbers.narrow(type, mean.mul(momentum).add(batchMean.mul(1 - momentum))));
            statistics.add(Numbers.narrow(type, variance.mul(momentum).add(batchVariance.mul(1 - momentum))));
            mean = batchMean;
            variance = batchVariance;
        }
        Tensor factor = call.numbers(1).div(variance.add(call.real("epsilon", 1e-5)).sqrt());
        Tensor y = x.sub(perChannel(mean, x.rank()))
                .mul(perChannel(factor, x.rank()))
                .add(perChannel(call.numbers(2), x.rank()));
        List<OnnxValue> out = new ArrayList<>(List.of(call.likeFirst(y)));
        out.addAll(statistics);
        return out;
    }

    /** Ba, Kiros and Hinton, 2016. Statistics are computed in f32 at least. */
    private static List<OnnxValue> layer(Call call) {
        Tensor x = call.numbers(0);
        int axis = Numbers.axis(call.integer("axis", -1), x.rank());
        int[] axes = IntStream.range(axis, x.rank()).toArray();
        Tensor mean = x.mean(true, axes);
        Tensor centered = x.sub(mean);
        Tensor inverse = centered.square().mean(true, axes).add(call.real("epsilon", 1e-5)).sqrt().reciprocal();
        Tensor y = call.likeFirst(centered.mul(inverse)).data().to(x.dtype()).mul(call.numbers(1));
        if (call.has(2)) {
            y = y.add(call.numbers(2));
        }
        ElementType stash = ElementType.of(call.integer("stash_type", 1));
        return List.of(call.likeFirst(y), Numbers.narrow(stash, mean), Numbers.narrow(stash, inverse));
    }

    /** Wu and He, 2018. Before version 21 scale and bias were given for each group, since for each channel. */
    private static OnnxTensor group(Call call) {
        Tensor x = call.numbers(0);
        long groups = call.integer("num_groups");
        long n = x.size(0);
        long c = x.size(1);
        Tensor grouped = x.reshape(n, groups, x.numel() / Math.max(1, n * groups));
        Tensor normal = standardized(grouped, call.real("epsilon", 1e-5), 2);
        boolean perGroup = call.version() < 21;
        Tensor shaped = perGroup ? normal : normal.reshape(x.shape().toArray());
        int rank = shaped.rank();
        Tensor y = shaped.mul(perChannel(call.numbers(1), rank)).add(perChannel(call.numbers(2), rank));
        return call.likeFirst(y.reshape(x.shape().toArray()));
    }

    /** Zhang and Sennrich, 2019. */
    private static OnnxTensor rms(Call call) {
        Tensor x = call.numbers(0);
        int axis = Numbers.axis(call.integer("axis", -1), x.rank());
        Tensor mean = x.square().mean(true, IntStream.range(axis, x.rank()).toArray());
        Tensor normal = x.div(mean.add(call.real("epsilon", 1e-5)).sqrt());
        OnnxTensor rounded = call.likeFirst(normal);
        OnnxTensor scale = call.tensor(1);
        return Numbers.narrow(scale.type(), Numbers.wide(rounded).mul(Numbers.wide(scale)));
    }

    /** Krizhevsky, Sutskever and Hinton, 2012: each number by those of neighbouring channels. */
    private static OnnxTensor local(Call call) {
        Tensor x = call.numbers(0);
        long size = call.integer("size");
        long channels = x.size(1);
        Tensor squares = x.square();
        Tensor sums = Tensor.zeros(x.dtype(), x.shape().toArray());
        for (long d = -((size - 1) / 2); d <= size / 2; d++) {
            long from = Math.max(0, -d);
            long count = channels - Math.abs(d);
            if (count > 0) {
                sums.narrow(1, from, count).add_(squares.narrow(1, from + d, count));
            }
        }
        Tensor scale = sums.mul(call.real("alpha", 1e-4) / (double) size).add(call.real("bias", 1));
        return call.likeFirst(x.div(scale.pow(call.real("beta", 0.75))));
    }

    /** Srivastava et al., 2014. Without training, or with ratio 0, the input passes. */
    private static List<OnnxValue> dropout(Call call) {
        OnnxTensor x = call.tensor(0);
        boolean training = call.version() >= 12 ? call.has(2) && call.tensor(2).data().reshape(1).item() != 0
                : call.version() < 7 && !call.flag("is_test", false);
        double ratio = call.version() >= 12 ? call.realOf(1, 0.5) : call.real("ratio", 0.5);
        // The mask told the kept by the input's type before version 10.
        ElementType maskType = call.version() < 10 ? x.type() : ElementType.BOOL;
        if (!training || ratio == 0) {
            Tensor all = Tensor.ones(DType.BOOL, x.shape().toArray());
            return List.of(x, Casts.cast(OnnxTensor.of(all), maskType));
        }
        Tensor kept = Tensor.make("Dropout", DType.F32, x.shape())
                .uniform_(0, 1, call.hasAttribute("seed") ? new Generator(call.integer("seed", 0)) : Generator.global())
                .ge(ratio);
        Tensor y = Numbers.wide(x).mul(kept.to(Numbers.wide(x).dtype())).mul(1 / (1 - ratio));
        return List.of(call.likeFirst(y), Casts.cast(OnnxTensor.of(kept), maskType));
    }
}
