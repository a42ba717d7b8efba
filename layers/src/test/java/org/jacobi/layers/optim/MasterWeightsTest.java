package org.jacobi.layers.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Parameters of 16 bits, which optimizers change by way of copies in f32: the steps are those of f32, whatever is lost by rounding. */
class MasterWeightsTest {
    private static final int STEPS = 8;

    private static final Map<String, Function<List<Param>, Optimizer>> OPTIMIZERS = new LinkedHashMap<>();

    static {
        OPTIMIZERS.put("AdamW", params -> new AdamW(params, 1e-4));
        OPTIMIZERS.put("AdamW, amsgrad", params -> new AdamW(params, 1e-4).amsgrad(true));
        OPTIMIZERS.put("AdamW, maximize", params -> new AdamW(params, 1e-4).maximize(true));
        OPTIMIZERS.put("Adam", params -> new Adam(params, 1e-4));
        OPTIMIZERS.put("Adam, decay", params -> new Adam(params, 1e-4).weightDecay(0.1));
        OPTIMIZERS.put("SGD", params -> new SGD(params, 1e-4).weightDecay(0.1));
        OPTIMIZERS.put("SGD, momentum", params -> new SGD(params, 1e-4).momentum(0.9).nesterov(true));
        OPTIMIZERS.put("RMSprop", params -> new RMSprop(params, 1e-4).momentum(0.5).centered(true));
        OPTIMIZERS.put("Adagrad", params -> new Adagrad(params, 1e-4));
        OPTIMIZERS.put("Adadelta", params -> new Adadelta(params, 1));
        OPTIMIZERS.put("Adamax", params -> new Adamax(params, 1e-4));
        OPTIMIZERS.put("NAdam", params -> new NAdam(params, 1e-4));
        OPTIMIZERS.put("RAdam", params -> new RAdam(params, 1e-4));
        OPTIMIZERS.put("ASGD", params -> new ASGD(params, 1e-4));
        OPTIMIZERS.put("Rprop", params -> new Rprop(params, 1e-4));
        OPTIMIZERS.put("Lion", params -> new Lion(params, 1e-4));
        OPTIMIZERS.put("Adafactor", params -> new Adafactor(params, 1e-4));
        OPTIMIZERS.put("Muon", params -> new Muon(params, 1e-4));
    }

    private static Param param(DType type) {
        return new Param(Tensor.randn(new Generator(1), 5, 4).to(DType.BF16).to(type));
    }

    /** Takes a step by the t-th gradient, whose numbers have 16 bits. */
    private static void step(Optimizer optimizer, Param param, int t) {
        try (var _ = TensorScope.open()) {
            Tensor gradient = Tensor.randn(new Generator(10 + t), 5, 4).to(DType.BF16);
            param.backward(gradient.to(param.dtype()), false, false);
            optimizer.step();
            optimizer.zeroGrad();
        }
    }

    private static double[] numbers(Tensor tensor) {
        return tensor.to(DType.F64).toDoubleArray();
    }

    @Test
    void stepsAreThoseOfF32() {
        OPTIMIZERS.forEach((name, make) -> {
            Param wide = param(DType.F32);
            Param half = param(DType.BF16);
            Optimizer first = make.apply(List.of(wide));
            Optimizer second = make.apply(List.of(half));
            for (int t = 0; t < STEPS; t++) {
                step(first, wide, t);
                step(second, half, t);
            }
            assertEquals(DType.BF16, half.dtype(), name);
            assertArrayEquals(numbers(wide.value()), numbers(second.stateDict().get("0.master")), name);
            assertArrayEquals(numbers(wide.value().to(DType.BF16)), numbers(half.value()), name);
            Map<String, Tensor> remembered = second.stateDict();
            remembered.remove("0.master");
            assertEquals(first.stateDict().keySet(), remembered.keySet(), name);
            first.stateDict().forEach((key, tensor) -> assertArrayEquals(numbers(tensor), numbers(remembered.get(key)),
                    name + ", " + key));
            assertFalse(Arrays.equals(numbers(param(DType.F32).value()), numbers(wide.value())),
                    name + " takes no steps");
        });
    }

