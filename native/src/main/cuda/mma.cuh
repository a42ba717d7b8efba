// A warp's product of small matrices on tensor cores, and how their parts come from shared memory; the only place that knows the
// instructions. PLAIN_MMA, and any compiler but that for the device, takes plain arithmetic on the same parts instead.
//
// Parts of matrices lie in the lanes as PTX has them (ISA, "Matrix Fragments for mma.m16n8k16"): with g = lane / 4, t = lane % 4,
//   a (16, 16): word 0 has row g, columns 2t and 2t + 1; word 1 row g + 8; words 2 and 3 the same of columns 8 to 15;
//   b (16, 8):  word 0 has rows 2t and 2t + 1 of column g; word 1 the same of rows 8 to 15;
//   d (16, 8):  numbers 0 and 1 have row g, columns 2t and 2t + 1; numbers 2 and 3 row g + 8.
#pragma once

#include "jacobi.cuh"

#if defined(__CUDA_ARCH__) && !defined(PLAIN_MMA)
#define TENSOR_CORES 1
#else
#define TENSOR_CORES 0
#endif

/** Two neighbours as a word, the first one in its lower half. */
__device__ __forceinline__ unsigned packed(float first, float second) {
#if TENSOR_CORES
    unsigned word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
    return word;
#else
    return toBFloat16(first).bits | (unsigned) toBFloat16(second).bits << 16;
#endif
}

#if !TENSOR_CORES
/** d += a b; not inline, as it is long. */
__device__ __noinline__ float4 plainMultiplyAdd(float4 sums, uint4 a, uint2 b) {
    int g = threadIdx.x % WARP / 4;
    int t = threadIdx.x % 4;
    float d[4] = {sums.x, sums.y, sums.z, sums.w};
    unsigned long long left[2] = {a.x | (unsigned long long) a.y << 32, a.z | (unsigned long long) a.w << 32};
    unsigned long long right = b.x | (unsigned long long) b.y << 32;
#pragma unroll 1
    for (int from = 0; from < 4; from++) {
        unsigned long long columns[2];
        for (int j = 0; j < 2; j++) {
            columns[j] = __shfl_sync(ALL_LANES, right, (2 * t + j) * 4 + from);
        }
        for (int half = 0; half < 2; half++) {
            unsigned long long rows = __shfl_sync(ALL_LANES, left[half], g * 4 + from);
            for (int i = 0; i < 4; i++) {
                unsigned x = (unsigned) (rows >> 32 * (i / 2));
                unsigned y = (unsigned) (columns[i % 2] >> 32 * half);
                d[i] += __uint_as_float(x << 16) * __uint_as_float(y << 16);
                d[i] += __uint_as_float(x & 0xffff0000u) * __uint_as_float(y & 0xffff0000u);
            }
        }
    }
    return make_float4(d[0], d[1], d[2], d[3]);
}
#endif

/** d += a b, of bf16, with sums in f32. */
__device__ __forceinline__ void multiplyAdd(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if TENSOR_CORES
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
    float4 sums = plainMultiplyAdd(make_float4(d[0], d[1], d[2], d[3]), {a[0], a[1], a[2], a[3]}, {b[0], b[1]});
    d[0] = sums.x;
    d[1] = sums.y;
    d[2] = sums.z;
    d[3] = sums.w;
#endif
}

#if !TENSOR_CORES
__device__ __noinline__ uint4 plainRead(const BFloat16 *row, bool transposed) {
    int lane = threadIdx.x % WARP;
    unsigned words[4];
#pragma unroll 1
    for (int i = 0; i < 4; i++) {
        words[i] = 0;
        for (int j = 0; j < 2; j++) {
            // The word's j-th number: of row g, or of column g.
            int from = transposed ? lane % 4 * 2 + j : lane / 4;
            const BFloat16 *at = (const BFloat16 *) __shfl_sync(ALL_LANES, (unsigned long long) row, 8 * i + from);
            words[i] |= (unsigned) at[transposed ? lane / 4 : lane % 4 * 2 + j].bits << 16 * j;
        }
    }
    return {words[0], words[1], words[2], words[3]};
}

