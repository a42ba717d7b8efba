package org.jacobi.layers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.autograd.Variable;

/**
 * Layers by name, whose parameters are those of the layer that holds them: PyTorch's ModuleDict. What to do with them is the
 * holder's business.
 *
 * @param <L> what the layers have in common
 */
public final class LayerDict<L extends Layer> extends Layer {
    private final SequencedMap<String, L> dict = new LinkedHashMap<>();

    /** Makes an empty dictionary. */
    public LayerDict() {
    }

    /** Makes a dictionary of the given layers, in the map's order. */
    public LayerDict(Map<String, ? extends L> layers) {
        layers.forEach(this::put);
    }

    /** Adds a layer under a name that is not taken, and returns it. */
    public L put(String name, L layer) {
        add(name, layer);
        dict.put(name, layer);
        return layer;
    }

    /** Returns the layer of a name. */
    public L get(String name) {
        L layer = dict.get(name);
        if (layer == null) {
            throw new IllegalArgumentException(
                    "LayerDict: there is no layer '" + name + "'; there are " + dict.keySet());
        }
        return layer;
    }

    /** Returns the layers by their names, in the order in which they were added. */
    public SequencedMap<String, L> layers() {
        return Collections.unmodifiableSequencedMap(dict);
    }

    @Override
    protected Variable compute(Variable x) {
        throw new IllegalStateException("LayerDict: a dictionary of layers computes nothing; call its layers");
    }
}
