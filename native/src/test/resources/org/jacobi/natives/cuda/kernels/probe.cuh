__device__ inline long long first() {
    return blockIdx.x * (long long) blockDim.x + threadIdx.x;
}

__device__ inline long long stride() {
    return gridDim.x * (long long) blockDim.x;
}
