// What an optimizer does with all its tensors at once: a launch takes a table of tensors, whose chunks are shared among blocks.
#include "rows.cuh"

/** How many elements of a tensor a block does before it looks for the next chunk. */
constexpr long long CHUNK = 4096;

template <class T, int ADDRESSES> struct Entry {
    T *addresses[ADDRESSES];
    long long length;
    /** How many chunks the entries before this one have. */
    long long first;
};

/** Tensors of the same number of addresses each; as many as a kernel's parameters have room for. */
template <class T, int ADDRESSES, int MOST> struct Table {
    long long entries;
    long long chunks;
    Entry<T, ADDRESSES> entry[MOST];
};

/** Calls body(entry, begin, end, chunk) for each chunk of the block. */
template <class T, int ADDRESSES, int MOST, class Body>
__device__ __forceinline__ void forEachChunk(const Table<T, ADDRESSES, MOST> &table, Body body) {
    for (long long chunk = blockIdx.x; chunk < table.chunks; chunk += gridDim.x) {
        // The last entry that does not begin behind the chunk.
        int low = 0;
        int high = (int) table.entries - 1;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (table.entry[middle].first <= chunk) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        const Entry<T, ADDRESSES> &entry = table.entry[low];
        long long begin = (chunk - entry.first) * CHUNK;
        body(entry, begin, min(begin + CHUNK, entry.length), chunk);
    }
}

/** Calls packs(i) for the thread's packs of 16 bytes, if all addresses allow them, and ones(i) for its elements of the rest. */
template <class T, int ADDRESSES, class Packs, class Ones>
__device__ __forceinline__ void forEachOfChunk(const Entry<T, ADDRESSES> &entry, long long begin, long long end, Packs packs,
        Ones ones) {
    unsigned long long bits = 0;
#pragma unroll
    for (int i = 0; i < ADDRESSES; i++) {
        bits |= reinterpret_cast<unsigned long long>(entry.addresses[i]);
    }
    long long whole = bits % 16 == 0 ? begin + (end - begin) / PACK<T> * PACK<T> : begin;
    for (long long i = begin + threadIdx.x * PACK<T>; i < whole; i += blockDim.x * PACK<T>) {
        packs(i);
    }
    for (long long i = whole + threadIdx.x; i < end; i += blockDim.x) {
        ones(i);
    }
}

// ---- AdamW -----------------------------------------------------------------------------------------------------------

template <class T> struct AdamWArguments {
    /**
     * Parameters, gradients, m, v, the largest v (null for none), and where the parameters are written once more, rounded (null
     * for nowhere). All but the gradients and the rounded parameters are of another type than T where the kernel says so.
     */
    Table<T, 6, 60> table;
    double gradScale;
    double keep;
    double beta1;
    double beta2;
    /** 1 / sqrt(1 - beta2^step). */
    double correction;
    double eps;
    /** lr / (1 - beta1^step). */
    double rate;
    /** Null, or where keep, correction and rate are instead: a step that is replayed takes others each time. */
    const double *changing;
};

/** S is the type of the parameters and of what is remembered of them, T that of the gradients. */
template <int V, class S, class T>
__device__ __forceinline__ void adamWPack(const AdamWArguments<T> &args, const Entry<T, 6> &entry, long long i) {
    using C = Computed<S>;
    auto kept = [&](int address) { return reinterpret_cast<S *>(entry.addresses[address]) + i; };
    C p[V];
    C g[V];
    C m[V];
    C v[V];
    C largest[V];
    bool amsgrad = entry.addresses[4] != nullptr;
    C keep = (C) (args.changing == nullptr ? args.keep : args.changing[0]);
    C correction = (C) (args.changing == nullptr ? args.correction : args.changing[1]);
    C rate = (C) (args.changing == nullptr ? args.rate : args.changing[2]);
    readWide<V>(p, kept(0));
    readWide<V>(g, entry.addresses[1] + i);
    readWide<V>(m, kept(2));
    readWide<V>(v, kept(3));
    if (amsgrad) {
        readWide<V>(largest, kept(4));
    }
#pragma unroll
    for (int k = 0; k < V; k++) {
        C grad = g[k] * (C) args.gradScale;
        m[k] = m[k] * (C) args.beta1 + grad * (C) (1 - args.beta1);
        v[k] = v[k] * (C) args.beta2 + grad * grad * (C) (1 - args.beta2);
        largest[k] = amsgrad ? maximum(largest[k], v[k]) : v[k];
        C divisor = sqrt(largest[k]) * correction + (C) args.eps;
        p[k] = p[k] * keep - m[k] / divisor * rate;
    }
    writeNarrow<V>(kept(0), p);
    writeNarrow<V>(kept(2), m);
    writeNarrow<V>(kept(3), v);
    if (amsgrad) {
        writeNarrow<V>(kept(4), largest);
    }
    if (entry.addresses[5] != nullptr) {
        writeNarrow<V>(entry.addresses[5] + i, p);
    }
}

