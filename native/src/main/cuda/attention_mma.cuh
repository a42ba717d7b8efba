// Attention in bf16 on tensor cores, with sums in f32: four warps of 16 rows each. Scores and weights stay in registers: what a
// product leaves in the lanes is, rounded, the next one's left operand.
#include "attention.cuh"
#include "mma.cuh"

using Arguments = AttentionArguments<BFloat16>;

constexpr int THREADS = 128;
constexpr int ROWS = 16;
constexpr int TILE = THREADS / WARP * ROWS;

/** Columns of a tile of scores: few where a block has two sums of SIZE numbers a row in registers. */
constexpr int COLUMNS = 64;
constexpr int FEW_COLUMNS = 32;

/** Reads a tile of a head's rows, filled up with zeros to SIZE columns and to all its rows. */
template <int SIZE, int LENGTH>
__device__ __forceinline__ void readTile(BFloat16 *tile, const Heads<BFloat16> &x, const Arguments &args, long long head,
        int first, long long rows) {
    constexpr int PACK = 8;
    const BFloat16 *from = x.of(head, args.heads);
    long long steps = (long long) x.address | 2 * (x.batch | x.head | x.row) | 2 * args.size;
    bool wide = x.column == 1 && steps % 16 == 0;
    for (int i = threadIdx.x; i < LENGTH * SIZE / PACK; i += THREADS) {
        int row = i / (SIZE / PACK);
        int d = i % (SIZE / PACK) * PACK;
        const BFloat16 *at = from + (first + row) * x.row + d * x.column;
        BFloat16 pack[PACK] = {};
        if (first + row < rows && d < args.size) {
            if (wide) {
                readPack(pack, at);
            } else {
#pragma unroll
                for (int j = 0; j < PACK; j++) {
                    if (d + j < args.size) {
                        pack[j] = at[j * x.column];
                    }
                }
            }
        }
        writePack(tile + row * RowOf<SIZE>::STRIDE + d, pack);
    }
}

/** What a thread has of its warp's 16 rows: two rows, and two neighbouring columns of every eight. */
struct Lanes {
    int warpRow = threadIdx.x / WARP * ROWS;
    int down = threadIdx.x % WARP / 4;
    int across = threadIdx.x % 4 * 2;

    __device__ __forceinline__ int row(int i) const { return warpRow + down + i / 2 * 8; }
    __device__ __forceinline__ int column(int n, int i) const { return 8 * n + across + i % 2; }
};

template <int SIZE>
__device__ __forceinline__ void writeTile(const Heads<BFloat16> &x, const float (&sums)[SIZE / 8][4], const Arguments &args,
        long long head, int first, long long rows, Lanes lanes) {
    BFloat16 *to = x.of(head, args.heads);
#pragma unroll
    for (int n = 0; n < SIZE / 8; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int row = first + lanes.row(i);
            int d = lanes.column(n, i);
            if (row < rows && d < args.size) {
                to[row * x.row + d * x.column] = toBFloat16(sums[n][i]);
            }
        }
    }
}

template <int SIZE> __device__ __forceinline__ void forwardKernel(const Arguments &args) {
    constexpr int STRIDE = RowOf<SIZE>::STRIDE;
    DYNAMIC_SHARED(BFloat16, shared);
    BFloat16 *q = shared;
    BFloat16 *k = q + TILE * STRIDE;
    BFloat16 *v = k + COLUMNS * STRIDE;
    Lanes lanes;
    Place place(args.queries, TILE);
    Words words(args.draw);
    readTile<SIZE, TILE>(q, args.q, args, place.head, place.first, args.queries);
    Running running[2];
    float sums[SIZE / 8][4] = {};
    int end = keysEnd(args, place.first + TILE);
    for (int first = 0; first < end; first += COLUMNS) {
        __syncthreads(); // the tiles before have been read
        readTile<SIZE, COLUMNS>(k, args.k, args, place.head, first, args.keys);
        readTile<SIZE, COLUMNS>(v, args.v, args, place.head, first, args.keys);
        __syncthreads();
        float scores[COLUMNS / 8][4] = {};
        addRowProducts<SIZE>(scores, q + lanes.warpRow * STRIDE, k);
        float largest[2] = {-infinity<float>(), -infinity<float>()};
#pragma unroll
        for (int n = 0; n < COLUMNS / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                scores[n][i] = scoreOf(args, place.head, place.first + lanes.row(i), first + lanes.column(n, i), scores[n][i]);
                largest[i / 2] = max(largest[i / 2], scores[n][i]);
            }
        }
        float factors[2];
#pragma unroll
        for (int r = 0; r < 2; r++) {
            // A row's columns are in four neighbouring lanes.
            largest[r] = max(largest[r], __shfl_xor_sync(ALL_LANES, largest[r], 1));
            largest[r] = max(largest[r], __shfl_xor_sync(ALL_LANES, largest[r], 2));
            factors[r] = running[r].raise(largest[r]);
        }
#pragma unroll
        for (int n = 0; n < COLUMNS / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                float weight = running[i / 2].weight(scores[n][i]);
                running[i / 2].sum += weight; // the lanes' sums are added at the end
                scores[n][i] = weight
                        * keptOf(args, words, place.head, place.first + lanes.row(i), first + lanes.column(n, i));
            }
        }
