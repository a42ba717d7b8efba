// Reading and writing by index, on tensors of any strides, and the positions of what is not zero.
//
// Indices are checked by the host before a launch, but not when a captured step is replayed: what lies outside of an axis reads as
// bits that are all 1, which is NaN in floating-point numbers, and is not written.
#include "elementwise.cuh"

// ---- gather --------------------------------------------------------------------------------------------------------

struct GatherArguments {
    /** out, index, and x with stride 0 along the axis. */
    Axes axes;
    Operand operands[3];
    /** x's stride along the axis, and whether it leads from one place where a pack may begin to another. */
    long long step;
    long long aligned;
    /** x's size along the axis. */
    long long size;
};

__device__ __forceinline__ bool isInside(long long index, long long size) {
    return (unsigned long long) index < (unsigned long long) size;
}

/** out = x at the index; where the index stands still along a pack, the pack moves as a whole. B is as wide as an element. */
template <class B, int V> __device__ __forceinline__ void gatherKernel(const GatherArguments &args) {
    forEachPack<3, V>(args.axes, args.operands,
            [&](const long long (&at)[3], const long long (&steps)[3], int count, long long) {
                B *out = reinterpret_cast<B *>(args.operands[0].address) + at[0];
                const long long *index = reinterpret_cast<const long long *>(args.operands[1].address) + at[1];
                const B *x = reinterpret_cast<const B *>(args.operands[2].address) + at[2];
                if (args.aligned && steps[1] == 0 && args.operands[0].dense && args.operands[2].dense && count == V) {
                    B pack[V];
                    if (isInside(*index, args.size)) {
                        readPack(pack, x + *index * args.step);
                    } else {
                        memset(pack, 0xff, sizeof(pack));
                    }
                    writePack(out, pack);
                    return;
                }
                for (int i = 0; i < count; i++) {
                    long long from = index[i * steps[1]];
                    out[i * steps[0]] = isInside(from, args.size) ? x[i * steps[2] + from * args.step] : (B) ~(B) 0;
                }
            });
}

KERNEL(gather_1, GatherArguments) {
    gatherKernel<unsigned char, 16>(args);
}

KERNEL(gather_2, GatherArguments) {
    gatherKernel<unsigned short, 8>(args);
}

KERNEL(gather_4, GatherArguments) {
    gatherKernel<unsigned, 4>(args);
}

KERNEL(gather_8, GatherArguments) {
    gatherKernel<unsigned long long, 2>(args);
}

// ---- scatter -------------------------------------------------------------------------------------------------------
//
// Whoever writes to a place writes everything that goes there, in the order of the index, so that nothing depends on which thread
// comes first. A line is what lies along the axis. Where there are many lines, a thread does a line. Where all lines have the same
// index (rows of an embedding), the index is sorted, and threads do a line's elements of equal index. Else all elements of all lines
// are sorted by line and index.

/** In the order of org.jacobi.tensor.backend.ScatterOp. */
enum ScatterOp { REPLACE, SCATTER_ADD, MULTIPLY, SCATTER_MAXIMUM, SCATTER_MINIMUM };

struct ScatterArguments {
    /** The lines, in packs of 1; out with stride 0 along the axis, index and source. */
    Axes lines;
    Operand operands[3];
    /** Strides along the axis. */
    long long steps[3];
    long long length;
    long long op;
    /** For sorted elements: their positions in the index, or line by line; null where a thread does a line. */
    const long long *order;
    /** Line times this, plus the index, is what all elements of all lines were sorted by; 0 for one index of all lines. */
    long long size;
    const long long *keys;
    /** out's size along the axis. */
    long long places;
};

template <class C> __device__ __forceinline__ C combined(long long op, C a, C b) {
    return op == REPLACE ? b : op == SCATTER_ADD ? a + b : op == MULTIPLY ? a * b
            : op == SCATTER_MAXIMUM ? maximum(a, b) : minimum(a, b);
}

__device__ __forceinline__ void beginLine(const ScatterArguments &args, long long line, long long (&at)[3]) {
    long long column = locate<3>(args.lines, args.operands, line, at);
#pragma unroll
    for (int k = 0; k < 3; k++) {
        at[k] += column * args.operands[k].strides[args.lines.rank - 1];
    }
}

template <int SET, class C> __device__ __forceinline__ void scatterKernel(const ScatterArguments &args) {
    const Operand &out = args.operands[0];
    const Operand &source = args.operands[2];
    const long long *index = reinterpret_cast<const long long *>(args.operands[1].address);
    long long lines = args.lines.packs;
    if (args.order == nullptr) {
        for (long long line = globalThread(); line < lines; line += gridThreads()) {
            long long at[3];
            beginLine(args, line, at);
            for (long long j = 0; j < args.length; j++) {
                long long place = index[at[1] + j * args.steps[1]];
                if (!isInside(place, args.places)) {
                    continue;
                }
                long long to = at[0] + place * args.steps[0];
                C given = readOne<SET, C>(source, at[2] + j * args.steps[2]);
                writeOne<SET>(out, to, args.op == REPLACE ? given : combined(args.op, readOne<SET, C>(out, to), given));
            }
        }
        return;
    }
    bool shared = args.size == 0;
    long long sorted = shared ? args.length : args.length * lines;
    for (long long t = globalThread(); t < args.length * lines; t += gridThreads()) {
        // Neighbouring threads have neighbouring lines of the same element, or neighbours in the sorted order.
        long long p = shared ? t / lines : t;
        long long line = shared ? t % lines : args.order[p] / args.length;
        long long at[3];
        beginLine(args, line, at);
        auto key = [&](long long q) { return shared ? index[args.order[q] * args.steps[1]] : args.keys[args.order[q]]; };
        long long mine = key(p);
        if ((p > 0 && key(p - 1) == mine) || (shared ? !isInside(mine, args.places) : mine < 0)) {
            continue; // somebody else's place, or none
        }
        long long first = shared ? 0 : line * args.length;
        long long to = at[0] + (shared ? mine : mine % args.size) * args.steps[0];
        C value = readOne<SET, C>(out, to);
        for (long long q = p; q < sorted && key(q) == mine; q++) {
            long long j = args.order[q] - first;
            value = combined(args.op, value, readOne<SET, C>(source, at[2] + j * args.steps[2]));
        }
        writeOne<SET>(out, to, value);
    }
}

