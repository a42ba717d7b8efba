package org.jacobi.layers;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import org.jacobi.autograd.Variable;

/**
 * Layers in a row, named 0, 1, 2 …, whose parameters are those of the layer that holds the list: PyTorch's ModuleList. What
 * to do with them is the holder's business; {@link Sequential} runs one after the other.
 *
 * @param <L> what the layers have in common
 */
public final class LayerList<L extends Layer> extends Layer implements Iterable<L> {
    private final List<L> list = new ArrayList<>();

    /** Makes a list of the given layers. */
    @SafeVarargs
    public LayerList(L... layers) {
        for (L layer : layers) {
            append(layer);
        }
    }

    /** Makes a list of the given layers. */
    public LayerList(Iterable<? extends L> layers) {
        layers.forEach(this::append);
    }

    /** Adds a layer at the end, and returns it. */
    public L append(L layer) {
        add(Integer.toString(list.size()), layer);
        list.add(layer);
        return layer;
    }

    /** Returns the number of layers. */
    public int size() {
        return list.size();
    }

    /** Returns one of the layers, counted from 0. */
    public L get(int position) {
        return list.get(position);
    }

    @Override
    public Iterator<L> iterator() {
        return List.copyOf(list).iterator();
    }

    @Override
    protected Variable compute(Variable x) {
        throw new IllegalStateException(
                "LayerList: a list of layers computes nothing; call its layers, or use Sequential");
    }
}
