package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/**
 * Convolutions by kernels of 3 x 3 with a stride of 1, and their gradients, with a quarter of the multiplications: the
 * algorithm F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, after Winograd and
 * after Toom and Cook.
 *
 * <p>Outputs are cut into tiles of 4 x 4, each of which meets 6 x 6 inputs. Kernels and inputs are transformed to 6 x 6
 * numbers, whose products, summed over the channels, are transformed back. So there are 36 products of matrices, tiles by
 * channels and channels by filters. The points of interpolation are 0, +-sqrt(1/2), +-sqrt(2) and infinity, which keep more
 * digits than the usual 0, +-1, +-2: of sums over 512 channels the largest error was 1.3 times that of adding up product by
 * product, and 6 times with the usual ones.
 *
 * <p>Channels lie side by side in all that is between: images are turned while they are read and written.
 */
final class Winograd {
    /** The one in Java: it does not pack small operands, and factors are packed once for all blocks of tiles. */
    private static final Gemm GEMM = Simd.gemm();
    private static final Rows ROWS = Simd.rows();
    /** Null where there are no vectors. */
    private static final WinogradLanes LANES = Simd.winogradLanes();

    static final int KERNEL = 3;
    private static final int TILE = 4;
    static final int PATCH = 6;
    static final int POINTS = PATCH * PATCH;
    /** Channels and filters must be multiples, so that there is nothing left over at any width of vectors. */
    static final int ALIGNMENT = 16;
    /**
     * How many tiles are done at once, about: few enough for their transforms to stay in the second cache, as many as make up
     * for reading all factors where there are many channels.
     */
    private static final int LEAST_BLOCK = 16;
    private static final int MOST_BLOCK = 32;
    private static final int CHANNELS_PER_TILE = 8;
    /** How many filters a task does at most: another one transforms the same inputs again. */
    private static final int BLOCK_FILTERS = 256;
    /** So few tiles are one block. */
    private static final int FEW_TILES = 64;
    /** How many filters a task does where all tiles are one block: their factors stay in the second cache. */
    private static final int NARROW = 32;
    /** With fewer tiles in all, transforming the weight is not worth it. */
    private static final int LEAST_TILES = 32;
    /** Gradients of weights are computed in about so many tasks. */
    private static final int TASKS = 4;

    private final int images;
    /** Sizes of the inputs, (images, channels, height, width). */
    private final int channels;
    private final int height;
    private final int width;
    private final int paddingH;
    private final int paddingW;
    /** Sizes of the outputs. */
    private final int filters;
    private final WinogradFactors kernels;
    private final int outHeight;
    private final int outWidth;
    /** Tiles of an image, downwards and across. */
    private final int down;
    private final int across;
    /** A block is some images, or some rows of tiles of one image. */
    private final int blockImages;
    private final int blockDown;
    private final int blocksPerImage;
    private final int blocks;

    /** How a convolution of these shapes is done; forth says in which direction: back, outputs take the role of inputs. */
    private Winograd(ConvShape shape, boolean forth) {
        images = shape.images;
        channels = forth ? shape.channels : shape.filters;
        filters = forth ? shape.filters : shape.channels;
        kernels = new WinogradFactors(channels, filters);
        int[] from = forth ? shape.in : shape.out;
        int[] to = forth ? shape.out : shape.in;
        height = from[1];
        width = from[2];
        outHeight = to[1];
        outWidth = to[2];
        long[] padding = forth ? shape.how.padding() : shape.turned().padding();
        paddingH = (int) padding[1];
        paddingW = (int) padding[2];
        down = Math.ceilDiv(outHeight, TILE);
        across = Math.ceilDiv(outWidth, TILE);
        int all = images * down * across;
        int tiles =
                all <= FEW_TILES ? all : Math.clamp((channels + filters) / CHANNELS_PER_TILE, LEAST_BLOCK, MOST_BLOCK);
        blockImages = Math.min(images, Math.max(1, tiles / (down * across)));
        blockDown = Math.min(down, Math.max(1, tiles / across));
        blocksPerImage = Math.ceilDiv(down, blockDown);
        blocks = Math.ceilDiv(images, blockImages) * blocksPerImage;
    }

