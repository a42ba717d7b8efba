// Drawing from logits that were sorted (org.jacobi.tensor.backend.SamplingKernels has the definition).
#include "elementwise.cuh"
#include "philox.cuh"

constexpr int THREADS = 256;

struct SampleArguments {
    /** A position for each row, or -1 where nothing can be drawn. */
    long long *out;
    /** (rows, candidates): the largest logits, falling, and where they were. */
    const char *values;
    long long type;
    const long long *indices;
    long long rows;
    long long candidates;
    /** 0 for the likeliest. */
    double temperature;
    double topP;
    Draw draw;
};

/** Returns the first candidate up to which the weights sum to at least (or more than) a number, and the sum up to there. */
struct Search {
    long long at;
    double sum;
};

/** A block a row: its threads have stretches of candidates, whose sums are added in order. */
KERNEL(sample, SampleArguments) {
    __shared__ double sums[THREADS + 1];
    __shared__ Search found;
    Operand values = {const_cast<char *>(args.values), args.type, 0, 0, 0, {}};
    for (long long row = blockIdx.x; row < args.rows; row += gridDim.x) {
        long long first = row * args.candidates;
        double largest = readOne<FLOATS | 1 << F64, double>(values, first);
        bool drawable = largest == largest && largest != infinity<double>() && largest != -infinity<double>();
        if (!drawable || args.temperature == 0) {
            if (threadIdx.x == 0) {
                args.out[row] = drawable ? args.indices[first] : -1;
            }
            continue;
        }
        auto weight = [&](long long i) {
            return exp((readOne<FLOATS | 1 << F64, double>(values, first + i) - largest) / args.temperature);
        };
        long long stretch = (args.candidates + THREADS - 1) / THREADS;
        long long begin = min(threadIdx.x * stretch, args.candidates);
        long long end = min(begin + stretch, args.candidates);
        double own = 0;
        for (long long i = begin; i < end; i++) {
            own += weight(i);
        }
        sums[threadIdx.x + 1] = own;
        __syncthreads();
        if (threadIdx.x == 0) {
            sums[0] = 0;
            for (int i = 1; i <= THREADS; i++) {
                sums[i] += sums[i - 1];
            }
            found = {args.candidates - 1, sums[THREADS]};
        }
        __syncthreads();
        // Where the sum reaches a bound; of equal sums, the first: those behind it weigh nothing.
        auto search = [&](double bound, bool beyond) {
            auto reached = [&](double sum) { return beyond ? sum > bound : sum >= bound; };
            double sum = sums[threadIdx.x];
            if (begin < end && (threadIdx.x == 0 || !reached(sum)) && reached(sums[threadIdx.x + 1])) {
                for (long long i = begin; i < end; i++) {
                    sum += weight(i);
                    if (reached(sum) || i == end - 1) {
                        found = {i, sum};
                        break;
                    }
                }
            }
            __syncthreads();
        };
        if (args.topP < 1) {
            search(args.topP * sums[THREADS], false);
        } else {
            search(sums[THREADS], false); // the last one that weighs anything
        }
        Search kept = found;
        __syncthreads();
        unsigned words[4];
        philox(words, args.draw.seedNow(), args.draw.callNow(), row);
        double uniform = (words[0] >> 8) * 5.9604644775390625e-8 + (words[1] >> 8) * 3.552713678800501e-15; // 2^-24, 2^-48
        search(uniform * kept.sum, true);
        if (threadIdx.x == 0) {
            args.out[row] = args.indices[first + min(found.at, kept.at)];
        }
        __syncthreads();
    }
}
