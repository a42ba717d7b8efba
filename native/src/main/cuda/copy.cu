// Copies between any types and strides, and numbers that follow from the position alone.
#include "elementwise.cuh"

using FromSingle = Kind<float, 4, 1 << F32, ALL_TYPES>;
using FromMixed = Kind<float, 8, FLOATS, ALL_TYPES>;
using FromDouble = Kind<double, 2, 1 << F64, ALL_TYPES>;
using FromInteger = Kind<long long, 4, INTEGERS, ALL_TYPES>;

struct CopyArguments {
    Axes axes;
    Operand operands[2];
};

template <class K> __device__ __forceinline__ void copyKernel(const CopyArguments &args) {
    using C = typename K::C;
    elementwise<K, 2>(args.axes, args.operands, [&](C (&out)[K::V], const C (&in)[1][K::V]) {
#pragma unroll
        for (int i = 0; i < K::V; i++) {
            out[i] = in[0][i];
        }
    });
}

KERNEL(copy_single, CopyArguments) {
    copyKernel<FromSingle>(args);
}

KERNEL(copy_mixed, CopyArguments) {
    copyKernel<FromMixed>(args);
}

KERNEL(copy_double, CopyArguments) {
    copyKernel<FromDouble>(args);
}

KERNEL(copy_integer, CopyArguments) {
    copyKernel<FromInteger>(args);
}

/** out = start + i step, in row-major order; step 0 fills. */
struct ArangeArguments {
    Axes axes;
    Operand operands[1];
    /** The number of the launch's first element. */
    long long first;
    double start;
    double step;
};

KERNEL(arange, ArangeArguments) {
    constexpr int V = 4;
    forEachPack<1, V>(args.axes, args.operands,
            [&](const long long (&at)[1], const long long (&steps)[1], int count, long long element) {
                double out[V];
#pragma unroll
                for (int i = 0; i < V; i++) {
                    out[i] = args.step == 0 ? args.start
                            : __dadd_rn(args.start, __dmul_rn((double) (args.first + element + i), args.step));
                }
                write<ALL_TYPES>(out, args.operands[0], at[0], steps[0], count);
            });
}

// ---- transposes ----------------------------------------------------------------------------------------------------

/** Batches of matrices of which out is dense along columns and x along rows; both sides have elements of the same size. */
struct TransposeArguments {
    char *out;
    const char *x;
    long long rows;
    long long columns;
    long long outRow;
    long long xColumn;
    long long outBatch;
    long long xBatch;
};

constexpr int TILE = 32;
constexpr int TILE_ROWS = 8;

/** out[r][c] = x[r][c] through a tile of shared memory, so that both sides are read and written along what is dense. */
template <class T> __device__ __forceinline__ void transposeKernel(const TransposeArguments &args) {
    // One column more than the tile has, so that a column's elements lie in different banks.
    __shared__ T tile[TILE][TILE + 1];
    const T *x = reinterpret_cast<const T *>(args.x) + blockIdx.z * args.xBatch;
    T *out = reinterpret_cast<T *>(args.out) + blockIdx.z * args.outBatch;
    long long tilesDown = (args.rows + TILE - 1) / TILE;
    long long tilesAcross = (args.columns + TILE - 1) / TILE;
    for (long long t = blockIdx.x; t < tilesDown * tilesAcross; t += gridDim.x) {
        long long top = t / tilesAcross * TILE;
        long long left = t % tilesAcross * TILE;
#pragma unroll
        for (int i = 0; i < TILE; i += TILE_ROWS) {
            long long row = top + threadIdx.x;
            long long column = left + threadIdx.y + i;
            if (row < args.rows && column < args.columns) {
                tile[threadIdx.y + i][threadIdx.x] = x[row + column * args.xColumn];
            }
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < TILE; i += TILE_ROWS) {
            long long row = top + threadIdx.y + i;
            long long column = left + threadIdx.x;
            if (row < args.rows && column < args.columns) {
                out[row * args.outRow + column] = tile[threadIdx.x][threadIdx.y + i];
            }
        }
        __syncthreads();
    }
}

KERNEL(transpose_1, TransposeArguments) {
    transposeKernel<unsigned char>(args);
}

KERNEL(transpose_2, TransposeArguments) {
    transposeKernel<unsigned short>(args);
}

KERNEL(transpose_4, TransposeArguments) {
    transposeKernel<unsigned>(args);
}

KERNEL(transpose_8, TransposeArguments) {
    transposeKernel<unsigned long long>(args);
}

struct TriangleArguments {
    void *out;
    const void *x;
    long long count;
    long long rows;
    long long columns;
    /** The last diagonal that stays (lower), or the first. */
    long long diagonal;
    long long lower;
};

/** Matrices, one behind the other, with zeros above or below a diagonal. B is as wide as an element. */
template <class B> __device__ __forceinline__ void triangleKernel(const TriangleArguments &args) {
    for (long long e = globalThread(); e < args.count; e += gridThreads()) {
        long long line = e / args.columns;
        long long above = e - line * args.columns - line % args.rows; // how far right of the main diagonal
        bool stays = args.lower ? above <= args.diagonal : above >= args.diagonal;
        static_cast<B *>(args.out)[e] = stays ? static_cast<const B *>(args.x)[e] : B(0);
    }
}

KERNEL(triangle_1, TriangleArguments) {
    triangleKernel<unsigned char>(args);
}

KERNEL(triangle_2, TriangleArguments) {
    triangleKernel<unsigned short>(args);
}

KERNEL(triangle_4, TriangleArguments) {
    triangleKernel<unsigned>(args);
}

KERNEL(triangle_8, TriangleArguments) {
    triangleKernel<unsigned long long>(args);
}
