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

/** The key of an element, for rising or falling order. */
__device__ __forceinline__ unsigned long long keyOf(const Operand &x, long long at, bool descending) {
    unsigned long long key =
            x.type >= F16 ? keyOf(readOne<FLOATS | 1 << F64, double>(x, at)) : keyOf(readOne<INTEGERS, long long>(x, at));
    return descending ? ~key : key;
}

/** Sorts tiles of so many slots, a power of 2, in shared memory by key and position. */
__device__ __forceinline__ void sortSlots(unsigned long long *keys, int *order, int slots, int tile) {
    for (int size = 2; size <= tile; size *= 2) {
        for (int distance = size / 2; distance > 0; distance /= 2) {
            for (int pair = threadIdx.x; pair < slots / 2; pair += blockDim.x) {
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
            key = keyOf(x, row * args.length + column, args.descending);
            position = (int) column;
        }
        keys[slot] = key;
        order[slot] = position;
    }
    __syncthreads();
    sortSlots(keys, order, SLOTS, tile);
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

// ---- the first k of a row ------------------------------------------------------------------------------------------------------

struct TopKArguments {
    /** (rows, k), contiguous, of x's type. */
    char *values;
    long long *indices;
    /** (rows, length), contiguous. */
    const char *x;
    long long type;
    /** Bytes of an element. */
    long long bytes;
    long long rows;
    long long length;
    /** At most MOST. */
    long long k;
    long long descending;
};

constexpr int MOST = 1024;
constexpr int DIGITS = 256;

/** Which elements of a row are among its first: those whose leading digits, of the key and then of the position, come first. */
struct Border {
    unsigned long long key = 0;
    unsigned long long keyMask = 0;
    unsigned position = 0;
    unsigned positionMask = 0;

    __device__ __forceinline__ bool on(unsigned long long otherKey, unsigned otherPosition) const {
        return (otherKey & keyMask) == key && (otherPosition & positionMask) == position;
    }

    __device__ __forceinline__ bool within(unsigned long long otherKey, unsigned otherPosition) const {
        unsigned long long leading = otherKey & keyMask;
        return leading < key || (leading == key && (otherPosition & positionMask) <= position);
    }
};

/**
 * The first k elements of a row in order: the digits of the k-th one are found one after the other by counting (radix selection;
 * Alabi et al., "Fast k-selection algorithms for graphics processing units", 2012), and what comes before it is sorted. A block a row.
 */
KERNEL(top_k, TopKArguments) {
    __shared__ unsigned long long keys[MOST];
    __shared__ int order[MOST];
    __shared__ int counts[DIGITS];
    __shared__ int found[2];
    Operand x = {const_cast<char *>(args.x), args.type, 0, 0, 0, {}};
    for (long long row = blockIdx.x; row < args.rows; row += gridDim.x) {
        long long begin = row * args.length;
        Border border;
        int left = (int) args.k;
        bool whole = left == args.length;
        // Eight digits of the key, then four of the position, by which equal keys differ.
        for (int digit = 0; digit < 12 && !whole; digit++) {
            for (int i = threadIdx.x; i < DIGITS; i += blockDim.x) {
                counts[i] = 0;
            }
            __syncthreads();
            int shift = digit < 8 ? 56 - 8 * digit : 88 - 8 * digit;
            for (long long i = threadIdx.x; i < args.length; i += blockDim.x) {
                unsigned long long key = keyOf(x, begin + i, args.descending);
                if (border.on(key, (unsigned) i)) {
                    atomicAdd(&counts[(digit < 8 ? key >> shift : (unsigned long long) i >> shift) & (DIGITS - 1)], 1);
                }
            }
            __syncthreads();
            if (threadIdx.x == 0) {
                int before = 0;
                int value = 0;
                while (before + counts[value] < left) {
                    before += counts[value++];
                }
                found[0] = value;
                found[1] = left - before;
            }
            __syncthreads();
            int value = found[0];
            left = found[1];
            whole = counts[value] == left; // all that have these digits belong to the first k
            if (digit < 8) {
                border.key |= (unsigned long long) value << shift;
                border.keyMask |= (unsigned long long) (DIGITS - 1) << shift;
            } else {
                border.position |= (unsigned) value << shift;
                border.positionMask |= (unsigned) (DIGITS - 1) << shift;
            }
            __syncthreads();
        }
        int slots = 1;
        while (slots < args.k) {
            slots *= 2;
        }
        for (int i = threadIdx.x; i < slots; i += blockDim.x) {
            keys[i] = NAN_KEY;
            order[i] = 0x7fffffff;
        }
        if (threadIdx.x == 0) {
            found[0] = 0;
        }
        __syncthreads();
        for (long long i = threadIdx.x; i < args.length; i += blockDim.x) {
            unsigned long long key = keyOf(x, begin + i, args.descending);
            if (border.within(key, (unsigned) i)) {
                int slot = atomicAdd(&found[0], 1); // in any order: they are sorted next
                keys[slot] = key;
                order[slot] = (int) i;
            }
        }
        __syncthreads();
        sortSlots(keys, order, slots, slots);
        for (int i = threadIdx.x; i < args.k; i += blockDim.x) {
            long long to = row * args.k + i;
            args.indices[to] = order[i];
            memcpy(args.values + to * args.bytes, args.x + (begin + order[i]) * args.bytes, args.bytes);
        }
        __syncthreads();
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
