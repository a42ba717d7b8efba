/**
 * Everything of Jacobi that touches the machine: raw memory, worker threads, OpenBLAS, and what the platform is.
 *
 * <p>The package knows addresses and sizes, never a tensor. Memory is named by absolute {@code long} addresses and read
 * through one constant segment, {@link org.jacobi.natives.NativeMemory#ALL}; blocks come from
 * {@link org.jacobi.natives.SlabAllocator}; loops are split by {@link org.jacobi.natives.WorkerPool}; matrix products
 * go to {@link org.jacobi.natives.OpenBlas} where it can be loaded.
 */
package org.jacobi.natives;
