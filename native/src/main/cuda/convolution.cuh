// Convolutions as products of matrices, one of which is never written down: a block has a tile of the result, and finds the
// elements of its operands' tiles where they are met (implicit GEMM; Chetlur et al., "cuDNN", 2014). The letters are those of
// org.jacobi.tensor.backend.ConvolutionKernels; there are three spatial axes, of size 1 where there are fewer.
#pragma once

#include "rows.cuh"

constexpr int SPATIAL = 3;

struct Extent {
    long long sizes[SPATIAL];

    __device__ __forceinline__ int count() const { return (int) (sizes[0] * sizes[1] * sizes[2]); }
};

/** A position on the spatial axes, and what is left of the number that it was part of: an image, a channel or a filter. */
struct Position {
    int outer;
    int flat;
    int at[SPATIAL];

    __device__ __forceinline__ Position(int number, const Extent &extent) {
        int count = extent.count();
        outer = number / count;
        flat = number - outer * count;
        int rest = flat;
#pragma unroll
        for (int axis = SPATIAL - 1; axis >= 0; axis--) {
            int size = (int) extent.sizes[axis];
            int above = rest / size;
            at[axis] = rest - above * size;
            rest = above;
        }
    }

    /** Goes on to the next number, without a division. */
    __device__ __forceinline__ void next(const Extent &extent) {
        flat++;
#pragma unroll
        for (int axis = SPATIAL - 1; axis >= 0; axis--) {
            if (++at[axis] < extent.sizes[axis]) {
                return;
            }
            at[axis] = 0;
        }
        flat = 0;
        outer++;
    }
};

template <class T> struct ConvolutionArguments {
    /** out (N, K, ...), x (N, C, ...) and weight (K, C / groups, ...), contiguous. */
    T *out;
    T *x;
    T *weight;
    /** Null, or what each channel of the result begins with. */
    const T *bias;
    /** Null, or where the sums of a weight's gradient go: (parts, K, C / groups, ...). */
    Computed<T> *partial;
    long long images, channels, filters, groups;
    Extent outs, ins, places;
    Extent stride, padding, dilation;
    /** Into how many parts the sums of a weight's gradient are cut. */
    long long parts;
    /** Whether the left operand's rows lie in packs of 16 bytes. */
    long long packed;
};

/** Returns which element of the input a place of the kernel meets at an output position, or -1. */
template <class T>
__device__ __forceinline__ int inputOf(const ConvolutionArguments<T> &args, const Position &output, const Position &place) {
    int at = 0;
    bool inside = true;
#pragma unroll
    for (int axis = 0; axis < SPATIAL; axis++) {
        int size = (int) args.ins.sizes[axis];
        int i = output.at[axis] * (int) args.stride.sizes[axis] - (int) args.padding.sizes[axis]
                + place.at[axis] * (int) args.dilation.sizes[axis];
        inside = inside && i >= 0 && i < size;
        at = at * size + i;
    }
    return inside ? at : -1;
}

/** Returns at which output position a place of the kernel meets an element of the input, or -1. */
template <class T>
__device__ __forceinline__ int outputOf(const ConvolutionArguments<T> &args, const Position &input, const Position &place) {
    int at = 0;
    bool inside = true;
#pragma unroll
    for (int axis = 0; axis < SPATIAL; axis++) {
        int stride = (int) args.stride.sizes[axis];
        int size = (int) args.outs.sizes[axis];
        int o = input.at[axis] + (int) args.padding.sizes[axis] - place.at[axis] * (int) args.dilation.sizes[axis];
        int position = stride == 1 ? o : o / stride;
        inside = inside && o >= 0 && position * stride == o && position < size;
        at = at * size + position;
    }
    return inside ? at : -1;
}

// The three products, rows by columns, with sums over depth. left(m, k) and right(k, n) read; write has the result. The positions
// of a column and of a step of depth are found by their callers, once for many elements.

