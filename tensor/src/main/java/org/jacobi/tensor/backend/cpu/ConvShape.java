package org.jacobi.tensor.backend.cpu;

import java.util.Arrays;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Sliding;

/**
 * The sizes of a convolution over three spatial axes, of which the first may be missing, and how its outputs are cut into tiles.
 *
 * <p>A tile is a piece of one image's outputs, or several whole images where one has few: as many columns as make a good
 * product with the weight. How they are cut follows from the shapes alone.
 */
final class ConvShape {
    private static final int AXES = 3;
    /** How many columns a tile should have: enough for packing the weight not to count. */
    private static final int WIDEST = 512;
    private static final int LEAST = 128;
    /** How many tiles there should be for threads to share, if they do not get narrower than the least. */
    private static final int TILES = 8;

    final int images;
    final int channels;
    final int filters;
    final int groups;
    /** Of one group. */
    final int groupChannels;
    final int groupFilters;
    /** Sizes along each of three axes. */
    final int[] in;
    final int[] out;
    final int[] kernel;
    /** How the kernel slides over three axes. */
    final Sliding how;
    /** Elements of one channel of one image, and places of the kernel. */
    final int inSize;
    final int outSize;
    final int places;
    /** Whether columns are the input itself. */
    final boolean pointwise;

    /**
     * Whether columns are the input moved along, because outputs lie as the inputs do: or, where there is a stride, as the
     * inputs of each of its {@link StridePhases} do.
     */
    final boolean shifts;

    private final int imagesPerTile;
    private final int tilesPerImage;
    private final int positionsPerTile;

    private ConvShape(Tensor out, Tensor x, Tensor weight, Sliding how) {
        images = (int) x.size(0);
        channels = (int) x.size(1);
        filters = (int) weight.size(0);
        groupChannels = (int) weight.size(1);
        groups = channels / groupChannels;
        groupFilters = filters / groups;
        in = spatial(x);
        this.out = spatial(out);
        kernel = spatial(weight);
        this.how = new Sliding(three(how.stride(), 1), three(how.padding(), 0), three(how.dilation(), 1));
        inSize = product(in);
        outSize = product(this.out);
        places = product(kernel);
        pointwise = places == 1 && inSize == outSize && Arrays.stream(how.stride()).allMatch(s -> s == 1)
                && Arrays.stream(how.padding()).allMatch(p -> p == 0);
        boolean flat = in[0] == 1 && kernel[0] == 1 && this.out[0] == 1 && this.how.padding()[0] == 0;
        shifts = flat && (hasStride() ? in[2] <= this.how.stride()[2] * this.out[2] : in[2] == this.out[2]);
        if (outSize >= LEAST) {
            imagesPerTile = 1;
            tilesPerImage = Math.ceilDiv(outSize, WIDEST);
            positionsPerTile = Math.ceilDiv(outSize, tilesPerImage);
        } else {
            int shared = Math.min(WIDEST / outSize, Math.ceilDiv(images, TILES));
            imagesPerTile = Math.max(Math.ceilDiv(LEAST, outSize), shared);
            tilesPerImage = 1;
            positionsPerTile = outSize;
        }
    }

    /** Returns the sizes, or null if there are more axes or elements than these kernels are for. */
    static ConvShape of(Tensor out, Tensor x, Tensor weight, Sliding how) {
        boolean fits = how.axes() <= AXES && out.numel() > 0 && x.numel() > 0
                && Math.max(Math.max(out.numel(), x.numel()), weight.numel()) < Integer.MAX_VALUE;
        return fits ? new ConvShape(out, x, weight, how) : null;
    }

    private static int[] spatial(Tensor x) {
        int[] sizes = {1, 1, 1};
        for (int axis = 2; axis < x.rank(); axis++) {
            sizes[AXES - x.rank() + axis] = (int) x.size(axis);
        }
        return sizes;
    }

    private static long[] three(long[] numbers, long missing) {
        long[] all = new long[AXES];
        Arrays.fill(all, missing);
        System.arraycopy(numbers, 0, all, AXES - numbers.length, numbers.length);
        return all;
    }

    private static int product(int[] sizes) {
        return sizes[0] * sizes[1] * sizes[2];
    }

    /** Returns the number of rows that the columns of one group have. */
    int rows() {
        return groupChannels * places;
    }

    boolean hasStride() {
        return Arrays.stream(how.stride()).anyMatch(step -> step != 1);
    }

    // ---- the convolution that goes the other way, where there is no stride ------------------------------------------

    /** Returns the shape of a weight with the roles of channels and filters exchanged. */
    Shape turnedWeight(Tensor weight) {
        return weight.shape().with(0, channels).with(1, groupFilters);
    }

    /** Returns how a kernel slides over the outputs to come to the inputs. */
    Sliding turned() {
        long[] padding = new long[AXES];
        Arrays.setAll(padding, i -> how.dilation()[i] * (kernel[i] - 1) - how.padding()[i]);
        return new Sliding(how.stride(), padding, how.dilation());
    }

    // ---- tiles -----------------------------------------------------------------------------------------------------

    int tiles() {
        return Math.ceilDiv(images, imagesPerTile) * tilesPerImage;
    }

    /** Returns how many columns a tile has at most. */
    int width() {
        return Math.min(imagesPerTile, images) * positionsPerTile;
    }

    Tile tile(int number) {
        int image = number / tilesPerImage * imagesPerTile;
        int from = number % tilesPerImage * positionsPerTile;
        return new Tile(image, Math.min(imagesPerTile, images - image), from,
                Math.min(positionsPerTile, outSize - from));
    }

    /** The outputs of whole images, or a piece of those of one. */
    record Tile(int image, int images, int from, int positions) {
        int width() {
            return images * positions;
        }
    }
}
