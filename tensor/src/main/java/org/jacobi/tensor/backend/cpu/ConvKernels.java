package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/**
 * Convolutions of f32 over up to three axes as matrix products with {@link Columns}, which are made for one tile of outputs at
 * a time. Tensors are contiguous.
 */
final class ConvKernels {
    private static final Gemm GEMM = MatmulKernels.gemm();
    private static final Rows ROWS = Simd.rows();
    private static final FusedRows FUSED_ROWS = Simd.fusedRows();
    /** So few filters a group are sums of rows, not products of matrices. */
    private static final int FEW_FILTERS = 2;
    /** Gradients of weights are computed so many rows of columns at a time. */
    private static final int BLOCK_ROWS = 576;
    /** A weight's gradient of fewer blocks is computed in so many parts of the tiles, which are added up in order. */
    private static final int PARTS = 8;

    private ConvKernels() {
    }

    private static long bytes(long elements) {
        return elements * Float.BYTES;
    }

    /** Does something with scratch memory. */
    @FunctionalInterface
    private interface ScratchBody {
        void run(long address);
    }

    private static void withScratch(long elements, ScratchBody body) {
        long scratch = SlabAllocator.global().allocate(bytes(elements));
        try {
            body.run(scratch);
        } finally {
            SlabAllocator.global().free(scratch, bytes(elements));
        }
    }

    // ---- outputs ---------------------------------------------------------------------------------------------------

    /** out = the convolution of x, plus a bias or 0. */
    static void forward(ConvShape shape, Tensor out, Tensor x, Tensor weight, Tensor bias) {
        if (Winograd.fits(shape)) {
            Winograd.forward(shape, out, x, weight, bias);
            return;
        }
        long to = out.address();
        long from = x.address();
        long filters = weight.address();
        long biases = bias == null ? 0 : bias.address();
        WorkerPool.global().parallelFor((long) shape.groups * shape.tiles(), 1, (first, end) -> {
            long columns = (long) shape.rows() * shape.width();
            withScratch(columns + (long) shape.groupFilters * shape.width(), scratch -> {
                for (long task = first; task < end; task++) {
                    int group = (int) (task % shape.groups);
                    forward(shape, group, shape.tile((int) (task / shape.groups)), to, from,
                            filters + bytes((long) group * shape.groupFilters * shape.rows()), biases, scratch,
                            scratch + bytes(columns));
                }
            });
        });
    }

    private static void forward(ConvShape shape, int group, ConvShape.Tile tile, long out, long x, long weight,
            long bias, long columns, long products) {
        int channel = group * shape.groupChannels;
        int filter = group * shape.groupFilters;
        int width = tile.width();
        long first = x + bytes(((long) tile.image() * shape.channels + channel) * shape.inSize);
        long target = out + bytes(((long) tile.image() * shape.filters + filter) * shape.outSize + tile.from());
        boolean inPlace = shape.pointwise && tile.images() == 1;
        long matrix = inPlace ? first + bytes(tile.from()) : columns;
        int ldMatrix = inPlace ? shape.inSize : width;
        if (!inPlace) {
            Columns.lower(columns, shape, tile, first, shape.groupChannels);
        }
        boolean direct = tile.images() == 1;
        multiply(shape, weight, matrix, ldMatrix, width, direct ? target : products, direct ? shape.outSize : width,
                bias == 0 ? 0 : bias + bytes(filter));
        for (int image = 0; image < tile.images() && !direct; image++) {
            for (int k = 0; k < shape.groupFilters; k++) {
                ROWS.copy(target + bytes(((long) image * shape.filters + k) * shape.outSize),
                        products + bytes((long) k * width + (long) image * tile.positions()), tile.positions());
            }
        }
    }

    /** target (filters, width) = weight (filters, rows) matrix (rows, width) + bias. */
    private static void multiply(ConvShape shape, long weight, long matrix, int ldMatrix, int width, long target,
            int ldTarget, long bias) {
        int rows = shape.rows();
        boolean few = shape.groupFilters <= FEW_FILTERS;
        for (int k = 0; k < shape.groupFilters; k++) {
            long row = target + bytes((long) k * ldTarget);
            float start = bias == 0 ? 0 : FusedRows.get(bias + bytes(k));
            if (few) {
                FUSED_ROWS.weightedSum(row, weight + bytes((long) k * rows), matrix, bytes(ldMatrix), rows, width);
                addNumber(row, start, width);
            } else if (bias != 0) {
                ROWS.fill(row, start, width);
            }
        }
        if (!few) {
            GEMM.sgemm(false, false, shape.groupFilters, width, rows, 1, weight, rows, matrix, ldMatrix,
                    bias == 0 ? 0 : 1, target, ldTarget);
        }
    }

