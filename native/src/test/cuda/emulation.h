// CUDA's language on the processor, so that kernels can be tested where there is no GPU: g++ compiles a .cu file with this
// header in front of it (-x c++ -include emulation.h), and what comes out is a library with a C function for each kernel.
//
// Blocks run one after the other. A block's threads are fibers that run to their end, one after the other, and are left only
// where they wait for each other: at __syncthreads, shuffles and votes. A launch that goes wrong (a barrier that not all
// threads reach, an address outside of every block of memory) returns a message instead of ending the process.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

// ---- what a launch is made of --------------------------------------------------------------------------------------

struct uint3 {
    unsigned x, y, z;
};

/** The thread that runs now; there is only one at any time. */
extern uint3 threadIdx, blockIdx, blockDim, gridDim;
constexpr int warpSize = 32;

namespace emulation {
/** The dynamic shared memory of the block that runs. */
extern unsigned char *shared;

/** Runs a grid; returns null, or what went wrong. */
const char *launch(const char *kernel, void (*body)(const void *), const void *arguments, long long bytes,
        long long expectedBytes, const int *grid);
/** Waits until all threads of the block are here; returns how many gave a predicate that is not 0. */
unsigned barrier(const char *file, int line, int predicate);
/** Waits until all lanes of the mask are here; returns what each lane of the warp gave. */
const uint64_t *exchange(const char *what, unsigned mask, uint64_t value, const char *file, int line);
/** The lane of this thread in its warp. */
int lane();
/** Ends the launch with a message. */
[[noreturn]] void fail(const char *format, ...);

template <class T> inline uint64_t pack(T value) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "shuffles move at most 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(T));
    return bits;
}

template <class T> inline T shuffle(const char *what, unsigned mask, T value, int source, const char *file, int line) {
    const uint64_t *given = exchange(what, mask, pack(value), file, line);
    if (!(mask >> source & 1)) {
        fail("%s at %s:%d reads lane %d, which the mask %08x leaves out", what, file, line, source, mask);
    }
    T result;
    memcpy(&result, given + source, sizeof(T));
    return result;
}

template <class T>
inline T shuffleUp(unsigned mask, T value, unsigned delta, int width, const char *file, int line) {
    int source = lane() - (int) delta;
    return shuffle("__shfl_up_sync", mask, value, source < (lane() & ~(width - 1)) ? lane() : source, file, line);
}

template <class T>
inline T shuffleDown(unsigned mask, T value, unsigned delta, int width, const char *file, int line) {
    int source = lane() + (int) delta;
    return shuffle("__shfl_down_sync", mask, value, source > (lane() | (width - 1)) ? lane() : source, file, line);
}

template <class T> inline T shuffleXor(unsigned mask, T value, int with, int width, const char *file, int line) {
    int source = lane() ^ with;
    return shuffle("__shfl_xor_sync", mask, value, source > (lane() | (width - 1)) ? lane() : source, file, line);
}

template <class T> inline T shuffleFrom(unsigned mask, T value, int from, int width, const char *file, int line) {
    return shuffle("__shfl_sync", mask, value, (lane() & ~(width - 1)) | (from & (width - 1)), file, line);
}

inline void syncWarp(const char *file, int line, unsigned mask = 0xffffffffu) {
    exchange("__syncwarp", mask, 0, file, line);
}

inline unsigned ballot(const char *what, unsigned mask, int predicate, const char *file, int line) {
    const uint64_t *given = exchange(what, mask, predicate != 0, file, line);
    unsigned bits = 0;
    for (int i = 0; i < warpSize; i++) {
        bits |= (mask >> i & 1) && given[i] ? 1u << i : 0;
    }
    return bits;
}
} // namespace emulation

// ---- the language --------------------------------------------------------------------------------------------------

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __constant__ static
// Blocks run one after the other, so that one copy serves all of them.
#define __shared__ static
#define __align__(n) alignas(n)
#define __launch_bounds__(...)
#define __grid_constant__

#define KERNEL_OF(THREADS, NAME, ARGUMENTS)                                                                            \
    static void NAME##_body(const ARGUMENTS &args);                                                                    \
    extern "C" const char *NAME(const void *arguments, long long bytes, const int *grid) {                             \
        static_assert(sizeof(ARGUMENTS) % 8 == 0, "arguments are fields of 8 bytes");                                  \
        if (grid[3] * grid[4] > THREADS) {                                                                             \
            return #NAME ": more threads in a block than its launch bounds allow";                                     \
        }                                                                                                              \
        return emulation::launch(                                                                                      \
                #NAME, [](const void *a) { NAME##_body(*static_cast<const ARGUMENTS *>(a)); }, arguments, bytes,       \
                sizeof(ARGUMENTS), grid);                                                                              \
    }                                                                                                                  \
    static void NAME##_body(const ARGUMENTS &args)

#define DYNAMIC_SHARED(TYPE, NAME) TYPE *NAME = reinterpret_cast<TYPE *>(emulation::shared)

// ---- threads that wait for each other ------------------------------------------------------------------------------

