// What all kernels share: how they are declared, the types of numbers and their conversions, packs of neighbours that are read
// and written in one access, and sums over a warp and a block.
//
// There is no #include here but of our own files: NVRTC compiles them on machines that have no headers of CUDA's.
#pragma once

// ---- kernels -------------------------------------------------------------------------------------------------------

// KERNEL(name, Arguments) { ... args.x ... } declares a kernel of at most 256 threads a block, whose only parameter is a
// struct of 8-byte fields (pointers, long long, double). KERNEL_OF says another number of threads.
#ifndef KERNEL_OF
#define KERNEL_OF(THREADS, NAME, ARGUMENTS)                                                                            \
    extern "C" __global__ void __launch_bounds__(THREADS) NAME(const __grid_constant__ ARGUMENTS args)
// A block's dynamic shared memory, whose size the launch gives.
#define DYNAMIC_SHARED(TYPE, NAME)                                                                                     \
    extern __shared__ __align__(16) unsigned char jacobi_shared[];                                                     \
    TYPE *NAME = reinterpret_cast<TYPE *>(jacobi_shared)
#endif
#define KERNEL(NAME, ARGUMENTS) KERNEL_OF(256, NAME, ARGUMENTS)

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

__device__ __forceinline__ long long globalThread() {
    return blockIdx.x * (long long) blockDim.x + threadIdx.x;
}

__device__ __forceinline__ long long gridThreads() {
    return gridDim.x * (long long) blockDim.x;
}

// ---- types of numbers, in the order of org.jacobi.tensor.DType ------------------------------------------------------

enum Type { BOOL, U8, I8, I16, I32, I64, F16, BF16, F32, F64, TYPES };

/** A truth value: a byte that is 0 or 1. */
struct Bool {
    unsigned char bits;
};

/** IEEE 754's binary16: 5 bits of exponent, 10 of fraction. */
struct Half {
    unsigned short bits;
};

/** The upper half of a float. */
struct BFloat16 {
    unsigned short bits;
};

__device__ __forceinline__ float widen(BFloat16 x) {
    return __uint_as_float((unsigned) x.bits << 16);
}

/** The nearest number, of two equally near ones the even one; a NaN stays one. */
__device__ __forceinline__ BFloat16 toBFloat16(float x) {
    unsigned bits = __float_as_uint(x);
    // Half of what is cut off, less one if the last bit kept is even: a carry is the rounding.
    unsigned rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    return {(unsigned short) ((x != x ? bits | 0x400000u : rounded) >> 16)};
}

__device__ __forceinline__ float widen(Half x) {
    unsigned sign = (x.bits & 0x8000u) << 16;
    unsigned rest = x.bits & 0x7fffu;
    if (rest >= 0x7c00u) {
        return __uint_as_float(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    }
    // Shifted to where a float has them, the bits mean the number times 2^-112; so do those of subnormal numbers.
    return __uint_as_float(sign | __float_as_uint(__uint_as_float(rest << 13) * 5.192296858534828e33f));
}

__device__ __forceinline__ Half toHalf(float x) {
    unsigned bits = __float_as_uint(x);
    unsigned sign = bits >> 16 & 0x8000u;
    unsigned rest = bits & 0x7fffffffu;
    if (rest > 0x7f800000u) {
        return {(unsigned short) (sign | 0x7e00u | (rest >> 13 & 0x3ffu))};
    }
    if (rest >= 0x477ff000u) { // what rounds to 65536 or more
        return {(unsigned short) (sign | 0x7c00u)};
    }
    if (rest < 0x38800000u) { // below 2^-14: a subnormal number, which the addition of 0.5 shifts into place and rounds
        float shifted = __fadd_rn(__uint_as_float(rest), 0.5f);
        return {(unsigned short) (sign | (__float_as_uint(shifted) - 0x3f000000u))};
    }
    unsigned rounded = rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u);
    return {(unsigned short) (sign | rounded >> 13)};
}

