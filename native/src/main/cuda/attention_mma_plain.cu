// The kernels of attention_mma.cu without the instructions of tensor cores, to compare with on a device.
#define PLAIN_MMA
#include "attention_mma.cuh"
