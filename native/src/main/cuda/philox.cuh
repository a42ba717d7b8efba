// The counter-based random generator Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011), with the
// numbers of org.jacobi.tensor.backend.Philox: the counter's lower 64 bits are an element's position divided by 4, the upper 64 the
// call, the key is the seed.
#pragma once

#include "jacobi.cuh"

/** The four words of a counter value. */
__device__ __forceinline__ void philox(unsigned (&out)[4], long long seed, long long call, long long counter) {
    unsigned c0 = (unsigned) counter;
    unsigned c1 = (unsigned) ((unsigned long long) counter >> 32);
    unsigned c2 = (unsigned) call;
    unsigned c3 = (unsigned) ((unsigned long long) call >> 32);
    unsigned k0 = (unsigned) seed;
    unsigned k1 = (unsigned) ((unsigned long long) seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        unsigned n0 = __umulhi(0xCD9E8D57u, c2) ^ c1 ^ k0;
        unsigned n2 = __umulhi(0xD2511F53u, c0) ^ c3 ^ k1;
        c1 = 0xCD9E8D57u * c2;
        c3 = 0xD2511F53u * c0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/** Which numbers a launch draws. */
struct Draw {
    long long seed;
    long long call;
    /** Null, or what takes the seed's place and what is added to the call: a launch that is replayed draws other numbers each time. */
    const long long *changing;

    __device__ __forceinline__ long long seedNow() const { return changing == nullptr ? seed : changing[0]; }
    __device__ __forceinline__ long long callNow() const { return changing == nullptr ? call : call + changing[1]; }
};

/** The words of a call, one an element; those of four neighbours are made at once. */
struct Words {
    long long seed;
    long long call;
    long long counter = -1;
    unsigned block[4];

    __device__ __forceinline__ Words(const Draw &draw) : seed(draw.seedNow()), call(draw.callNow()) {}

    __device__ __forceinline__ void move(long long to) {
        if (to != counter) {
            counter = to;
            philox(block, seed, call, counter);
        }
    }

    __device__ __forceinline__ unsigned at(long long element) {
        move(element >> 2);
        int i = (int) (element & 3);
        return i == 0 ? block[0] : i == 1 ? block[1] : i == 2 ? block[2] : block[3];
    }
};

/** The uniform number in [0, 1) of a word: its upper 24 bits, exact in f32. */
__device__ __forceinline__ float uniformOf(unsigned word) {
    return (float) (word >> 8) * 5.9604644775390625e-8f; // 2^-24
}

/** What the upper 24 bits of a word must reach to be at least p. */
__device__ __forceinline__ bool isAtLeast(unsigned word, long long threshold) {
    return (long long) (word >> 8) >= threshold;
}
