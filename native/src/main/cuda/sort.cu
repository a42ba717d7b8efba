// Sorting along rows, and searching in sorted ones.
//
// A number becomes 64 bits whose order as whole numbers is the order wanted; together with its position, which decides between
// equal ones, no two are equal, so that any sort of them is stable. Tiles are sorted in shared memory by Batcher's bitonic network
// ("Sorting networks and their applications", 1968), then runs are merged in pairs, each element finding its rank by bisection.
#include "elementwise.cuh"

constexpr int SLOTS = 2048;
constexpr unsigned long long NAN_KEY = 0xffffffffffffffffULL;

/** Rising with x; -0 counts as 0, and NaN as the largest. */
__device__ __forceinline__ unsigned long long keyOf(double x) {
    if (x != x) {
        return NAN_KEY;
    }
    unsigned long long bits = (unsigned long long) __double_as_longlong(x == 0 ? 0.0 : x);
    return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

__device__ __forceinline__ unsigned long long keyOf(long long x) {
    return (unsigned long long) x ^ 1ULL << 63;
}

struct SortArguments {
    /** (rows, length), contiguous. */
    const char *x;
    long long type;
    unsigned long long *keys;
    int *order;
    long long rows;
    long long length;
    /** How many slots a tile has, a power of 2: a row's, or as many as a block has. */
    long long tile;
    long long descending;
};

/** Keys and positions of tiles, sorted; where rows are short, a block has several. 256 threads. */
KERNEL(sort_tiles, SortArguments) {
    __shared__ unsigned long long keys[SLOTS];
    __shared__ int order[SLOTS];
    int tile = (int) args.tile;
    long long tilesOfRow = (args.length + tile - 1) / tile;
    long long first = blockIdx.x * (long long) (SLOTS / tile);
    Operand x = {const_cast<char *>(args.x), args.type, 0, 0, 0, {}};
    auto slotRow = [&](int slot) { return (first + slot / tile) / tilesOfRow; };
    auto slotColumn = [&](int slot) { return (first + slot / tile) % tilesOfRow * tile + slot % tile; };
    for (int slot = threadIdx.x; slot < SLOTS; slot += blockDim.x) {
        long long row = slotRow(slot);
        long long column = slotColumn(slot);
        // What lies behind a row's end comes last.
        unsigned long long key = NAN_KEY;
        int position = 0x7fffffff;
        if (row < args.rows && column < args.length) {
            long long at = row * args.length + column;
            key = args.type >= F16 ? keyOf(readOne<FLOATS | 1 << F64, double>(x, at)) : keyOf(readOne<INTEGERS, long long>(x, at));
            key = args.descending ? ~key : key;
            position = (int) column;
        }
        keys[slot] = key;
        order[slot] = position;
    }
    __syncthreads();
    for (int size = 2; size <= tile; size *= 2) {
        for (int distance = size / 2; distance > 0; distance /= 2) {
            for (int pair = threadIdx.x; pair < SLOTS / 2; pair += blockDim.x) {
                int low = pair / distance * 2 * distance + pair % distance;
                int high = low + distance;
                bool rising = size == tile || (low & size) == 0;
                bool larger = keys[low] > keys[high] || (keys[low] == keys[high] && order[low] > order[high]);
                if (larger == rising) {
                    unsigned long long key = keys[low];
                    keys[low] = keys[high];
                    keys[high] = key;
                    int position = order[low];
                    order[low] = order[high];
                    order[high] = position;
                }
            }
            __syncthreads();
        }
    }
    for (int slot = threadIdx.x; slot < SLOTS; slot += blockDim.x) {
        long long row = slotRow(slot);
        long long column = slotColumn(slot);
        if (row < args.rows && column < args.length) {
            args.keys[row * args.length + column] = keys[slot];
            args.order[row * args.length + column] = order[slot];
        }
    }
}

struct MergeArguments {
    unsigned long long *keys;
    int *order;
    const unsigned long long *fromKeys;
    const int *fromOrder;
    long long rows;
    long long length;
    /** The length of sorted runs. */
    long long run;
};

/** Merges pairs of runs: an element's place is its own in its run and how many of the other run come before it. */
KERNEL(merge_runs, MergeArguments) {
    for (long long e = globalThread(); e < args.rows * args.length; e += gridThreads()) {
        long long row = e / args.length * args.length;
        long long column = e - row;
        long long pair = column / (2 * args.run) * 2 * args.run;
        bool isLeft = column - pair < args.run;
        unsigned long long key = args.fromKeys[e];
        int position = args.fromOrder[e];
        long long begin = isLeft ? pair + args.run : pair;
        begin = begin < args.length ? begin : args.length;
        long long end = begin + args.run < args.length ? begin + args.run : args.length;
        long long below = begin;
        long long above = end;
        while (below < above) {
            long long middle = (below + above) / 2;
            unsigned long long other = args.fromKeys[row + middle];
            if (other < key || (other == key && args.fromOrder[row + middle] < position)) {
                below = middle + 1;
            } else {
                above = middle;
            }
        }
        long long own = isLeft ? column - pair : column - pair - args.run;
        long long to = row + pair + own + (below - begin);
        args.keys[to] = key;
        args.order[to] = position;
    }
}

struct SortedArguments {
    /** All (rows, length), contiguous. */
    char *values;
    long long *indices;
    const char *x;
    const int *order;
    long long rows;
    long long length;
    /** Bytes of an element. */
    long long bytes;
};

/** values[i] = x[order[i]], indices[i] = order[i], along rows. */
KERNEL(sort_pick, SortedArguments) {
    for (long long e = globalThread(); e < args.rows * args.length; e += gridThreads()) {
        long long from = e / args.length * args.length + args.order[e];
        args.indices[e] = args.order[e];
        switch ((int) args.bytes) {
            case 1: args.values[e] = args.x[from]; break;
            case 2: reinterpret_cast<short *>(args.values)[e] = reinterpret_cast<const short *>(args.x)[from]; break;
            case 4: reinterpret_cast<int *>(args.values)[e] = reinterpret_cast<const int *>(args.x)[from]; break;
            default: reinterpret_cast<long long *>(args.values)[e] = reinterpret_cast<const long long *>(args.x)[from];
        }
    }
}

struct SearchArguments {
    /** out, x, and sorted with stride 0 along the last axis. */
    Axes axes;
    Operand operands[3];
    long long length;
    long long step;
    long long right;
};

template <int SET, class C> __device__ __forceinline__ void searchKernel(const SearchArguments &args) {
    forEachPack<3, 1>(args.axes, args.operands,
            [&](const long long (&at)[3], const long long (&)[3], int, long long) {
                unsigned long long key = keyOf(readOne<SET, C>(args.operands[1], at[1]));
                long long below = 0;
                long long above = args.length;
                while (below < above) {
                    long long middle = (below + above) / 2;
                    unsigned long long other = keyOf(readOne<SET, C>(args.operands[2], at[2] + middle * args.step));
                    if (other < key || (args.right && other == key)) {
                        below = middle + 1;
                    } else {
                        above = middle;
                    }
                }
                writeOne<1 << I64>(args.operands[0], at[0], below);
            });
}

KERNEL(search_float, SearchArguments) {
    searchKernel<FLOATS | 1 << F64, double>(args);
}

KERNEL(search_integer, SearchArguments) {
    searchKernel<INTEGERS, long long>(args);
}
