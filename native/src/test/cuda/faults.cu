// Kernels with the faults that the emulation has to find, and what it has to run right.
#include "jacobi.cuh"

struct FaultArguments {
    float *out;
    long long n;
};

KERNEL(writes_behind, FaultArguments) {
    if (threadIdx.x == 5) {
        args.out[args.n] = 1;
    }
}

KERNEL(reads_far_away, FaultArguments) {
    if (blockIdx.x == 1 && threadIdx.x == 3) {
        args.out[0] = args.out[args.n + 100000];
    }
}

KERNEL(reads_unaligned, FaultArguments) {
    float pack[4];
    readPack(pack, args.out + 1);
    args.out[0] = pack[0] + pack[3];
}

KERNEL(ends_before_barrier, FaultArguments) {
    if (threadIdx.x == 7) {
        return;
    }
    __syncthreads();
}

KERNEL(waits_at_two_barriers, FaultArguments) {
    if (threadIdx.x < 8) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}

KERNEL(leaves_a_shuffle, FaultArguments) {
    float x = 1;
    if (threadIdx.x != 9) {
        x = __shfl_xor_sync(ALL_LANES, x, 1);
    }
    args.out[threadIdx.x] = x;
}

KERNEL(reads_a_lane_outside, FaultArguments) {
    if (threadIdx.x < 16) {
        args.out[threadIdx.x] = __shfl_sync(0xffffu, 1.0f, 20);
    }
}

KERNEL(divides_by_zero, FaultArguments) {
    args.out[0] = (float) (args.n / (args.n - 60));
}

KERNEL(leaves_shared_memory, FaultArguments) {
    DYNAMIC_SHARED(float, tile);
    tile[args.n] = 1;
    args.out[0] = tile[args.n];
}

KERNEL_OF(64, bounded, FaultArguments) {
    args.out[0] = 1;
}

/** Every block of threads adds up n numbers in two ways; out[block] is their difference, out[blocks + block] the sum. */
KERNEL(sums_twice, FaultArguments) {
    __shared__ float scratch[WARP];
    DYNAMIC_SHARED(float, tile);
    float x = (float) (threadIdx.x + blockIdx.x);
    float sum = sumOverBlock(x, scratch);
    tile[threadIdx.x] = x;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if ((int) threadIdx.x < half) {
            tile[threadIdx.x] += tile[threadIdx.x + half];
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        args.out[blockIdx.x] = sum - tile[0];
        args.out[gridDim.x + blockIdx.x] = sum;
    }
}
