// Convolutions as products of matrices, one of which is never written down: a block has a tile of the result, and finds the
// elements of its operands' tiles where they are met (implicit GEMM; Chetlur et al., "cuDNN", 2014). The letters are those of
// org.jacobi.tensor.backend.ConvolutionKernels; there are three spatial axes, of size 1 where there are fewer.
#include "tile.cuh"

constexpr int SPATIAL = 3;

struct Extent {
    long long sizes[SPATIAL];

    __device__ __forceinline__ int count() const { return (int) (sizes[0] * sizes[1] * sizes[2]); }
};

/** A position on the spatial axes, and what is left of the number that it was part of: an image or a channel. */
struct Position {
    int outer;
    int at[SPATIAL];

    __device__ __forceinline__ Position(int number, const Extent &extent) {
#pragma unroll
        for (int axis = SPATIAL - 1; axis >= 0; axis--) {
            at[axis] = number % (int) extent.sizes[axis];
            number /= (int) extent.sizes[axis];
        }
        outer = number;
    }
};

struct ConvolutionArguments {
    /** out (N, K, ...), x (N, C, ...) and weight (K, C / groups, ...), contiguous. */
    float *out;
    float *x;
    float *weight;
    /** Null, or what each channel of the result begins with. */
    const float *bias;
    long long images, channels, filters, groups;
    Extent outs, ins, places;
    Extent stride, padding, dilation;
    /** Into how many parts the sums of a weight's gradient are cut, each of which has a weight of its own. */
    long long parts;
};

/** Returns which element of the input a place of the kernel meets at an output position, or -1. */
__device__ __forceinline__ int inputOf(const ConvolutionArguments &args, const Position &output, const Position &place) {
    int at = 0;
    bool inside = true;
#pragma unroll
    for (int axis = 0; axis < SPATIAL; axis++) {
        int i = output.at[axis] * (int) args.stride.sizes[axis] - (int) args.padding.sizes[axis]
                + place.at[axis] * (int) args.dilation.sizes[axis];
        inside = inside && i >= 0 && i < args.ins.sizes[axis];
        at = at * (int) args.ins.sizes[axis] + i;
    }
    return inside ? at : -1;
}

/** Returns at which output position a place of the kernel meets an element of the input, or -1. */
__device__ __forceinline__ int outputOf(const ConvolutionArguments &args, const Position &input, const Position &place) {
    int at = 0;
    bool inside = true;
#pragma unroll
    for (int axis = 0; axis < SPATIAL; axis++) {
        int stride = (int) args.stride.sizes[axis];
        int o = input.at[axis] + (int) args.padding.sizes[axis] - place.at[axis] * (int) args.dilation.sizes[axis];
        inside = inside && o >= 0 && o % stride == 0 && o / stride < args.outs.sizes[axis];
        at = at * (int) args.outs.sizes[axis] + o / stride;
    }
    return inside ? at : -1;
}

// The three products, rows by columns, with sums over depth. left(m, k) and right(k, n) read; write has the result. A column's
// position is found once for a tile.

/** out: filters by images' outputs; the sums go over channels' places. */
struct Forward {
    const ConvolutionArguments &args;
    int group;
    int rows = (int) (args.filters / args.groups);
    int depth = (int) (args.channels / args.groups) * args.places.count();
    int columns = (int) args.images * args.outs.count();

    __device__ __forceinline__ Position column(int n) const { return Position(n, args.outs); }

    __device__ __forceinline__ float left(int m, int k) const {
        return args.weight[(long long) (group * rows + m) * depth + k];
    }

    __device__ __forceinline__ float right(int k, const Position &n) const {
        Position place(k, args.places);
        int at = inputOf(args, n, place);
        long long channel = n.outer * args.channels + group * (args.channels / args.groups) + place.outer;
        return at < 0 ? 0 : args.x[channel * args.ins.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, float sum) const {
        long long channel = n / args.outs.count() * args.filters + group * rows + m;
        args.out[channel * args.outs.count() + n % args.outs.count()] =
                sum + (args.bias == nullptr ? 0 : args.bias[group * rows + m]);
    }
};

/** x: channels by images' elements; the sums go over filters' places. */
struct Transposed {
    const ConvolutionArguments &args;
    int group;
    int rows = (int) (args.channels / args.groups);
    int depth = (int) (args.filters / args.groups) * args.places.count();
    int columns = (int) args.images * args.ins.count();

