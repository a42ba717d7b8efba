package org.jacobi.layers.vision.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.Adam;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UNetTest {
    @BeforeEach
    void seed() {
        Generator.global().manualSeed(4);
    }

    @Test
    void parameterCountsAreThePublishedOnes() {
        assertEquals(31_037_633, new UNet(3, 1).parameterCount());
        // 17,267,393 with the 4,416 biases that its convolutions had before normalization once.
        assertEquals(17_262_977, new UNet(3, 1, new UNet.Options().bilinear(true)).parameterCount());
    }

    @Test
    void namesAreThoseOfThePyTorchImplementation() {
        List<String> names = List
                .copyOf(new UNet(1, 2, new UNet.Options().baseWidth(4).depth(1)).stateDict().keySet().stream()
                        .filter(name -> !name.contains("double_conv.1.") && !name.contains("double_conv.4.")).toList());
        assertEquals(List.of("inc.double_conv.0.weight", "inc.double_conv.3.weight",
                "down1.maxpool_conv.1.double_conv.0.weight", "down1.maxpool_conv.1.double_conv.3.weight",
                "up1.up.weight",
                "up1.up.bias", "up1.conv.double_conv.0.weight", "up1.conv.double_conv.3.weight", "outc.conv.weight",
                "outc.conv.bias"), names);
    }

    @Test
    void everySizeFromTwoToTheDepthComesBackAndEveryParameterGetsAGradient() {
        for (boolean bilinear : new boolean[] {false, true}) {
            for (int depth = 1; depth <= 3; depth++) {
                UNet model = new UNet(2, 3, new UNet.Options(4, depth, bilinear, depth != 2));
                for (long[] size : new long[][] {{16, 16}, {13, 22}, {1L << depth, 9}}) {
                    try (var _ = TensorScope.open()) {
                        Variable scores = model.forward(Tensor.randn(new Generator(1), 2, 2, size[0], size[1]));
                        assertEquals(Shape.of(2, 3, size[0], size[1]), scores.shape());
                        scores.mul(scores).mean().backward();
                    }
                }
                model.namedParameters()
                        .forEach((name, param) -> assertTrue(param.grad().value().abs().amax().item() > 0, name));
            }
        }
    }

    @Test
    void aSmallOneLearnsToTellLightFromDark() {
        UNet model = new UNet(1, 2, new UNet.Options().baseWidth(4).depth(2));
        Adam optimizer = new Adam(model.parameters(), 0.01);
        Tensor x = Tensor.randn(new Generator(2), 4, 1, 12, 12);
        Tensor targets = x.gt(0).to(DType.I64).reshape(4, 12, 12);
        double first = 0;
        double last = 0;
        for (int step = 0; step < 30; step++) {
            try (var _ = TensorScope.open()) {
                Variable loss = model.forward(x).permute(0, 2, 3, 1).crossEntropy(targets);
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                last = loss.item();
                first = step == 0 ? last : first;
            }
        }
        assertTrue(last < 0.5 * first, first + " became " + last);
    }

    @Test
    void wrongSizesAreToldByTheNetwork() {
        UNet model = new UNet(1, 2, new UNet.Options().baseWidth(2).depth(3));
        String small = assertThrows(IllegalArgumentException.class, () -> model.forward(Tensor.ones(1, 1, 8, 7)))
                .getMessage();
        assertTrue(small
                .contains("UNet: expected images (B, 1, H, W) with H and W at least 8, which 3 pools halve, got shape "
                        + "(1, 1, 8, 7)"),
                small);
        assertThrows(IllegalArgumentException.class, () -> new UNet.Options().depth(0));
        assertThrows(IllegalArgumentException.class, () -> new UNet.Options().baseWidth(3).bilinear(true));
        assertThrows(IllegalArgumentException.class, () -> new UNet(0, 1));
    }

    @Test
    void theSameWithoutRecording() {
        UNet model = new UNet(1, 1, new UNet.Options().baseWidth(4).depth(2));
        model.eval();
        Tensor x = Tensor.randn(new Generator(2), 1, 1, 9, 9);
        double[] recorded = model.forward(x).value().toDoubleArray();
        try (var _ = NoGrad.open()) {
            assertArrayEquals(recorded, model.forward(x).value().toDoubleArray());
        }
    }
}
