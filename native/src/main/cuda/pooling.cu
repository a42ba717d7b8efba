// Windows of axes, by lists of taps: output o is made of the elements sources[starts[o]] to sources[starts[o + 1] - 1].
#include "rows.cuh"

struct Taps {
    const long long *starts;
    const long long *sources;
    const double *weights;
    long long size;
    long long outputs;
};

template <class T> struct ResampleArguments {
    /** (outer, outputs, inner) of (outer, size, inner). */
    T *out;
    const T *x;
    Taps taps;
    long long outer;
    long long inner;
};

template <class T> __device__ __forceinline__ void resample(const ResampleArguments<T> &args) {
    using C = Computed<T>;
    const Taps &taps = args.taps;
    for (long long i = globalThread(); i < args.outer * taps.outputs * args.inner; i += gridThreads()) {
        long long inner = i % args.inner;
        long long o = i / args.inner % taps.outputs;
        const T *x = args.x + i / args.inner / taps.outputs * taps.size * args.inner + inner;
        C sum = 0;
        for (long long tap = taps.starts[o]; tap < taps.starts[o + 1]; tap++) {
            sum += (C) taps.weights[tap] * wide<C>(x[taps.sources[tap] * args.inner]);
        }
        args.out[i] = Narrow<T>::of(sum);
    }
}
FLOATS_KERNEL(resample, ResampleArguments, resample)

template <class T> struct MaxPoolArguments {
    T *out;
    /** Null, or where in its block each largest element is. */
    long long *indices;
    const T *x;
    Taps depth, height, width;
    long long blocks;
};

template <class T> __device__ __forceinline__ void maxPool(const MaxPoolArguments<T> &args) {
    using C = Computed<T>;
    long long outputs = args.depth.outputs * args.height.outputs * args.width.outputs;
    long long size = args.depth.size * args.height.size * args.width.size;
    for (long long i = globalThread(); i < args.blocks * outputs; i += gridThreads()) {
        long long w = i % args.width.outputs;
        long long h = i / args.width.outputs % args.height.outputs;
        long long d = i / args.width.outputs / args.height.outputs % args.depth.outputs;
        const T *x = args.x + i / outputs * size;
        C largest = 0;
        long long where = -1;
        for (long long a = args.depth.starts[d]; a < args.depth.starts[d + 1]; a++) {
            for (long long b = args.height.starts[h]; b < args.height.starts[h + 1]; b++) {
                long long row = (args.depth.sources[a] * args.height.size + args.height.sources[b]) * args.width.size;
                for (long long c = args.width.starts[w]; c < args.width.starts[w + 1]; c++) {
                    C candidate = wide<C>(x[row + args.width.sources[c]]);
                    if (where < 0 || candidate > largest || (candidate != candidate && largest == largest)) {
                        largest = candidate;
                        where = row + args.width.sources[c];
                    }
                }
            }
        }
        args.out[i] = Narrow<T>::of(largest);
        if (args.indices != nullptr) {
            args.indices[i] = where;
        }
    }
}
FLOATS_KERNEL(max_pool, MaxPoolArguments, maxPool)