    /** Whether a convolution can be done so, and should. */
    static boolean fits(ConvShape shape) {
        return LANES != null && LANES.lanes() <= ALIGNMENT && shape.groups == 1 && shape.channels % ALIGNMENT == 0
                && shape.filters % ALIGNMENT == 0 && shape.in[0] == 1 && shape.out[0] == 1 && shape.kernel[0] == 1
                && shape.kernel[1] == KERNEL && shape.kernel[2] == KERNEL && !shape.hasStride()
                && shape.how.padding()[0] == 0 && shape.how.padding()[1] < KERNEL && shape.how.padding()[2] < KERNEL
                && shape.how.dilation()[1] == 1 && shape.how.dilation()[2] == 1
                && (long) shape.images * Math.ceilDiv(shape.out[1], TILE) * Math.ceilDiv(shape.out[2], TILE)
                        >= LEAST_TILES
                && shape.out[1] >= TILE && shape.out[2] >= TILE;
    }

    static long bytes(long elements) {
        return elements * Float.BYTES;
    }

    /** Of one number of each lane. */
    static long vector() {
        return bytes(LANES.lanes());
    }

    /** Something that is done with scratch memory. */
    @FunctionalInterface
    interface ScratchBody {
        void run(long scratch);
    }

    static void withScratch(long elements, ScratchBody body) {
        long scratch = SlabAllocator.global().allocate(bytes(elements));
        try {
            body.run(scratch);
        } finally {
            SlabAllocator.global().free(scratch, bytes(elements));
        }
    }

    /** Some tiles: whole rows of them of one image or of several. */
    private record Block(int image, int images, int top, int rows) {
    }

    private Block block(int number) {
        int image = number / blocksPerImage * blockImages;
        int top = number % blocksPerImage * blockDown;
        return new Block(image, Math.min(blockImages, images - image), top, Math.min(blockDown, down - top));
    }

    private int tiles(Block block) {
        return block.images * block.rows * across;
    }

    private int mostTiles() {
        return blockImages * blockDown * across;
    }

    // ---- outputs, and the gradients of inputs ----------------------------------------------------------------------

    /** out = the convolution of x, plus a bias or 0. */
    static void forward(ConvShape shape, Tensor out, Tensor x, Tensor weight, Tensor bias) {
        new Winograd(shape, true).convolve(out.address(), x.address(), weight.address(),
                bias == null ? 0 : bias.address(), false);
    }

    /** x = the transposed convolution of out, plus a bias or 0: a convolution with kernels turned around. */
    static void transposed(ConvShape shape, Tensor x, Tensor out, Tensor weight, Tensor bias) {
        new Winograd(shape, false).convolve(x.address(), out.address(), weight.address(),
                bias == null ? 0 : bias.address(), true);
    }

    private void convolve(long out, long x, long weight, long bias, boolean turned) {
        if (blocks == 1) {
            convolveNarrow(out, x, weight, bias, turned);
            return;
        }
        WinogradPlanes factors = WinogradPlanes.of(channels, filters);
        long each = GEMM.packedBytes(width(), channels) / Float.BYTES;
        withScratch(filterBlocks() * POINTS * each, packed -> {
            withScratch(factors.elements(), u -> {
                kernels.transform(u, factors, weight, turned);
                WorkerPool.global().parallelFor((long) filterBlocks() * POINTS, 1, (first, end) -> {
                    for (long task = first; task < end; task++) {
                        int filter = (int) (task / POINTS) * width();
                        GEMM.pack(packed + bytes(task * each), false, count(filter), channels,
                                factors.at(u, (int) (task % POINTS), 0, filter), factors.row());
                    }
                });
            });
            convolve(out, x, packed, each, bias);
        });
    }

    /** Returns how many filters a task does, but for the last ones. */
    private int width() {
        return Math.min(filters, BLOCK_FILTERS);
    }

    private int filterBlocks() {
        return Math.ceilDiv(filters, width());
    }

    /** Returns how many filters a task does from this one on. */
    private int count(int filter) {
        return Math.min(width(), filters - filter);
    }

