package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.kBilinear;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.layers.vision.SpatialTransforms;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Image transforms whose numbers PyTorch defines, beside libtorch's. */
class ImageParityTest {
    @ParameterizedTest
    @CsvSource({"7, 5", "23, 31", "40, 64", "1, 1", "3, 100", "12, 16"})
    void antialiasedResize(int height, int width) {
        Libtorch.require();
        Tensor image = Tensor.rand(new Generator(3), 3, 23, 31);
        Tensor actual = SpatialTransforms.resize(height, width).apply(image, new Generator(0));
        InterpolateFuncOptions how = new InterpolateFuncOptions();
        how.size().put(new LongVector(height, width));
        how.mode().put(new kBilinear());
        how.align_corners().put(new BoolOptional(false));
        how.antialias().put(true);
        var expected = torch.interpolate(Libtorch.tensor(image.unsqueeze(0)), how);
        assertArrayEquals(Libtorch.numbers(expected), actual.toDoubleArray(), 2e-6);
    }
}
