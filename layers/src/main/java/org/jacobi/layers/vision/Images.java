package org.jacobi.layers.vision;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

import org.jacobi.layers.data.DataException;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.WholeFile;

/**
 * Images between files and tensors (C, H, W) with numbers from 0 to 1, f32.
 *
 * <p>Files are decoded by ImageIO: PNG, JPEG, GIF (the first picture), BMP, WBMP and TIFF, and what its plug-ins on the class path
 * bring.
 */
public final class Images {
    /** More is no photograph but an attack: 1 GB of f32. */
    private static final long MOST_PIXELS = 1L << 27;
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "gif", "bmp", "wbmp", "tif", "tiff");
    /** Of images that only a plug-in reads: without one they are an error, and not left out without a word. */
    private static final Set<String> OTHER_ENDINGS = Set.of("webp", "avif", "heic", "heif", "jp2", "ppm", "pgm");

    private Images() {
    }

    /** Returns whether a file's name ends as those of images do. */
    public static boolean isImage(Path file) {
        return ENDINGS.contains(ending(file)) || OTHER_ENDINGS.contains(ending(file));
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** Returns a file's image with red, green and blue (3, H, W). */
    public static Tensor read(Path file) {
        return read(file, ImageMode.RGB);
    }

    /**
     * Returns a file's image (C, H, W). A photograph stands upright as its Exif data say, and what is stored for printing, as
     * cyan, magenta, yellow and black, becomes red, green and blue as without ink profiles: the product of what the inks leave.
     *
     * @throws DataException if the file is missing, no image of a known format, cut short or broken
     */
    public static Tensor read(Path file, ImageMode mode) {
        JpegHeader header = header(file);
        return header.upright(toTensor(decode(file, header), mode));
    }

    /**
     * Returns the numbers of a mask's pixels (H, W), 0 to 255: the greys of an image without colours, the places in the palette of one
     * whose palette has colours, such as VOC's masks; of other images, how bright each pixel is.
     *
     * @throws DataException as {@link #read} does
     */
    public static Tensor readMask(Path file) {
        JpegHeader header = header(file);
        BufferedImage image = decode(file, header);
        if (image.getColorModel() instanceof IndexColorModel palette && !isGrey(palette)) {
            int[] places = image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
            return Tensor.of(places, image.getHeight(), image.getWidth()).to(DType.F32);
        }
        return header.upright(toTensor(image, ImageMode.GRAY).mul(255).round()).squeeze(0);
    }

    private static boolean isGrey(IndexColorModel palette) {
        return IntStream.range(0, palette.getMapSize())
                .allMatch(i -> palette.getRed(i) == palette.getGreen(i) && palette.getGreen(i) == palette.getBlue(i));
    }

    private static JpegHeader header(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file + (Files.isDirectory(file) ? ": is a folder, expected an image"
                    : ": there is no such file"));
        }
        try {
            return JpegHeader.of(file);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + FileErrors.describe(e), e);
        }
    }

    private static BufferedImage decode(Path file, JpegHeader header) {
        String[] truncated = {null};
        BufferedImage image;
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            if (in == null) {
                throw new DataException(file + ": cannot be read");
            }
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new DataException(file + ": is no image of a format that can be read: "
                        + String.join(", ", new TreeSet<>(ENDINGS)) + "; convert it, for example to png");
            }
            ImageReader reader = readers.next();
            try {
                // A JPEG file that is cut short is a warning only, and half a picture.
                reader.addIIOReadWarningListener((_, warning) -> {
                    if (warning.contains("Truncated File") || warning.contains("premature end")) {
                        truncated[0] = warning;
                    }
                });
                reader.setInput(in, true, true);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > MOST_PIXELS) {
                    throw new DataException(file + ": says that it has " + reader.getWidth(0) + " x "
                            + reader.getHeight(0) + " pixels, expected at most " + MOST_PIXELS);
                }
                image = header.isForPrinting() ? printed(reader.readRaster(0, null), header) : reader.read(0);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof DataException) {
                throw (DataException) e;
            }
            // Decoders throw all sorts of runtime exceptions at broken files.
            throw new DataException(file + ": the image is broken: " + e, e);
        }
        if (truncated[0] != null) {
            throw new DataException(file + ": the image is cut short: " + truncated[0]);
        }
        return image;
    }

    private static BufferedImage printed(Raster raster, JpegHeader header) {
        BufferedImage image = new BufferedImage(raster.getWidth(), raster.getHeight(), BufferedImage.TYPE_INT_RGB);
        int[] pixel = new int[4];
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                header.toRgb(raster.getPixel(x, y, pixel));
                image.setRGB(x, y, pixel[0] << 16 | pixel[1] << 8 | pixel[2]);
            }
        }
        return image;
    }

    /** Returns an image's numbers (C, H, W). */
    public static Tensor toTensor(BufferedImage image, ImageMode mode) {
        int width = image.getWidth();
        int height = image.getHeight();
        int area = width * height;
        float[] rgba = rgba(image);
        float[] pixels = new float[mode.channels() * area];
        if (mode == ImageMode.GRAY) {
            for (int i = 0; i < area; i++) {
                float red = rgba[i];
                float green = rgba[area + i];
                float blue = rgba[2 * area + i];
                // What has no colour stays as it is, to the bit.
                pixels[i] = red == green && green == blue ? red
                        : (299 * red + 587 * green + 114 * blue) / 1000;
            }
        } else {
            System.arraycopy(rgba, 0, pixels, 0, pixels.length);
        }
        return Tensor.of(pixels, mode.channels(), height, width);
    }

    /** Returns red, green, blue and opacity, one plane after the other. */
    private static float[] rgba(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int area = width * height;
        float[] planes = new float[4 * area];
        ColorModel model = image.getColorModel();
        int space = model.getColorSpace().getType();
        if (model instanceof ComponentColorModel && model.getTransferType() <= DataBuffer.TYPE_USHORT
                && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB)) {
            // getRGB would take grey numbers for linear light and brighten them, and cut 16 bits to 8.
            int bands = image.getRaster().getNumBands();
            int colors = space == ColorSpace.TYPE_GRAY ? 1 : 3;
            int[] row = new int[width * bands];
            for (int y = 0; y < height; y++) {
                image.getRaster().getPixels(0, y, width, 1, row);
                for (int x = 0; x < width; x++) {
                    for (int c = 0; c < 4; c++) {
                        int band = c < 3 ? Math.min(c, colors - 1) : colors;
                        planes[c * area + y * width + x] = band < bands
                                ? row[x * bands + band] / (float) ((1 << model.getComponentSize(band)) - 1)
                                : 1;
                    }
                }
            }
            return planes;
        }
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 4; c++) {
                    int shift = c == 3 ? 24 : 16 - 8 * c;
                    planes[c * area + y * width + x] = (row[x] >>> shift & 0xFF) / 255f;
                }
            }
        }
        return planes;
    }

    /**
     * Returns a tensor as an image of 8 bits a channel; numbers beyond 0 to 1 are cut.
     *
     * @param image (C, H, W) or (H, W) with 1, 3 or 4 channels
     */
    public static BufferedImage toImage(Tensor image) {
        Tensor planes = image.rank() == 2 ? image.unsqueeze(0) : image;
        int channels = planes.rank() == 3 ? (int) planes.size(0) : 0;
        if (channels != 1 && channels != 3 && channels != 4 || planes.numel() == 0) {
            throw new IllegalArgumentException("Images: the tensor has shape " + image.shape()
                    + ", expected (C, H, W) with 1, 3 or 4 channels, or (H, W)");
        }
        int height = (int) planes.size(1);
        int width = (int) planes.size(2);
        float[] numbers = planes.toFloatArray();
        ColorSpace space = ColorSpace.getInstance(channels == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
        ColorModel model = new ComponentColorModel(space, channels == 4, false,
                channels == 4 ? Transparency.TRANSLUCENT : Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        WritableRaster raster = model.createCompatibleWritableRaster(width, height);
        int[] row = new int[width * channels];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    float number = numbers[(c * height + y) * width + x];
                    row[x * channels + c] = Math.round(255 * Math.max(0, Math.min(1, number)));
                }
            }
            raster.setPixels(0, y, width, 1, row);
        }
        return new BufferedImage(model, raster, false, null);
    }

    /**
     * Writes an image as the file's ending says: .png, .jpg, .bmp, .gif.
     *
     * @param image (C, H, W) or (H, W)
     * @throws DataException if the file cannot be written, or the format has no such channels
     */
    public static void save(Tensor image, Path file) {
        BufferedImage picture = toImage(image);
        try {
            ByteArrayOutputStream encoded = new ByteArrayOutputStream();
            if (!ImageIO.write(picture, ending(file), encoded)) {
                throw new DataException(file + ": images of " + picture.getColorModel().getNumComponents()
                        + " channels are not written as ." + ending(file) + "; .png takes all");
            }
            WholeFile.write(file, encoded.toByteArray());
        } catch (IOException e) {
            throw new DataException(file + ": cannot be written: " + e, e);
        }
    }
}
