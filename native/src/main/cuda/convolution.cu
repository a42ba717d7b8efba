// Convolutions without tensor cores, in f16, f32 and f64.
#include "convolution.cuh"
#include "tile.cuh"

template <class T, template <class> class Product>
__device__ __forceinline__ void convolutionKernel(const ConvolutionArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C a[DEPTH][TILE + 1];
    __shared__ C b[DEPTH][TILE];
    Product<T> product{args, (int) blockIdx.y};
    int down = threadIdx.x / SIDE;
    int across = threadIdx.x % SIDE;
    int tilesAcross = (product.columns + TILE - 1) / TILE;
    int top = (int) (blockIdx.x / tilesAcross) * TILE;
    int left = (int) (blockIdx.x % tilesAcross) * TILE;
    Part part(product.depth, DEPTH, args.parts);
    int ownColumn = left + (int) threadIdx.x % TILE;
    Position position(ownColumn, product.columnExtent());
    C sums[EACH][EACH] = {};
    for (int from = part.begin; from < part.end; from += DEPTH) {
        int k = threadIdx.x % DEPTH;
        Position depth(from + k, product.depthExtent());
#pragma unroll
        for (int m = (int) threadIdx.x / DEPTH; m < TILE; m += SIDE * SIDE / DEPTH) {
            a[k][m] = top + m < product.rows && from + k < part.end ? wide<C>(*product.left(top + m, depth)) : 0;
        }
#pragma unroll
        for (k = (int) threadIdx.x / TILE; k < DEPTH; k += SIDE * SIDE / TILE) {
            b[k][threadIdx.x % TILE] = ownColumn < product.columns && from + k < part.end
                    ? wide<C>(product.right(Position(from + k, product.depthExtent()), position))
                    : 0;
        }
        __syncthreads();
        addTileProducts(sums, a, b, down, across);
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            int m = top + down * EACH + i;
            int n = left + across + j * SIDE;
            if (m < product.rows && n < product.columns) {
                product.write(m, n, sums[i][j]);
            }
        }
    }
}

#define JACOBI_CONVOLUTION(TYPE, T)                                                                                    \
    KERNEL(convolution_forward_##TYPE, ConvolutionArguments<T>) { convolutionKernel<T, Forward>(args); }               \
    KERNEL(convolution_transposed_##TYPE, ConvolutionArguments<T>) { convolutionKernel<T, Transposed>(args); }         \
    KERNEL(convolution_weight_##TYPE, ConvolutionArguments<T>) { convolutionKernel<T, Weight>(args); }

JACOBI_CONVOLUTION(f16, Half)
JACOBI_CONVOLUTION(f32, float)
JACOBI_CONVOLUTION(f64, double)