KERNEL(scatter_float, ScatterArguments) {
    scatterKernel<FLOATS, float>(args);
}

KERNEL(scatter_double, ScatterArguments) {
    scatterKernel<1 << F64, double>(args);
}

KERNEL(scatter_integer, ScatterArguments) {
    scatterKernel<INTEGERS, long long>(args);
}

/** out[line][j] = line size + index, by which all elements are sorted; -1 for an index outside of the axis. */
struct ScatterKeysArguments {
    Axes lines;
    Operand operands[1];
    long long *keys;
    long long step;
    long long length;
    long long size;
};

KERNEL(scatter_keys, ScatterKeysArguments) {
    for (long long e = globalThread(); e < args.lines.packs * args.length; e += gridThreads()) {
        long long line = e / args.length;
        long long at[1];
        long long column = locate<1>(args.lines, args.operands, line, at);
        at[0] += column * args.operands[0].strides[args.lines.rank - 1] + (e - line * args.length) * args.step;
        long long index = reinterpret_cast<const long long *>(args.operands[0].address)[at[0]];
        args.keys[e] = isInside(index, args.size) ? line * args.size + index : -1;
    }
}

// ---- offsets -------------------------------------------------------------------------------------------------------

struct OffsetsArguments {
    Axes axes;
    Operand operands[2];
    long long size;
    long long stride;
    /** Becomes 1 if an index lies outside. */
    long long *outside;
};

/** out += stride index, where a negative index counts from the end. */
KERNEL(offsets, OffsetsArguments) {
    constexpr int V = 2;
    forEachPack<2, V>(args.axes, args.operands,
            [&](const long long (&at)[2], const long long (&steps)[2], int count, long long) {
                long long index[V];
                long long out[V];
                read<1 << I64>(index, args.operands[1], at[1], steps[1], count);
                read<1 << I64>(out, args.operands[0], at[0], steps[0], count);
#pragma unroll
                for (int i = 0; i < V; i++) {
                    if (i < count && (index[i] < -args.size || index[i] >= args.size)) {
                        *args.outside = 1; // whoever writes, writes the same
                    }
                    out[i] += (index[i] < 0 ? index[i] + args.size : index[i]) * args.stride;
                }
                write<1 << I64>(out, args.operands[0], at[0], steps[0], count);
            });
}

// ---- what is not zero ----------------------------------------------------------------------------------------------

constexpr int CHUNK = 256;
constexpr int MOST_AXES = 32;

struct NonzeroArguments {
    /** x along its axes, merged, in packs of 1. */
    Axes axes;
    Operand operands[1];
    /** One a chunk of 256 elements: how many are not zero, then how many are not up to and with the chunk. */
    long long *counts;
    /** (count, rank), or null while chunks are counted. */
    long long *out;
    /** x's axes as they are. */
    long long rank;
    long long sizes[MOST_AXES];
};

/** Counts chunk by chunk; with an output, writes the positions instead. 256 threads, an element each. */
KERNEL(nonzero, NonzeroArguments) {
    __shared__ int warps[CHUNK / WARP];
    long long total = args.axes.packs;
    for (long long chunk = blockIdx.x; chunk * CHUNK < total; chunk += gridDim.x) {
        long long element = chunk * CHUNK + threadIdx.x;
        bool here = false;
        if (element < total) {
            long long at[1];
            long long column = locate<1>(args.axes, args.operands, element, at);
            at[0] += column * args.operands[0].strides[args.axes.rank - 1];
            here = args.operands[0].type == I64
                    ? readOne<1 << I64, long long>(args.operands[0], at[0]) != 0
                    : readOne<ALL_TYPES & ~(1 << I64), double>(args.operands[0], at[0]) != 0;
        }
        unsigned votes = __ballot_sync(ALL_LANES, here);
        int lane = threadIdx.x % WARP;
        if (lane == 0) {
            warps[threadIdx.x / WARP] = __popc(votes);
        }
        __syncthreads();
        long long before = 0;
        long long inChunk = 0;
        for (int w = 0; w < CHUNK / WARP; w++) {
            before += w < (int) threadIdx.x / WARP ? warps[w] : 0;
            inChunk += warps[w];
        }
        if (args.out == nullptr) {
            if (threadIdx.x == 0) {
                args.counts[chunk] = inChunk;
            }
        } else if (here) {
            long long to = args.counts[chunk] - inChunk + before + __popc(votes & ((1u << lane) - 1));
            long long left = element;
            for (int axis = (int) args.rank - 1; axis >= 0; axis--) {
                args.out[to * args.rank + axis] = left % args.sizes[axis];
                left /= args.sizes[axis];
            }
        }
        __syncthreads();
    }
}
