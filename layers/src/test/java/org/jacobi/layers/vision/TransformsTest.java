package org.jacobi.layers.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Refused;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Interpolation;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TransformsTest {
    private static Tensor numbers(long... sizes) {
        return Tensor.arange(0, Shape.of(sizes).numel(), 1, DType.F32).reshape(sizes);
    }

    private static Tensor colors() {
        return Tensor.rand(new Generator(9), 3, 12, 10);
    }

    private static float[] of(Transform<Tensor> transform, Tensor image) {
        return transform.apply(image, new Generator(1)).toFloatArray();
    }

    /** PyTorch's numbers, by hand: positions (i + 0.5) scale - 0.5. */
    @Test
    void resize() {
        Tensor x = numbers(1, 2, 2);
        assertArrayEquals(new float[] {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3},
                of(SpatialTransforms.resize(4, 4, Interpolation.NEAREST), x));
        float[] up = {0, 0.25f, 0.75f, 1, 0.5f, 0.75f, 1.25f, 1.5f, 1.5f, 1.75f, 2.25f, 2.5f, 2, 2.25f, 2.75f, 3};
        assertArrayEquals(up, of(SpatialTransforms.resize(4, 4, Interpolation.LINEAR), x), 1e-6f);
        assertArrayEquals(up, of(SpatialTransforms.resize(4, 4), x), 1e-6f);
        Tensor row = numbers(1, 1, 8);
        assertArrayEquals(new float[] {1.5f, 5.5f}, of(SpatialTransforms.resize(1, 2, Interpolation.LINEAR), row));
        // Triangles 8 wide around 2 and 6, cut at the borders: (0.625, 0.875, 0.875, 0.625, 0.375, 0.125) / 3.5.
        float low = (0.875f + 2 * 0.875f + 3 * 0.625f + 4 * 0.375f + 5 * 0.125f) / 3.5f;
        assertArrayEquals(new float[] {low, 7 - low}, of(SpatialTransforms.resize(1, 2), row), 1e-5f);
        assertArrayEquals(new float[] {0, 4}, of(SpatialTransforms.resize(1, 2, Interpolation.NEAREST), row));
        Tensor same = colors();
        assertArrayEquals(same.toFloatArray(), of(SpatialTransforms.resize(12, 10), same), 1e-6f);
    }

    @Test
    void crops() {
        Tensor x = numbers(1, 3, 4);
        assertArrayEquals(new float[] {5, 6}, of(SpatialTransforms.centerCrop(1, 2), x));
        assertArrayEquals(new float[] {0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0},
                of(SpatialTransforms.centerCrop(5, 4), x));
        Set<String> seen = new HashSet<>();
        Transform<Tensor> crop = SpatialTransforms.randomCrop(3, 4, 1);
        for (int seed = 0; seed < 200; seed++) {
            seen.add(Arrays.toString(crop.apply(x, new Generator(seed)).toFloatArray()));
        }
        assertEquals(9, seen.size());
        assertTrue(seen.contains("[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 4.0, 5.0, 6.0]"));
        Refused.argument(() -> of(SpatialTransforms.randomCrop(6, 6, 1), x), "3 x 4 with padding 1", "6 x 6");
        Tensor image = colors();
        for (int seed = 0; seed < 50; seed++) {
            Tensor part = SpatialTransforms.randomResizedCrop(6, 7, 0.08, 1, 0.75, 4 / 3.0).apply(image,
                    new Generator(seed));
            assertEquals(Shape.of(3, 6, 7), part.shape());
            assertTrue(part.amin().item() >= 0 && part.amax().item() <= 1);
        }
    }

    @Test
    void flipsUndoThemselves() {
        Tensor x = numbers(1, 2, 3);
        Transform<Tensor> across = SpatialTransforms.randomHorizontalFlip(1);
        assertArrayEquals(new float[] {2, 1, 0, 5, 4, 3}, of(across, x));
        assertArrayEquals(x.toFloatArray(), of(across.then(across), x));
        Transform<Tensor> down = SpatialTransforms.randomVerticalFlip(1);
        assertArrayEquals(new float[] {3, 4, 5, 0, 1, 2}, of(down, x));
        assertArrayEquals(x.toFloatArray(), of(down.then(down), x));
        assertArrayEquals(x.toFloatArray(), of(SpatialTransforms.randomHorizontalFlip(0), x));
        int flipped = 0;
        Generator generator = new Generator(1);
        for (int i = 0; i < 1000; i++) {
            flipped += SpatialTransforms.randomHorizontalFlip(0.3).apply(x, generator).getDouble(0, 0, 0) == 2 ? 1 : 0;
        }
        assertEquals(300, flipped, 60);
    }

    @Test
    void rotations() {
        Tensor x = numbers(1, 3, 3);
        // Counter-clockwise, as torch.rot90.
        assertArrayEquals(x.rot90(1, 1, 2).toFloatArray(), of(SpatialTransforms.randomRotation(90, 90), x), 1e-5f);
        assertArrayEquals(x.rot90(2, 1, 2).toFloatArray(), of(SpatialTransforms.randomRotation(180, 180), x), 1e-5f);
        assertArrayEquals(x.toFloatArray(), of(SpatialTransforms.randomRotation(0, 0), x), 0);
        Move shift = SpatialTransforms.affine(3, 3, 0, 1, 0, 1, 0, 0);
        assertArrayEquals(new float[] {0, 0, 1, 0, 3, 4, 0, 6, 7}, shift.image(x).toFloatArray());
        Move half = SpatialTransforms.affine(3, 3, 0, 0.5, 0, 1, 0, 0);
        assertArrayEquals(new float[] {0, 0.5f, 1.5f, 1.5f, 3.5f, 4.5f, 3, 6.5f, 7.5f}, half.image(x).toFloatArray(),
                1e-6f);
        Move twice = SpatialTransforms.affine(4, 4, 0, 0, 0, 2, 0, 0);
        assertArrayEquals(new long[] {5, 5, 6, 6, 5, 5, 6, 6, 9, 9, 10, 10, 9, 9, 10, 10},
                twice.mask(Tensor.arange(16).reshape(4, 4)).toLongArray());
        // Sheared by 45 degrees along x: rows above the middle move right, as x - y tan.
        Move shear = SpatialTransforms.affine(3, 3, 0, 0, 0, 1, 45, 0);
        assertArrayEquals(new float[] {0, 0, 1, 3, 4, 5, 7, 8, 0}, shear.image(x).toFloatArray(), 1e-5f);
    }

    @Test
    void imageAndMaskStayTogether() {
        Tensor image = numbers(1, 6, 6);
        Tensor mask = Tensor.arange(36).reshape(6, 6);
        Transform<Example> both = SpatialTransforms.randomCrop(6, 6, 2).withMask()
                .then(SpatialTransforms.randomHorizontalFlip(0.5).withMask())
                .then(SpatialTransforms.randomVerticalFlip(0.5).withMask());
        for (int seed = 0; seed < 30; seed++) {
            Example moved = both.apply(new Example(image, mask), new Generator(seed));
            assertEquals(DType.I64, moved.target().dtype());
            assertArrayEquals(moved.input().toFloatArray(), moved.target().to(DType.F32).toFloatArray());
        }
        Refused.argument(() -> both.apply(new Example(image, Tensor.zeros(5, 6)), new Generator(0)), "(5, 6)");
    }

    /** A box stays around its thing, whatever moves both: the thing is a bright rectangle. */
    @Test
    void boxesFollowTheirThings() {
        Tensor image = Tensor.zeros(1, 40, 60);
        image.narrow(1, 12, 10).narrow(2, 30, 14).fill_(1);
        Detection thing =
                new Detection(image, Tensor.of(new float[] {30, 12, 44, 22}, 1, 4), Tensor.of(new long[] {7}));
        Map<String, Transform<Detection>> all = new LinkedHashMap<>();
        all.put("flips", SpatialTransforms.randomHorizontalFlip(1).withBoxes()
                .then(SpatialTransforms.randomVerticalFlip(1).withBoxes()));
        all.put("resize", SpatialTransforms.resize(80, 90).withBoxes());
        all.put("crop", SpatialTransforms.randomCrop(38, 58, 0).withBoxes());
        all.put("quarter", SpatialTransforms.randomRotation(90, 90).withBoxes());
        all.put("part", SpatialTransforms.randomResizedCrop(50, 50, 0.9, 1, 1, 1.5).withBoxes());
        all.put("affine", SpatialTransforms.randomAffine(0, 0.1, 0.8, 1.2, 0).withBoxes());
        all.forEach((name, transform) -> {
            for (int seed = 0; seed < 10; seed++) {
                Detection moved = transform.apply(thing, new Generator(seed));
                float[] box = moved.boxes().toFloatArray();
                Tensor bright = moved.image().select(0, 0).gt(0.5);
                long[] rows = bright.any(1).nonzero().toLongArray();
                long[] columns = bright.any(0).nonzero().toLongArray();
                assertEquals(columns[0], box[0], 1, name);
                assertEquals(rows[0], box[1], 1, name);
                assertEquals(columns[columns.length - 1] + 1, box[2], 1, name);
                assertEquals(rows[rows.length - 1] + 1, box[3], 1, name);
                assertEquals(7, moved.labels().item());
            }
        });
        Detection gone = SpatialTransforms.centerCrop(10, 10).withBoxes().apply(
                new Detection(image, Tensor.of(new float[] {0, 0, 5, 5}, 1, 4), Tensor.of(new long[] {7})),
                new Generator(0));
        assertEquals(Shape.of(0, 4), gone.boxes().shape());
    }

    @Test
    void colorsChange() {
        Tensor x = colors();
        assertArrayEquals(x.toFloatArray(), of(ColorTransforms.colorJitter(0, 0, 0, 0), x), 1e-5f);
        assertArrayEquals(new float[] {0.2f, 1},
                ColorTransforms.adjustBrightness(Tensor.of(new float[] {0.1f, 0.7f}), 2).toFloatArray());
        float gray = 0.2989f * x.toFloatArray()[0] + 0.587f * x.toFloatArray()[120] + 0.114f * x.toFloatArray()[240];
        assertEquals(gray, of(ColorTransforms.grayscale(), x)[0], 1e-6);
        assertEquals(gray, of(ColorTransforms.grayscale(), x)[240], 1e-6);
        assertEquals(gray, ColorTransforms.adjustSaturation(x, 0).getDouble(1, 0, 0), 1e-6);
        Tensor flat = ColorTransforms.adjustContrast(x, 0);
        assertEquals(0, flat.amax().item() - flat.amin().item(), 1e-6);
        // Red by a third is green, by half cyan; turning back gives the same colours.
        Tensor red = Tensor.of(new float[] {1, 0.2f, 0.2f}, 3, 1, 1);
        assertArrayEquals(new float[] {0.2f, 1, 0.2f}, ColorTransforms.adjustHue(red, 1 / 3.0).toFloatArray(), 1e-5f);
        assertArrayEquals(new float[] {0.2f, 1, 1}, ColorTransforms.adjustHue(red, 0.5).toFloatArray(), 1e-5f);
        assertArrayEquals(x.toFloatArray(),
                ColorTransforms.adjustHue(ColorTransforms.adjustHue(x, 0.3), -0.3).toFloatArray(), 1e-5f);
        for (int seed = 0; seed < 20; seed++) {
            Tensor y = ColorTransforms.colorJitter(0.8, 0.8, 0.8, 0.5).apply(x, new Generator(seed));
            assertTrue(y.amin().item() >= 0 && y.amax().item() <= 1);
            assertArrayEquals(y.toFloatArray(),
                    ColorTransforms.colorJitter(0.8, 0.8, 0.8, 0.5).apply(x, new Generator(seed)).toFloatArray());
        }
        assertArrayEquals(new float[] {0, 1, -1, 0},
                of(ColorTransforms.normalize(new double[] {0.5, 1}, new double[] {0.5, 2}),
                        Tensor.of(new float[] {0.5f, 1, -1, 1}, 2, 1, 2)));
        Refused.argument(() -> of(ColorTransforms.normalize(new double[] {0.5}, new double[] {0.5}), x), "(3, 12, 10)",
                "(1, H, W)");
        assertThrows(IllegalArgumentException.class,
                () -> ColorTransforms.normalize(new double[] {0}, new double[] {0}));
    }

    @Test
    void erasingAndBlur() {
        Tensor x = Tensor.ones(3, 20, 20);
        int changed = 0;
        for (int seed = 0; seed < 200; seed++) {
            Tensor y = ColorTransforms.randomErasing(0.5).apply(x, new Generator(seed));
            double erased = 400 - y.select(0, 0).sum().item();
            changed += erased > 0 ? 1 : 0;
            assertTrue(erased == 0 || erased >= 0.01 * 400 && erased <= 0.36 * 400, () -> "erased " + erased);
            assertEquals(3 * erased, 1200 - y.sum().item());
        }
        assertEquals(100, changed, 25);
        assertEquals(1200, x.sum().item());
        Transform<Tensor> blur = ColorTransforms.gaussianBlur(3, 1, 1);
        assertArrayEquals(x.toFloatArray(), of(blur, x), 1e-6f);
        Tensor point = Tensor.zeros(1, 5, 5);
        point.narrow(1, 2, 1).narrow(2, 2, 1).fill_(1);
        double side = Math.exp(-0.5) / (1 + 2 * Math.exp(-0.5));
        assertEquals(side * side, blur.apply(point, new Generator(0)).getDouble(0, 1, 1), 1e-6);
        assertEquals(side * (1 - 2 * side), blur.apply(point, new Generator(0)).getDouble(0, 1, 2), 1e-6);
        Refused.argument(() -> of(ColorTransforms.gaussianBlur(11, 1, 1), point), "size 11");
    }

    @Test
    void mixing() {
        Tensor input = Tensor.of(new float[] {1, 2, 4}, 3, 1, 1, 1).expand(3, 1, 8, 8).contiguous();
        Batch batch = new Batch(input, Tensor.of(new long[] {0, 1, 2}));
        for (int seed = 0; seed < 20; seed++) {
            Batch mixed = MixTransforms.mixup(0.4, 4).apply(batch, new Generator(seed));
            assertArrayEquals(new float[] {1, 1, 1}, mixed.target().sum(1).toFloatArray(), 1e-6f);
            double share = mixed.target().getDouble(0, 0);
            assertEquals(1 - share, mixed.target().getDouble(0, 2), 1e-6);
            assertEquals(share + 4 * (1 - share), mixed.input().getDouble(0, 0, 3, 3), 1e-5);
            Batch cut = MixTransforms.cutmix(1, 4).apply(batch, new Generator(seed));
            double part = cut.input().select(0, 0).eq(1).sum().item() / 64;
            assertEquals(part, cut.target().getDouble(0, 0), 1e-6);
            assertEquals(1 - part, cut.target().getDouble(0, 2), 1e-6);
            assertEquals(64 * (1 - part), cut.input().select(0, 0).eq(4).sum().item());
        }
        // Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)).
        for (double alpha : new double[] {0.2, 1, 3}) {
            Generator generator = new Generator(5);
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < 20_000; i++) {
                double x = MixTransforms.beta(alpha, generator);
                assertFalse(Double.isNaN(x));
                sum += x;
                squares += (x - 0.5) * (x - 0.5);
            }
            assertEquals(0.5, sum / 20_000, 0.01);
            assertEquals(1 / (4 * (2 * alpha + 1)), squares / 20_000, 0.005);
        }
        Refused.argument(() -> MixTransforms.mixup(1, 4).apply(new Batch(input, Tensor.zeros(3)), new Generator(0)),
                "F32");
    }
}
