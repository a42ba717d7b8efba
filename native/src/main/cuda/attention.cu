// Attention in f32: tiles of 64 queries and 64 keys, by 16 x 16 threads with 4 x 4 scores each.
#include "attention.cuh"

using Arguments = AttentionArguments<float>;

constexpr int TILE = 64;
constexpr int SIDE = 16;
constexpr int EACH = TILE / SIDE;
/** One more than a row, so that a column's numbers lie in different banks. */
constexpr int WEIGHTS = TILE + 1;

/** What a thread has: rows EACH down + i, columns across + SIDE j. */
struct Thread {
    int down = threadIdx.x / SIDE;
    int across = threadIdx.x % SIDE;

    __device__ __forceinline__ int row(int i) const { return EACH * down + i; }
    __device__ __forceinline__ int column(int j) const { return across + SIDE * j; }
};

/** Reads a tile of a head's rows, filled up with zeros to SIZE columns and to all its rows. */
template <int SIZE>
__device__ __forceinline__ void readTile(float *tile, const Heads<float> &x, const Arguments &args, long long head, int first,
        long long rows) {
    const float *from = x.of(head, args.heads);
    for (int i = threadIdx.x; i < TILE * SIZE; i += SIDE * SIDE) {
        int row = i / SIZE;
        int d = i % SIZE;
        tile[row * (SIZE + 1) + d] =
                first + row < rows && d < args.size ? from[(first + row) * x.row + d * x.column] : 0;
    }
}

/** sums = a b^T, of tiles. */
template <int SIZE>
__device__ __forceinline__ void multiplyRows(float (&sums)[EACH][EACH], const float *a, const float *b, Thread thread) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            sums[i][j] = 0;
        }
    }
#pragma unroll 8
    for (int d = 0; d < SIZE; d++) {
        float left[EACH];
        float right[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            left[i] = a[thread.row(i) * (SIZE + 1) + d];
            right[i] = b[thread.column(i) * (SIZE + 1) + d];
        }
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                sums[i][j] += left[i] * right[j];
            }
        }
    }
}

/** sums += weights x, of tiles. */
template <int SIZE>
__device__ __forceinline__ void addProducts(float (&sums)[EACH][SIZE / SIDE], const float *weights, const float *x,
        Thread thread) {
#pragma unroll 4
    for (int k = 0; k < TILE; k++) {
        float left[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            left[i] = weights[thread.row(i) * WEIGHTS + k];
        }
#pragma unroll
        for (int c = 0; c < SIZE / SIDE; c++) {
            float right = x[k * (SIZE + 1) + thread.column(c)];
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                sums[i][c] += left[i] * right;
            }
        }
    }
}

__device__ __forceinline__ void keepWeights(float *tile, const float (&weights)[EACH][EACH], Thread thread) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int j = 0; j < EACH; j++) {
            tile[thread.row(i) * WEIGHTS + thread.column(j)] = weights[i][j];
        }
    }
}

template <int SIZE>
__device__ __forceinline__ void writeTile(const Heads<float> &x, const float (&sums)[EACH][SIZE / SIDE], const Arguments &args,
        long long head, int first, long long rows, Thread thread) {
    float *to = x.of(head, args.heads);
#pragma unroll
    for (int i = 0; i < EACH; i++) {
#pragma unroll
        for (int c = 0; c < SIZE / SIDE; c++) {
            int row = first + thread.row(i);
            int d = thread.column(c);
            if (row < rows && d < args.size) {
                to[row * x.row + d * x.column] = sums[i][c];
            }
        }
    }
}

template <int SIZE> __device__ __forceinline__ void forwardKernel(const Arguments &args) {
    DYNAMIC_SHARED(float, shared);
    float *q = shared;
    float *k = q + TILE * (SIZE + 1);
    float *v = k + TILE * (SIZE + 1);
    float *weights = v + TILE * (SIZE + 1);
    Thread thread;
    Place place(args.queries, TILE);
    Words words(args.draw);
    readTile<SIZE>(q, args.q, args, place.head, place.first, args.queries);
    Running running[EACH];
    float sums[EACH][SIZE / SIDE] = {};
    int end = keysEnd(args, place.first + TILE);
    for (int first = 0; first < end; first += TILE) {
        __syncthreads(); // the tiles before have been read
        readTile<SIZE>(k, args.k, args, place.head, first, args.keys);
        readTile<SIZE>(v, args.v, args, place.head, first, args.keys);
        __syncthreads();
        float scores[EACH][EACH];
        multiplyRows<SIZE>(scores, q, k, thread);
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            int query = place.first + thread.row(i);
            float largest = -infinity<float>();
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                scores[i][j] = scoreOf(args, place.head, query, first + thread.column(j), scores[i][j]);
                largest = max(largest, scores[i][j]);
            }
            for (int distance = SIDE / 2; distance > 0; distance /= 2) {
                largest = max(largest, __shfl_xor_sync(ALL_LANES, largest, distance));
            }
            float factor = running[i].raise(largest);
            float sum = 0;
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                float weight = running[i].weight(scores[i][j]);
                sum += weight;
                scores[i][j] = weight * keptOf(args, words, place.head, query, first + thread.column(j));
            }
            for (int distance = SIDE / 2; distance > 0; distance /= 2) {
                sum += __shfl_xor_sync(ALL_LANES, sum, distance);
            }
            running[i].sum += sum;
