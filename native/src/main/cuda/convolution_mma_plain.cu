// The kernels of convolution_mma.cu without the instructions of tensor cores, to compare with on a device.
#define PLAIN_MMA
#include "convolution_mma.cuh"