    /** Does all blocks, with packed factors, so many elements each. */
    private void convolve(long out, long x, long packed, long each, long bias) {
        WinogradPlanes inputs = WinogradPlanes.of(mostTiles(), channels);
        WinogradPlanes sums = WinogradPlanes.of(mostTiles(), width());
        int parts = filterBlocks();
        WorkerPool.global().parallelFor((long) blocks * parts, 1, (first, end) -> {
            long plane = inputs.elements() + sums.elements();
            withScratch(plane + imageElements(), scratch -> {
                long m = scratch + bytes(inputs.elements());
                for (long task = first; task < end; task++) {
                    Block block = block((int) (task / parts));
                    int part = (int) (task % parts);
                    int count = count(part * width());
                    transformInput(scratch, inputs, x, block, 0, channels, scratch + bytes(plane));
                    for (int point = 0; point < POINTS; point++) {
                        GEMM.sgemmPacked(false, tiles(block), count, channels, inputs.at(scratch, point, 0, 0),
                                inputs.row(),
                                packed + bytes((part * POINTS + point) * each), 0, sums.at(m, point, 0, 0), sums.row());
                    }
                    transformOutput(out, m, sums, block, part * width(), count, bias, scratch + bytes(plane));
                }
            });
        });
    }

    /** Does the only block, some filters at a time, whose factors are used as soon as they are there. */
    private void convolveNarrow(long out, long x, long weight, long bias, boolean turned) {
        Block block = block(0);
        WinogradPlanes inputs = WinogradPlanes.of(mostTiles(), channels);
        WinogradPlanes factors = WinogradPlanes.of(channels, NARROW);
        WinogradPlanes sums = WinogradPlanes.of(mostTiles(), NARROW);
        withScratch(inputs.elements(), v -> {
            transformInput(v, inputs, x, block);
            WorkerPool.global().parallelFor(Math.ceilDiv(filters, NARROW), 1, (first, end) -> {
                long planes = factors.elements() + sums.elements();
                withScratch(planes + Math.max(imageElements(), WinogradFactors.elements()), u -> {
                    long m = u + bytes(factors.elements());
                    for (int filter = (int) first * NARROW; filter < Math.min(end * NARROW, filters);
                            filter += NARROW) {
                        int count = Math.min(NARROW, filters - filter);
                        for (int channel = 0; channel < channels; channel += WinogradFactors.PIECE) {
                            for (int k = filter; k < filter + count; k += LANES.lanes()) {
                                kernels.transform(u - bytes(filter), factors, weight, turned, k, channel,
                                        Math.min(WinogradFactors.PIECE, channels - channel), u + bytes(planes));
                            }
                        }
                        for (int point = 0; point < POINTS; point++) {
                            GEMM.sgemm(false, false, tiles(block), count, channels, 1, inputs.at(v, point, 0, 0),
                                    inputs.row(), factors.at(u, point, 0, 0), factors.row(), 0, sums.at(m, point, 0, 0),
                                    sums.row());
                        }
                        transformOutput(out, m, sums, block, filter, count, bias, u + bytes(planes));
                    }
                });
            });
        });
    }

    /** Transforms all channels of the inputs of a block, on all threads. */
    private void transformInput(long v, WinogradPlanes inputs, long x, Block block) {
        WorkerPool.global().parallelFor(channels / LANES.lanes(), 4, (first, end) -> withScratch(imageElements(),
                scratch -> transformInput(v, inputs, x, block, (int) first * LANES.lanes(), (int) end * LANES.lanes(),
                        scratch)));
    }

    // ---- between images and planes ---------------------------------------------------------------------------------

    /** Returns how many elements images need that are turned and half transformed, of as many channels as there are lanes. */
    private long imageElements() {
        long columns = across * TILE + PATCH - TILE;
        long half = Math.max(PATCH * columns, (long) TILE * PATCH * across + 1);
        return ((blockDown * TILE + PATCH - TILE) * columns + half) * LANES.lanes();
    }

    /** v[point][tile][channel] = the transforms of the 6 x 6 inputs of each tile. */
    private void transformInput(long v, WinogradPlanes planes, long x, Block block, int from, int until, long scratch) {
        int rows = block.rows * TILE + PATCH - TILE;
        int columns = across * TILE + PATCH - TILE;
        long row = columns * vector();
        long half = scratch + rows * row;
        clear(scratch, row, columns, height, width, block.top * TILE - paddingH, rows, paddingW);
        for (int image = 0; image < block.images; image++) {
            for (int channel = from; channel < until; channel += LANES.lanes()) {
                long plane = x + bytes(((long) (block.image + image) * channels + channel) * height * width);
                read(scratch, row, plane, height, width, block.top * TILE - paddingH, rows, paddingW);
                for (int r = 0; r < block.rows; r++) {
                    long tile = ((long) image * block.rows + r) * across;
                    LANES.input(scratch + r * TILE * row, row, vector(), half, row, vector(), columns);
                    for (int i = 0; i < PATCH; i++) {
                        LANES.input(half + i * row, vector(), TILE * vector(),
                                planes.at(v, i * PATCH, tile, channel), bytes(planes.plane()), bytes(planes.row()),
                                across);
                    }
                }
            }
        }
    }