// widen: a number as memory holds it to one that is computed with; integers are computed in long long.

template <class C> __device__ __forceinline__ C wide(float x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(double x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(Half x) { return (C) widen(x); }
template <class C> __device__ __forceinline__ C wide(BFloat16 x) { return (C) widen(x); }
template <class C> __device__ __forceinline__ C wide(Bool x) { return (C) (x.bits != 0); }
template <class C> __device__ __forceinline__ C wide(unsigned char x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(signed char x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(short x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(int x) { return (C) x; }
template <class C> __device__ __forceinline__ C wide(long long x) { return (C) x; }

/** The integer towards 0, as Java's casts have it: NaN is 0, what is too large the largest one. */
template <class C> __device__ __forceinline__ long long truncated(C x) {
    const long long most = 0x7fffffffffffffffLL;
    return x != x ? 0 : x >= (C) 9223372036854775808.0 ? most : x < (C) -9223372036854775808.0 ? -most - 1 : (long long) x;
}
template <> __device__ __forceinline__ long long truncated<long long>(long long x) { return x; }

/** A floating-point number to an int: Java's cast stops at the ends of the range. An integer loses its upper bits. */
template <class C> __device__ __forceinline__ int toInt(C x) {
    long long whole = truncated(x);
    return (int) (whole < -2147483647LL - 1 ? -2147483647LL - 1 : whole > 2147483647LL ? 2147483647LL : whole);
}
template <> __device__ __forceinline__ int toInt<long long>(long long x) { return (int) x; }

// narrow: the other way. Halves go through float first, as in PyTorch.

template <class T> struct Narrow;
template <> struct Narrow<float> {
    template <class C> static __device__ __forceinline__ float of(C x) { return (float) x; }
};
template <> struct Narrow<double> {
    template <class C> static __device__ __forceinline__ double of(C x) { return (double) x; }
};
template <> struct Narrow<Half> {
    template <class C> static __device__ __forceinline__ Half of(C x) { return toHalf((float) x); }
};
template <> struct Narrow<BFloat16> {
    template <class C> static __device__ __forceinline__ BFloat16 of(C x) { return toBFloat16((float) x); }
};
template <> struct Narrow<Bool> {
    template <class C> static __device__ __forceinline__ Bool of(C x) { return {(unsigned char) (x != 0)}; }
};
template <> struct Narrow<unsigned char> {
    template <class C> static __device__ __forceinline__ unsigned char of(C x) { return (unsigned char) truncated(x); }
};
template <> struct Narrow<signed char> {
    template <class C> static __device__ __forceinline__ signed char of(C x) { return (signed char) truncated(x); }
};
template <> struct Narrow<short> {
    template <class C> static __device__ __forceinline__ short of(C x) { return (short) truncated(x); }
};
template <> struct Narrow<int> {
    template <class C> static __device__ __forceinline__ int of(C x) { return toInt(x); }
};
template <> struct Narrow<long long> {
    template <class C> static __device__ __forceinline__ long long of(C x) { return truncated(x); }
};

__device__ __forceinline__ int bytesOf(long long type) {
    return type <= I8 ? 1 : type == I16 || type == F16 || type == BF16 ? 2 : type == I32 || type == F32 ? 4 : 8;
}

// ---- constants -----------------------------------------------------------------------------------------------------

template <class C> __device__ __forceinline__ C infinity();
template <> __device__ __forceinline__ float infinity<float>() { return __int_as_float(0x7f800000); }
template <> __device__ __forceinline__ double infinity<double>() { return __longlong_as_double(0x7ff0000000000000LL); }
template <class C> __device__ __forceinline__ C notANumber();
template <> __device__ __forceinline__ float notANumber<float>() { return __int_as_float(0x7fc00000); }
template <> __device__ __forceinline__ double notANumber<double>() { return __longlong_as_double(0x7ff8000000000000LL); }
/** What every number is at least, and at most. */
template <class C> __device__ __forceinline__ C lowest() { return -infinity<C>(); }
template <> __device__ __forceinline__ long long lowest<long long>() { return -0x7fffffffffffffffLL - 1; }
template <class C> __device__ __forceinline__ C highest() { return infinity<C>(); }
template <> __device__ __forceinline__ long long highest<long long>() { return 0x7fffffffffffffffLL; }

__device__ __forceinline__ bool isNegative(float x) { return __float_as_int(x) < 0; }
__device__ __forceinline__ bool isNegative(double x) { return __double_as_longlong(x) < 0; }
__device__ __forceinline__ bool isNegative(long long x) { return x < 0; }

/** The larger one; NaN if either is NaN; 0 of 0 and -0. */
template <class C> __device__ __forceinline__ C maximum(C a, C b) {
    return a > b || a != a ? a : a == b ? (isNegative(a) ? b : a) : b;
}

/** The smaller one; NaN if either is NaN; -0 of 0 and -0. */
template <class C> __device__ __forceinline__ C minimum(C a, C b) {
    return a < b || a != a ? a : a == b ? (isNegative(a) ? a : b) : b;
}

// ---- packs: neighbours in memory that one thread reads or writes ---------------------------------------------------------

template <int BYTES> struct Word;
template <> struct Word<16> { using Type = uint4; };
template <> struct Word<8> { using Type = uint2; };
template <> struct Word<4> { using Type = unsigned; };
template <> struct Word<2> { using Type = unsigned short; };
template <> struct Word<1> { using Type = unsigned char; };

/** Reads V neighbours in as few accesses as there can be, 16 bytes each; the address is aligned to those. */
template <class T, int V> __device__ __forceinline__ void readPack(T (&to)[V], const T *from) {
    constexpr int BYTES = V * (int) sizeof(T);
    using W = typename Word<BYTES < 16 ? BYTES : 16>::Type;
    W words[BYTES / sizeof(W)];
#pragma unroll
    for (int i = 0; i < BYTES / (int) sizeof(W); i++) {
        words[i] = reinterpret_cast<const W *>(from)[i];
    }
    memcpy(to, words, BYTES);
}

template <class T, int V> __device__ __forceinline__ void writePack(T *to, const T (&from)[V]) {
    constexpr int BYTES = V * (int) sizeof(T);
    using W = typename Word<BYTES < 16 ? BYTES : 16>::Type;
    W words[BYTES / sizeof(W)];
    memcpy(words, from, BYTES);
#pragma unroll
    for (int i = 0; i < BYTES / (int) sizeof(W); i++) {
        reinterpret_cast<W *>(to)[i] = words[i];
    }
}

// ---- warps and blocks ----------------------------------------------------------------------------------------------

/** Combines the values of a warp's lanes; every lane gets the result, and the order is always the same. */
template <class C, class Combine> __device__ __forceinline__ C overWarp(C value, Combine combine) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = combine(value, __shfl_xor_sync(ALL_LANES, value, distance));
    }
    return value;
}

template <class C> __device__ __forceinline__ C sumOverWarp(C value) {
    return overWarp(value, [](C a, C b) { return a + b; });
}

/**
 * Combines the values of all threads of a block of whole warps, at most 32; every thread gets the result. The scratch memory
 * (32 values, shared) may be used again at once.
 */
template <class C, class Combine>
__device__ __forceinline__ C overBlock(C value, C identity, C *scratch, Combine combine) {
    int thread = threadIdx.x + threadIdx.y * blockDim.x;
    int warps = (blockDim.x * blockDim.y) / WARP;
    value = overWarp(value, combine);
    if (thread % WARP == 0) {
        scratch[thread / WARP] = value;
    }
    __syncthreads();
    value = thread % WARP < warps ? scratch[thread % WARP] : identity;
    value = overWarp(value, combine);
    __syncthreads();
    return value;
}

template <class C> __device__ __forceinline__ C sumOverBlock(C value, C *scratch) {
    return overBlock(value, (C) 0, scratch, [](C a, C b) { return a + b; });
}
