// Running reductions along an axis, in f64 whatever the floating-point type.
//
// Long lines: a block a line, 1024 elements at a time, of which a thread has 4 neighbours. Many lines or short ones: a thread a
// line. Either way the order of the operations follows from the shape.
#include "elementwise.cuh"

/** In the order of org.jacobi.tensor.backend.ScanOp. */
enum ScanOp { SCAN_SUM, SCAN_PROD, SCAN_LOG_SUM_EXP };

constexpr int EACH = 4;
constexpr int REAL = FLOATS | 1 << F64;

struct ScanArguments {
    /** The axes but the one that is scanned, in packs of 1; its size and which way it is walked. */
    Axes lines;
    long long length;
    long long fromEnd;
    /** Whether a thread does a line by itself. */
    long long alone;
    /** What is done: a ScanOp, or whether the largest element is looked for. */
    long long op;
    /** The results first, then what is read; their strides along the axis. */
    Operand operands[3];
    long long steps[3];
};

// A scan's state: what an element at a position begins with, and what two neighbouring stretches have together.

template <class C> struct Total {
    C value;
};

template <class C> struct SumScan {
    using State = Total<C>;
    static __device__ __forceinline__ State combine(State a, State b, const ScanArguments &) { return {a.value + b.value}; }
};

template <class C> struct ProductScan {
    using State = Total<C>;
    static __device__ __forceinline__ State combine(State a, State b, const ScanArguments &) { return {a.value * b.value}; }
};

struct LogSumExpScan {
    using State = Total<double>;
    static __device__ __forceinline__ State combine(State a, State b, const ScanArguments &) {
        double larger = maximum(a.value, b.value);
        // Equal infinities have no difference.
        return {fabs(larger) == infinity<double>() ? larger
                        : larger + log1p(exp(minimum(a.value, b.value) - larger))};
    }
};

/** The last of equal elements, and the last NaN once there is one. */
template <class C> struct ExtremeScan {
    struct State {
        C value;
        long long position;
    };
    static __device__ __forceinline__ State combine(State a, State b, const ScanArguments &args) {
        bool later = b.value != b.value || (a.value == a.value && (args.op ? b.value >= a.value : b.value <= a.value));
        return later ? b : a;
    }
};

/** The map x -> a x + b; two of them in a row are such a map again. */
struct AffineScan {
    struct State {
        double a;
        double b;
    };
    static __device__ __forceinline__ State combine(State first, State then, const ScanArguments &) {
        // A product of factors may overflow where nothing is multiplied with it.
        return {first.a == 0 ? 0 : first.a * then.a, first.b == 0 ? then.b : first.b * then.a + then.b};
    }
};

/** Takes the state of the lane so many before; all of its 8-byte fields. */
template <class S> __device__ __forceinline__ S shuffleUp(S state, int distance) {
    long long words[sizeof(S) / 8];
    memcpy(words, &state, sizeof(S));
#pragma unroll
    for (int i = 0; i < (int) sizeof(S) / 8; i++) {
        words[i] = __shfl_up_sync(ALL_LANES, words[i], distance);
    }
    memcpy(&state, words, sizeof(S));
    return state;
}

