/** The kernels of NVIDIA's GPUs: who launches them, with which grids; the kernels themselves are .cu files of module native. */
package org.jacobi.tensor.backend.cuda;
