// out = op(a, b, c), element by element, and the choice of one of two operands.
#include "elementwise.cuh"
#include "functions.cuh"

struct TernaryArguments {
    Axes axes;
    Operand operands[4];
    long long op;
};

template <class K> __device__ __forceinline__ void ternaryKernel(const TernaryArguments &args) {
    using C = typename K::C;
    elementwise<K, 4>(args.axes, args.operands, [&](C (&out)[K::V], const C (&in)[3][K::V]) {
#pragma unroll
        for (int i = 0; i < K::V; i++) {
            C a = in[0][i];
            C b = in[1][i];
            C c = in[2][i];
            out[i] = args.op == CLAMP ? minimum(maximum(a, b), c)
                    : args.op == LERP ? lerp(a, b, c)
                    : args.op == ADDCMUL ? a + b * c : a + b / c;
        }
    });
}

KERNEL(ternary_single, TernaryArguments) {
    ternaryKernel<Single>(args);
}

KERNEL(ternary_mixed, TernaryArguments) {
    ternaryKernel<Mixed>(args);
}

KERNEL(ternary_double, TernaryArguments) {
    ternaryKernel<Double>(args);
}

KERNEL(ternary_integer, TernaryArguments) {
    elementwise<Integer, 4>(args.axes, args.operands,
            [&](long long (&out)[Integer::V], const long long (&in)[3][Integer::V]) {
#pragma unroll
                for (int i = 0; i < Integer::V; i++) {
                    long long a = in[0][i];
                    long long b = in[1][i];
                    long long c = in[2][i];
                    long long atLeast = a > b ? a : b;
                    out[i] = args.op == CLAMP ? (atLeast < c ? atLeast : c)
                            : (long long) ((unsigned long long) a + (unsigned long long) b * (unsigned long long) c);
                }
            });
}

struct WhereArguments {
    Axes axes;
    /** out, condition, a and b. */
    Operand operands[4];
};

/** out = condition ? a : b. */
template <class K> __device__ __forceinline__ void whereKernel(const WhereArguments &args) {
    using C = typename K::C;
    forEachPack<4, K::V>(args.axes, args.operands,
            [&](const long long (&at)[4], const long long (&steps)[4], int count, long long) {
                C condition[K::V];
                C a[K::V];
                C b[K::V];
                read<1 << BOOL>(condition, args.operands[1], at[1], steps[1], count);
                read<K::READS>(a, args.operands[2], at[2], steps[2], count);
                read<K::READS>(b, args.operands[3], at[3], steps[3], count);
#pragma unroll
                for (int i = 0; i < K::V; i++) {
                    a[i] = condition[i] != 0 ? a[i] : b[i];
                }
                write<K::WRITES>(a, args.operands[0], at[0], steps[0], count);
            });
}

KERNEL(where_single, WhereArguments) {
    whereKernel<Single>(args);
}

KERNEL(where_mixed, WhereArguments) {
    whereKernel<Mixed>(args);
}

KERNEL(where_double, WhereArguments) {
    whereKernel<Double>(args);
}

KERNEL(where_integer, WhereArguments) {
    whereKernel<Integer>(args);
}