    private static void addNumber(long row, float number, int n) {
        for (int i = 0; i < n; i++) {
            FusedRows.set(row + bytes(i), FusedRows.get(row + bytes(i)) + number);
        }
    }

    // ---- inputs ----------------------------------------------------------------------------------------------------

    /** x = the transposed convolution of out, plus a bias or 0. */
    static void transposed(ConvShape shape, Tensor x, Tensor out, Tensor weight, Tensor bias) {
        if (Winograd.fits(shape)) {
            Winograd.transposed(shape, x, out, weight, bias);
            return;
        }
        if (!shape.hasStride()) {
            // A convolution, too: with the kernel's places in reverse order and the roles of channels and filters exchanged.
            Tensor turned = Tensor.empty(weight.device(), weight.dtype(), shape.turnedWeight(weight));
            turn(shape, turned.address(), weight.address());
            forward(ConvShape.of(x, out, turned, shape.turned()), x, out, turned, bias);
            turned.release();
            return;
        }
        long to = x.address();
        long from = out.address();
        long filters = weight.address();
        long biases = bias == null ? 0 : bias.address();
        int images = Math.max(1, shape.tile(0).images());
        int perTask = shape.tiles() / Math.ceilDiv(shape.images, images);
        int blocks = Math.ceilDiv(shape.groupChannels, blockChannels(shape));
        long tasks = (long) shape.tiles() / perTask * shape.groups * blocks;
        WorkerPool.global().parallelFor(tasks, 1, (first, end) -> {
            long columns = (long) blockChannels(shape) * shape.places * shape.width();
            withScratch(columns + (long) shape.groupFilters * shape.width(), scratch -> {
                for (long task = first; task < end; task++) {
                    int block = (int) (task % blocks);
                    int group = (int) (task / blocks % shape.groups);
                    int tile = (int) (task / blocks / shape.groups) * perTask;
                    transposed(shape, group, block * blockChannels(shape), tile, tile + perTask, to, from, filters,
                            biases, scratch, scratch + bytes(columns));
                }
            });
        });
    }

    /** to[c][k][places in reverse order] = weight[k][c][places], in each group. */
    private static void turn(ConvShape shape, long to, long weight) {
        long grain = Math.max(1, FusedRows.TASK_ELEMENTS / ((long) shape.groupFilters * shape.places));
        WorkerPool.global().parallelFor(shape.channels, grain, (first, end) -> {
            for (long channel = first; channel < end; channel++) {
                long filter = channel / shape.groupChannels * shape.groupFilters;
                for (int k = 0; k < shape.groupFilters; k++) {
                    long from =
                            weight + bytes((filter + k) * shape.rows() + channel % shape.groupChannels * shape.places);
                    long target = to + bytes((channel * shape.groupFilters + k) * shape.places);
                    for (int place = 0; place < shape.places; place++) {
                        FusedRows.set(target + bytes(shape.places - 1 - place), FusedRows.get(from + bytes(place)));
                    }
                }
            }
        });
    }

    /** Returns how many channels are done together: about as many as have the rows of a block. */
    private static int blockChannels(ConvShape shape) {
        return Math.min(shape.groupChannels, Math.ceilDiv(BLOCK_ROWS, shape.places));
    }

    /** Does some channels of the images that some tiles, one after the other, make up. */
    private static void transposed(ConvShape shape, int group, int start, int firstTile, int endTile, long x, long out,
            long weight, long bias, long columns, long gathered) {
        int channels = Math.min(blockChannels(shape), shape.groupChannels - start);
        int channel = group * shape.groupChannels + start;
        int filter = group * shape.groupFilters;
        int rows = channels * shape.places;
        ConvShape.Tile images = shape.tile(firstTile);
        long first = x + bytes(((long) images.image() * shape.channels + channel) * shape.inSize);
        for (int image = 0; image < images.images(); image++) {
            for (int c = 0; c < channels; c++) {
                ROWS.fill(first + bytes(((long) image * shape.channels + c) * shape.inSize),
                        bias == 0 ? 0 : FusedRows.get(bias + bytes(channel + c)), shape.inSize);
            }
        }
        long matrix = weight + bytes((long) filter * shape.rows() + (long) start * shape.places);
        for (int number = firstTile; number < endTile; number++) {
            ConvShape.Tile tile = shape.tile(number);
            long dout = outputs(shape, filter, tile, out, gathered);
            GEMM.sgemm(true, false, rows, tile.width(), shape.groupFilters, 1, matrix, shape.rows(), dout,
                    tile.images() == 1 ? shape.outSize : tile.width(), 0, columns, tile.width());
            Columns.addBack(columns, shape, tile, first, channels);
        }
    }

