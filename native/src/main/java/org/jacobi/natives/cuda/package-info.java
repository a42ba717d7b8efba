/** GPUs by CUDA: libraries, memory, kernels and matrix products; nothing here knows tensors. */
package org.jacobi.natives.cuda;
