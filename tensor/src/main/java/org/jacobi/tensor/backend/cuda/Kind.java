package org.jacobi.tensor.backend.cuda;

import java.util.Locale;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** What an elementwise kernel computes in and which types it reads: every such kernel comes in these four. */
enum Kind {
    /** f32 alone. */
    SINGLE(4),
    /** f16, bf16 and f32 in any mixture, computed in f32. */
    MIXED(8),
    /** f64. */
    DOUBLE(2),
    /** All integers and bool, computed in i64. */
    INTEGER(4);

    /** How many neighbours a thread does at once; 16 bytes of the type that it is made for. */
    final int pack;

    Kind(int pack) {
        this.pack = pack;
    }

    /** Returns the kind whose kernels read the operands. */
    static Kind of(Tensor... operands) {
        Kind kind = of(operands[0].dtype());
        for (Tensor operand : operands) {
            // A bool beside numbers is the result of a comparison, which every kind writes.
            if (operand.dtype() != DType.BOOL && of(operand.dtype()) != kind) {
                kind = kind == INTEGER ? of(operand.dtype()) : MIXED;
            }
        }
        return kind;
    }

    static Kind of(DType type) {
        return switch (type) {
            case F32 -> SINGLE;
            case F16, BF16 -> MIXED;
            case F64 -> DOUBLE;
            case BOOL, U8, I8, I16, I32, I64 -> INTEGER;
        };
    }

    /** Returns which of three kernels computes in the type's way, where there is one for all of f16, bf16 and f32: f32, f64 or i64. */
    static int way(DType type) {
        return switch (of(type)) {
            case SINGLE, MIXED -> 0;
            case DOUBLE -> 1;
            case INTEGER -> 2;
        };
    }

    /** Returns how kernels' names end. */
    String suffix() {
        return name().toLowerCase(Locale.ROOT);
    }
}
