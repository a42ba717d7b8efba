#include "probe.cuh"
extern "C" __global__ void wrong(long long n) {
    undeclared = n;
}