    __device__ __forceinline__ Position column(int n) const { return Position(n, args.ins); }

    __device__ __forceinline__ float left(int m, int k) const {
        long long filter = group * (args.filters / args.groups) + k / args.places.count();
        return args.weight[(filter * rows + m) * args.places.count() + k % args.places.count()];
    }

    __device__ __forceinline__ float right(int k, const Position &n) const {
        Position place(k, args.places);
        int at = outputOf(args, n, place);
        long long filter = n.outer * args.filters + group * (args.filters / args.groups) + place.outer;
        return at < 0 ? 0 : args.out[filter * args.outs.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, float sum) const {
        long long channel = n / args.ins.count() * args.channels + group * rows + m;
        args.x[channel * args.ins.count() + n % args.ins.count()] =
                sum + (args.bias == nullptr ? 0 : args.bias[group * rows + m]);
    }
};

/** weight: filters by channels' places; the sums go over images' outputs. */
struct Weight {
    const ConvolutionArguments &args;
    int group;
    int rows = (int) (args.filters / args.groups);
    int depth = (int) args.images * args.outs.count();
    int columns = (int) (args.channels / args.groups) * args.places.count();

    __device__ __forceinline__ Position column(int n) const { return Position(n, args.places); }

    __device__ __forceinline__ float left(int m, int k) const {
        long long filter = k / args.outs.count() * args.filters + group * rows + m;
        return args.out[filter * args.outs.count() + k % args.outs.count()];
    }

    __device__ __forceinline__ float right(int k, const Position &n) const {
        Position output(k, args.outs);
        int at = inputOf(args, output, n);
        long long channel = output.outer * args.channels + group * (args.channels / args.groups) + n.outer;
        return at < 0 ? 0 : args.x[channel * args.ins.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, float sum) const {
        args.weight[((blockIdx.z * args.filters) + group * rows + m) * columns + n] = sum;
    }
};

template <class Product> __device__ __forceinline__ void convolutionKernel(const ConvolutionArguments &args) {
    __shared__ float a[DEPTH][TILE + 1];
    __shared__ float b[DEPTH][TILE];
    Product product{args, (int) blockIdx.y};
    int down = threadIdx.x / SIDE;
    int across = threadIdx.x % SIDE;
    int tilesAcross = (product.columns + TILE - 1) / TILE;
    int top = (int) (blockIdx.x / tilesAcross) * TILE;
    int left = (int) (blockIdx.x % tilesAcross) * TILE;
    // A part is a whole number of steps.
    int steps = (product.depth + DEPTH - 1) / DEPTH;
    int begin = (int) (steps * (long long) blockIdx.z / args.parts) * DEPTH;
    int end = min((int) (steps * (long long) (blockIdx.z + 1) / args.parts) * DEPTH, product.depth);
    int ownColumn = left + (int) threadIdx.x % TILE;
    Position position = product.column(ownColumn);
    float sums[EACH][EACH] = {};
    for (int from = begin; from < end; from += DEPTH) {
#pragma unroll
        for (int i = 0; i < TILE * DEPTH / (SIDE * SIDE); i++) {
            int element = i * SIDE * SIDE + threadIdx.x;
            int k = element % DEPTH;
            int m = element / DEPTH;
            a[k][m] = top + m < product.rows && from + k < end ? product.left(top + m, from + k) : 0;
            k = element / TILE;
            b[k][threadIdx.x % TILE] =
                    ownColumn < product.columns && from + k < end ? product.right(from + k, position) : 0;
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

KERNEL(convolution_forward, ConvolutionArguments) {
    convolutionKernel<Forward>(args);
}

KERNEL(convolution_transposed, ConvolutionArguments) {
    convolutionKernel<Transposed>(args);
}

KERNEL(convolution_weight, ConvolutionArguments) {
    convolutionKernel<Weight>(args);
}
