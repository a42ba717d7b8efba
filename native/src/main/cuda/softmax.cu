// Softmax, its logarithm, the log-sum-exp and cross-entropy of rows, each in one pass for the maximum and the sum.
#include "rows.cuh"

template <int V, class T>
__device__ __forceinline__ Exponentials<Computed<T>> exponentials(const T *row, long long length, Computed<T> *scratch) {
    Exponentials<Computed<T>> all;
    forEachOfRow<V>(length, [&](long long i) {
        Computed<T> x[V];
        readWide<V>(x, row + i);
        all.add(x);
    });
    all.overRow(scratch);
    return all;
}

template <class T> struct SoftmaxArguments {
    T *out;
    const T *x;
    long long rows;
    long long length;
    long long packed;
};

/** out = e^(x - max) / sum e^(x - max). */
template <class T, int V> __device__ __forceinline__ void softmax(const SoftmaxArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        Exponentials<C> all = exponentials<V>(args.x + begin, args.length, scratch);
        C x[V];
        C factor = 1 / all.divisor();
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(x, args.x + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = exp(x[k] - all.largest) * factor;
            }
            writeNarrow<V>(args.out + begin + i, x);
        });
    });
}
ROWS_KERNEL(softmax_forward, SoftmaxArguments, softmax)

/** out = x - max - log sum e^(x - max). */
template <class T, int V> __device__ __forceinline__ void logSoftmax(const SoftmaxArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        Exponentials<C> all = exponentials<V>(args.x + begin, args.length, scratch);
        C x[V];
        C logarithm = log(all.divisor());
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(x, args.x + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = x[k] - all.largest - logarithm;
            }
            writeNarrow<V>(args.out + begin + i, x);
        });
    });
}
ROWS_KERNEL(log_softmax_forward, SoftmaxArguments, logSoftmax)

template <class T> struct LogSumExpArguments {
    Vector<T> out;
    const T *x;
    long long rows;
    long long length;
    long long packed;
};

/** out = max + log sum e^(x - max). */
template <class T, int V> __device__ __forceinline__ void logSumExp(const LogSumExpArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        Exponentials<C> all = exponentials<V>(args.x + row * args.length, args.length, scratch);
        if (threadIdx.x == 0) {
            args.out.set(row, all.logSumExp());
        }
    });
}
ROWS_KERNEL(log_sum_exp, LogSumExpArguments, logSumExp)

template <class T> struct SoftmaxBackwardArguments {
    T *dx;
    const T *dout;
    const T *out;
    long long rows;
    long long length;
    long long packed;
};

/** dx = out (dout - sum dout out). */
template <class T, int V> __device__ __forceinline__ void softmaxBackward(const SoftmaxBackwardArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        C out[V];
        C dout[V];
        C sum = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(out, args.out + begin + i);
            readWide<V>(dout, args.dout + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                sum += dout[k] * out[k];
            }
        });
        sum = sumOverRow(sum, scratch);
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(out, args.out + begin + i);
            readWide<V>(dout, args.dout + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                out[k] *= dout[k] - sum;
            }
            writeNarrow<V>(args.dx + begin + i, out);
        });
    });
}
ROWS_KERNEL(softmax_backward, SoftmaxBackwardArguments, softmaxBackward)

/** dx = dout - e^out sum dout. */
template <class T, int V> __device__ __forceinline__ void logSoftmaxBackward(const SoftmaxBackwardArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        C out[V];
        C dout[V];
        C sum = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(dout, args.dout + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                sum += dout[k];
            }
        });
        sum = sumOverRow(sum, scratch);
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(out, args.out + begin + i);
            readWide<V>(dout, args.dout + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                dout[k] -= exp(out[k]) * sum;
            }
            writeNarrow<V>(args.dx + begin + i, dout);
        });
    });
}
ROWS_KERNEL(log_softmax_backward, SoftmaxBackwardArguments, logSoftmaxBackward)

// ---- cross-entropy with classes ----------------------------------------------------------------------------------------

template <class T> struct CrossEntropyArguments {
    Vector<T> out;
    Vector<T> lse;
    const T *logits;
    const long long *targets;
    long long rows;
    long long length;
    long long packed;
    long long ignored;
    double smoothing;
};

/** out = lse - sum q logits with q = (1 - smoothing) onehot(target) + smoothing / C (Szegedy et al., 2016); 0 where ignored. */
template <class T, int V> __device__ __forceinline__ void crossEntropy(const CrossEntropyArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    C smoothing = (C) args.smoothing;
    forEachRow(args.rows, [&](long long row) {
        const T *logits = args.logits + row * args.length;
        Exponentials<C> all;
        C total = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            readWide<V>(x, logits + i);
            all.add(x);
#pragma unroll
            for (int k = 0; k < V; k++) {
                total += x[k];
            }
        });
        all.overRow(scratch);
        total = sumOverRow(total, scratch);
        if (threadIdx.x == 0) {
            C lse = all.logSumExp();
            C loss = 0;
            long long target = args.targets[row];
            if (target != args.ignored) {
                // Classes are checked by the host, but not when a captured step is replayed.
                bool exists = target >= 0 && target < args.length;
                loss = exists ? (1 - smoothing) * (lse - wide<C>(logits[target])) : notANumber<C>();
                // Without smoothing, classes of probability 0 do not count.
                loss += smoothing == 0 ? 0 : smoothing * (lse - total / (C) args.length);
            }
            args.lse.set(row, lse);
            args.out.set(row, loss);
        }
    });
}
ROWS_KERNEL(cross_entropy_forward, CrossEntropyArguments, crossEntropy)

template <class T> struct CrossEntropyBackwardArguments {
    T *dlogits;
    Vector<T> dout;
    Vector<T> lse;
    const T *logits;
    const long long *targets;
    long long rows;
    long long length;
    long long packed;
    long long ignored;
    double smoothing;
};

/** dlogits = dout (e^(logits - lse) - q), which may take the place of logits; 0 where ignored. */
template <class T, int V>
__device__ __forceinline__ void crossEntropyBackward(const CrossEntropyBackwardArguments<T> &args) {
    using C = Computed<T>;
    C everywhere = (C) (args.smoothing / (double) args.length);
    C hit = (C) (1 - args.smoothing);
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        long long target = args.targets[row];
        bool counts = target != args.ignored;
        C dout = args.dout.get(row);
        C lse = args.lse.get(row);
        forEachOfRow<V>(args.length, [&](long long i) {
            C x[V];
            readWide<V>(x, args.logits + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                C q = everywhere + (i + k == target ? hit : 0);
                x[k] = counts ? dout * (exp(x[k] - lse) - q) : 0;
            }
            writeNarrow<V>(args.dlogits + begin + i, x);
        });
    });
}
ROWS_KERNEL(cross_entropy_backward, CrossEntropyBackwardArguments, crossEntropyBackward)