#define __syncthreads() ((void) emulation::barrier(__FILE__, __LINE__, 0))
#define __syncthreads_count(p) ((int) emulation::barrier(__FILE__, __LINE__, p))
#define __syncthreads_or(p) ((int) (emulation::barrier(__FILE__, __LINE__, p) != 0))
#define __syncthreads_and(p) ((int) (emulation::barrier(__FILE__, __LINE__, p) == blockDim.x * blockDim.y * blockDim.z))
#define __syncwarp(...) emulation::syncWarp(__FILE__, __LINE__, ##__VA_ARGS__)
// The width of a shuffle may be left out; it is 32 then.
#define __shfl_up_sync(mask, value, ...) JACOBI_SHUFFLE(shuffleUp, mask, value, __VA_ARGS__, 32, 0)
#define __shfl_down_sync(mask, value, ...) JACOBI_SHUFFLE(shuffleDown, mask, value, __VA_ARGS__, 32, 0)
#define __shfl_xor_sync(mask, value, ...) JACOBI_SHUFFLE(shuffleXor, mask, value, __VA_ARGS__, 32, 0)
#define __shfl_sync(mask, value, ...) JACOBI_SHUFFLE(shuffleFrom, mask, value, __VA_ARGS__, 32, 0)
#define JACOBI_SHUFFLE(function, mask, value, by, width, ...)                                                          \
    emulation::function(mask, value, by, width, __FILE__, __LINE__)
#define __ballot_sync(mask, p) emulation::ballot("__ballot_sync", mask, p, __FILE__, __LINE__)
#define __any_sync(mask, p) ((int) (emulation::ballot("__any_sync", mask, p, __FILE__, __LINE__) != 0))
#define __all_sync(mask, p) ((int) (emulation::ballot("__all_sync", mask, p, __FILE__, __LINE__) == (mask)))
#define __activemask() 0xffffffffu
inline void __threadfence() {}
inline void __threadfence_block() {}

// ---- vectors -------------------------------------------------------------------------------------------------------

#define JACOBI_VECTORS(NAME, TYPE, ALIGN2, ALIGN4)                                                                     \
    struct alignas(ALIGN2) NAME##2 { TYPE x, y; };                                                                     \
    struct alignas(ALIGN4) NAME##4 { TYPE x, y, z, w; };                                                               \
    inline NAME##2 make_##NAME##2(TYPE x, TYPE y) { return {x, y}; }                                                   \
    inline NAME##4 make_##NAME##4(TYPE x, TYPE y, TYPE z, TYPE w) { return {x, y, z, w}; }
JACOBI_VECTORS(float, float, 8, 16)
JACOBI_VECTORS(int, int, 8, 16)
JACOBI_VECTORS(uint, unsigned, 8, 16)
JACOBI_VECTORS(short, short, 4, 8)
JACOBI_VECTORS(ushort, unsigned short, 4, 8)
JACOBI_VECTORS(char, signed char, 2, 4)
JACOBI_VECTORS(uchar, unsigned char, 2, 4)
struct alignas(16) double2 { double x, y; };
struct alignas(16) longlong2 { long long x, y; };
inline double2 make_double2(double x, double y) { return {x, y}; }
inline longlong2 make_longlong2(long long x, long long y) { return {x, y}; }
struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

// ---- memory --------------------------------------------------------------------------------------------------------

template <class T> inline T __ldg(const T *address) { return *address; }
template <class T> inline T __ldcs(const T *address) { return *address; }
template <class T> inline void __stcs(T *address, T value) { *address = value; }

template <class T, class U> inline T atomicAdd(T *address, U value) {
    T old = *address;
    *address = old + (T) value;
    return old;
}
template <class T, class U> inline T atomicSub(T *address, U value) { return atomicAdd(address, -(T) value); }
template <class T, class U> inline T atomicExch(T *address, U value) {
    T old = *address;
    *address = (T) value;
    return old;
}
template <class T, class U> inline T atomicMax(T *address, U value) {
    return atomicExch(address, *address < (T) value ? (T) value : *address);
}
template <class T, class U> inline T atomicMin(T *address, U value) {
    return atomicExch(address, (T) value < *address ? (T) value : *address);
}
template <class T, class U> inline T atomicOr(T *address, U value) { return atomicExch(address, *address | (T) value); }
template <class T, class U> inline T atomicAnd(T *address, U value) { return atomicExch(address, *address & (T) value); }
template <class T, class U> inline T atomicCAS(T *address, U compare, U value) {
    return atomicExch(address, *address == (T) compare ? (T) value : *address);
}

// ---- numbers -------------------------------------------------------------------------------------------------------

template <class To, class From> inline To jacobi_bits(From value) {
    static_assert(sizeof(To) == sizeof(From), "bits are read as a type of the same size");
    To result;
    memcpy(&result, &value, sizeof(To));
    return result;
}
inline int __float_as_int(float x) { return jacobi_bits<int>(x); }
inline unsigned __float_as_uint(float x) { return jacobi_bits<unsigned>(x); }
inline float __int_as_float(int x) { return jacobi_bits<float>(x); }
inline float __uint_as_float(unsigned x) { return jacobi_bits<float>(x); }
inline long long __double_as_longlong(double x) { return jacobi_bits<long long>(x); }
inline double __longlong_as_double(long long x) { return jacobi_bits<double>(x); }

inline float rsqrt(float x) { return 1 / sqrtf(x); }
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline float rsqrtf(float x) { return rsqrt(x); }
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1 / x; }
// Roundings after each step: the compiler is told not to contract products and sums.
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }

inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned) ((uint64_t) a * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long) ((unsigned __int128) a * b >> 64);
}
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned) x); }
inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long) x); }
inline int __ffs(int x) { return __builtin_ffs(x); }

#define JACOBI_EXTREMES(TYPE)                                                                                          \
    inline TYPE min(TYPE a, TYPE b) { return a < b ? a : b; }                                                          \
    inline TYPE max(TYPE a, TYPE b) { return a > b ? a : b; }
JACOBI_EXTREMES(int)
JACOBI_EXTREMES(unsigned)
JACOBI_EXTREMES(long)
JACOBI_EXTREMES(unsigned long)
JACOBI_EXTREMES(long long)
JACOBI_EXTREMES(unsigned long long)
// Of numbers and NaN, the number, as in C.
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline double max(double a, double b) { return fmax(a, b); }