/** load(offsets, position) gives an element's state, store(offsets, position, state) writes it; N operands have lines. */
template <class Scan, int N, class Load, class Store>
__device__ __forceinline__ void scanKernel(const ScanArguments &args, Load load, Store store) {
    using S = typename Scan::State;
    int last = (int) args.lines.rank - 1;
    auto begin = [&](long long line, long long (&at)[N]) {
        long long column = locate<N>(args.lines, args.operands, line, at);
#pragma unroll
        for (int k = 0; k < N; k++) {
            at[k] += column * args.operands[k].strides[last];
        }
    };
    auto position = [&](long long i) { return args.fromEnd ? args.length - 1 - i : i; };
    if (args.alone) {
        for (long long line = globalThread(); line < args.lines.packs; line += gridThreads()) {
            long long at[N];
            begin(line, at);
            S state = load(at, position(0), true);
            store(at, position(0), state);
            for (long long i = 1; i < args.length; i++) {
                state = Scan::combine(state, load(at, position(i), false), args);
                store(at, position(i), state);
            }
        }
        return;
    }
    __shared__ S totals[WARP];
    __shared__ S carried;
    int lane = threadIdx.x % WARP;
    int warp = threadIdx.x / WARP;
    for (long long line = blockIdx.x; line < args.lines.packs; line += gridDim.x) {
        long long at[N];
        begin(line, at);
        for (long long chunk = 0; chunk < args.length; chunk += blockDim.x * EACH) {
            long long first = chunk + threadIdx.x * EACH;
            S own[EACH];
            // This thread's elements, then those of the warp, then the warps before, then what came before the chunk. Behind the
            // end there are no states: nobody there combines.
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                if (first + i < args.length) {
                    own[i] = load(at, position(first + i), first + i == 0);
                    own[i] = i == 0 ? own[i] : Scan::combine(own[i > 0 ? i - 1 : 0], own[i], args);
                } else {
                    own[i] = i == 0 ? load(at, position(0), true) : own[i > 0 ? i - 1 : 0];
                }
            }
            S total = own[EACH - 1];
#pragma unroll
            for (int distance = 1; distance < WARP; distance *= 2) {
                S before = shuffleUp(total, distance);
                if (lane >= distance) {
                    total = Scan::combine(before, total, args);
                }
            }
            S before = shuffleUp(total, 1);
            if (lane == WARP - 1) {
                totals[warp] = total;
            }
            __syncthreads();
            bool any = lane > 0;
            if (warp > 0) {
                S warps = totals[0];
                for (int w = 1; w < warp; w++) {
                    warps = Scan::combine(warps, totals[w], args);
                }
                before = any ? Scan::combine(warps, before, args) : warps;
                any = true;
            }
            if (chunk > 0) {
                before = any ? Scan::combine(carried, before, args) : carried;
                any = true;
            }
#pragma unroll
            for (int i = 0; i < EACH; i++) {
                if (first + i < args.length) {
                    own[i] = any ? Scan::combine(before, own[i], args) : own[i];
                    store(at, position(first + i), own[i]);
                }
            }
            __syncthreads();
            if (threadIdx.x == blockDim.x - 1) {
                carried = own[EACH - 1];
            }
            __syncthreads();
        }
    }
}

template <class Scan, int READS, class C> __device__ __forceinline__ void totals(const ScanArguments &args) {
    using S = typename Scan::State;
    scanKernel<Scan, 2>(
            args,
            [&](const long long (&at)[2], long long i, bool) {
                return S{readOne<READS, C>(args.operands[1], at[1] + i * args.steps[1])};
            },
            [&](const long long (&at)[2], long long i, S state) {
                writeOne<READS>(args.operands[0], at[0] + i * args.steps[0], state.value);
            });
}

KERNEL(scan_float, ScanArguments) {
    if (args.op == SCAN_SUM) {
        totals<SumScan<double>, REAL, double>(args);
    } else if (args.op == SCAN_PROD) {
        totals<ProductScan<double>, REAL, double>(args);
    } else {
        totals<LogSumExpScan, REAL, double>(args);
    }
}

KERNEL(scan_integer, ScanArguments) {
    if (args.op == SCAN_SUM) {
        totals<SumScan<long long>, INTEGERS, long long>(args);
    } else {
        totals<ProductScan<long long>, INTEGERS, long long>(args);
    }
}

template <int READS, class C> __device__ __forceinline__ void extremes(const ScanArguments &args) {
    using S = typename ExtremeScan<C>::State;
    scanKernel<ExtremeScan<C>, 3>(
            args,
            [&](const long long (&at)[3], long long i, bool) {
                return S{readOne<READS, C>(args.operands[2], at[2] + i * args.steps[2]), i};
            },
            [&](const long long (&at)[3], long long i, S state) {
                writeOne<READS>(args.operands[0], at[0] + i * args.steps[0], state.value);
                writeOne<1 << I64>(args.operands[1], at[1] + i * args.steps[1], state.position);
            });
}

KERNEL(extreme_float, ScanArguments) {
    extremes<REAL, double>(args);
}

KERNEL(extreme_integer, ScanArguments) {
    extremes<INTEGERS, long long>(args);
}

/** out[i] = a[i] out[i - 1] + b[i]: operands are out, a and b. */
KERNEL(recurrence_float, ScanArguments) {
    using S = AffineScan::State;
    scanKernel<AffineScan, 3>(
            args,
            [&](const long long (&at)[3], long long i, bool first) {
                double a = readOne<REAL, double>(args.operands[1], at[1] + i * args.steps[1]);
                return S{first ? 0 : a, readOne<REAL, double>(args.operands[2], at[2] + i * args.steps[2])};
            },
            [&](const long long (&at)[3], long long i, S state) {
                writeOne<REAL>(args.operands[0], at[0] + i * args.steps[0], state.b);
            });
}