    /** v[point][tile][filter] = the gradients of each tile's sums, from those of its 4 x 4 outputs. */
    private void transformGradient(long v, WinogradPlanes planes, long out, Block block, int filter, int count,
            long scratch) {
        int rows = block.rows * TILE;
        long row = across * TILE * vector();
        long half = scratch + rows * row;
        clear(scratch, row, across * TILE, outHeight, outWidth, block.top * TILE, rows, 0);
        for (int image = 0; image < block.images; image++) {
            for (int k = 0; k < count; k += LANES.lanes()) {
                long plane = out + bytes(((long) (block.image + image) * filters + filter + k) * outHeight * outWidth);
                read(scratch, row, plane, outHeight, outWidth, block.top * TILE, rows, 0);
                for (int r = 0; r < block.rows; r++) {
                    long tile = ((long) image * block.rows + r) * across;
                    LANES.outputBack(scratch + r * TILE * row, row, vector(), half, row, vector(), across * TILE);
                    for (int i = 0; i < PATCH; i++) {
                        LANES.outputBack(half + i * row, vector(), TILE * vector(), planes.at(v, i * PATCH, tile, k),
                                bytes(planes.plane()), bytes(planes.row()), across);
                    }
                }
            }
        }
    }

    /** Writes zeros where {@link #read} does not write. */
    private static void clear(long to, long rowTo, int columns, int height, int width, int top, int rows, int left) {
        for (int i = 0; i < rows; i++) {
            long row = to + i * rowTo;
            boolean inside = top + i >= 0 && top + i < height;
            ROWS.fill(row, 0, (inside ? left : columns) * LANES.lanes());
            if (inside) {
                ROWS.fill(row + (left + width) * vector(), 0, (columns - left - width) * LANES.lanes());
            }
        }
    }

    /** Turns rows of a plane, of as many channels as there are lanes, from the row top on, which may lie above the first one. */
    private static void read(long to, long rowTo, long plane, int height, int width, int top, int rows, int left) {
        long channel = bytes((long) height * width);
        int end = Math.min(rows, height - top);
        for (int i = Math.max(0, -top); i < end; i++) {
            LANES.transpose(to + i * rowTo + left * vector(), vector(), plane + bytes((long) (top + i) * width),
                    channel,
                    LANES.lanes(), width);
        }
    }

    /** out = the 4 x 4 outputs of each tile's sums, plus a bias or 0. */
    private void transformOutput(long out, long m, WinogradPlanes planes, Block block, int filter, int count, long bias,
            long scratch) {
        int rows = Math.min(block.rows * TILE, outHeight - block.top * TILE);
        long row = across * TILE * vector();
        long zeros = scratch;
        long full = zeros + vector();
        long half = full + block.rows * TILE * row;
        long halfRow = across * PATCH * vector();
        ROWS.fill(zeros, 0, LANES.lanes());
        for (int image = 0; image < block.images; image++) {
            for (int k = 0; k < count; k += LANES.lanes()) {
                long start = bias == 0 ? zeros : bias + bytes(filter + k);
                for (int r = 0; r < block.rows; r++) {
                    long tile = ((long) image * block.rows + r) * across;
                    for (int j = 0; j < PATCH; j++) {
                        LANES.output(planes.at(m, j, tile, k), bytes(PATCH * planes.plane()), bytes(planes.row()),
                                half + j * vector(), halfRow, PATCH * vector(), across, zeros);
                    }
                    for (int i = 0; i < TILE; i++) {
                        LANES.output(half + i * halfRow, vector(), PATCH * vector(), full + (r * TILE + i) * row,
                                vector(), TILE * vector(), across, start);
                    }
                }
                long plane = out + bytes((((long) (block.image + image) * filters + filter + k) * outHeight
                        + block.top * TILE) * outWidth);
                for (int i = 0; i < rows; i++) {
                    LANES.transpose(plane + bytes((long) i * outWidth), bytes((long) outHeight * outWidth),
                            full + i * row, vector(), outWidth, LANES.lanes());
                }
            }
        }
    }

