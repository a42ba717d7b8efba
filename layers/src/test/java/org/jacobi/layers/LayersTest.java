package org.jacobi.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Each layer against its formula, worked out by hand or with plain tensor ops. */
class LayersTest {
    private static final float CLOSE = 1e-5f;

    private static void assertClose(Tensor expected, Variable actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toFloatArray(), actual.value().toFloatArray(), CLOSE);
    }

    @Test
    void linear() {
        Linear layer = new Linear(3, 2, true, new Generator(1));
        layer.weight().value().copy_(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        layer.bias().value().copy_(Tensor.of(new float[] {10, 20}));
        assertClose(Tensor.of(new float[] {16, 35, 9, 19}, 1, 2, 2),
                layer.forward(Tensor.of(new float[] {1, 1, 1, 1, -1, 0}, 1, 2, 3)));
    }

    @Test
    void linearWithoutBias() {
        Linear layer = new Linear(3, 2, false);
        assertNull(layer.bias());
        assertEquals(List.of("weight"), List.copyOf(layer.namedParameters().keySet()));
    }

    @Test
    void linearStartsAsInPyTorch() {
        Linear layer = new Linear(400, 300, true, new Generator(2));
        for (Param param : layer.parameters()) {
            double bound = 1 / Math.sqrt(400);
            assertTrue(param.value().abs().amax().item() <= bound);
            assertEquals(0, param.value().mean().item(), 0.15 * bound);
            assertEquals(bound / Math.sqrt(3), Math.sqrt(param.value().square().mean().item()), 0.1 * bound);
        }
    }

    @Test
    void linearSaysWhatDoesNotFit() {
        assertThrows(IllegalArgumentException.class, () -> new Linear(0, 2));
        assertThrows(IllegalArgumentException.class,
                () -> new Linear(new Param(Tensor.zeros(2, 3)), new Param(Tensor.zeros(3))));
        assertThrows(IllegalArgumentException.class, () -> new Linear(3, 2).forward(Tensor.ones(1, 4)));
    }

    @Test
    void embedding() {
        Embedding layer = new Embedding(5, 2);
        layer.weight().value().copy_(Tensor.arange(0, 10, 1, DType.F32).reshape(5, 2));
        assertClose(Tensor.of(new float[] {8, 9, 0, 1, 2, 3, 8, 9}, 2, 2, 2),
                layer.forward(Tensor.of(new long[] {4, 0, 1, 4}, 2, 2)));
        assertThrows(IllegalArgumentException.class, () -> layer.forward(Tensor.of(new long[] {5})));
        assertThrows(IllegalArgumentException.class, () -> layer.forward(Tensor.of(new float[] {1})));
    }

    @Test
    void embeddingStartsNormallyDistributed() {
        Tensor weight = new Embedding(200, 100, new Generator(3)).weight().value();
        assertEquals(0, weight.mean().item(), 0.03);
        assertEquals(1, weight.square().mean().item(), 0.05);
    }

    @Test
    void layerNorm() {
        Tensor x = Tensor.randn(new Generator(4), 2, 3, 4);
        LayerNorm layer = new LayerNorm(4);
        layer.weight().value().copy_(Tensor.of(new float[] {1, 2, 3, 4}));
        layer.bias().value().copy_(Tensor.of(new float[] {5, 6, 7, 8}));
        Tensor centered = x.sub(x.mean(true, -1));
        Tensor normalized = centered.div(centered.square().mean(true, -1).add(1e-5).sqrt());
        assertClose(normalized.mul(layer.weight().value()).add(layer.bias().value()), layer.forward(x));
        assertNull(new LayerNorm(4, 1e-5, false).bias());
    }

    @Test
    void layerNormOverSeveralAxes() {
        Tensor x = Tensor.randn(new Generator(5), 2, 3, 4);
        LayerNorm layer = new LayerNorm(3, 4);
        assertEquals(Shape.of(3, 4), layer.weight().shape());
        layer.weight().value().uniform_(0.5, 1.5, new Generator(6));
        Tensor centered = x.sub(x.mean(true, 1, 2));
        Tensor normalized = centered.div(centered.square().mean(true, 1, 2).add(1e-5).sqrt());
        assertClose(normalized.mul(layer.weight().value()), layer.forward(x));
        layer.forward(x).sum().backward();
        assertEquals(Shape.of(3, 4), layer.weight().grad().shape());
    }

    @Test
    void layerNormSaysWhatDoesNotFit() {
        LayerNorm layer = new LayerNorm(3, 4);
        for (Shape shape : List.of(Shape.of(4), Shape.of(2, 4, 3))) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> layer.forward(Tensor.ones(shape.toArray()))).getMessage();
            assertEquals("LayerNorm: x of shape " + shape + " does not end with the normalized shape (3, 4)", message);
        }
        assertThrows(IllegalArgumentException.class, () -> new LayerNorm());
        assertThrows(IllegalArgumentException.class, () -> new LayerNorm(4, -1, true));
    }

    @Test
    void rmsNorm() {
        Tensor x = Tensor.randn(new Generator(7), 3, 4);
        RMSNorm layer = new RMSNorm(4, 1e-6);
        layer.weight().value().copy_(Tensor.of(new float[] {1, 2, 3, 4}));
        Tensor rms = x.square().mean(true, -1).add(1e-6).sqrt();
        assertClose(x.div(rms).mul(layer.weight().value()), layer.forward(x));
        assertThrows(IllegalArgumentException.class, () -> new RMSNorm(0));
    }

    @Test
    void dropoutDropsInTrainingOnly() {
        Dropout layer = new Dropout(0.25);
        Generator.global().manualSeed(1);
        Tensor out = layer.forward(Tensor.ones(100, 100)).value();
        assertEquals(0.25, out.eq(0).sum().item() / 1e4, 0.02);
        assertEquals(1 / 0.75, out.amax().item(), CLOSE);
        Generator.global().manualSeed(1);
        assertArrayEquals(out.toFloatArray(), layer.forward(Tensor.ones(100, 100)).value().toFloatArray());
        layer.eval();
        Tensor x = Tensor.ones(3);
        assertSame(x, layer.forward(x).value());
        for (double p : new double[] {-0.1, 1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> new Dropout(p));
        }
    }

    @Test
    void sequential() {
        Sequential layer = new Sequential(new Linear(2, 3), new RMSNorm(3), new Linear(3, 1, false));
        assertEquals(List.of("0.weight", "0.bias", "1.weight", "2.weight"),
                List.copyOf(layer.namedParameters().keySet()));
        Tensor x = Tensor.randn(new Generator(8), 4, 2);
        assertClose(layer.get(2).forward(layer.get(1).forward(layer.get(0).forward(x))).value(), layer.forward(x));
        assertEquals(3, layer.size());
    }
}
