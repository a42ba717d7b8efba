package org.jacobi.layers;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jacobi.autograd.HookHandle;
import org.jacobi.autograd.ModelPath;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.profile.Activity;
import org.jacobi.tensor.profile.Profiler;

/**
 * A function with parameters, and the tree of smaller layers it is made of: PyTorch's Module.
 *
 * <p>A subclass registers its parts in its constructor, each under the name by which files know it, and writes
 * {@link #compute}; whoever uses the layer calls {@link #forward(Variable)}.
 *
 * <pre>{@code
 * final class Scaled extends Layer {
 *     private final Linear fc;
 *     private final Param scale;
 *
 *     Scaled(long size) {
 *         fc = add("fc", new Linear(size, size));
 *         scale = param("scale", Tensor.ones(size));
 *     }
 *
 *     protected Variable compute(Variable x) {
 *         return fc.forward(x).mul(scale);
 *     }
 * }
 * }</pre>
 *
 * <p>Names of nested layers are joined with dots, as in {@code fc.weight}; a name may itself contain dots.
 */
public abstract class Layer implements ModelPath.Part {
    private final SequencedMap<String, Layer> layers = new LinkedHashMap<>();
    private final SequencedMap<String, Param> params = new LinkedHashMap<>();
    private final SequencedMap<String, Tensor> buffers = new LinkedHashMap<>();
    private boolean training = true;
    /** Null until a hook is registered. */
    private LayerHooks hooks;

    // ---- registration ----------------------------------------------------------------------------------------------

    /** Makes a layer part of this one, and returns it. */
    protected final <L extends Layer> L add(String name, L child) {
        layers.put(unused(name), child);
        return child;
    }

