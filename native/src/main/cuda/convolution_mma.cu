// Convolutions in bf16 on tensor cores.
#include "convolution_mma.cuh"