/** One step of AdamW (Loshchilov and Hutter, 2019), with AMSGrad where there is a largest v (Reddi, Kale and Kumar, 2018). */
template <class S, class T> __device__ __forceinline__ void adamWOf(const AdamWArguments<T> &args) {
    forEachChunk(args.table, [&](const Entry<T, 6> &entry, long long begin, long long end, long long) {
        forEachOfChunk(entry, begin, end, [&](long long i) { adamWPack<PACK<T>, S>(args, entry, i); },
                [&](long long i) { adamWPack<1, S>(args, entry, i); });
    });
}

template <class T> __device__ __forceinline__ void adamW(const AdamWArguments<T> &args) { adamWOf<T>(args); }
FLOATS_KERNEL(adam_w, AdamWArguments, adamW)

/** The same for parameters of 16 bits: what is changed are copies of them in f32, which are written rounded, too. */
template <class T> __device__ __forceinline__ void adamWRounded(const AdamWArguments<T> &args) { adamWOf<float>(args); }
FLOATS_KERNEL_OF(f16, Half, adam_w_rounded, AdamWArguments, adamWRounded)
FLOATS_KERNEL_OF(bf16, BFloat16, adam_w_rounded, AdamWArguments, adamWRounded)

// ---- the norm of all gradients ------------------------------------------------------------------------------------------

template <class T> struct SquaresArguments {
    Table<T, 1, 128> table;
    /** A sum for each chunk. */
    Computed<T> *out;
};

/** out = the sum of squares of each chunk. */
template <class T> __device__ __forceinline__ void squares(const SquaresArguments<T> &args) {
    using C = Computed<T>;
    __shared__ C scratch[WARP];
    forEachChunk(args.table, [&](const Entry<T, 1> &entry, long long begin, long long end, long long chunk) {
        C sum = 0;
        auto add = [&](auto &x) {
            for (C value : x) {
                sum += value * value;
            }
        };
        forEachOfChunk(entry, begin, end,
                [&](long long i) {
                    C x[PACK<T>];
                    readWide<PACK<T>>(x, entry.addresses[0] + i);
                    add(x);
                },
                [&](long long i) {
                    C x[1];
                    readWide<1>(x, entry.addresses[0] + i);
                    add(x);
                });
        sum = sumOverBlock(sum, scratch);
        if (threadIdx.x == 0) {
            args.out[chunk] = sum;
        }
    });
}
FLOATS_KERNEL(squares, SquaresArguments, squares)

template <class T> struct ScaleArguments {
    Table<T, 1, 128> table;
    const Computed<T> *factor;
};

/** Multiplies all elements by a number on the device; by 1 it leaves them alone, without writing. */
template <class T> __device__ __forceinline__ void scale(const ScaleArguments<T> &args) {
    using C = Computed<T>;
    C factor = *args.factor;
    if (factor == 1) {
        return;
    }
    forEachChunk(args.table, [&](const Entry<T, 1> &entry, long long begin, long long end, long long) {
        auto multiply = [&](auto &x) {
            for (C &value : x) {
                value *= factor;
            }
        };
        forEachOfChunk(entry, begin, end,
                [&](long long i) {
                    C x[PACK<T>];
                    readWide<PACK<T>>(x, entry.addresses[0] + i);
                    multiply(x);
                    writeNarrow<PACK<T>>(entry.addresses[0] + i, x);
                },
                [&](long long i) {
                    C x[1];
                    readWide<1>(x, entry.addresses[0] + i);
                    multiply(x);
                    writeNarrow<1>(entry.addresses[0] + i, x);
                });
    });
}
FLOATS_KERNEL(scale, ScaleArguments, scale)