#pragma unroll
            for (int c = 0; c < SIZE / SIDE; c++) {
                sums[i][c] *= factor;
            }
        }
        keepWeights(weights, scores, thread);
        __syncthreads();
        addProducts<SIZE>(sums, weights, v, thread);
    }
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        int query = place.first + thread.row(i);
        if (thread.across == 0 && query < args.queries) {
            args.lse[place.head * args.queries + query] = running[i].logSumExp();
        }
#pragma unroll
        for (int c = 0; c < SIZE / SIDE; c++) {
            sums[i][c] *= running[i].inverse();
        }
    }
    writeTile<SIZE>(args.out, sums, args, place.head, place.first, args.queries, thread);
}

template <int SIZE> __device__ __forceinline__ void keysBackwardKernel(const Arguments &args) {
    DYNAMIC_SHARED(float, shared);
    float *k = shared;
    float *v = k + TILE * (SIZE + 1);
    float *q = v + TILE * (SIZE + 1);
    float *dout = q + TILE * (SIZE + 1);
    float *weights = dout + TILE * (SIZE + 1);
    Thread thread;
    Place place(args.keys, TILE);
    Words words(args.draw);
    readTile<SIZE>(k, args.k, args, place.head, place.first, args.keys);
    readTile<SIZE>(v, args.v, args, place.head, place.first, args.keys);
    float dk[EACH][SIZE / SIDE] = {};
    float dv[EACH][SIZE / SIDE] = {};
    for (int first = args.causal ? place.first : 0; first < args.queries; first += TILE) {
        __syncthreads();
        readTile<SIZE>(q, args.q, args, place.head, first, args.queries);
        readTile<SIZE>(dout, args.dout, args, place.head, first, args.queries);
        __syncthreads();
        float scores[EACH][EACH];
        float gradients[EACH][EACH];
        multiplyRows<SIZE>(scores, k, q, thread);
        multiplyRows<SIZE>(gradients, v, dout, thread);
#pragma unroll
        for (int j = 0; j < EACH; j++) {
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                weigh(scores[i][j], gradients[i][j], args, words, place.head, first + thread.column(j),
                        place.first + thread.row(i));
            }
        }
        keepWeights(weights, scores, thread);
        __syncthreads();
        addProducts<SIZE>(dv, weights, dout, thread);
        __syncthreads();
        keepWeights(weights, gradients, thread);
        __syncthreads();
        addProducts<SIZE>(dk, weights, q, thread);
    }
    writeTile<SIZE>(args.dk, dk, args, place.head, place.first, args.keys, thread);
    writeTile<SIZE>(args.dv, dv, args, place.head, place.first, args.keys, thread);
}

template <int SIZE> __device__ __forceinline__ void queriesBackwardKernel(const Arguments &args) {
    DYNAMIC_SHARED(float, shared);
    float *q = shared;
    float *dout = q + TILE * (SIZE + 1);
    float *k = dout + TILE * (SIZE + 1);
    float *v = k + TILE * (SIZE + 1);
    float *weights = v + TILE * (SIZE + 1);
    Thread thread;
    Place place(args.queries, TILE);
    Words words(args.draw);
    readTile<SIZE>(q, args.q, args, place.head, place.first, args.queries);
    readTile<SIZE>(dout, args.dout, args, place.head, place.first, args.queries);
    float dq[EACH][SIZE / SIDE] = {};
    int end = keysEnd(args, place.first + TILE);
    for (int first = 0; first < end; first += TILE) {
        __syncthreads();
        readTile<SIZE>(k, args.k, args, place.head, first, args.keys);
        readTile<SIZE>(v, args.v, args, place.head, first, args.keys);
        __syncthreads();
        float scores[EACH][EACH];
        float gradients[EACH][EACH];
        multiplyRows<SIZE>(scores, q, k, thread);
        multiplyRows<SIZE>(gradients, dout, v, thread);
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                weigh(scores[i][j], gradients[i][j], args, words, place.head, place.first + thread.row(i),
                        first + thread.column(j));
            }
        }
        keepWeights(weights, gradients, thread);
        __syncthreads();
        addProducts<SIZE>(dq, weights, k, thread);
    }
    writeTile<SIZE>(args.dq, dq, args, place.head, place.first, args.queries, thread);
}

KERNEL(attention_delta, Arguments) {
    deltaKernel(args);
}

#define JACOBI_ATTENTION(SIZE)                                                                                         \
    KERNEL(attention_forward_##SIZE, Arguments) { forwardKernel<SIZE>(args); }                                         \
    KERNEL(attention_keys_backward_##SIZE, Arguments) { keysBackwardKernel<SIZE>(args); }                              \
    KERNEL(attention_queries_backward_##SIZE, Arguments) { queriesBackwardKernel<SIZE>(args); }

JACOBI_ATTENTION(32)
JACOBI_ATTENTION(64)
JACOBI_ATTENTION(128)
