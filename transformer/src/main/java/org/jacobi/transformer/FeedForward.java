package org.jacobi.transformer;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.tensor.Generator;

/** The part of a block that works on each position by itself: four times as wide inside, with GELU between. */
final class FeedForward extends Layer {
    private final boolean exactGelu;
    private final Linear expansion;
    private final Linear projection;
    private final Dropout dropout;

    FeedForward(GPTConfig config, Generator init) {
        long C = config.channels();
        exactGelu = config.exactGelu();
        expansion = add("c_fc", new Linear(C, 4 * C, config.bias(), init));
        projection = add("c_proj", new Linear(4 * C, C, config.bias(), init));
        dropout = add("dropout", new Dropout(config.dropout()));
    }

    @Override
    protected Variable compute(Variable x) {
        if (!exactGelu && x.device().backend().fusesGelu() && !expansion.isHooked() && !projection.isHooked()) {
            return dropout.forward(x.feedForward(expansion.weight(), expansion.bias(), projection.weight(),
                    projection.bias()));
        }
        Variable wide = expansion.forward(x);                                   // (B, T, 4C)
        return dropout.forward(projection.forward(exactGelu ? wide.gelu() : wide.geluTanh()));      // (B, T, C)
    }
}