#pragma unroll
        for (int n = 0; n < SIZE / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                sums[n][i] *= factors[i / 2];
            }
        }
        unsigned left[COLUMNS / 16][4];
        toLeft(left, scores);
        addProducts<SIZE>(sums, left, v);
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        running[r].sum += __shfl_xor_sync(ALL_LANES, running[r].sum, 1);
        running[r].sum += __shfl_xor_sync(ALL_LANES, running[r].sum, 2);
        int query = place.first + lanes.row(2 * r);
        if (lanes.across == 0 && query < args.queries) {
            args.lse[place.head * args.queries + query] = running[r].logSumExp();
        }
    }
#pragma unroll
    for (int n = 0; n < SIZE / 8; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            sums[n][i] *= running[i / 2].inverse();
        }
    }
    writeTile<SIZE>(args.out, sums, args, place.head, place.first, args.queries, lanes);
}

template <int SIZE> __device__ __forceinline__ void keysBackwardKernel(const Arguments &args) {
    constexpr int STRIDE = RowOf<SIZE>::STRIDE;
    DYNAMIC_SHARED(BFloat16, shared);
    BFloat16 *k = shared;
    BFloat16 *v = k + TILE * STRIDE;
    BFloat16 *q = v + TILE * STRIDE;
    BFloat16 *dout = q + FEW_COLUMNS * STRIDE;
    Lanes lanes;
    Place place(args.keys, TILE);
    Words words(args.draw);
    readTile<SIZE, TILE>(k, args.k, args, place.head, place.first, args.keys);
    readTile<SIZE, TILE>(v, args.v, args, place.head, place.first, args.keys);
    float dk[SIZE / 8][4] = {};
    float dv[SIZE / 8][4] = {};
    for (int first = args.causal ? place.first : 0; first < args.queries; first += FEW_COLUMNS) {
        __syncthreads();
        readTile<SIZE, FEW_COLUMNS>(q, args.q, args, place.head, first, args.queries);
        readTile<SIZE, FEW_COLUMNS>(dout, args.dout, args, place.head, first, args.queries);
        __syncthreads();
        // A row is a key here, a column a query.
        float weights[FEW_COLUMNS / 8][4] = {};
        float gradients[FEW_COLUMNS / 8][4] = {};
        addRowProducts<SIZE>(weights, k + lanes.warpRow * STRIDE, q);
        addRowProducts<SIZE>(gradients, v + lanes.warpRow * STRIDE, dout);
#pragma unroll
        for (int n = 0; n < FEW_COLUMNS / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                weigh(weights[n][i], gradients[n][i], args, words, place.head, first + lanes.column(n, i),
                        place.first + lanes.row(i));
            }
        }
        unsigned left[FEW_COLUMNS / 16][4];
        toLeft(left, weights);
        addProducts<SIZE>(dv, left, dout);
        toLeft(left, gradients);
        addProducts<SIZE>(dk, left, q);
    }
    writeTile<SIZE>(args.dk, dk, args, place.head, place.first, args.keys, lanes);
    writeTile<SIZE>(args.dv, dv, args, place.head, place.first, args.keys, lanes);
}

template <int SIZE> __device__ __forceinline__ void queriesBackwardKernel(const Arguments &args) {
    constexpr int STRIDE = RowOf<SIZE>::STRIDE;
    DYNAMIC_SHARED(BFloat16, shared);
    BFloat16 *q = shared;
    BFloat16 *dout = q + TILE * STRIDE;
    BFloat16 *k = dout + TILE * STRIDE;
    BFloat16 *v = k + FEW_COLUMNS * STRIDE;
    Lanes lanes;
    Place place(args.queries, TILE);
    Words words(args.draw);
    readTile<SIZE, TILE>(q, args.q, args, place.head, place.first, args.queries);
    readTile<SIZE, TILE>(dout, args.dout, args, place.head, place.first, args.queries);
    float dq[SIZE / 8][4] = {};
    int end = keysEnd(args, place.first + TILE);
    for (int first = 0; first < end; first += FEW_COLUMNS) {
        __syncthreads();
        readTile<SIZE, FEW_COLUMNS>(k, args.k, args, place.head, first, args.keys);
        readTile<SIZE, FEW_COLUMNS>(v, args.v, args, place.head, first, args.keys);
        __syncthreads();
        float weights[FEW_COLUMNS / 8][4] = {};
        float gradients[FEW_COLUMNS / 8][4] = {};
        addRowProducts<SIZE>(weights, q + lanes.warpRow * STRIDE, k);
        addRowProducts<SIZE>(gradients, dout + lanes.warpRow * STRIDE, v);
#pragma unroll
        for (int n = 0; n < FEW_COLUMNS / 8; n++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                weigh(weights[n][i], gradients[n][i], args, words, place.head, place.first + lanes.row(i),
                        first + lanes.column(n, i));
            }
        }
        unsigned left[FEW_COLUMNS / 16][4];
        toLeft(left, gradients);
        addProducts<SIZE>(dq, left, k);
    }
    writeTile<SIZE>(args.dq, dq, args, place.head, place.first, args.queries, lanes);
}

KERNEL(attention_delta, Arguments) {
    deltaKernel(args);
}

#define JACOBI_ATTENTION(SIZE)                                                                                         \
    KERNEL_OF(THREADS, attention_forward_##SIZE, Arguments) { forwardKernel<SIZE>(args); }                             \
    KERNEL_OF(THREADS, attention_keys_backward_##SIZE, Arguments) { keysBackwardKernel<SIZE>(args); }                  \
    KERNEL_OF(THREADS, attention_queries_backward_##SIZE, Arguments) { queriesBackwardKernel<SIZE>(args); }

JACOBI_ATTENTION(32)
JACOBI_ATTENTION(64)
JACOBI_ATTENTION(128)
