// out = op(x), element by element.
#include "elementwise.cuh"
#include "functions.cuh"

struct UnaryArguments {
    Axes axes;
    Operand operands[2];
    long long op;
};

template <class K> __device__ __forceinline__ void unaryKernel(const UnaryArguments &args) {
    using C = typename K::C;
    elementwise<K, 2>(args.axes, args.operands,
            [&](C (&out)[K::V], const C (&in)[1][K::V]) { unary(args.op, out, in[0]); });
}

KERNEL(unary_single, UnaryArguments) {
    unaryKernel<Single>(args);
}

KERNEL(unary_mixed, UnaryArguments) {
    unaryKernel<Mixed>(args);
}

KERNEL(unary_double, UnaryArguments) {
    unaryKernel<Double>(args);
}

KERNEL(unary_integer, UnaryArguments) {
    unaryKernel<Integer>(args);
}
