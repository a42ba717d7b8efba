// Attention in bf16 on tensor cores.
#include "attention_mma.cuh"
