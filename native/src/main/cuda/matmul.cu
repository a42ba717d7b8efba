// out = a b by tiles in shared memory, for any strides: what runs where no library multiplies.
#include "elementwise.cuh"
#include "tile.cuh"

struct MatmulArguments {
    /** The batch axes, in packs of 1. */
    Axes batches;
    Operand operands[3];
    long long rows;
    long long columns;
    long long depth;
    long long outRow, outColumn;
    long long aRow, aColumn;
    long long bRow, bColumn;
};

template <int SET, class C> __device__ __forceinline__ void matmulKernel(const MatmulArguments &args) {
    __shared__ C a[DEPTH][TILE + 1];
    __shared__ C b[DEPTH][TILE];
    long long tilesAcross = (args.columns + TILE - 1) / TILE;
    long long tiles = (args.rows + TILE - 1) / TILE * tilesAcross;
    int down = threadIdx.x / SIDE;
    int across = threadIdx.x % SIDE;
    for (long long t = blockIdx.x; t < tiles * args.batches.packs; t += gridDim.x) {
        long long batch = t / tiles;
        long long top = t % tiles / tilesAcross * TILE;
        long long left = t % tiles % tilesAcross * TILE;
        long long at[3];
        long long column = locate<3>(args.batches, args.operands, batch, at);
#pragma unroll
        for (int k = 0; k < 3; k++) {
            at[k] += column * args.operands[k].strides[args.batches.rank - 1];
        }
        C sums[EACH][EACH] = {};
        for (long long from = 0; from < args.depth; from += DEPTH) {
            for (int i = threadIdx.x; i < TILE * DEPTH; i += SIDE * SIDE) {
                // Neighbouring threads read along whichever axis lies side by side in memory.
                bool wideA = args.aColumn == 1;
                int k = wideA ? i % DEPTH : i / TILE;
                int m = wideA ? i / DEPTH : i % TILE;
                a[k][m] = top + m < args.rows && from + k < args.depth
                        ? readOne<SET, C>(args.operands[1], at[1] + (top + m) * args.aRow + (from + k) * args.aColumn)
                        : (C) 0;
                bool wideB = args.bColumn == 1;
                k = wideB ? i / TILE : i % DEPTH;
                int n = wideB ? i % TILE : i / DEPTH;
                b[k][n] = left + n < args.columns && from + k < args.depth
                        ? readOne<SET, C>(args.operands[2], at[2] + (from + k) * args.bRow + (left + n) * args.bColumn)
                        : (C) 0;
            }
            __syncthreads();
            addTileProducts(sums, a, b, down, across);
            __syncthreads();
        }
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                long long m = top + down * EACH + i;
                long long n = left + across + j * SIDE;
                if (m < args.rows && n < args.columns) {
                    writeOne<SET>(args.operands[0], at[0] + m * args.outRow + n * args.outColumn, sums[i][j]);
                }
            }
        }
    }
}

KERNEL(matmul_float, MatmulArguments) {
    matmulKernel<FLOATS, float>(args);
}

KERNEL(matmul_double, MatmulArguments) {
    matmulKernel<1 << F64, double>(args);
}

KERNEL(matmul_integer, MatmulArguments) {
    matmulKernel<INTEGERS, long long>(args);
}
