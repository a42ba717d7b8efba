// Reductions over any axes, and the position of the largest or smallest element along one.
//
// Every output is a sum (or product, maximum ...) of terms that are cut among threads, and among blocks where there are few
// outputs, by shape alone; partial results are added in a fixed order.
#include "elementwise.cuh"

/** In the order of org.jacobi.tensor.backend.ReduceOp. */
enum ReduceOp { SUM, SUM_OF_SQUARES, MEAN, PROD, MAX, MIN, ANY, ALL, COUNT };

struct ReduceArguments {
    /** The axes that remain, in packs of 1, and out and x along them. */
    Axes kept;
    Operand operands[2];
    /** The axes that are reduced, in packs of 4 (by rows) or 1 (by columns), and x along them. */
    Axes reduced;
    Operand inner;
    long long op;
    /** Among how many blocks an output's terms are cut; out then takes so many partial results an output. */
    long long parts;
    /** How many terms an output has, and by which op it is made of their sum; -1 for a partial result, which stays as it is. */
    double terms;
    long long end;
};

// What is done with terms: where it begins, what a number contributes, and how two contributions become one.

template <class C> struct Sum {
    using A = C;
    static __device__ __forceinline__ A identity() { return 0; }
    static __device__ __forceinline__ A of(C x) { return x; }
    static __device__ __forceinline__ A combine(A a, A b) { return a + b; }
};

template <class C> struct SumOfSquares : Sum<C> {
    static __device__ __forceinline__ C of(C x) { return x * x; }
};

template <class C> struct Product {
    using A = C;
    static __device__ __forceinline__ A identity() { return 1; }
    static __device__ __forceinline__ A of(C x) { return x; }
    static __device__ __forceinline__ A combine(A a, A b) { return a * b; }
};

template <class C> struct Largest {
    using A = C;
    static __device__ __forceinline__ A identity() { return lowest<C>(); }
    static __device__ __forceinline__ A of(C x) { return x; }
    static __device__ __forceinline__ A combine(A a, A b) { return maximum(a, b); }
};

template <class C> struct Smallest {
    using A = C;
    static __device__ __forceinline__ A identity() { return highest<C>(); }
    static __device__ __forceinline__ A of(C x) { return x; }
    static __device__ __forceinline__ A combine(A a, A b) { return minimum(a, b); }
};

template <class C> struct Nonzero : Sum<long long> {
    static __device__ __forceinline__ long long of(C x) { return x != 0; }
};

template <class A> __device__ __forceinline__ void finish(const ReduceArguments &args, long long at, A value) {
    if (args.end == MEAN) {
        value = (A) (value / (A) args.terms);
    } else if (args.end == ANY) {
        value = value != 0;
    } else if (args.end == ALL) {
        value = value == (A) args.terms;
    }
    writeOne<ALL_TYPES>(args.operands[0], at, value);
}

/** The elements of out and x for an output; out's partial results lie side by side. */
__device__ __forceinline__ void place(const ReduceArguments &args, long long output, long long (&at)[2]) {
    long long column = locate<2>(args.kept, args.operands, output, at);
    int last = (int) args.kept.rank - 1;
    at[0] += column * args.operands[0].strides[last];
    at[1] += column * args.operands[1].strides[last];
}

/** Blocks of (32, 8) or (256, 1) threads: so many along x share an output's terms, in packs of 4. */
template <int READS, class C, class R> __device__ __forceinline__ void rowsKernel(const ReduceArguments &args) {
    using A = typename R::A;
    constexpr int V = 4;
    __shared__ A scratch[WARP];
    int last = (int) args.reduced.rank - 1;
    long long step = args.inner.strides[last];
    long long groups = (args.kept.packs + blockDim.y - 1) / blockDim.y;
    for (long long group = blockIdx.x; group < groups; group += gridDim.x) {
        long long output = group * blockDim.y + threadIdx.y;
        bool exists = output < args.kept.packs;
        long long at[2] = {0, 0};
        place(args, exists ? output : 0, at);
        A sums[V];
#pragma unroll
        for (int i = 0; i < V; i++) {
            sums[i] = R::identity();
        }
        for (long long pack = blockIdx.y * (long long) blockDim.x + threadIdx.x; pack < args.reduced.packs;
                pack += args.parts * blockDim.x) {
            long long inner[1];
            long long column = locate<1>(args.reduced, &args.inner, pack, inner) * V;
            long long left = args.reduced.length - column;
            C x[V];
            read<READS>(x, args.inner, at[1] + inner[0] + column * step, step, left < V ? (int) left : V);
#pragma unroll
            for (int i = 0; i < V; i++) {
                sums[i] = i < left ? R::combine(sums[i], R::of(x[i])) : sums[i];
            }
        }
        A sum = R::combine(R::combine(sums[0], sums[1]), R::combine(sums[2], sums[3]));
        sum = blockDim.x == WARP ? overWarp(sum, R::combine) : overBlock(sum, R::identity(), scratch, R::combine);
        if (threadIdx.x == 0 && exists) {
            finish(args, at[0] + blockIdx.y, sum);
        }
    }
}