__device__ __forceinline__ void toWords(unsigned (&words)[4], uint4 read) {
    words[0] = read.x;
    words[1] = read.y;
    words[2] = read.z;
    words[3] = read.w;
}
#endif

/**
 * Reads four matrices (8, 8) from shared memory; lane i gives the address, aligned to 16 bytes, of row i % 8 of matrix i / 8. A
 * word has columns 2t and 2t + 1 of row g.
 */
__device__ __forceinline__ void readMatrices(unsigned (&words)[4], const BFloat16 *row) {
#if TENSOR_CORES
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"((unsigned) __cvta_generic_to_shared(row))
                 : "memory");
#else
    toWords(words, plainRead(row, false));
#endif
}

/** As readMatrices, but each matrix transposed: a word has rows 2t and 2t + 1 of column g. */
__device__ __forceinline__ void readTransposed(unsigned (&words)[4], const BFloat16 *row) {
#if TENSOR_CORES
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"((unsigned) __cvta_generic_to_shared(row))
                 : "memory");
#else
    toWords(words, plainRead(row, true));
#endif
}

// ---- products of tiles in shared memory ----------------------------------------------------------------------------------

/** What rows of a tile are apart: 16 bytes more than their length, so that eight of them lie in different banks. */
template <int LENGTH> struct RowOf {
    static constexpr int STRIDE = LENGTH + 8;
};

/** sums (16, 8 N) += a b^T, where a is a tile of 16 rows and b one of 8 N; each row has LENGTH numbers. */
template <int LENGTH, int N>
__device__ __forceinline__ void addRowProducts(float (&sums)[N][4], const BFloat16 *a, const BFloat16 *b) {
    constexpr int STRIDE = RowOf<LENGTH>::STRIDE;
    int lane = threadIdx.x % WARP;
#pragma unroll
    for (int k = 0; k < LENGTH; k += 16) {
        unsigned left[4];
        readMatrices(left, a + lane % 16 * STRIDE + k + lane / 16 * 8);
#pragma unroll
        for (int n = 0; n < N; n += 2) {
            unsigned right[4];
            readMatrices(right, b + (n * 8 + lane / 16 * 8 + lane % 8) * STRIDE + k + lane / 8 % 2 * 8);
            multiplyAdd(sums[n], left, {right[0], right[1]});
            multiplyAdd(sums[n + 1], left, {right[2], right[3]});
        }
    }
}

/** Rounds sums (16, 8 N) to what they are as a left operand. */
template <int N> __device__ __forceinline__ void toLeft(unsigned (&left)[N / 2][4], const float (&sums)[N][4]) {
#pragma unroll
    for (int n = 0; n < N; n++) {
        left[n / 2][n % 2 * 2] = packed(sums[n][0], sums[n][1]);
        left[n / 2][n % 2 * 2 + 1] = packed(sums[n][2], sums[n][3]);
    }
}

/** sums (16, LENGTH) += left x, where left is (16, 16 K) and x a tile of 16 K rows of LENGTH numbers. */
template <int LENGTH, int K>
__device__ __forceinline__ void addProducts(float (&sums)[LENGTH / 8][4], const unsigned (&left)[K][4],
        const BFloat16 *x) {
    constexpr int STRIDE = RowOf<LENGTH>::STRIDE;
    int lane = threadIdx.x % WARP;
#pragma unroll
    for (int k = 0; k < K; k++) {
#pragma unroll
        for (int n = 0; n < LENGTH / 8; n += 2) {
            unsigned right[4];
            readTransposed(right, x + (k * 16 + lane % 16) * STRIDE + n * 8 + lane / 16 * 8);
            multiplyAdd(sums[n], left[k], {right[0], right[1]});
            multiplyAdd(sums[n + 1], left[k], {right[2], right[3]});
        }
    }
}
