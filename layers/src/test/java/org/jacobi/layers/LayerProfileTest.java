package org.jacobi.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.jacobi.autograd.NoGrad;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Activity;
import org.jacobi.tensor.profile.ProfileRow;
import org.jacobi.tensor.profile.Profiler;
import org.junit.jupiter.api.Test;

/** A profiled training step tells layers, forward and backward of ops, kernels and the optimizer apart. */
class LayerProfileTest {
    private static ProfileRow row(Profiler profiler, Activity activity, String name) {
        return profiler.rows().stream().filter(r -> r.activity() == activity && r.name().equals(name)).findFirst()
                .orElseThrow(() -> new AssertionError(activity + " " + name + " is missing in\n" + profiler.table()));
    }

    @Test
    void aStepIsTakenApart() {
        var model = new Sequential(new Linear(16, 32), new Sequential(new Linear(32, 4)));
        var optimizer = new AdamW(model.parameters(), 1e-3);
        Tensor x = Tensor.ones(8, 16);
        try (Profiler profiler = Profiler.start()) {
            for (int i = 0; i < 3; i++) {
                try (var _ = TensorScope.open()) {
                    model.forward(x).tanh().sum().backward();
                    optimizer.step();
                    optimizer.zeroGrad();
                }
            }
            assertEquals(3, row(profiler, Activity.LAYER, "1.0 (Linear)").calls());
            ProfileRow whole = row(profiler, Activity.LAYER, "Sequential");
            assertEquals(3 * (2.0 * 8 * 16 * 32 + 2.0 * 8 * 32 * 4), whole.flop());
            ProfileRow forward = row(profiler, Activity.FORWARD, "linear");
            assertEquals(6, forward.calls());
            assertEquals(whole.flop(), forward.flop());
            ProfileRow backward = row(profiler, Activity.BACKWARD, "linear");
            // dw of both, dx of the second.
            assertEquals(3 * (2.0 * 8 * 16 * 32 + 2 * 2.0 * 8 * 32 * 4), backward.flop());
            assertEquals(3, row(profiler, Activity.BACKWARD, "tanh").calls());
            assertEquals(3, row(profiler, Activity.REGION, "backward").calls());
            ProfileRow adamW = row(profiler, Activity.KERNEL, "adamW"); // all parameters in a call
            assertEquals(3, adamW.calls());
            assertEquals(3 * 4 * 4 * (16 * 32 + 32 + 32 * 4 + 4), adamW.moved());
            assertTrue(row(profiler, Activity.REGION, "optimizer step").totalNanos() > 0);
            // The optimizer's kernels are no part of the next step's first op.
            assertEquals(row(profiler, Activity.KERNEL, "linear").moved(), forward.moved());
        }
    }

    @Test
    void opsAreNamedWithoutRecordingToo() {
        var model = new Linear(16, 32);
        try (Profiler profiler = Profiler.start(); var _ = NoGrad.open()) {
            model.forward(Tensor.ones(8, 16));
            assertEquals(List.of("linear"), profiler.rows().stream().filter(r -> r.activity() == Activity.FORWARD)
                    .map(ProfileRow::name).toList());
        }
    }
}
