// Kernels that go over the elements of operands of one shape, whatever their strides: merged axes, packs of neighbours,
// grid-stride loops.
#pragma once

#include "jacobi.cuh"

/** What axes are left of any shape after merging; the host splits what has more. */
constexpr int AXES = 8;

/**
 * The axes of all operands, outermost first. The last one counts packs: so many neighbours of a row that a thread does at once;
 * a row's last pack may have fewer.
 */
struct Axes {
    long long rank;
    /** How many packs there are. */
    long long packs;
    /** How many elements a row has. */
    long long length;
    long long sizes[AXES];
    /** For each size a multiplier (lower 32 bits) and a shift (above) that divide by it; 0s where 64 bits are needed. */
    long long divisors[AXES];
};

/** An operand, by its strides in elements. */
struct Operand {
    /** Where it begins; null for a number that the host knew. */
    char *address;
    long long type;
    /** That number, for kernels that compute in floating point and for those that do in integers. */
    double number;
    long long whole;
    /** Whether a whole pack may be read at once: neighbours side by side, aligned. */
    long long dense;
    long long strides[AXES];
};

/**
 * n divided by a size, for n below 2^31, without a division: (n m / 2^32 + n) >> s (Granlund and Montgomery, "Division by
 * Invariant Integers using Multiplication", 1994).
 */
__device__ __forceinline__ long long divide(long long n, long long size, long long divisor) {
    if (divisor == 0) {
        return n / size;
    }
    unsigned low = (unsigned) n;
    return (__umulhi(low, (unsigned) divisor) + low) >> (int) (divisor >> 32);
}

/** Finds for N operands how many elements after their first one the n-th position lies; the position on the last axis remains. */
template <int N>
__device__ __forceinline__ long long locate(const Axes &axes, const Operand *operands, long long n, long long (&offsets)[N]) {
#pragma unroll
    for (int k = 0; k < N; k++) {
        offsets[k] = 0;
    }
    int last = (int) axes.rank - 1;
    if (last == 0) {
        return n;
    }
    long long left = divide(n, axes.sizes[last], axes.divisors[last]);
    long long column = n - left * axes.sizes[last];
    for (int axis = last - 1; axis > 0; axis--) {
        long long outer = divide(left, axes.sizes[axis], axes.divisors[axis]);
        long long position = left - outer * axes.sizes[axis];
#pragma unroll
        for (int k = 0; k < N; k++) {
            offsets[k] += position * operands[k].strides[axis];
        }
        left = outer;
    }
#pragma unroll
    for (int k = 0; k < N; k++) {
        offsets[k] += left * operands[k].strides[0];
    }
    return column;
}

/** What a kernel computes in, how many elements a pack has, and which types of memory it meets. */
template <class COMPUTED, int PACK, int READ, int WRITTEN> struct Kind {
    using C = COMPUTED;
    static constexpr int V = PACK;
    static constexpr int READS = READ;
    static constexpr int WRITES = WRITTEN;
};

constexpr int ALL_TYPES = (1 << TYPES) - 1;
constexpr int FLOATS = 1 << F16 | 1 << BF16 | 1 << F32;
constexpr int INTEGERS = 1 << BOOL | 1 << U8 | 1 << I8 | 1 << I16 | 1 << I32 | 1 << I64;
/** f32 alone: a pack is 16 bytes. */
using Single = Kind<float, 4, 1 << F32, 1 << F32 | 1 << BOOL>;
/** f16, bf16 and f32 in any mixture, computed in f32: a pack of halves is 16 bytes. */
using Mixed = Kind<float, 8, FLOATS, FLOATS | 1 << BOOL>;
using Double = Kind<double, 2, 1 << F64, 1 << F64 | 1 << BOOL>;
using Integer = Kind<long long, 4, INTEGERS, INTEGERS>;

