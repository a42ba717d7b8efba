package org.jacobi.layers.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** All that a training changes: what a checkpoint holds. */
final class TrainerParts {
    final Layer model;
    final SequencedMap<String, Optimizer> optimizers = new LinkedHashMap<>();
    final SequencedMap<String, Generator> generators = new LinkedHashMap<>();
    /** What else has a state, by its name. */
    final SequencedMap<String, Part> further = new LinkedHashMap<>();

    /** Something with a state. */
    record Part(Supplier<? extends Map<String, Tensor>> stateDict, Consumer<Map<String, Tensor>> loadStateDict) {
    }

    TrainerParts(Layer model) {
        this.model = model;
    }

    /** Returns what has a state besides the model, optimizers first, by its name. */
    SequencedMap<String, Part> all() {
        SequencedMap<String, Part> all = optimizersOnly();
        all.putAll(further);
        return all;
    }

    /** Returns the optimizers by their names. */
    SequencedMap<String, Part> optimizersOnly() {
        SequencedMap<String, Part> all = new LinkedHashMap<>();
        optimizers.forEach((name, each) -> all.put(name, new Part(each::stateDict, each::loadStateDict)));
        return all;
    }

    Map<String, GeneratorState> generatorStates() {
        Map<String, GeneratorState> states = new LinkedHashMap<>();
        generators.forEach((name, generator) -> states.put(name, GeneratorState.of(generator)));
        return states;
    }

    Map<String, List<Double>> learningRates() {
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        optimizers.forEach((name, each) -> rates.put(name, each.groups().stream().map(ParamGroup::lr).toList()));
        return rates;
    }

    /**
     * Puts generators and learning rates into a state.
     *
     * @throws IllegalArgumentException if it is one of others; then nothing was changed
     */
    void restore(Map<String, GeneratorState> states, Map<String, List<Double>> rates) {
        if (!states.keySet().equals(generators.keySet())) {
            throw new IllegalArgumentException("Trainer.resume: the checkpoint has the generators " + states.keySet()
                    + ", this training has " + generators.keySet());
        }
        optimizers.forEach((name, each) -> {
            int saved = rates.getOrDefault(name, List.of()).size();
            if (saved != each.groups().size()) {
                throw new IllegalArgumentException("Trainer.resume: " + name + " has " + each.groups().size()
                        + " groups of parameters, that of the checkpoint " + saved);
            }
        });
        generators.forEach((name, generator) -> states.get(name).restore(generator));
        optimizers.forEach((name, each) -> {
            for (int i = 0; i < each.groups().size(); i++) {
                each.groups().get(i).setLr(rates.get(name).get(i));
            }
        });
    }

    /** Returns what puts everything back as it is now. It keeps copies, which belong to the innermost scope. */
    Runnable snapshot() {
        Map<String, Tensor> weights = copies(model.stateDict());
        Map<Part, Map<String, Tensor>> memories = new LinkedHashMap<>();
        all().values().forEach(part -> memories.put(part, copies(part.stateDict.get())));
        Map<String, GeneratorState> states = generatorStates();
        Map<String, List<Double>> rates = learningRates();
        return () -> {
            model.loadStateDict(weights);
            memories.forEach((part, memory) -> part.loadStateDict.accept(memory));
            restore(states, rates);
        };
    }

    static Map<String, Tensor> copies(Map<String, Tensor> live) {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        live.forEach((name, tensor) -> copies.put(name, tensor.copy()));
        return copies;
    }
}
