// Random numbers by Philox: an element's number follows from seed, call and its position in row-major order.
#include "elementwise.cuh"
#include "philox.cuh"

constexpr int V = 4;

struct RandomArguments {
    Axes axes;
    Operand operands[1];
    /** The number of the launch's first element. */
    long long first;
    Draw draw;
    /** The range of uniform numbers; mean and standard deviation; or unused. */
    double from;
    double by;
    /** The smallest of whole numbers, and how many there are. */
    long long low;
    long long range;
};

KERNEL(uniform, RandomArguments) {
    forEachPack<1, V>(args.axes, args.operands,
            [&](const long long (&at)[1], const long long (&steps)[1], int count, long long element) {
                Words words(args.draw);
                double out[V];
#pragma unroll
                for (int i = 0; i < V; i++) {
                    float u = uniformOf(words.at(args.first + element + i));
                    // In f32 every step rounds to f32, as on the processor.
                    out[i] = args.operands[0].type == F32
                            ? (double) __fadd_rn((float) args.from, __fmul_rn((float) args.by, u))
                            : __dadd_rn(args.from, __dmul_rn(args.by, u));
                }
                write<ALL_TYPES>(out, args.operands[0], at[0], steps[0], count);
            });
}

/** One of the two numbers that two words make (Box and Muller, 1958): the cosine for the first, the sine for the second. */
__device__ __noinline__ double normalOf(unsigned first, unsigned second, bool sine) {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    double radius = sqrt(-2 * log((double) (1 - uniformOf(first))));
    double angle = 2 * 3.14159265358979323846 * uniformOf(second);
    return radius * (sine ? sin(angle) : cos(angle));
}

KERNEL(normal, RandomArguments) {
    forEachPack<1, V>(args.axes, args.operands,
            [&](const long long (&at)[1], const long long (&steps)[1], int count, long long element) {
                Words words(args.draw);
                double out[V];
#pragma unroll
                for (int i = 0; i < V; i++) {
                    // Two neighbours share the two words of their pair.
                    long long e = args.first + element + i;
                    unsigned first = words.at(e & ~1LL);
                    unsigned second = words.at(e | 1);
                    out[i] = __dadd_rn(args.from, __dmul_rn(args.by, normalOf(first, second, e & 1)));
                }
                write<ALL_TYPES>(out, args.operands[0], at[0], steps[0], count);
            });
}

KERNEL(integers, RandomArguments) {
    forEachPack<1, V>(args.axes, args.operands,
            [&](const long long (&at)[1], const long long (&steps)[1], int count, long long element) {
                Words words(args.draw);
                long long out[V];
#pragma unroll
                for (int i = 0; i < V; i++) {
                    // Two words an element: the upper half of the product with the range (Lemire, 2019).
                    long long e = args.first + element + i;
                    unsigned long long upper = words.at(2 * e);
                    unsigned long long bits = upper << 32 | words.at(2 * e + 1);
                    out[i] = (long long) ((unsigned long long) args.low
                            + __umul64hi(bits, (unsigned long long) args.range));
                }
                write<1 << I64>(out, args.operands[0], at[0], steps[0], count);
            });
}

struct DropoutArguments {
    Axes axes;
    Operand operands[2];
    long long first;
    Draw draw;
    /** What the upper 24 bits of a kept element's word reach. */
    long long threshold;
    double scale;
};

/** out = x scale where the element's word reaches the threshold, else 0; its own backward. */
template <int SET, class C> __device__ __forceinline__ void dropoutKernel(const DropoutArguments &args) {
    forEachPack<2, V>(args.axes, args.operands,
            [&](const long long (&at)[2], const long long (&steps)[2], int count, long long element) {
                Words words(args.draw);
                C x[V];
                read<SET>(x, args.operands[1], at[1], steps[1], count);
#pragma unroll
                for (int i = 0; i < V; i++) {
                    x[i] = isAtLeast(words.at(args.first + element + i), args.threshold) ? x[i] * (C) args.scale : 0;
                }
                write<SET>(x, args.operands[0], at[0], steps[0], count);
            });
}

KERNEL(dropout_float, DropoutArguments) {
    dropoutKernel<FLOATS, float>(args);
}

KERNEL(dropout_double, DropoutArguments) {
    dropoutKernel<1 << F64, double>(args);
}
