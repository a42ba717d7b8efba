package org.jacobi.layers;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;

/** The hooks of one layer, and a forward that calls them. */
final class LayerHooks {
    final List<Layer.ForwardPreHook> before = new CopyOnWriteArrayList<>();
    final List<Layer.ForwardHook> after = new CopyOnWriteArrayList<>();
    final List<Layer.BackwardHook> backward = new CopyOnWriteArrayList<>();

    Variable[] forward(Layer layer, Variable x, Function<Variable, Variable[]> compute) {
        Variable input = x;
        for (Layer.ForwardPreHook hook : before) {
            input = replaced(input, hook.call(layer, input));
        }
        if (backward.isEmpty()) {
            return computed(layer, input, compute);
        }
        // Nodes of its own at both ends: the gradients that pass them are those of this use of the layer, and no other's.
        Variable entry = input.requiresGrad() ? sameAs(input) : input;
        Variable[] outs = computed(layer, entry, compute);
        if (outs[0].requiresGrad()) {
            outs[0] = watched(layer, entry, sameAs(outs[0]));
        }
        return outs;
    }

    private Variable[] computed(Layer layer, Variable input, Function<Variable, Variable[]> compute) {
        Variable[] outs = compute.apply(input);
        for (Layer.ForwardHook hook : after) {
            outs[0] = replaced(outs[0], hook.call(layer, input, outs[0]));
        }
        return outs;
    }

    private Variable watched(Layer layer, Variable entry, Variable exit) {
        if (!entry.requiresGrad()) {
            exit.registerHook(gradOutput -> {
                backward(layer, null, gradOutput);
                return gradOutput;
            });
            return exit;
        }
        Variable[] gradOutput = new Variable[1];
        exit.registerHook(gradient -> {
            gradOutput[0] =
                    NoGrad.active() ? Batch.constant(Batch.value(gradient).alias().unscope(), gradient) : gradient;
            return gradient;
        });
        entry.registerHook(gradInput -> {
            Variable replaced = backward(layer, gradInput, gradOutput[0]);
            if (NoGrad.active()) {
                Batch.value(gradOutput[0]).release();
            }
            gradOutput[0] = null;
            return replaced;
        });
        return exit;
    }

    private Variable backward(Layer layer, Variable gradInput, Variable gradOutput) {
        Variable current = gradInput;
        for (Layer.BackwardHook hook : backward) {
            Variable next = hook.call(layer, current, gradOutput);
            if (next != null && gradInput == null) {
                throw new IllegalStateException("a backward hook of " + layer.getClass().getSimpleName()
                        + " returned a gradient for the input, which needs none; it must return null here");
            }
            current = replaced(current, next);
        }
        return current;
    }

    private static Variable sameAs(Variable x) {
        return x.reshape(x.shape().toArray());
    }

    private static Variable replaced(Variable old, Variable replacement) {
        return replacement == null ? old : replacement;
    }
}
