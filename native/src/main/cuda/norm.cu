// Layer normalization and root mean square normalization of rows; the latter is the former with a mean and a bias of 0.
#include "rows.cuh"

template <class T> struct NormArguments {
    T *out;
    /** Left out for root mean squares. */
    Vector<T> mean;
    Vector<T> rstd;
    const T *x;
    Vector<T> weight;
    Vector<T> bias;
    long long rows;
    long long length;
    long long packed;
    double eps;
};

/** out = (x - mean) rstd weight + bias (Ba, Kiros and Hinton, 2016; Zhang and Sennrich, 2019). */
template <class T, int V> __device__ __forceinline__ void norm(const NormArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        C length = (C) args.length;
        C x[V];
        C mean = 0;
        if (args.mean.address != nullptr) {
            forEachOfRow<V>(args.length, [&](long long i) {
                readWide<V>(x, args.x + begin + i);
#pragma unroll
                for (int k = 0; k < V; k++) {
                    mean += x[k];
                }
            });
            mean = sumOverRow(mean, scratch) / length;
        }
        // Of centered numbers: sum x^2 - n mean^2 would lose every digit where the mean is large.
        C squares = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            readWide<V>(x, args.x + begin + i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                squares += (x[k] - mean) * (x[k] - mean);
            }
        });
        C rstd = 1 / sqrt(sumOverRow(squares, scratch) / length + (C) args.eps);
        if (threadIdx.x == 0) {
            args.rstd.set(row, rstd);
            if (args.mean.address != nullptr) {
                args.mean.set(row, mean);
            }
        }
        forEachOfRow<V>(args.length, [&](long long i) {
            C weight[V];
            C bias[V];
            readWide<V>(x, args.x + begin + i);
            args.weight.template get<V>(weight, i, 1);
            args.bias.template get<V>(bias, i, 0);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = (x[k] - mean) * rstd * weight[k] + bias[k];
            }
            writeNarrow<V>(args.out + begin + i, x);
        });
    });
}
ROWS_KERNEL(norm_forward, NormArguments, norm)

template <class T> struct NormBackwardArguments {
    T *dx;
    const T *dout;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    Vector<T> weight;
    long long rows;
    long long length;
    long long packed;
};

/** dx = rstd (g - mean(g) - xHat mean(g xHat)) with g = dout weight; without mean(g) for root mean squares. */
template <class T, int V> __device__ __forceinline__ void normBackward(const NormBackwardArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    bool centered = args.mean.address != nullptr;
    forEachRow(args.rows, [&](long long row) {
        long long begin = row * args.length;
        C mean = centered ? args.mean.get(row) : 0;
        C rstd = args.rstd.get(row);
        C x[V];
        C g[V];
        C weight[V];
        // x becomes xHat and g dout weight.
        auto read = [&](long long i) {
            readWide<V>(x, args.x + begin + i);
            readWide<V>(g, args.dout + begin + i);
            args.weight.template get<V>(weight, i, 1);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = (x[k] - mean) * rstd;
                g[k] *= weight[k];
            }
        };
        C sum = 0;
        C product = 0;
        forEachOfRow<V>(args.length, [&](long long i) {
            read(i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                sum += g[k];
                product += g[k] * x[k];
            }
        });
        sum = centered ? sumOverRow(sum, scratch) / (C) args.length : 0;
        product = sumOverRow(product, scratch) / (C) args.length;
        forEachOfRow<V>(args.length, [&](long long i) {
            read(i);
#pragma unroll
            for (int k = 0; k < V; k++) {
                x[k] = rstd * (g[k] - sum - x[k] * product);
            }
            writeNarrow<V>(args.dx + begin + i, x);
        });
    });
}
ROWS_KERNEL(norm_backward, NormBackwardArguments, normBackward)

// ---- gradients of weight and bias: sums over rows, first in parts, then of the parts in order -------------------------

template <class T> struct NormPartsArguments {
    /** (parts, 2, length): sums of dout xHat, and of dout. */
    Computed<T> *partial;
    const T *dout;
    const T *x;
    Vector<T> mean;
    Vector<T> rstd;
    long long rows;
    long long length;
    long long packed;
};

constexpr int HEIGHT = 8;

/** Blocks of (32, 8) threads: neighbours along x have neighbouring columns, those along y and the parts share the rows. */
template <class T, int V> __device__ __forceinline__ void normParts(const NormPartsArguments<T> &args) {
    using C = Computed<T>;
    // The two sums of each column; the rows of threads add theirs one after the other.
    __shared__ C scratch[2 * V][WARP];
    long long column = (blockIdx.x * (long long) WARP + threadIdx.x) * V;
    bool exists = column < args.length;
    C products[V] = {};
    C sums[V] = {};
    for (long long row = blockIdx.y * HEIGHT + threadIdx.y; exists && row < args.rows; row += gridDim.y * HEIGHT) {
        C mean = args.mean.address == nullptr ? 0 : args.mean.get(row);
        C rstd = args.rstd.get(row);
        C x[V];
        C dout[V];
        readWide<V>(x, args.x + row * args.length + column);
        readWide<V>(dout, args.dout + row * args.length + column);
#pragma unroll
        for (int k = 0; k < V; k++) {
            products[k] += dout[k] * ((x[k] - mean) * rstd);
            sums[k] += dout[k];
        }
    }
    for (int turn = 0; turn < HEIGHT; turn++) {
        if ((int) threadIdx.y == turn) {
#pragma unroll
            for (int k = 0; k < V; k++) {
                scratch[k][threadIdx.x] = products[k] + (turn == 0 ? 0 : scratch[k][threadIdx.x]);
                scratch[V + k][threadIdx.x] = sums[k] + (turn == 0 ? 0 : scratch[V + k][threadIdx.x]);
            }
        }
        __syncthreads();
    }
    if (threadIdx.y == 0 && exists) {
        C *to = args.partial + blockIdx.y * 2 * args.length + column;
#pragma unroll
        for (int k = 0; k < V; k++) {
            to[k] = scratch[k][threadIdx.x];
            to[args.length + k] = scratch[V + k][threadIdx.x];
        }
    }
}
ROWS_KERNEL(norm_parts, NormPartsArguments, normParts)

template <class T> struct NormTotalsArguments {
    Vector<T> dweight;
    Vector<T> dbias;
    const Computed<T> *partial;
    long long parts;
    long long length;
};

/** Blocks of (32, 8) threads; those along y share the parts of a column. */
template <class T> __device__ __forceinline__ void normTotals(const NormTotalsArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[HEIGHT][2][WARP];
    long long column = blockIdx.x * (long long) WARP + threadIdx.x;
    bool exists = column < args.length;
    C product = 0;
    C sum = 0;
    for (long long part = threadIdx.y; exists && part < args.parts; part += HEIGHT) {
        product += args.partial[part * 2 * args.length + column];
        sum += args.partial[(part * 2 + 1) * args.length + column];
    }
    scratch[threadIdx.y][0][threadIdx.x] = product;
    scratch[threadIdx.y][1][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && exists) {
        for (int i = 1; i < HEIGHT; i++) {
            product += scratch[i][0][threadIdx.x];
            sum += scratch[i][1][threadIdx.x];
        }
        if (args.dweight.address != nullptr) {
            args.dweight.set(column, product);
        }
        if (args.dbias.address != nullptr) {
            args.dbias.set(column, sum);
        }
    }
}
FLOATS_KERNEL(norm_totals, NormTotalsArguments, normTotals)