/** out: filters by images' outputs; the sums go over channels' places. */
template <class T> struct Forward {
    const ConvolutionArguments<T> &args;
    int group;
    int rows = (int) (args.filters / args.groups);
    int depth = (int) (args.channels / args.groups) * args.places.count();
    int columns = (int) args.images * args.outs.count();

    __device__ __forceinline__ const Extent &columnExtent() const { return args.outs; }
    __device__ __forceinline__ const Extent &depthExtent() const { return args.places; }

    __device__ __forceinline__ const T *left(int m, const Position &k) const {
        return args.weight + (long long) (group * rows + m) * depth + k.outer * args.places.count() + k.flat;
    }

    __device__ __forceinline__ T right(const Position &k, const Position &n) const {
        int at = inputOf(args, n, k);
        long long channel = n.outer * args.channels + group * (args.channels / args.groups) + k.outer;
        return at < 0 ? T{} : args.x[channel * args.ins.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, Computed<T> sum) const {
        int image = n / args.outs.count();
        long long channel = image * args.filters + group * rows + m;
        Computed<T> bias = args.bias == nullptr ? 0 : wide<Computed<T>>(args.bias[group * rows + m]);
        args.out[channel * args.outs.count() + (n - image * args.outs.count())] = Narrow<T>::of(sum + bias);
    }
};

/** x: channels by images' elements; the sums go over filters' places. */
template <class T> struct Transposed {
    const ConvolutionArguments<T> &args;
    int group;
    int rows = (int) (args.channels / args.groups);
    int depth = (int) (args.filters / args.groups) * args.places.count();
    int columns = (int) args.images * args.ins.count();

    __device__ __forceinline__ const Extent &columnExtent() const { return args.ins; }
    __device__ __forceinline__ const Extent &depthExtent() const { return args.places; }

    __device__ __forceinline__ const T *left(int m, const Position &k) const {
        long long filter = group * (args.filters / args.groups) + k.outer;
        return args.weight + (filter * rows + m) * args.places.count() + k.flat;
    }

    __device__ __forceinline__ T right(const Position &k, const Position &n) const {
        int at = outputOf(args, n, k);
        long long filter = n.outer * args.filters + group * (args.filters / args.groups) + k.outer;
        return at < 0 ? T{} : args.out[filter * args.outs.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, Computed<T> sum) const {
        int image = n / args.ins.count();
        long long channel = image * args.channels + group * rows + m;
        Computed<T> bias = args.bias == nullptr ? 0 : wide<Computed<T>>(args.bias[group * rows + m]);
        args.x[channel * args.ins.count() + (n - image * args.ins.count())] = Narrow<T>::of(sum + bias);
    }
};

/** weight: filters by channels' places; the sums go over images' outputs. */
template <class T> struct Weight {
    const ConvolutionArguments<T> &args;
    int group;
    int rows = (int) (args.filters / args.groups);
    int depth = (int) args.images * args.outs.count();
    int columns = (int) (args.channels / args.groups) * args.places.count();

    __device__ __forceinline__ const Extent &columnExtent() const { return args.places; }
    __device__ __forceinline__ const Extent &depthExtent() const { return args.outs; }

    __device__ __forceinline__ const T *left(int m, const Position &k) const {
        long long filter = k.outer * args.filters + group * rows + m;
        return args.out + filter * args.outs.count() + k.flat;
    }

    __device__ __forceinline__ T right(const Position &k, const Position &n) const {
        int at = inputOf(args, k, n);
        long long channel = k.outer * args.channels + group * (args.channels / args.groups) + n.outer;
        return at < 0 ? T{} : args.x[channel * args.ins.count() + at];
    }

    __device__ __forceinline__ void write(int m, int n, Computed<T> sum) const {
        long long at = (long long) (group * rows + m) * columns + n;
        if (args.partial == nullptr) {
            args.weight[at] = Narrow<T>::of(sum);
        } else {
            args.partial[blockIdx.z * args.filters * columns + at] = sum;
        }
    }
};

/** Which steps of depth a block adds up: a whole number of its tiles' depths, by shape alone. */
struct Part {
    int begin;
    int end;

    __device__ __forceinline__ Part(int depth, int tileDepth, long long parts) {
        int steps = (depth + tileDepth - 1) / tileDepth;
        begin = (int) (steps * (long long) blockIdx.z / parts) * tileDepth;
        end = min((int) (steps * (long long) (blockIdx.z + 1) / parts) * tileDepth, depth);
    }
};