template <class T, class C, int V>
__device__ __forceinline__ void readAs(C (&to)[V], const Operand &x, long long at, long long step, int count) {
    const T *from = reinterpret_cast<const T *>(x.address) + at;
    if (x.dense && count == V) {
        T pack[V];
        readPack(pack, from);
#pragma unroll
        for (int i = 0; i < V; i++) {
            to[i] = wide<C>(pack[i]);
        }
        return;
    }
    if (step == 0) {
        C value = wide<C>(*from);
#pragma unroll
        for (int i = 0; i < V; i++) {
            to[i] = value;
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < V; i++) {
        // What lies behind the end of a row is read as 1, which no function minds.
        to[i] = i < count ? wide<C>(from[i * step]) : (C) 1;
    }
}

template <class T, class C, int V>
__device__ __forceinline__ void writeAs(const C (&from)[V], const Operand &out, long long at, long long step, int count) {
    T *to = reinterpret_cast<T *>(out.address) + at;
    if (out.dense && count == V) {
        T pack[V];
#pragma unroll
        for (int i = 0; i < V; i++) {
            pack[i] = Narrow<T>::of(from[i]);
        }
        writePack(to, pack);
        return;
    }
#pragma unroll
    for (int i = 0; i < V; i++) {
        if (i < count) {
            to[i * step] = Narrow<T>::of(from[i]);
        }
    }
}

__device__ __forceinline__ void fromNumber(float &to, const Operand &x) { to = (float) x.number; }
__device__ __forceinline__ void fromNumber(double &to, const Operand &x) { to = x.number; }
__device__ __forceinline__ void fromNumber(long long &to, const Operand &x) { to = x.whole; }

#define JACOBI_CASE(SET, TYPE, T, DO)                                                                                  \
    case TYPE:                                                                                                         \
        if constexpr ((SET) >> TYPE & 1) {                                                                             \
            DO(T);                                                                                                     \
        }                                                                                                              \
        break;
#define JACOBI_CASES(SET, DO)                                                                                          \
    JACOBI_CASE(SET, BOOL, Bool, DO)                                                                                   \
    JACOBI_CASE(SET, U8, unsigned char, DO)                                                                            \
    JACOBI_CASE(SET, I8, signed char, DO)                                                                              \
    JACOBI_CASE(SET, I16, short, DO)                                                                                   \
    JACOBI_CASE(SET, I32, int, DO)                                                                                     \
    JACOBI_CASE(SET, I64, long long, DO)                                                                               \
    JACOBI_CASE(SET, F16, Half, DO)                                                                                    \
    JACOBI_CASE(SET, BF16, BFloat16, DO)                                                                               \
    JACOBI_CASE(SET, F32, float, DO)                                                                                   \
    JACOBI_CASE(SET, F64, double, DO)

/** Reads a pack of an operand of one of the types of SET, which all threads find to be the same. */
template <int SET, class C, int V>
__device__ __forceinline__ void read(C (&to)[V], const Operand &x, long long at, long long step, int count) {
    if (x.address == nullptr) {
        fromNumber(to[0], x);
#pragma unroll
        for (int i = 1; i < V; i++) {
            to[i] = to[0];
        }
        return;
    }
#define JACOBI_READ(T) readAs<T>(to, x, at, step, count)
    switch ((int) x.type) { JACOBI_CASES(SET, JACOBI_READ) }
#undef JACOBI_READ
}

template <int SET, class C, int V>
__device__ __forceinline__ void write(const C (&from)[V], const Operand &out, long long at, long long step, int count) {
#define JACOBI_WRITE(T) writeAs<T>(from, out, at, step, count)
    switch ((int) out.type) { JACOBI_CASES(SET, JACOBI_WRITE) }
#undef JACOBI_WRITE
}

/**
 * Calls body(offsets, steps, count, element) for every pack: how many elements after the operands' first ones it begins, how far
 * apart neighbours are, how many there are, and the number of its first element in row-major order.
 */
template <int N, int V, class Body>
__device__ __forceinline__ void forEachPack(const Axes &axes, const Operand *operands, Body body) {
    int last = (int) axes.rank - 1;
    long long steps[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
        steps[k] = operands[k].strides[last];
    }
    for (long long pack = globalThread(); pack < axes.packs; pack += gridThreads()) {
        long long offsets[N];
        long long column = locate<N>(axes, operands, pack, offsets) * V;
        long long left = axes.length - column;
#pragma unroll
        for (int k = 0; k < N; k++) {
            offsets[k] += column * steps[k];
        }
        // Packs before this row, less those that its end lacks.
        long long row = last == 0 ? 0 : (pack * V - column) / (axes.sizes[last] * V);
        body(offsets, steps, left < V ? (int) left : V, row * axes.length + column);
    }
}

/** out = function(in[0], in[1] ...), pack by pack: operands[0] is out. */
template <class K, int N, class Function>
__device__ __forceinline__ void elementwise(const Axes &axes, const Operand *operands, Function function) {
    using C = typename K::C;
    forEachPack<N, K::V>(axes, operands,
            [&](const long long (&offsets)[N], const long long (&steps)[N], int count, long long) {
                C in[N - 1][K::V];
                C out[K::V];
#pragma unroll
                for (int k = 1; k < N; k++) {
                    read<K::READS>(in[k - 1], operands[k], offsets[k], steps[k], count);
                }
                function(out, in);
                write<K::WRITES>(out, operands[0], offsets[0], steps[0], count);
            });
}

/** Reads the element at so many elements after the operand's first one. */
template <int SET, class C> __device__ __forceinline__ C readOne(const Operand &x, long long at) {
    C value[1];
    read<SET>(value, x, at, 0, 1);
    return value[0];
}

template <int SET, class C> __device__ __forceinline__ void writeOne(const Operand &out, long long at, C value) {
    C values[1] = {value};
    write<SET>(values, out, at, 0, 1);
}
