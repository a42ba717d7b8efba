#include "probe.cuh"

struct AxpyArguments {
    float* y;
    const float* x;
    long long n;
    double a;
};

extern "C" __global__ void axpy_f32(AxpyArguments args) {
    for (long long i = first(); i < args.n; i += stride()) {
        args.y[i] += (float) args.a * args.x[i];
    }
}
