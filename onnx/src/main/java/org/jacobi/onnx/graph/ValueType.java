package org.jacobi.onnx.graph;

import org.jacobi.onnx.ElementType;

/** The declared type of a value. */
public sealed interface ValueType {
    /**
     * A tensor.
     *
     * @param element null if not declared
     * @param sizes null if not declared; a size of -1 is open
     */
    record OfTensor(ElementType element, long[] sizes) implements ValueType {
    }

    /** A sequence. */
    record OfSequence(ValueType element) implements ValueType {
    }

    /** A value that may be absent. */
    record OfOptional(ValueType element) implements ValueType {
    }

    /** A map, an opaque value or a sparse tensor, of which Jacobi has none, or nothing at all. */
    record Other(String what) implements ValueType {
    }
}
