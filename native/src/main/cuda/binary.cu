// out = op(a, b), element by element.
#include "elementwise.cuh"
#include "functions.cuh"

struct BinaryArguments {
    Axes axes;
    Operand operands[3];
    long long op;
};

template <class K> __device__ __forceinline__ void binaryKernel(const BinaryArguments &args) {
    using C = typename K::C;
    elementwise<K, 3>(args.axes, args.operands,
            [&](C (&out)[K::V], const C (&in)[2][K::V]) { binary(args.op, out, in[0], in[1]); });
}

KERNEL(binary_single, BinaryArguments) {
    binaryKernel<Single>(args);
}

KERNEL(binary_mixed, BinaryArguments) {
    binaryKernel<Mixed>(args);
}

KERNEL(binary_double, BinaryArguments) {
    binaryKernel<Double>(args);
}

KERNEL(binary_integer, BinaryArguments) {
    binaryKernel<Integer>(args);
}