    @Test
    void stepsTooSmallForTheTypeAddUp() {
        Param half = new Param(Tensor.full(1.0, DType.F32, 3).to(DType.BF16));
        SGD optimizer = new SGD(List.of(half), 1e-4);
        for (int t = 0; t < 100; t++) {
            half.backward(Tensor.ones(3).to(DType.BF16), false, false);
            optimizer.step();
            optimizer.zeroGrad();
        }
        assertArrayEquals(new double[] {0.98828125, 0.98828125, 0.98828125}, numbers(half.value())); // the nearest to 0.99
    }

    @Test
    void aSavedStateGoesOnAsIfNothingHadHappened() {
        OPTIMIZERS.forEach((name, make) -> {
            Param straight = param(DType.BF16);
            Optimizer one = make.apply(List.of(straight));
            for (int t = 0; t < STEPS; t++) {
                step(one, straight, t);
            }
            Param begun = param(DType.BF16);
            Optimizer two = make.apply(List.of(begun));
            for (int t = 0; t < STEPS / 2; t++) {
                step(two, begun, t);
            }
            for (boolean parameterFirst : new boolean[] {true, false}) {
                Param resumed = param(DType.BF16);
                Optimizer three = make.apply(List.of(resumed));
                if (parameterFirst) {
                    resumed.value().copy_(begun.value());
                }
                three.loadStateDict(two.stateDict());
                if (!parameterFirst) {
                    resumed.value().copy_(begun.value());
                }
                for (int t = STEPS / 2; t < STEPS; t++) {
                    step(three, resumed, t);
                }
                assertArrayEquals(numbers(one.stateDict().get("0.master")), numbers(three.stateDict().get("0.master")),
                        name);
                assertArrayEquals(numbers(straight.value()), numbers(resumed.value()), name);
            }
        });
    }

    @Test
    void aParameterThatSomebodyChangedIsTakenAsItIs() {
        Param half = param(DType.BF16);
        SGD optimizer = new SGD(List.of(half), 1e-4);
        step(optimizer, half, 0);
        half.value().fill_(2);
        step(optimizer, half, 1);
        Param fresh = new Param(Tensor.full(2.0, DType.F32, 5, 4));
        step(new SGD(List.of(fresh), 1e-4), fresh, 1);
        assertArrayEquals(numbers(fresh.value()), numbers(optimizer.stateDict().get("0.master")));
    }

    @Test
    void anOptimizerGoesOnWhenItsModelIsConverted() {
        Linear model = new Linear(4, 3);
        AdamW optimizer = new AdamW(model.parameters(), 1e-3);
        Variable x = Variable.constant(Tensor.randn(new Generator(3), 6, 4));
        for (DType type : new DType[] {DType.F32, DType.BF16, DType.F32, DType.F64, DType.F16}) {
            try (var _ = TensorScope.open()) {
                model.to(type);
                Variable loss = model.forward(x.to(type)).square().mean();
                loss.backward();
                assertEquals(type, model.weight().grad().dtype());
                optimizer.step();
                optimizer.zeroGrad();
            }
            DType kept = type.isHalf() ? DType.F32 : type;
            assertEquals(kept, optimizer.stateDict().get("0.exp_avg").dtype());
            if (type.isHalf()) {
                assertEquals(DType.F32, optimizer.stateDict().get("0.master").dtype());
            } else {
                assertNull(optimizer.stateDict().get("0.master"));
            }
        }
        assertEquals(5, optimizer.stateDict().get("0.step").getLong());
    }

    @Test
    void theNormOf16BitGradientsIsComputedInF32() {
        Param half = new Param(Tensor.zeros(3000).to(DType.BF16));
        half.backward(Tensor.full(0.25, DType.F32, 3000).to(DType.BF16), false, false);
        double exact = 0.25 * Math.sqrt(3000);
        assertEquals(exact, GradClip.byGlobalNorm(List.of(half), 1e9), 1e-5);
        assertEquals(exact, GradClip.byGlobalNormQueued(List.of(half), 1e9).item(), 1e-5);
        assertEquals(750, GradClip.byGlobalNorm(List.of(half), 1e9, 1), 1e-3);
        assertEquals(exact, GradClip.byGlobalNorm(List.of(half), exact / 2), 1e-5);
        assertEquals(0.125, half.grad().value().to(DType.F32).amax().item(), 1e-3);
        assertTrue(half.grad().dtype() == DType.BF16);
    }
}