    // ---- gradients of weights --------------------------------------------------------------------------------------

    /** weight = the sum over all outputs of out times the x that it met. */
    static void weight(ConvShape shape, Tensor weight, Tensor out, Tensor x) {
        new Winograd(shape, true).weight(weight.address(), out.address(), x.address());
    }

    private void weight(long weight, long out, long x) {
        if (blocks == 1) {
            weightNarrow(weight, out, x);
            return;
        }
        int filterBlocks = filterBlocks();
        int parts = Math.min(blocks, Math.ceilDiv(TASKS, filterBlocks));
        WinogradPlanes factors = WinogradPlanes.of(filters, channels);
        WinogradPlanes inputs = WinogradPlanes.of(mostTiles(), channels);
        WinogradPlanes gradients = WinogradPlanes.of(mostTiles(), width());
        withScratch(parts * factors.elements(), u -> {
            WorkerPool.global().parallelFor((long) parts * filterBlocks, 1, (first, end) -> {
                long planes = inputs.elements() + gradients.elements();
                withScratch(planes + imageElements(), v -> {
                    long m = v + bytes(inputs.elements());
                    for (long task = first; task < end; task++) {
                        int part = (int) (task / filterBlocks);
                        int filter = (int) (task % filterBlocks) * width();
                        long sums = factors.at(u + bytes(part * factors.elements()), 0, filter, 0);
                        int begin = part * blocks / parts;
                        for (int number = begin; number < (part + 1) * blocks / parts; number++) {
                            Block block = block(number);
                            transformInput(v, inputs, x, block, 0, channels, v + bytes(planes));
                            transformGradient(m, gradients, out, block, filter, count(filter), v + bytes(planes));
                            multiply(sums, factors, number == begin ? 0 : 1, m, gradients, count(filter), v, inputs,
                                    tiles(block));
                        }
                    }
                });
            });
            WorkerPool.global().parallelFor(filters, FusedRows.rowsPerTask((long) channels * POINTS * parts),
                    (first, end) -> withScratch(kernels.backElements(), scratch -> {
                        for (long filter = first; filter < end; filter++) {
                            kernels.transformBack(weight, filter, factors.at(u, 0, filter, 0), factors, parts, scratch);
                        }
                    }));
        });
    }

    /** u[point] = the transpose of m[point] times v[point], plus beta times itself. */
    private void multiply(long u, WinogradPlanes factors, float beta, long m, WinogradPlanes gradients, int count,
            long v,
            WinogradPlanes inputs,
            int tiles) {
        for (int point = 0; point < POINTS; point++) {
            GEMM.sgemm(true, false, count, channels, tiles, 1, gradients.at(m, point, 0, 0), gradients.row(),
                    inputs.at(v, point, 0, 0), inputs.row(), beta, factors.at(u, point, 0, 0), factors.row());
        }
    }

    /** Does the only block, some filters at a time, as {@link #convolveNarrow}. */
    private void weightNarrow(long weight, long out, long x) {
        Block block = block(0);
        WinogradPlanes inputs = WinogradPlanes.of(mostTiles(), channels);
        WinogradPlanes factors = WinogradPlanes.of(NARROW, channels);
        WinogradPlanes gradients = WinogradPlanes.of(mostTiles(), NARROW);
        withScratch(inputs.elements(), v -> {
            transformInput(v, inputs, x, block);
            WorkerPool.global().parallelFor(Math.ceilDiv(filters, NARROW), 1, (first, end) -> {
                long planes = factors.elements() + gradients.elements();
                withScratch(planes + Math.max(imageElements(), kernels.backElements()), u -> {
                    long m = u + bytes(factors.elements());
                    for (int filter = (int) first * NARROW; filter < Math.min(end * NARROW, filters);
                            filter += NARROW) {
                        int count = Math.min(NARROW, filters - filter);
                        transformGradient(m, gradients, out, block, filter, count, u + bytes(planes));
                        multiply(u, factors, 0, m, gradients, count, v, inputs, tiles(block));
                        for (int k = 0; k < count; k++) {
                            kernels.transformBack(weight, filter + k, factors.at(u, 0, k, 0), factors, 1,
                                    u + bytes(planes));
                        }
                    }
                });
            });
        });
    }
}
