package org.jacobi.layers.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;

import org.jacobi.layers.SharedData;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Refused;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
    @TempDir
    private Path folder;

    /** Numbers that 8 bits hold. */
    private static Tensor image(int channels, int height, int width) {
        return Tensor.randint(new Generator(channels), 0, 256, channels, height, width).to(DType.F32).div(255);
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void imagesComeBack(String ending) {
        Path file = folder.resolve("x." + ending);
        Tensor color = image(3, 4, 5);
        Images.save(color, file);
        assertArrayEquals(color.toFloatArray(), Images.read(file).toFloatArray());
        assertEquals(Shape.of(3, 4, 5), Images.read(file).shape());
        Tensor gray = image(1, 4, 5);
        Images.save(gray, file);
        assertArrayEquals(gray.toFloatArray(), Images.read(file, ImageMode.GRAY).toFloatArray());
        assertArrayEquals(gray.toFloatArray(), Images.read(file).select(0, 2).toFloatArray());
    }

    @Test
    void channelsAndDepths() throws IOException {
        Path file = folder.resolve("x.png");
        Tensor transparent = image(4, 3, 2);
        Images.save(transparent, file);
        assertArrayEquals(transparent.toFloatArray(), Images.read(file, ImageMode.RGBA).toFloatArray());
        assertArrayEquals(transparent.narrow(0, 0, 3).toFloatArray(), Images.read(file).toFloatArray());
        float[] rgb = transparent.toFloatArray();
        assertEquals((299 * rgb[0] + 587 * rgb[6] + 114 * rgb[12]) / 1000,
                Images.read(file, ImageMode.GRAY).getDouble(0, 0, 0), 1e-6);

        BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(0, 0, 0, 65535);
        deep.getRaster().setSample(1, 0, 0, 1000);
        ImageIO.write(deep, "png", file.toFile());
        assertArrayEquals(new float[] {1, 1000 / 65535f}, Images.read(file, ImageMode.GRAY).toFloatArray());

        BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        bits.setRGB(0, 0, 0xFFFFFF);
        ImageIO.write(bits, "png", file.toFile());
        assertArrayEquals(new float[] {1, 0}, Images.read(file, ImageMode.GRAY).toFloatArray());

        BufferedImage palette = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED);
        palette.setRGB(0, 0, 0xFFFF0000);
        palette.setRGB(1, 0, 0xFF00FF00);
        for (String ending : List.of("png", "gif")) {
            Path indexed = folder.resolve("x." + ending);
            ImageIO.write(palette, ending, indexed.toFile());
            assertArrayEquals(new float[] {1, 0, 0, 1, 0, 0}, Images.read(indexed).toFloatArray());
        }

        Path jpeg = folder.resolve("x.jpg");
        Images.save(Tensor.full(0.5, DType.F32, 3, 16, 16), jpeg);
        assertEquals(0.5, Images.read(jpeg).mean().item(), 0.01);
        Images.save(Tensor.full(0.25, DType.F32, 1, 16, 16), jpeg);
        assertEquals(0.25, Images.read(jpeg, ImageMode.GRAY).mean().item(), 0.01);
        Refused.data(() -> Images.save(transparent, jpeg), "4 channels", ".png");
        Refused.argument(() -> Images.save(Tensor.zeros(2, 3, 3), file), "(2, 3, 3)");
    }

    private Path cut(Path file, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return Files.write(folder.resolve(name), Arrays.copyOf(bytes, bytes.length * 2 / 3));
    }

    @Test
    void brokenImages() throws IOException {
        Tensor noise = image(3, 40, 40);
        for (String ending : List.of("png", "jpg", "gif", "bmp")) {
            Path good = folder.resolve("good." + ending);
            ImageIO.write(Images.toImage(noise), ending, good.toFile());
            Path half = cut(good, "half." + ending);
            Refused.data(() -> Images.read(half), "half." + ending);
        }
        Refused.data(() -> Images.read(Files.writeString(folder.resolve("text.png"), "no image")), "text.png",
                "no image of a format");
        Refused.data(() -> Images.read(folder.resolve("none.png")), "none.png", "no such file");
        Refused.data(() -> Images.read(folder), folder);
        byte[] png = Files.readAllBytes(folder.resolve("good.png"));
        png[17] = 0x7f;
        Refused.data(() -> Images.read(Files.write(folder.resolve("huge.png"), png)), "huge.png");
    }

    /** The orientation says which way the picture's rows and columns must be read: Exif's figure of eight ways to hold a camera. */
    @Test
    void photographsStandUpright() throws IOException {
        // As stored: a dark top left quarter, a bright top right one, and greys below.
        float[][] quarters = {{0, 1}, {0.3f, 0.7f}};
        float[][][] expected = {quarters, {{1, 0}, {0.7f, 0.3f}}, {{0.7f, 0.3f}, {1, 0}}, {{0.3f, 0.7f}, {0, 1}},
            {{0, 0.3f}, {1, 0.7f}}, {{0.3f, 0}, {0.7f, 1}}, {{0.7f, 1}, {0.3f, 0}}, {{1, 0.7f}, {0, 0.3f}}};
        Tensor stored = Tensor.of(new float[] {0, 1, 0.3f, 0.7f}, 1, 2, 2).repeatInterleave(16, 1)
                .repeatInterleave(24, 2);
        Path plain = folder.resolve("plain.jpg");
        Images.save(stored, plain);
        for (int orientation = 1; orientation <= 8; orientation++) {
            Path file = Files.write(folder.resolve("x.jpg"), withExif(Files.readAllBytes(plain), orientation));
            Tensor upright = Images.read(file, ImageMode.GRAY);
            boolean turned = orientation >= 5;
            assertEquals(turned ? Shape.of(1, 48, 32) : Shape.of(1, 32, 48), upright.shape());
            for (int y = 0; y < 2; y++) {
                for (int x = 0; x < 2; x++) {
                    assertEquals(expected[orientation - 1][y][x],
                            at(upright, 0, turned ? 12 + 24 * y : 8 + 16 * y, turned ? 8 + 16 * x : 12 + 24 * x),
                            0.05, "orientation " + orientation + " at " + y + ", " + x);
                }
            }
        }
        // Exif data that end in the middle are as good as none.
        byte[] cut = withExif(Files.readAllBytes(plain), 6);
        cut[12 + 4 + 4 + 3] = 127;
        assertEquals(Shape.of(1, 32, 48),
                Images.read(Files.write(folder.resolve("x.jpg"), cut), ImageMode.GRAY).shape());
    }

    private static double at(Tensor image, int channel, int y, int x) {
        return image.select(0, channel).select(0, y).select(0, x).item();
    }

    /** Puts a segment with one entry behind the first marker. */
    private static byte[] withExif(byte[] jpeg, int orientation) {
        ByteBuffer bytes = ByteBuffer.allocate(jpeg.length + 36).put(jpeg, 0, 2);
        bytes.putShort((short) 0xFFE1).putShort((short) 34).put("Exif\0\0MM".getBytes(StandardCharsets.US_ASCII));
        bytes.putShort((short) 42).putInt(8).putShort((short) 1);
        bytes.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0);
        return bytes.putInt(0).put(jpeg, 2, jpeg.length - 2).array();
    }

    @Test
    void picturesForPrintingBecomeRedGreenAndBlue() throws IOException {
        // Full cyan, half black, no ink: (C, M, Y, K).
        int[][] inks = {{255, 0, 0, 0}, {0, 0, 0, 128}, {0, 0, 0, 0}};
        double[][] colors = {{0, 1, 1}, {0.5, 0.5, 0.5}, {1, 1, 1}};
        for (int i = 0; i < inks.length; i++) {
            Tensor image = Images.read(print(inks[i]));
            for (int c = 0; c < 3; c++) {
                assertEquals(colors[i][c], at(image, c, 8, 8), 0.03, "inks " + i + ", channel " + c);
            }
        }
    }

    /**
     * What Adobe's programs store: what is left without each ink, and in the second case luminance and colour differences of the first
     * three inks. The colours are those that libjpeg-turbo makes of such files, by way of Pillow.
     */
    @Test
    void picturesOfAdobesProgramsToo() throws IOException {
        int[][][] stored = {{{200, 40, 90, 255}, {200, 40, 90, 128}, {10, 250, 30, 200}},
            {{161, 130, 52, 255}, {161, 130, 52, 128}, {102, 197, 230, 200}}};
        int[][] colors = {{200, 40, 90}, {100, 20, 45}, {8, 196, 24}};
        for (int way = 0; way < 2; way++) {
            for (int i = 0; i < colors.length; i++) {
                Path file = print(stored[way][i]);
                byte[] jpeg = Files.readAllBytes(file);
                ByteBuffer adobe = ByteBuffer.allocate(jpeg.length + 16);
                adobe.put(jpeg, 0, 2).putShort((short) 0xFFEE).putShort((short) 14)
                        .put("Adobe".getBytes(StandardCharsets.US_ASCII)).putShort((short) 100).putInt(0)
                        .put((byte) (2 * way)).put(jpeg, 2, jpeg.length - 2);
                Files.write(file, adobe.array());
                Tensor image = Images.read(file);
                for (int c = 0; c < 3; c++) {
                    assertEquals(colors[i][c], 255 * at(image, c, 8, 8), 3, "way " + way + ", " + i + ", channel " + c);
                }
            }
        }
    }

    /** Writes an image of one colour with four numbers a pixel. */
    private Path print(int[] pixel) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
        for (int at = 0; at < 256; at++) {
            raster.setPixel(at % 16, at / 16, pixel);
        }
        Path file = folder.resolve("x.jpg");
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (var out = ImageIO.createImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(raster, null, null), null);
        }
        return file;
    }

    @Test
    void linksAreFollowedAndHiddenFoldersLeftOut() throws IOException {
        Path store = folder.resolve("store/cat");
        Files.createDirectories(store.resolve("more"));
        Files.createDirectories(store.resolve(".ipynb_checkpoints"));
        Images.save(image(3, 4, 4), store.resolve("more/1 \u00e9.png"));
        Files.writeString(store.resolve(".ipynb_checkpoints/1-checkpoint.png"), "no image");
        Path links = Files.createDirectory(folder.resolve("links"));
        Files.createSymbolicLink(links.resolve("cat"), store);
        Files.createSymbolicLink(store.resolve("2.png"), store.resolve("more/1 \u00e9.png"));
        ImageFolder data = new ImageFolder(links);
        assertEquals(2, data.size());
        assertEquals(Shape.of(3, 4, 4), data.get(1).input().shape());
        Files.createSymbolicLink(store.resolve("more/loop"), store);
        Refused.data(() -> new ImageFolder(links), "cannot be listed", "loop");
    }

    @Test
    void folders() throws IOException {
        for (String name : List.of("cat", "ant")) {
            Files.createDirectories(folder.resolve(name));
            for (int i = 0; i < 3; i++) {
                Images.save(image(3, 4, 4), folder.resolve(name).resolve(i + ".png"));
            }
        }
        Files.writeString(folder.resolve("cat/notes.txt"), "not an image");
        Files.writeString(folder.resolve("cat/.hidden.png"), "not an image");
        ImageFolder data = new ImageFolder(folder);
        assertEquals(6, data.size());
        assertEquals(List.of("ant", "cat"), data.classes());
        assertArrayEquals(new long[] {0, 0, 0, 1, 1, 1}, data.labels());
        assertEquals(1, data.get(3).target().item());
        Files.writeString(folder.resolve("cat/1.png"), "broken");
        var loader = DataLoader.of(data).batchSize(3).workers(2).build();
        Refused.data(() -> loader.epoch(0).forEach(_ -> {
        }), "example 4", "1.png", "no image");
        List<String> skipped = new ArrayList<>();
        ImageFolder good = data.withoutBroken(skipped);
        assertEquals(5, good.size());
        assertEquals(1, skipped.size());
        assertTrue(skipped.get(0).contains("1.png"));
        Files.writeString(folder.resolve("cat/3.webp"), "RIFF....WEBP");
        ImageFolder foreign = new ImageFolder(folder);
        assertEquals(7, foreign.size(), "an image that cannot be read is not left out without a word");
        Refused.data(() -> foreign.get(6), "3.webp", "convert it");
        Files.createDirectory(folder.resolve("empty"));
        Refused.data(() -> new ImageFolder(folder), "empty", "has no images");
        Refused.data(() -> new ImageFolder(folder.resolve("none")), "none");
        Refused.data(() -> new ImageFolder(folder.resolve("empty")), "has no folders");
    }

    @Test
    void masks() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Path masks = Files.createDirectory(folder.resolve("masks"));
        Images.save(image(3, 2, 3), images.resolve("a.png"));
        Images.save(Tensor.of(new float[] {0, 1, 0, 1, 1, 0}, 2, 3), masks.resolve("a.bmp"));
        Example example = ImageMaskFolder.binary(images, masks, ImageMode.RGB).get(0);
        assertArrayEquals(new long[] {0, 1, 0, 1, 1, 0}, example.target().toLongArray());
        assertEquals(Shape.of(2, 3), example.target().shape());
        assertArrayEquals(new long[] {1, 0, 1, 0, 0, 1},
                ImageMaskFolder.of(images, masks, ImageMode.GRAY, 255, 0).get(0).target().toLongArray());
        Refused.data(() -> ImageMaskFolder.of(images, masks, ImageMode.GRAY, 0).get(0), "a.bmp",
                "x = 1, y = 0 has grey 255");
        // A palette with colours numbers classes; one of greys is a way to store them.
        for (boolean colours : new boolean[] {true, false}) {
            byte[] red = {0, (byte) 128, (byte) 255};
            byte[] others = colours ? new byte[3] : red;
            BufferedImage palette = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_INDEXED,
                    new IndexColorModel(8, 3, red, others, others));
            palette.getRaster().setPixels(0, 0, 3, 2, new int[] {0, 1, 2, 2, 1, 0});
            ImageIO.write(palette, "png", masks.resolve("a.png").toFile());
            Files.deleteIfExists(masks.resolve("a.bmp"));
            int[] greys = colours ? new int[] {0, 1, 2} : new int[] {0, 128, 255};
            var folders = ImageMaskFolder.of(images, masks, ImageMode.RGB, greys);
            assertArrayEquals(new long[] {0, 1, 2, 2, 1, 0}, folders.get(0).target().toLongArray());
            assertArrayEquals(greys, folders.greys(0).stream().mapToInt(Integer::intValue).toArray());
        }
        Files.delete(masks.resolve("a.png"));
        Images.save(image(1, 2, 2), masks.resolve("a.bmp"));
        Refused.data(() -> ImageMaskFolder.binary(images, masks, ImageMode.RGB).get(0), "2 x 2", "3 x 2");
        Images.save(image(1, 2, 2), masks.resolve("b.png"));
        Refused.data(() -> ImageMaskFolder.binary(images, masks, ImageMode.RGB), "b.png", "no image b");
        Files.delete(masks.resolve("b.png"));
        Images.save(image(1, 2, 2), images.resolve("c.png"));
        Refused.data(() -> ImageMaskFolder.binary(images, masks, ImageMode.RGB), "c.png", "no mask c");
    }

    @Test
    void masksNamedAfterTheirImages() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Path masks = Files.createDirectory(folder.resolve("masks"));
        Tensor mask = Tensor.of(new float[] {0, 1, 0, 1, 1, 0}, 2, 3);
        for (Path place : List.of(images, masks)) {
            Images.save(mask, masks.resolve("a_mask.png"));
            Images.save(mask, masks.resolve("b_mask.bmp"));
            Images.save(image(3, 2, 3), place.resolve("a.png"));
            Images.save(image(3, 2, 3), place.resolve("b.jpg"));
            ImageMaskFolder data = ImageMaskFolder.binary(place, masks, ImageMode.RGB);
            assertEquals(2, data.size());
            assertEquals(place.resolve("b.jpg").toString(), data.describe(1));
            assertEquals(Shape.of(3, 2, 3), data.get(1).input().shape());
            assertArrayEquals(new long[] {0, 1, 0, 1, 1, 0}, data.get(1).target().toLongArray());
        }
        Refused.data(() -> ImageMaskFolder.binary(images, masks, ImageMode.RGB), "_mask.png", "so is");
        Files.delete(masks.resolve("a_mask.png"));
        Refused.data(() -> ImageMaskFolder.binary(masks, masks, ImageMode.RGB), "a.png", "there is no mask a_mask");
        Files.delete(masks.resolve("a.png"));
        Files.delete(masks.resolve("b.jpg"));
        Refused.data(() -> ImageMaskFolder.binary(masks, masks, ImageMode.RGB), "has no images");
        Refused.data(() -> ImageMaskFolder.binary(images, masks, ImageMode.RGB), "a.png",
                "there is no mask a or a_mask");
    }

    @Test
    void pixelsThatDoNotCount() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Path masks = Files.createDirectory(folder.resolve("masks"));
        Images.save(image(3, 1, 4), images.resolve("a.png"));
        Images.save(Tensor.of(new float[] {0, 1 / 255f, 1, 2 / 255f}, 1, 4), masks.resolve("a.png"));
        ImageMaskFolder strict = ImageMaskFolder.of(images, masks, ImageMode.RGB, 0, 1, 2);
        Refused.data(() -> strict.get(0), "x = 2, y = 0 has grey 255");
        assertArrayEquals(new long[] {0, 1, -100, 2}, strict.ignore(255).get(0).target().toLongArray());
        assertArrayEquals(new long[] {0, -100, 1, 0},
                ImageMaskFolder.binary(images, masks, ImageMode.RGB).ignore(1).get(0).target().toLongArray());
    }

    private static String voc(String object) {
        return "<annotation><filename>a.png</filename><object><name>cat</name>" + object + "</object></annotation>";
    }

    private static String box(String xmin, String xmax) {
        return "<bndbox><xmin>" + xmin + "</xmin><ymin>1</ymin><xmax>" + xmax + "</xmax><ymax>4</ymax></bndbox>";
    }

    @Test
    void annotations() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Path xml = Files.createDirectory(folder.resolve("xml"));
        Images.save(image(3, 4, 6), images.resolve("a.png"));
        Path file = Files.writeString(xml.resolve("a.xml"), voc("<part><name>tail</name></part>" + box("2", "5")));
        VocDataset data = new VocDataset(xml, images);
        assertEquals(List.of("cat"), data.classes());
        assertArrayEquals(new float[] {1, 0, 5, 4}, data.get(0).boxes().toFloatArray());
        assertArrayEquals(new long[] {0}, data.get(0).labels().toLongArray());
        Refused.data(() -> new VocDataset(xml, images, List.of("dog"), false), "a.xml", "a cat", "[dog]");
        Files.writeString(file, voc("<difficult>1</difficult>" + box("2", "5")));
        Detection empty = new VocDataset(xml, images, List.of("cat"), true).get(0);
        assertEquals(Shape.of(0, 4), empty.boxes().shape());
        assertEquals(Shape.of(0), empty.labels().shape());
        refuse(file, voc(box("2", "x")), "<xmax> of <object> 0 is \"x\"");
        refuse(file, voc(box("2", "NaN")), "\"NaN\"");
        refuse(file, voc(box("5", "2")), "wrong order");
        refuse(file, voc(""), "0 <bndbox>");
        refuse(file, voc(box("", "2")), "<xmin> of <object> 0 is empty");
        refuse(file, "<a>", "line 1");
        refuse(file, "<a/>", "<a>, expected <annotation>");
        refuse(file, "", "a.xml");
        refuse(file, "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><annotation>&x;</annotation>", "DOCTYPE");
        Files.writeString(file, voc(box("2", "5")).replace("a.png", "../xml/a.xml"));
        Refused.data(() -> new VocDataset(xml, images), "no image ../xml/a.xml");
    }

    private static void refuse(Path file, String xml, String words) throws IOException {
        Files.writeString(file, xml);
        Refused.data(() -> VocAnnotation.read(file), "a.xml", words);
    }

    @Test
    void realBoxes() {
        VocDataset raccoons = new VocDataset(SharedData.file("raccoon/annotations"), SharedData.file("raccoon/images"));
        assertEquals(200, raccoons.size());
        assertEquals(List.of("raccoon"), raccoons.classes());
        long boxes = 0;
        for (long i = 0; i < raccoons.size(); i++) {
            boxes += raccoons.annotation(i).things().size();
        }
        assertEquals(217, boxes);
        VocDataset cells = new VocDataset(SharedData.file("bccd/Annotations"), SharedData.file("bccd/JPEGImages"));
        assertEquals(List.of("Platelets", "RBC", "WBC"), cells.classes());
        assertEquals(292, cells.size());
        for (VocDataset data : List.of(raccoons, cells)) {
            for (long i = 0; i < data.size(); i += 25) {
                Detection detection = data.get(i);
                assertTrue(detection.boxes().select(1, 2).amax().item() <= detection.image().size(2));
            }
        }
    }

    @Test
    void realMembranes() {
        ImageMaskFolder data = ImageMaskFolder.binary(SharedData.file("membrane/train/image"),
                SharedData.file("membrane/train/label"), ImageMode.GRAY);
        assertEquals(24, data.size());
        Example example = data.get(0);
        assertEquals(Shape.of(1, 512, 512), example.input().shape());
        double share = example.target().to(DType.F32).mean().item();
        assertTrue(share > 0.5 && share < 0.95, () -> "share " + share);
    }
}
