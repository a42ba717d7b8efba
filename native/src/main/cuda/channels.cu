// Batch normalization (Ioffe and Szegedy, 2015) of (N, C, L): sums over N and L for each channel, first in parts of whole
// examples, then of the parts in order; and what is done with them to every row of L numbers.
#include "rows.cuh"

template <class T> struct ChannelPartsArguments {
    /** (parts, C, 2). */
    Computed<T> *partial;
    const T *x;
    /** Null for statistics. */
    const T *dout;
    Vector<T> mean;
    Vector<T> rstd;
    long long examples;
    long long channels;
    long long length;
    long long packed;
};

/** How many examples a part has: those from part, in steps of as many as there are parts. */
__device__ __forceinline__ long long examplesOf(long long examples, long long part, long long parts) {
    return (examples - part + parts - 1) / parts;
}

/** Calls body(where) for the first element of every pack of a block's channel and part. */
template <int V, class T, class Body>
__device__ __forceinline__ void forEachOfChannel(const ChannelPartsArguments<T> &args, Body body) {
    long long rowPacks = args.length / V;
    long long packs = examplesOf(args.examples, blockIdx.y, gridDim.y) * rowPacks;
    for (long long pack = threadIdx.x; pack < packs; pack += blockDim.x) {
        long long turn = pack / rowPacks;
        long long example = blockIdx.y + turn * gridDim.y;
        body((example * args.channels + blockIdx.x) * args.length + (pack - turn * rowPacks) * V);
    }
}

/** A part's mean, and the sum of its squared differences from that mean. A block a channel and part. */
template <class T, int V> __device__ __forceinline__ void channelStatistics(const ChannelPartsArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    C count = (C) (examplesOf(args.examples, blockIdx.y, gridDim.y) * args.length);
    C x[V];
    C sum = 0;
    forEachOfChannel<V>(args, [&](long long at) {
        readWide<V>(x, args.x + at);
#pragma unroll
        for (int k = 0; k < V; k++) {
            sum += x[k];
        }
    });
    C mean = sumOverBlock(sum, scratch) / count;
    C squares = 0;
    forEachOfChannel<V>(args, [&](long long at) {
        readWide<V>(x, args.x + at);
#pragma unroll
        for (int k = 0; k < V; k++) {
            squares += (x[k] - mean) * (x[k] - mean);
        }
    });
    squares = sumOverBlock(squares, scratch);
    if (threadIdx.x == 0) {
        C *to = args.partial + 2 * (blockIdx.y * args.channels + blockIdx.x);
        to[0] = mean;
        to[1] = squares;
    }
}
ROWS_KERNEL(channel_statistics, ChannelPartsArguments, channelStatistics)

/** A part's sums of dout xHat, and of dout. */
template <class T, int V> __device__ __forceinline__ void channelGradients(const ChannelPartsArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    C mean = args.mean.get(blockIdx.x);
    C rstd = args.rstd.get(blockIdx.x);
    C product = 0;
    C sum = 0;
    forEachOfChannel<V>(args, [&](long long at) {
        C x[V];
        C dout[V];
        readWide<V>(x, args.x + at);
        readWide<V>(dout, args.dout + at);
#pragma unroll
        for (int k = 0; k < V; k++) {
            product += dout[k] * ((x[k] - mean) * rstd);
            sum += dout[k];
        }
    });
    product = sumOverBlock(product, scratch);
    sum = sumOverBlock(sum, scratch);
    if (threadIdx.x == 0) {
        C *to = args.partial + 2 * (blockIdx.y * args.channels + blockIdx.x);
        to[0] = product;
        to[1] = sum;
    }
}
ROWS_KERNEL(channel_gradients, ChannelPartsArguments, channelGradients)

template <class T> struct ChannelTotalsArguments {
    Vector<T> first;
    Vector<T> second;
    const Computed<T> *partial;
    long long parts;
    long long examples;
    long long channels;
    long long length;
};

