// Group normalization (Wu and He, 2018) of (N, C, L): a row is an example's group of neighbouring channels, which lie one behind the
// other; a channel's weight and bias belong to runs of L numbers.
#include "rows.cuh"

/** Where an example's channels are: weight and bias by the position in a row. */
struct Channels {
    long long groups;
    /** Channels of a group, and numbers of a channel (L). */
    long long each;
    long long length;

    /** Which channel position i of a row belongs to. */
    __device__ __forceinline__ long long of(long long row, long long i) const { return row % groups * each + i / length; }
};

/** Reads a channel's number for each of V neighbours, which have one channel if L is a multiple of V. */
template <int V, class T>
__device__ __forceinline__ void ofChannels(Computed<T> (&to)[V], const Vector<T> &vector, const Channels &channels,
        long long row, long long i, Computed<T> otherwise) {
    bool one = channels.length % V == 0;
    Computed<T> first = vector.address == nullptr ? otherwise : vector.get(channels.of(row, i));
#pragma unroll
    for (int k = 0; k < V; k++) {
        to[k] = one || vector.address == nullptr ? first : vector.get(channels.of(row, i + k));
    }
}

template <class T> struct GroupNormArguments {
    T *out;
    Vector<T> mean;
    Vector<T> rstd;
    const T *x;
    Vector<T> weight;
    Vector<T> bias;
    long long rows;
    long long length;
    long long packed;
    Channels channels;
    double eps;
};

/** out = (x - mean) rstd weight + bias. */
template <class T, int V> __device__ __forceinline__ void groupNorm(const GroupNormArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        const T *from = args.x + row * args.length;
        C x[V];
        C mean = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(x, from + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                mean += x[k];
            }
        });
        mean = sumOverRow(mean, scratch) / (C) args.length;
        C squares = 0; // of centered numbers, as in norm.cu
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(x, from + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                squares += (x[k] - mean) * (x[k] - mean);
            }
        });
        C rstd = 1 / sqrt(sumOverRow(squares, scratch) / (C) args.length + (C) args.eps);
        if (threadIdx.x == 0) {
            args.mean.set(row, mean);
            args.rstd.set(row, rstd);
        }
        forEachOfRow<V>(args.length, [&](long long i) {
            C weight[V];
            C bias[V];
            readWide<V>(x, from + i);
            ofChannels<V>(weight, args.weight, args.channels, row, i, (C) 1);
            ofChannels<V>(bias, args.bias, args.channels, row, i, (C) 0);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = (x[k] - mean) * rstd * weight[k] + bias[k];
            }
            writeNarrow<V>(args.out + row * args.length + i, x);
        });
    });
}
ROWS_KERNEL(group_norm_forward, GroupNormArguments, groupNorm)

// ---- backward: sums of each example's channel, from which come the means of a group and the gradients of weight and bias ------

template <class T> struct GroupNormSumsArguments {
    /** (N, C, 2): sums of dout xHat, and of dout. */
    Computed<T> *sums;
    const T *dout;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    /** N C rows of L numbers. */
    long long rows;
    long long length;
    long long packed;
    /** Channels of a group. */
    long long each;
};

template <class T, int V> __device__ __forceinline__ void groupNormSums(const GroupNormSumsArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        C mean = args.mean.get(row / args.each);
        C rstd = args.rstd.get(row / args.each);
        C product = 0;
        C sum = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            C dout[V];
            readWide<V>(x, args.x + row * args.length + i);
            readWide<V>(dout, args.dout + row * args.length + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                product += dout[k] * ((x[k] - mean) * rstd);
                sum += dout[k];
            }
        });
        product = sumOverRow(product, scratch);
        sum = sumOverRow(sum, scratch);
        if (threadIdx.x == 0) {
            args.sums[2 * row] = product;
            args.sums[2 * row + 1] = sum;
        }
    });
}
ROWS_KERNEL(group_norm_sums, GroupNormSumsArguments, groupNormSums)

template <class T> struct GroupNormBackwardArguments {
    T *dx;
    const T *dout;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    Vector<T> weight;
    long long rows;
    long long length;
    long long packed;
    Channels channels;
    const Computed<T> *sums;
};

/** dx = rstd (g - mean(g) - xHat mean(g xHat)) with g = dout weight. */
template <class T, int V> __device__ __forceinline__ void groupNormBackward(const GroupNormBackwardArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        C product = 0;
        C sum = 0;
        for (long long i = threadIdx.x; i < args.channels.each; i += blockDim.x) {
            long long channel = row % args.channels.groups * args.channels.each + i;
            C weight = args.weight.address == nullptr ? 1 : args.weight.get(channel);
            const C *of = args.sums + 2 * (row * args.channels.each + i);
            product += weight * of[0];
            sum += weight * of[1];
        }
        product = sumOverRow(product, scratch) / (C) args.length;
        sum = sumOverRow(sum, scratch) / (C) args.length;
        C mean = args.mean.get(row);
        C rstd = args.rstd.get(row);
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            C dout[V];
            C weight[V];
            readWide<V>(x, args.x + row * args.length + i);
            readWide<V>(dout, args.dout + row * args.length + i);
            ofChannels<V>(weight, args.weight, args.channels, row, i, (C) 1);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = rstd * (dout[k] * weight[k] - sum - (x[k] - mean) * rstd * product);
            }
            writeNarrow<V>(args.dx + row * args.length + i, x);
        });
    });
}
ROWS_KERNEL(group_norm_backward, GroupNormBackwardArguments, groupNormBackward)

template <class T> struct GroupNormTotalsArguments {
    Vector<T> dweight;
    Vector<T> dbias;
    const Computed<T> *sums;
    long long examples;
    long long channels;
};

/** dweight and dbias: a warp a channel, whose lanes share the examples. */
template <class T> __device__ __forceinline__ void groupNormTotals(const GroupNormTotalsArguments<T> &args) {
    using C = Computed<T>;
    int lane = threadIdx.x % WARP;
    for (long long channel = globalThread() / WARP; channel < args.channels; channel += gridThreads() / WARP) {
        C product = 0;
        C sum = 0;
        for (long long example = lane; example < args.examples; example += WARP) {
            const C *of = args.sums + 2 * (example * args.channels + channel);
            product += of[0];
            sum += of[1];
        }
        product = sumOverWarp(product);
        sum = sumOverWarp(sum);
        if (lane == 0 && args.dweight.address != nullptr) {
            args.dweight.set(channel, product);
        }
        if (lane == 0 && args.dbias.address != nullptr) {
            args.dbias.set(channel, sum);
        }
    }
}
FLOATS_KERNEL(group_norm_totals, GroupNormTotalsArguments, groupNormTotals)