    /** Returns the address of a tile of outputs as a matrix (filters, width); several images' are gathered to one. */
    private static long outputs(ConvShape shape, int filter, ConvShape.Tile tile, long out, long gathered) {
        long first = out + bytes(((long) tile.image() * shape.filters + filter) * shape.outSize + tile.from());
        if (tile.images() == 1) {
            return first;
        }
        for (int k = 0; k < shape.groupFilters; k++) {
            for (int image = 0; image < tile.images(); image++) {
                ROWS.copy(gathered + bytes((long) k * tile.width() + (long) image * tile.positions()),
                        first + bytes(((long) image * shape.filters + k) * shape.outSize), tile.positions());
            }
        }
        return gathered;
    }

    // ---- weights ---------------------------------------------------------------------------------------------------

    /** weight = the sum over all outputs of out times the x that it met. */
    static void weight(ConvShape shape, Tensor weight, Tensor out, Tensor x) {
        if (Winograd.fits(shape)) {
            Winograd.weight(shape, weight, out, x);
            return;
        }
        int blocks = Math.ceilDiv(shape.groupChannels, blockChannels(shape));
        int parts = Math.min(shape.tiles(), Math.ceilDiv(PARTS, blocks * shape.groups));
        long numel = weight.numel();
        long to = weight.address();
        long outs = out.address();
        long xs = x.address();
        if (parts == 1) {
            weight(shape, blocks, 1, to, 0, outs, xs);
        } else {
            withScratch(parts * numel, sums -> {
                weight(shape, blocks, parts, sums, numel, outs, xs);
                WorkerPool.global().parallelFor(numel, StridedLoop.TASK_ELEMENTS,
                        (from, end) -> ROWS.sumRows(to + bytes(from), sums + bytes(from), bytes(numel), parts,
                                (int) (end - from)));
            });
        }
    }

    private static void weight(ConvShape shape, int blocks, int parts, long sums, long apart, long out, long x) {
        WorkerPool.global().parallelFor((long) blocks * shape.groups * parts, 1, (first, end) -> {
            long columns = (long) blockChannels(shape) * shape.places * shape.width();
            withScratch(columns + (long) shape.groupFilters * shape.width(), scratch -> {
                for (long task = first; task < end; task++) {
                    int block = (int) (task % blocks);
                    int group = (int) (task / blocks % shape.groups);
                    long part = task / blocks / shape.groups;
                    weight(shape, group, block * blockChannels(shape), (int) (part * shape.tiles() / parts),
                            (int) ((part + 1) * shape.tiles() / parts), sums + bytes(part * apart), out, x, scratch,
                            scratch + bytes(columns));
                }
            });
        });
    }

    /** Does the columns of some channels, over some tiles. */
    private static void weight(ConvShape shape, int group, int start, int firstTile, int endTile, long weight, long out,
            long x, long columns, long gathered) {
        int channels = Math.min(blockChannels(shape), shape.groupChannels - start);
        int channel = group * shape.groupChannels + start;
        int filter = group * shape.groupFilters;
        int rows = channels * shape.places;
        long target = weight + bytes((long) filter * shape.rows() + (long) start * shape.places);
        for (int number = firstTile; number < endTile; number++) {
            ConvShape.Tile tile = shape.tile(number);
            long first = x + bytes(((long) tile.image() * shape.channels + channel) * shape.inSize);
            long dout = outputs(shape, filter, tile, out, gathered);
            boolean inPlace = shape.pointwise && tile.images() == 1;
            if (!inPlace) {
                Columns.lower(columns, shape, tile, first, channels);
            }
            GEMM.sgemm(false, true, shape.groupFilters, rows, tile.width(), 1, dout,
                    tile.images() == 1 ? shape.outSize : tile.width(), inPlace ? first + bytes(tile.from()) : columns,
                    inPlace ? shape.inSize : tile.width(), number == firstTile ? 0 : 1, target, shape.rows());
        }
    }
}