/** mean and variance = those of all parts together (Chan, Golub and LeVeque, 1979). A thread a channel. */
template <class T> __device__ __forceinline__ void channelStatisticsTotals(const ChannelTotalsArguments<T> &args) {
    using C = Computed<T>;
    for (long long channel = globalThread(); channel < args.channels; channel += gridThreads()) {
        C count = 0;
        C mean = 0;
        C squares = 0;
        for (long long part = 0; part < args.parts; part++) {
            const C *from = args.partial + 2 * (part * args.channels + channel);
            C added = (C) (examplesOf(args.examples, part, args.parts) * args.length);
            C difference = from[0] - mean;
            squares += from[1] + difference * difference * (count * added / (count + added));
            count += added;
            mean += difference * (added / count);
        }
        args.first.set(channel, mean);
        args.second.set(channel, squares / count);
    }
}
FLOATS_KERNEL(channel_statistics_totals, ChannelTotalsArguments, channelStatisticsTotals)

template <class T> __device__ __forceinline__ void channelGradientsTotals(const ChannelTotalsArguments<T> &args) {
    using C = Computed<T>;
    for (long long channel = globalThread(); channel < args.channels; channel += gridThreads()) {
        C product = 0;
        C sum = 0;
        for (long long part = 0; part < args.parts; part++) {
            const C *from = args.partial + 2 * (part * args.channels + channel);
            product += from[0];
            sum += from[1];
        }
        args.first.set(channel, product);
        args.second.set(channel, sum);
    }
}
FLOATS_KERNEL(channel_gradients_totals, ChannelTotalsArguments, channelGradientsTotals)

template <class T> struct ChannelNormArguments {
    T *out;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    Vector<T> weight;
    Vector<T> bias;
    long long rows;
    long long channels;
    long long length;
    long long packed;
};

/** out = (x - mean) rstd weight + bias. */
template <class T, int V> __device__ __forceinline__ void channelNorm(const ChannelNormArguments<T> &args) {
    using C = Computed<T>;
    forEachRow(args.rows, [&](long long row) {
        long long channel = row % args.channels;
        C mean = args.mean.get(channel);
        C factor = args.rstd.get(channel) * (args.weight.address == nullptr ? 1 : args.weight.get(channel));
        C bias = args.bias.address == nullptr ? 0 : args.bias.get(channel);
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            readWide<V>(x, args.x + row * args.length + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = (x[k] - mean) * factor + bias;
            }
            writeNarrow<V>(args.out + row * args.length + i, x);
        });
    });
}
ROWS_KERNEL(channel_norm_forward, ChannelNormArguments, channelNorm)

template <class T> struct ChannelNormBackwardArguments {
    T *dx;
    const T *dout;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    Vector<T> weight;
    Vector<T> dweight;
    Vector<T> dbias;
    long long rows;
    long long channels;
    long long length;
    long long packed;
    /** 1 / (N L), or 0 where mean and rstd are constants. */
    double share;
};

/** dx = rstd weight (dout - mean(dout) - xHat mean(dout xHat)). */
template <class T, int V>
__device__ __forceinline__ void channelNormBackward(const ChannelNormBackwardArguments<T> &args) {
    using C = Computed<T>;
    C share = (C) args.share;
    forEachRow(args.rows, [&](long long row) {
        long long channel = row % args.channels;
        C mean = args.mean.get(channel);
        C rstd = args.rstd.get(channel);
        C factor = rstd * (args.weight.address == nullptr ? 1 : args.weight.get(channel));
        C product = share == 0 ? 0 : args.dweight.get(channel) * share;
        C sum = share == 0 ? 0 : args.dbias.get(channel) * share;
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            C dout[V];
            readWide<V>(x, args.x + row * args.length + i);
            readWide<V>(dout, args.dout + row * args.length + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = factor * (dout[k] - sum - (x[k] - mean) * rstd * product);
            }
            writeNarrow<V>(args.dx + row * args.length + i, x);
        });
    });
}
ROWS_KERNEL(channel_norm_backward, ChannelNormBackwardArguments, channelNormBackward)
