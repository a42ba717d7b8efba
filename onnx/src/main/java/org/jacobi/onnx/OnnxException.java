package org.jacobi.onnx;

/** A model that cannot be read or run; the message names the file and, while running, the node. */
public final class OnnxException extends RuntimeException {
    public OnnxException(String message) {
        super(message);
    }

    public OnnxException(String message, Throwable cause) {
        super(message, cause);
    }
}