    /** Puts a layer in the place of the part that has this name, and returns it: how a network gets a new head. */
    protected final <L extends Layer> L replace(String name, L child) {
        if (!layers.containsKey(name)) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": there is no layer '" + name
                    + "' to replace; there are " + layers.keySet());
        }
        ((Layer) child).setTraining(training);
        layers.put(name, child);
        return child;
    }

    /** Makes a parameter of a tensor, which it takes out of its scope. */
    protected final Param param(String name, Tensor value) {
        Param param = new Param(value);
        params.put(unused(name), param);
        return param;
    }

    /** Uses a parameter that another layer has too: both learn the same numbers, as in weight tying. */
    protected final void share(String name, Param param) {
        params.put(unused(name), param);
    }

    /** Keeps a tensor that is saved with the parameters but not learned; it is taken out of its scope. */
    protected final Tensor buffer(String name, Tensor value) {
        buffers.put(unused(name), value.unscope());
        return value;
    }

    /** Refuses a name that is taken, or that lies below or above a taken one, so that full names cannot meet. */
    private String unused(String name) {
        if (name.isEmpty() || name.startsWith(".") || name.endsWith(".")) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": '" + name
                    + "' is no name of a part; it must not be empty, nor start or end with a dot");
        }
        for (Map<String, ?> names : List.of(layers, params, buffers)) {
            for (String taken : names.keySet()) {
                if ((taken + ".").startsWith(name + ".") || (name + ".").startsWith(taken + ".")) {
                    throw new IllegalArgumentException(getClass().getSimpleName() + ": a part cannot be named '" + name
                            + "' beside '" + taken + "'; choose names that do not contain each other");
                }
            }
        }
        return name;
    }

    // ---- what it computes ------------------------------------------------------------------------------------------

    /** Computes the output; subclasses write it, users call {@link #forward(Variable)}. */
    protected abstract Variable compute(Variable x);

    /**
     * Returns the output of this layer.
     *
     * <p>Under {@link NoGrad} only the output is needed again, so whatever else the layer makes is freed at once. What an op
     * refuses is told with the path of the layer that called it.
     */
    public final Variable forward(Variable x) {
        return forwardAll(x, input -> new Variable[] {compute(input)})[0];
    }

    /**
     * Does for a layer with several results, or with further inputs, what {@link #forward(Variable)} does for others.
     *
     * <p>Hooks see the input and the first result, and may replace them.
     *
     * @param x       the input that hooks see
     * @param compute returns the results; an entry may be null where a result is absent, but not the first
     */
    protected final Variable[] forwardAll(Variable x, Function<Variable, Variable[]> compute) {
        ModelPath path = ModelPath.enter(this);
        Profiler profiler = Profiler.active();
        try {
            return profiler == null ? computeScoped(x, compute) : computeProfiled(x, compute, path, profiler);
        } catch (RuntimeException e) {
            throw path.located(e);
        } finally {
            path.leave();
        }
    }

    private Variable[] computeProfiled(Variable x, Function<Variable, Variable[]> compute, ModelPath path,
            Profiler profiler) {
        try (var _ = profiler.enter(Activity.LAYER, path.toString())) {
            return computeScoped(x, compute);
        }
    }

    private Variable[] computeScoped(Variable x, Function<Variable, Variable[]> compute) {
        if (!NoGrad.active()) {
            return computeHooked(x, compute);
        }
        try (var _ = TensorScope.open()) {
            Variable[] outs = computeHooked(x, compute);
            for (Variable out : outs) {
                if (out != null) {
                    out.keep();
                }
            }
            return outs;
        }
    }

    private Variable[] computeHooked(Variable x, Function<Variable, Variable[]> compute) {
        return hooks == null ? compute.apply(x) : hooks.forward(this, x, compute);
    }

    /** Returns the output of this layer for a constant, such as a batch of data or of indices. */
    public final Variable forward(Tensor x) {
        return forward(Variable.constant(x));
    }

    // ---- hooks -----------------------------------------------------------------------------------------------------

    /** Sees the input before the layer computes. */
    @FunctionalInterface
    public interface ForwardPreHook {
        /** Returns what takes the place of the input, or null to leave it. */
        Variable call(Layer layer, Variable input);
    }

    /** Sees the input and the output after the layer has computed. */
    @FunctionalInterface
    public interface ForwardHook {
        /** Returns what takes the place of the output, or null to leave it. */
        Variable call(Layer layer, Variable input, Variable output);
    }

    /** Sees the gradients of the layer's input and output once backward has both. */
    @FunctionalInterface
    public interface BackwardHook {
        /**
         * Returns what takes the place of the input's gradient, or null to leave it.
         *
         * @param gradInput  the gradient of the input; null if the input needs none
         * @param gradOutput the gradient of the output; like gradInput it must not be changed, and is the hook's only
         *                   during the call
         */
        Variable call(Layer layer, Variable gradInput, Variable gradOutput);
    }

    /** Has a hook see, and possibly replace, the input of every {@link #forward}. Closing the handle removes it. */
    public final HookHandle registerForwardPreHook(ForwardPreHook hook) {
        return HookHandle.register(hooks().before, hook);
    }

    /** Has a hook see, and possibly replace, the output of every {@link #forward}. Closing the handle removes it. */
    public final HookHandle registerForwardHook(ForwardHook hook) {
        return HookHandle.register(hooks().after, hook);
    }

    /**
     * Has a hook see the gradients of input and output in the backward of every {@link #forward} to come, and possibly
     * replace the input's. Closing the handle removes it. The gradients are those of this use of the layer: what else the
     * input is used for does not count.
     */
    public final HookHandle registerFullBackwardHook(BackwardHook hook) {
        return HookHandle.register(hooks().backward, hook);
    }

    /** Returns whether somebody watches {@link #forward}, which must then not be left out for a faster way to its result. */
    public final boolean isHooked() {
        return hooks != null;
    }

    private LayerHooks hooks() {
        if (hooks == null) {
            hooks = new LayerHooks();
        }
        return hooks;
    }

    // ---- modes -----------------------------------------------------------------------------------------------------

    /** Sets this layer and all its parts to training, the mode they start in: dropout drops. */
    public final void train() {
        setTraining(true);
    }

    /** Sets this layer and all its parts to evaluation: dropout passes everything. */
    public final void eval() {
        setTraining(false);
    }

    private void setTraining(boolean on) {
        training = on;
        layers.values().forEach(layer -> layer.setTraining(on));
    }

    /** Returns whether this layer is in training mode. */
    public final boolean isTraining() {
        return training;
    }

    // ---- parts -----------------------------------------------------------------------------------------------------

    /**
     * Returns this layer, under the empty name, and all its parts by their full names: PyTorch's named_modules. A layer that
     * is there twice has its first name.
     */
    public final SequencedMap<String, Layer> namedLayers() {
        Map<Layer, String> names = new IdentityHashMap<>();
        SequencedMap<String, Layer> named = new LinkedHashMap<>();
        eachLayer("", (name, layer) -> {
            if (names.putIfAbsent(layer, name) == null) {
                named.put(name, layer);
            }
        });
        return named;
    }

    private void eachLayer(String name, BiConsumer<String, Layer> visitor) {
        visitor.accept(name, this);
        layers.forEach((part, layer) -> layer.eachLayer(name.isEmpty() ? part : name + "." + part, visitor));
    }

    @Override
    public final String nameOf(ModelPath.Part inner) {
        return namedLayers().entrySet().stream().filter(entry -> entry.getValue() == inner).findFirst()
                .map(Map.Entry::getKey).orElse(null);
    }

    // ---- where it is, and in which type -------------------------------------------------------------------------

    /**
     * Moves the parameters, their gradients and the buffers of this layer and its parts to a device, in place: whoever holds
     * them, such as an optimizer made before, goes on with the same objects.
     *
     * @return this
     */
    public final Layer to(Device device) {
        eachTensor(tensor -> tensor.to_(device));
        return this;
    }

    /**
     * Converts the parameters, their gradients and the buffers of this layer and its parts, as far as they are of a
     * floating-point type, in place. An optimizer goes on with parameters of 16 bits by copies in f32 that it keeps.
     *
     * @return this
     */
    public final Layer to(DType type) {
        if (!type.isFloating()) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ".to: parameters cannot be " + type
                    + "; give a floating-point type");
        }
        eachTensor(tensor -> {
            if (tensor.dtype().isFloating()) {
                tensor.to_(type);
            }
        });
        return this;
    }

    /** Shows all parameters, each once, their gradients, and all buffers. */
    private void eachTensor(Consumer<Tensor> visitor) {
        for (Param param : parameters()) {
            visitor.accept(param.value());
            if (param.grad() != null) {
                visitor.accept(param.grad().value());
            }
        }
        eachBuffer("", (_, buffer) -> visitor.accept(buffer));
    }

    /** Returns where the first parameter is, or the first buffer if there is none; the CPU for a layer without either. */
    public final Device device() {
        for (Param param : params.values()) {
            return param.device();
        }
        for (Tensor buffer : buffers.values()) {
            return buffer.device();
        }
        for (Layer layer : layers.values()) {
            if (layer.hasState()) {
                return layer.device();
            }
        }
        return Device.CPU;
    }

    private boolean hasState() {
        return !params.isEmpty() || !buffers.isEmpty() || layers.values().stream().anyMatch(Layer::hasState);
    }

    // ---- parameters and buffers ------------------------------------------------------------------------------------

    /** Shows every parameter under each of its full names: a layer's own first, then those of its parts, in order. */
    private void eachParam(String prefix, BiConsumer<String, Param> visitor) {
        params.forEach((name, param) -> visitor.accept(prefix + name, param));
        layers.forEach((name, layer) -> layer.eachParam(prefix + name + ".", visitor));
    }

    private void eachBuffer(String prefix, BiConsumer<String, Tensor> visitor) {
        buffers.forEach((name, buffer) -> visitor.accept(prefix + name, buffer));
        layers.forEach((name, layer) -> layer.eachBuffer(prefix + name + ".", visitor));
    }

    /** Returns the first name of each parameter. */
    private Map<Param, String> firstNames() {
        Map<Param, String> names = new IdentityHashMap<>();
        eachParam("", (name, param) -> names.putIfAbsent(param, name));
        return names;
    }

    /**
     * Returns the parameters of this layer and its parts by their full names; a shared one once, under its first name.
     */
    public final SequencedMap<String, Param> namedParameters() {
        Map<Param, String> first = firstNames();
        SequencedMap<String, Param> named = new LinkedHashMap<>();
        eachParam("", (name, param) -> {
            if (first.get(param).equals(name)) {
                named.put(name, param);
            }
        });
        return named;
    }

    /** Returns the parameters of this layer and its parts, each once. */
    public final List<Param> parameters() {
        return List.copyOf(namedParameters().values());
    }

    /** Returns the buffers of this layer and its parts by their full names. */
    public final SequencedMap<String, Tensor> namedBuffers() {
        SequencedMap<String, Tensor> named = new LinkedHashMap<>();
        eachBuffer("", named::put);
        return named;
    }

    /** Returns how many numbers this layer learns. */
    public final long parameterCount() {
        return parameters().stream().mapToLong(Param::numel).sum();
    }

    /** Forgets the gradients of all parameters. */
    public final void zeroGrad() {
        parameters().forEach(Param::zeroGrad);
    }

    /**
     * Sets whether backward walks to come compute gradients of the parameters: false freezes this layer. Normalization with
     * running statistics still updates them while training; {@link #eval} stops that.
     */
    public final void requiresGrad_(boolean on) {
        parameters().forEach(param -> param.requiresGrad_(on));
    }

    // ---- state -----------------------------------------------------------------------------------------------------

    /**
     * Returns what a file needs to hold to make this layer anew: its parameters, then its buffers, by their full names.
     * These are the live tensors, not copies; a shared parameter is there once, under its first name.
     */
    public final SequencedMap<String, Tensor> stateDict() {
        SequencedMap<String, Tensor> state = new LinkedHashMap<>();
        namedParameters().forEach((name, param) -> state.put(name, param.value()));
        state.putAll(namedBuffers());
        return state;
    }

    /**
     * Copies tensors into the parameters and buffers of the same names, converted to their types. A shared parameter
     * may be given under any of its names.
     *
     * @throws IllegalArgumentException naming the entries that are missing, unexpected or of another shape; then
     *                                  nothing was changed
     */
    public final void loadStateDict(Map<String, Tensor> state) {
        loadStateDict(state, true);
    }

    /**
     * Copies tensors into the parameters and buffers of the same names, converted to their types. A shared parameter
     * may be given under any of its names.
     *
     * <pre>{@code
     * Map<String, Tensor> saved = new HashMap<>(Safetensors.load(file));
     * saved.keySet().removeIf(name -> name.startsWith("fc."));
     * System.out.println(model.loadStateDict(saved, false)); // missing: [fc.weight, fc.bias], unexpected: []
     * }</pre>
     *
     * @param strict whether every entry must be given, and no other; if not, those that are missing keep their numbers and
     *               those that are unexpected are passed over
     * @return the names that were missing and unexpected
     * @throws IllegalArgumentException naming the entries that do not fit: with strict those that are missing or unexpected,
     *                                  and in any case those of another shape; then nothing was changed
     */
    public final IncompatibleKeys loadStateDict(Map<String, Tensor> state, boolean strict) {
        Map<Param, String> first = firstNames();
        Map<String, String> otherNames = new LinkedHashMap<>();
        eachParam("", (name, param) -> {
            if (!first.get(param).equals(name)) {
                otherNames.put(name, first.get(param));
            }
        });
        return StateDict.load(getClass().getSimpleName(), stateDict(), otherNames, state, strict);
    }
}
