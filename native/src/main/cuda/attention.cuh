// What attention's kernels share (Dao et al., "FlashAttention", 2022; Dao, "FlashAttention-2", 2023): the T x S weights never exist,
// only a tile of them at a time. Forward, a block has a tile of queries and goes over the keys; backward, a block has a tile of keys
// and goes over the queries (dk, dv), or the other way (dq), so that every sum has one owner and one order.
#pragma once

#include "philox.cuh"

/** The rows (D) of a tensor (B, H, N, D), with the elements from one to the next along each axis. */
template <class T> struct Heads {
    T *address;
    long long batch, head, row, column;

    __device__ __forceinline__ T *of(long long which, long long heads) const {
        return address + which / heads * batch + which % heads * head;
    }
};

template <class T> struct AttentionArguments {
    Heads<T> out, q, k, v;
    /** Of the backward: gradients, and delta (B, H, T), the sum of dout out of each query. */
    Heads<T> dq, dk, dv, dout;
    float *delta;
    /** (B, H, T): each query's log-sum-exp. */
    float *lse;
    /** Null, or (B, H, T, S) by its strides: bool, or added numbers. */
    void *mask;
    long long maskType;
    long long maskBatch, maskHead, maskRow, maskColumn;
    long long batches, heads, queries, keys, size;
    long long causal;
    double scale;
    /** Whether weights are dropped; what the upper 24 bits of a kept one's word reach; what kept ones are multiplied with. */
    long long dropout;
    long long threshold;
    double keptScale;
    Draw draw;
};

/** Which head and which tile of its rows the block has. */
struct Place {
    long long head;
    int first;

    __device__ __forceinline__ Place(long long rows, int tile) {
        long long tiles = (rows + tile - 1) / tile;
        head = blockIdx.x / tiles;
        first = (int) (blockIdx.x % tiles) * tile;
    }
};

/** Returns where the keys end that the queries before a given one see. */
template <class T> __device__ __forceinline__ int keysEnd(const AttentionArguments<T> &args, int queriesEnd) {
    return (int) (args.causal ? min(args.keys, (long long) queriesEnd) : args.keys);
}

/** Returns a score from the product of a query and a key: -infinity if the query does not see the key. */
template <class T>
__device__ __forceinline__ float scoreOf(const AttentionArguments<T> &args, long long head, int query, int key, float product) {
    if (query >= args.queries || key >= args.keys || (args.causal && key > query)) {
        return -infinity<float>();
    }
    float score = product * (float) args.scale;
    if (args.mask != nullptr) {
        long long at = head / args.heads * args.maskBatch + head % args.heads * args.maskHead + query * args.maskRow
                + key * args.maskColumn;
        if (args.maskType == BOOL) {
            return static_cast<const Bool *>(args.mask)[at].bits ? score : -infinity<float>();
        }
        score += args.maskType == BF16 ? widen(static_cast<const BFloat16 *>(args.mask)[at])
                                       : static_cast<const float *>(args.mask)[at];
    }
    return score;
}

/** Returns what a weight, or its gradient, is multiplied with: the same numbers as a dropout of all the weights. */
template <class T>
__device__ __forceinline__ float keptOf(const AttentionArguments<T> &args, Words &words, long long head, int query, int key) {
    if (!args.dropout) {
        return 1;
    }
    long long element = (head * args.queries + query) * args.keys + key;
    return isAtLeast(words.at(element), args.threshold) ? (float) args.keptScale : 0;
}

/** Makes a weight again from its score's product, and from that of dout and v its gradient; both as the sums take them. */
template <class T>
__device__ __forceinline__ void weigh(float &weight, float &gradient, const AttentionArguments<T> &args, Words &words,
        long long head, int query, int key) {
    float score = scoreOf(args, head, query, key, weight);
    if (score == -infinity<float>()) {
        weight = 0;
        gradient = 0;
        return;
    }
    long long row = head * args.queries + query;
    float probability = expf(score - args.lse[row]);
    float kept = keptOf(args, words, head, query, key);
    weight = probability * kept;
    gradient = probability * (gradient * kept - args.delta[row]) * (float) args.scale;
}

/** What a row of scores has gone through: the largest one, and the sum of e^(score - largest). */
struct Running {
    float largest = -infinity<float>();
    float sum = 0;

    /** Takes a larger largest; returns what older weights are to be multiplied with. */
    __device__ __forceinline__ float raise(float candidate) {
        float raised = max(largest, candidate);
        float factor = raised == largest ? 1 : expf(largest - raised);
        largest = raised;
        sum *= factor;
        return factor;
    }

    /** A weight; 0 while the row has seen no key. */
    __device__ __forceinline__ float weight(float score) const {
        return score == -infinity<float>() ? 0 : expf(score - largest);
    }

    /** The log-sum-exp; the lowest finite number of a row that sees no key, so that its weights become 0. */
    __device__ __forceinline__ float logSumExp() const {
        return sum == 0 ? -3.4028234663852886e38f : largest + logf(sum);
    }

    __device__ __forceinline__ float inverse() const { return sum == 0 ? 0 : 1 / sum; }
};

/** delta = sum of dout out: a warp for each query. */
template <class T> __device__ __forceinline__ void deltaKernel(const AttentionArguments<T> &args) {
    long long rows = args.batches * args.heads * args.queries;
    int lane = threadIdx.x % WARP;
    for (long long i = globalThread() / WARP; i < rows; i += gridThreads() / WARP) {
        long long head = i / args.queries;
        const T *out = args.out.of(head, args.heads) + i % args.queries * args.out.row;
        const T *dout = args.dout.of(head, args.heads) + i % args.queries * args.dout.row;
        float sum = 0;
        for (int d = lane; d < args.size; d += WARP) {
            sum += wide<float>(out[d * args.out.column]) * wide<float>(dout[d * args.dout.column]);
        }
        sum = sumOverWarp(sum);
        if (lane == 0) {
            args.delta[i] = sum;
        }
    }
}
