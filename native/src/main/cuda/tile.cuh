// Products of tiles in shared memory without tensor cores, by 16 x 16 threads.
#pragma once

#include "jacobi.cuh"

constexpr int TILE = 64;
constexpr int DEPTH = 16;
/** A thread's part of the tile, EACH by EACH; 16 by 16 threads. */
constexpr int EACH = 4;
constexpr int SIDE = TILE / EACH;

/** sums += a b: a thread has rows EACH down + i and columns across + SIDE j. One more in a row of a lets it be written down its columns. */
template <class C>
__device__ __forceinline__ void addTileProducts(C (&sums)[EACH][EACH], const C (&a)[DEPTH][TILE + 1],
        const C (&b)[DEPTH][TILE], int down, int across) {
#pragma unroll
    for (int k = 0; k < DEPTH; k++) {
        C x[EACH];
        C y[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            x[i] = a[k][down * EACH + i];
            y[i] = b[k][across + i * SIDE];
        }
#pragma unroll
        for (int i = 0; i < EACH; i++) {
#pragma unroll
            for (int j = 0; j < EACH; j++) {
                sums[i][j] += x[i] * y[j];
            }
        }
    }
}