/** Blocks of (32, 8) threads: neighbours along x have neighbouring outputs, those along y share their terms. */
template <int READS, class C, class R> __device__ __forceinline__ void columnsKernel(const ReduceArguments &args) {
    using A = typename R::A;
    constexpr int ROWS = 8;
    __shared__ A scratch[ROWS][WARP];
    int last = (int) args.reduced.rank - 1;
    long long step = args.inner.strides[last];
    long long groups = (args.kept.packs + WARP - 1) / WARP;
    for (long long group = blockIdx.x; group < groups; group += gridDim.x) {
        long long output = group * WARP + threadIdx.x;
        bool exists = output < args.kept.packs;
        long long at[2] = {0, 0};
        place(args, exists ? output : 0, at);
        A sum = R::identity();
        if (exists) {
            for (long long term = blockIdx.y * ROWS + threadIdx.y; term < args.reduced.packs; term += args.parts * ROWS) {
                long long inner[1];
                long long column = locate<1>(args.reduced, &args.inner, term, inner);
                sum = R::combine(sum, R::of(readOne<READS, C>(args.inner, at[1] + inner[0] + column * step)));
            }
        }
        scratch[threadIdx.y][threadIdx.x] = sum;
        __syncthreads();
        if (threadIdx.y == 0 && exists) {
            for (int row = 1; row < ROWS; row++) {
                sum = R::combine(sum, scratch[row][threadIdx.x]);
            }
            finish(args, at[0] + blockIdx.y, sum);
        }
        __syncthreads();
    }
}

#define JACOBI_REDUCTIONS(NAME, READS, C)                                                                              \
    KERNEL(reduce_rows_##NAME, ReduceArguments) {                                                                      \
        JACOBI_SWITCH(rowsKernel, READS, C)                                                                            \
    }                                                                                                                  \
    KERNEL(reduce_columns_##NAME, ReduceArguments) {                                                                   \
        JACOBI_SWITCH(columnsKernel, READS, C)                                                                         \
    }
#define JACOBI_SWITCH(FUNCTION, READS, C)                                                                              \
    switch ((int) args.op) {                                                                                           \
        case SUM:                                                                                                      \
        case MEAN: return FUNCTION<READS, C, Sum<C>>(args);                                                            \
        case SUM_OF_SQUARES: return FUNCTION<READS, C, SumOfSquares<C>>(args);                                         \
        case PROD: return FUNCTION<READS, C, Product<C>>(args);                                                        \
        case MAX: return FUNCTION<READS, C, Largest<C>>(args);                                                         \
        case MIN: return FUNCTION<READS, C, Smallest<C>>(args);                                                        \
        default: return FUNCTION<READS, C, Nonzero<C>>(args);                                                          \
    }
JACOBI_REDUCTIONS(float, FLOATS, float)
JACOBI_REDUCTIONS(double, 1 << F64, double)
JACOBI_REDUCTIONS(integer, INTEGERS, long long)

// ---- where the largest element is ------------------------------------------------------------------------------------

struct ArgReduceArguments {
    /** The axes but the one that is searched, in packs of 1, and out and x along them. */
    Axes kept;
    Operand operands[2];
    long long length;
    long long step;
    long long largest;
};

/** An element and where it is. */
template <class C> struct Found {
    C value;
    long long position;

    /** The one of two that counts: NaN before numbers, and of equal ones the first. */
    __device__ __forceinline__ void meet(C other, long long where, bool largest) {
        bool nan = value != value;
        bool otherNan = other != other;
        bool equal = nan ? otherNan : other == value;
        bool beats = nan ? false : otherNan || (largest ? other > value : other < value);
        if (beats || (equal && where < position)) {
            value = other;
            position = where;
        }
    }
};

/** Blocks of (32, 8) or (256, 1) threads, of which those along x share an output's elements. */
template <int READS, class C> __device__ __forceinline__ void argReduceKernel(const ArgReduceArguments &args) {
    __shared__ C values[WARP];
    __shared__ long long positions[WARP];
    bool largest = args.largest != 0;
    long long groups = (args.kept.packs + blockDim.y - 1) / blockDim.y;
    for (long long group = blockIdx.x; group < groups; group += gridDim.x) {
        long long output = group * blockDim.y + threadIdx.y;
        bool exists = output < args.kept.packs;
        long long at[2];
        long long column = locate<2>(args.kept, args.operands, exists ? output : 0, at);
        int last = (int) args.kept.rank - 1;
        at[0] += column * args.operands[0].strides[last];
        at[1] += column * args.operands[1].strides[last];
        // Threads that have no element of their own begin with the first one, like thread 0.
        Found<C> best = {readOne<READS, C>(args.operands[1], at[1]), 0};
        for (long long i = threadIdx.x; i < args.length; i += blockDim.x) {
            best.meet(readOne<READS, C>(args.operands[1], at[1] + i * args.step), i, largest);
        }
#pragma unroll
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            C value = __shfl_xor_sync(ALL_LANES, best.value, distance);
            best.meet(value, __shfl_xor_sync(ALL_LANES, best.position, distance), largest);
        }
        if (blockDim.x > WARP) {
            if (threadIdx.x % WARP == 0) {
                values[threadIdx.x / WARP] = best.value;
                positions[threadIdx.x / WARP] = best.position;
            }
            __syncthreads();
            for (int warp = 0; warp < (int) blockDim.x / WARP; warp++) {
                best.meet(values[warp], positions[warp], largest);
            }
            __syncthreads();
        }
        if (threadIdx.x == 0 && exists) {
            writeOne<1 << I64>(args.operands[0], at[0], best.position);
        }
    }
}

KERNEL(arg_reduce_float, ArgReduceArguments) {
    argReduceKernel<FLOATS, float>(args);
}

KERNEL(arg_reduce_double, ArgReduceArguments) {
    argReduceKernel<1 << F64, double>(args);
}

KERNEL(arg_reduce_integer, ArgReduceArguments) {
    argReduceKernel<INTEGERS, long long>(args);
}
