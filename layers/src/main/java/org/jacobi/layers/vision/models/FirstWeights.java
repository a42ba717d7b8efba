package org.jacobi.layers.vision.models;

import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.init.FanMode;
import org.jacobi.layers.init.Init;
import org.jacobi.layers.init.Nonlinearity;
import org.jacobi.tensor.Generator;

/** How the networks here start, where that is not how their layers start anyway. */
final class FirstWeights {
    private FirstWeights() {
    }

    /**
     * Fills the weights of convolutions with normal numbers of deviation √(2 / fanOut), which keeps the size of gradients
     * (He et al., 2015), and their biases with zeros.
     */
    static void convolutionsByFanOut(Layer model) {
        for (Layer layer : model.namedLayers().values()) {
            if (layer instanceof Conv2d conv) {
                Init.kaimingNormal_(conv.weight().value(), 0, FanMode.FAN_OUT, Nonlinearity.RELU, Generator.global());
                if (conv.bias() != null) {
                    Init.zeros_(conv.bias().value());
                }
            }
        }
    }

    /** Fills the weights of linear layers with normal numbers of deviation 0.01, and their biases with zeros. */
    static void smallLinears(Layer model) {
        for (Layer layer : model.namedLayers().values()) {
            if (layer instanceof Linear linear) {
                Init.normal_(linear.weight().value(), 0, 0.01, Generator.global());
                Init.zeros_(linear.bias().value());
            }
        }
    }
}
