/** What a device's kernels must do, and the functions, random numbers and options that they share. */
package org.jacobi.tensor.backend;
