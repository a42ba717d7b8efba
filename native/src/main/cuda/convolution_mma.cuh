// Convolutions in bf16 on tensor cores, with sums in f32. Both operands lie in shared memory as rows along depth, as addRowProducts
// takes them; what the next step needs is read into registers while the products of this one are made.
#include "convolution.cuh"
#include "mma.cuh"

using Arguments = ConvolutionArguments<BFloat16>;

/** Rows of a tile along depth, the tile's columns, and a warp's part of rows and columns. */
constexpr int DEPTH = 32;
constexpr int COLUMNS = 64;
constexpr int WARP_ROWS = 32;
constexpr int WARP_COLUMNS = 32;
constexpr int PACK_OF_HALVES = 8;
constexpr int STRIDE = RowOf<DEPTH>::STRIDE;
/** Packs of a row of a tile. */
constexpr int ACROSS = DEPTH / PACK_OF_HALVES;

/** Four warps for 64 rows, eight for 128. */
template <int ROWS> constexpr int THREADS = ROWS / WARP_ROWS * (COLUMNS / WARP_COLUMNS) * WARP;

/** A thread's packs of a tile of so many rows: always of the same row, so that its place is found once. */
template <int LENGTH, int THREADS> struct Share {
    static constexpr int PACKS = LENGTH * ACROSS / THREADS;
    int row = (int) threadIdx.x % LENGTH;
    int first = (int) threadIdx.x / LENGTH;

    /** Which of the row's packs the thread's i-th one is. */
    __device__ __forceinline__ int pack(int i) const { return first + i * (THREADS / LENGTH); }

    __device__ __forceinline__ void write(BFloat16 *tile, const BFloat16 (&packs)[PACKS][PACK_OF_HALVES]) const {
#pragma unroll
        for (int i = 0; i < PACKS; i++) {
            writePack(tile + row * STRIDE + pack(i) * PACK_OF_HALVES, packs[i]);
        }
    }
};

template <int ROWS, template <class> class Product> __device__ __forceinline__ void convolutionKernel(const Arguments &args) {
    constexpr int COUNT = THREADS<ROWS>;
    __align__(16) __shared__ BFloat16 a[ROWS * STRIDE];
    __align__(16) __shared__ BFloat16 b[COLUMNS * STRIDE];
    Product<BFloat16> product{args, (int) blockIdx.y};
    Share<ROWS, COUNT> leftShare;
    Share<COLUMNS, COUNT> rightShare;
    int tilesAcross = (product.columns + COLUMNS - 1) / COLUMNS;
    int top = (int) (blockIdx.x / tilesAcross) * ROWS;
    int left = (int) (blockIdx.x % tilesAcross) * COLUMNS;
    Part part(product.depth, DEPTH, args.parts);
    const Extent &along = product.depthExtent();
    int ownRow = top + leftShare.row;
    int ownColumn = left + rightShare.row;
    Position column(ownColumn, product.columnExtent());
    BFloat16 lefts[Share<ROWS, COUNT>::PACKS][PACK_OF_HALVES];
    BFloat16 rights[Share<COLUMNS, COUNT>::PACKS][PACK_OF_HALVES];
    auto read = [&](int from) {
#pragma unroll
        for (int i = 0; i < Share<ROWS, COUNT>::PACKS; i++) {
            int k = from + leftShare.pack(i) * PACK_OF_HALVES;
            Position depth(k, along);
            if (args.packed && ownRow < product.rows && k < part.end) { // whole packs: depth is a multiple of them
                readPack(lefts[i], product.left(ownRow, depth));
                continue;
            }
#pragma unroll
            for (int j = 0; j < PACK_OF_HALVES; j++) {
                lefts[i][j] = ownRow < product.rows && k + j < part.end ? *product.left(ownRow, depth) : BFloat16{};
                depth.next(along);
            }
        }
#pragma unroll
        for (int i = 0; i < Share<COLUMNS, COUNT>::PACKS; i++) {
            int k = from + rightShare.pack(i) * PACK_OF_HALVES;
            Position depth(k, along);
#pragma unroll
            for (int j = 0; j < PACK_OF_HALVES; j++) {
                rights[i][j] = ownColumn < product.columns && k + j < part.end ? product.right(depth, column) : BFloat16{};
                depth.next(along);
            }
        }
    };
    int warp = (int) threadIdx.x / WARP;
    int warpRow = warp / (COLUMNS / WARP_COLUMNS) * WARP_ROWS;
    int warpColumn = warp % (COLUMNS / WARP_COLUMNS) * WARP_COLUMNS;
    float sums[WARP_ROWS / 16][WARP_COLUMNS / 8][4] = {};
    if (part.begin < part.end) {
        read(part.begin);
    }
    for (int from = part.begin; from < part.end; from += DEPTH) {
        leftShare.write(a, lefts);
        rightShare.write(b, rights);
        __syncthreads();
        if (from + DEPTH < part.end) {
            read(from + DEPTH);
        }
#pragma unroll
        for (int i = 0; i < WARP_ROWS / 16; i++) {
            addRowProducts<DEPTH>(sums[i], a + (warpRow + 16 * i) * STRIDE, b + warpColumn * STRIDE);
        }
        __syncthreads();
    }
    // As mma.cuh lays results out: two rows, and two neighbouring columns of every eight.
    int down = (int) threadIdx.x % WARP / 4;
    int across = (int) threadIdx.x % 4 * 2;
#pragma unroll
    for (int i = 0; i < WARP_ROWS / 16; i++) {
#pragma unroll
        for (int j = 0; j < WARP_COLUMNS / 8; j++) {
#pragma unroll
            for (int e = 0; e < 4; e++) {
                int m = top + warpRow + 16 * i + down + e / 2 * 8;
                int n = left + warpColumn + 8 * j + across + e % 2;
                if (m < product.rows && n < product.columns) {
                    product.write(m, n, sums[i][j][e]);
                }
            }
        }
    }
}

#define JACOBI_CONVOLUTION(ROWS)                                                                                       \
    KERNEL_OF(THREADS<ROWS>, convolution_forward_##ROWS, Arguments) { convolutionKernel<ROWS, Forward>(args); }        \
    KERNEL_OF(THREADS<ROWS>, convolution_transposed_##ROWS, Arguments) { convolutionKernel<ROWS, Transposed>(args); }  \
    KERNEL_OF(THREADS<ROWS>, convolution_weight_##ROWS, Arguments) { convolutionKernel<ROWS, Weight>(args); }

JACOBI_CONVOLUTION(64)
JACOBI_CONVOLUTION(128)
