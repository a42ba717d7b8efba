package org.jacobi.natives.cuda;

/** That CUDA refused a call, a kernel cannot be compiled, or queued work went wrong. */
public final class CudaException extends RuntimeException {
    CudaException(String message) {
        super(message);
    }

    CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}
