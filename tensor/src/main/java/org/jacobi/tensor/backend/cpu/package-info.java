/** The processor's fast kernels: vectors, worker threads and matrix products behind one backend. */
package org.jacobi.tensor.backend.cpu;
