// Kernels that go row by row: a warp has a short row, a block a long one. Rows lie one behind the other.
#pragma once

#include "jacobi.cuh"

/** What a type's sums are made in. */
template <class T> struct ComputedOf { using C = float; };
template <> struct ComputedOf<double> { using C = double; };
template <class T> using Computed = typename ComputedOf<T>::C;

/** How many neighbours are 16 bytes. */
template <class T> constexpr int PACK = 16 / (int) sizeof(T);

/** Numbers beside the rows: of the rows' type, or, as statistics and the weights of half-precision rows are, of the one computed in. */
template <class T> struct Vector {
    /** Null for one that was left out. */
    void *address;
    long long computed;

    __device__ __forceinline__ Computed<T> get(long long i) const {
        return computed ? static_cast<const Computed<T> *>(address)[i] : wide<Computed<T>>(static_cast<const T *>(address)[i]);
    }

    __device__ __forceinline__ void set(long long i, Computed<T> value) const {
        if (computed) {
            static_cast<Computed<T> *>(address)[i] = value;
        } else {
            static_cast<T *>(address)[i] = Narrow<T>::of(value);
        }
    }

    /** Reads V neighbours, or so many times a number for a vector that was left out. */
    template <int V> __device__ __forceinline__ void get(Computed<T> (&to)[V], long long i, Computed<T> otherwise) const {
#pragma unroll
        for (int k = 0; k < V; k++) {
            to[k] = address == nullptr ? otherwise : get(i + k);
        }
    }
};

template <int V, class T> __device__ __forceinline__ void readWide(Computed<T> (&to)[V], const T *from) {
    T pack[V];
    readPack(pack, from);
#pragma unroll
    for (int k = 0; k < V; k++) {
        to[k] = wide<Computed<T>>(pack[k]);
    }
}

template <int V, class T> __device__ __forceinline__ void writeNarrow(T *to, const Computed<T> (&from)[V]) {
    T pack[V];
#pragma unroll
    for (int k = 0; k < V; k++) {
        pack[k] = Narrow<T>::of(from[k]);
    }
    writePack(to, pack);
}

/** Calls body(row) for the rows of this thread's warp, in blocks of (32, 8) threads, or of its block, of (256, 1). */
template <class Body> __device__ __forceinline__ void forEachRow(long long rows, Body body) {
    for (long long row = blockIdx.x * (long long) blockDim.y + threadIdx.y; row < rows;
            row += gridDim.x * (long long) blockDim.y) {
        body(row);
    }
}

/** Calls body(i) for the first position of each of this thread's packs of a row. */
template <int V, class Body> __device__ __forceinline__ void forEachOfRow(long long length, Body body) {
    for (long long i = (long long) threadIdx.x * V; i < length; i += blockDim.x * (long long) V) {
        body(i);
    }
}

/** The sum of what the threads of a row have; scratch is 32 shared numbers. */
template <class C> __device__ __forceinline__ C sumOverRow(C value, C *scratch) {
    return blockDim.x == WARP ? sumOverWarp(value) : sumOverBlock(value, scratch);
}

template <class C> __device__ __forceinline__ C maximumOverRow(C value, C *scratch) {
    auto larger = [](C a, C b) { return maximum(a, b); };
    return blockDim.x == WARP ? overWarp(value, larger) : overBlock(value, -infinity<C>(), scratch, larger);
}

template <class C> __device__ __forceinline__ bool isInfinite(C x) {
    return x == infinity<C>() || x == -infinity<C>();
}

/** The largest number of a row, and the sum of e^(x - largest), in one pass (Milakov and Gimelshein, "Online normalizer
 * calculation for softmax", 2018). */
template <class C> struct Exponentials {
    C largest = -infinity<C>();
    C sum = 0;

    /** What is subtracted: an infinite maximum has no differences. */
    static __device__ __forceinline__ C center(C largest) {
        return isInfinite(largest) ? 0 : largest;
    }

    template <int V> __device__ __forceinline__ void add(const C (&x)[V]) {
        C next = largest;
#pragma unroll
        for (int k = 0; k < V; k++) {
            next = maximum(next, x[k]);
        }
        C middle = center(next);
        sum *= exp(largest - middle);
#pragma unroll
        for (int k = 0; k < V; k++) {
            sum += exp(x[k] - middle);
        }
        largest = next;
    }

    /** Makes every thread's those of the whole row. */
    __device__ __forceinline__ void overRow(C *scratch) {
        C whole = maximumOverRow(largest, scratch);
        sum = sumOverRow(sum * exp(largest - center(whole)), scratch);
        largest = whole;
    }

    __device__ __forceinline__ C logSumExp() const {
        return largest + log(sum);
    }

    /** Where the largest is infinite, nothing is a share of the sum. */
    __device__ __forceinline__ C divisor() const {
        return isInfinite(largest) ? notANumber<C>() : sum;
    }
};

// A kernel in the four floating-point types.
#define FLOATS_KERNEL_OF(TYPE, T, NAME, ARGUMENTS, FUNCTION)                                                           \
    KERNEL(NAME##_##TYPE, ARGUMENTS<T>) {                                                                              \
        FUNCTION<T>(args);                                                                                             \
    }
#define FLOATS_KERNEL(NAME, ARGUMENTS, FUNCTION)                                                                       \
    FLOATS_KERNEL_OF(f16, Half, NAME, ARGUMENTS, FUNCTION)                                                             \
    FLOATS_KERNEL_OF(bf16, BFloat16, NAME, ARGUMENTS, FUNCTION)                                                        \
    FLOATS_KERNEL_OF(f32, float, NAME, ARGUMENTS, FUNCTION)                                                            \
    FLOATS_KERNEL_OF(f64, double, NAME, ARGUMENTS, FUNCTION)

// Such a kernel of rows, which are read in packs of 16 bytes where their length and their addresses allow it.
#define ROWS_KERNEL(NAME, ARGUMENTS, FUNCTION)                                                                         \
    template <class T> __device__ __forceinline__ void FUNCTION##ByPacks(const ARGUMENTS<T> &args) {                   \
        if (args.packed) {                                                                                             \
            FUNCTION<T, PACK<T>>(args);                                                                                \
        } else {                                                                                                       \
            FUNCTION<T, 1>(args);                                                                                      \
        }                                                                                                              \
    }                                                                                                                  \
    FLOATS_KERNEL(NAME, ARGUMENTS, FUNCTION##ByPacks)
