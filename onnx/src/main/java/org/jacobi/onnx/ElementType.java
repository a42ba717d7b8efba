package org.jacobi.onnx;

import java.util.Locale;

import org.jacobi.tensor.DType;

/**
 * ONNX's types of elements, each with the {@link DType} that stores it.
 *
 * <p>Types that tensors lack are stored in a wider one that holds their values: uint16 in i32, uint32 in i64, integers of 4
 * and 2 bits in those of 8, floating-point numbers of 8 and 4 bits in f32. Only uint64 has none; it is stored as the i64 with
 * the same bits. Whoever computes brings results back into the type's range: integers wrap around, floating-point numbers
 * round.
 */
public enum ElementType {
    FLOAT(1, DType.F32, 32), UINT8(2, DType.U8, 8), INT8(3, DType.I8, 8), UINT16(4, DType.I32, 16),
    INT16(5, DType.I16, 16), INT32(6, DType.I32, 32), INT64(7, DType.I64, 64), STRING(8, null, 0),
    BOOL(9, DType.BOOL, 1), FLOAT16(10, DType.F16, 16), DOUBLE(11, DType.F64, 64), UINT32(12, DType.I64, 32),
    UINT64(13, DType.I64, 64), BFLOAT16(16, DType.BF16, 16),
    FLOAT8E4M3FN(17, DType.F32, 8), FLOAT8E4M3FNUZ(18, DType.F32, 8), FLOAT8E5M2(19, DType.F32, 8),
    FLOAT8E5M2FNUZ(20, DType.F32, 8), UINT4(21, DType.U8, 4), INT4(22, DType.I8, 4), FLOAT4E2M1(23, DType.F32, 4),
    FLOAT8E8M0(24, DType.F32, 8), UINT2(25, DType.U8, 2), INT2(26, DType.I8, 2);

    private static final ElementType[] BY_CODE = new ElementType[27];

    static {
        for (ElementType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final DType storage;
    private final int bits;

    ElementType(int code, DType storage, int bits) {
        this.code = code;
        this.storage = storage;
        this.bits = bits;
    }

    /**
     * Returns the type with a number of ONNX's.
     *
     * @throws OnnxException if there is none, or it is a complex type, which Jacobi lacks
     */
    public static ElementType of(long code) {
        if (code < 0 || code >= BY_CODE.length || BY_CODE[(int) code] == null) {
            throw new OnnxException("element type " + code + (code == 14 || code == 15 ? " (complex)" : "")
                    + " is not one that tensors have");
        }
        return BY_CODE[(int) code];
    }

    /** Returns the type that a tensor's elements have when nothing else is said. */
    public static ElementType of(DType dtype) {
        return switch (dtype) {
            case BOOL -> BOOL;
            case U8 -> UINT8;
            case I8 -> INT8;
            case I16 -> INT16;
            case I32 -> INT32;
            case I64 -> INT64;
            case F16 -> FLOAT16;
            case BF16 -> BFLOAT16;
            case F32 -> FLOAT;
            case F64 -> DOUBLE;
        };
    }

    /** Returns ONNX's number of this type. */
    public int code() {
        return code;
    }

    /** Returns the type of the tensors that hold such elements; null for strings. */
    public DType storage() {
        return storage;
    }

    /** Returns the number of bits of an element in a file. */
    public int bits() {
        return bits;
    }

    /** Returns whether the elements are floating-point numbers. */
    public boolean isFloating() {
        return storage != null && storage.isFloating();
    }

    /** Returns whether the elements are integers; bool does not count. */
    public boolean isInteger() {
        return storage != null && !storage.isFloating() && this != BOOL;
    }

    /** Returns whether the elements are integers without a sign. */
    public boolean isUnsigned() {
        return switch (this) {
            case UINT2, UINT4, UINT8, UINT16, UINT32, UINT64 -> true;
            default -> false;
        };
    }

    /** Returns whether the elements are floating-point numbers of 8 or 4 bits. */
    public boolean isSmallFloat() {
        return isFloating() && bits < 16;
    }

    /** Returns the smallest value of an integer type, as its bits in a long. */
    public long smallest() {
        return isUnsigned() ? 0 : -1L << (bits - 1);
    }

    /** Returns the largest value of an integer type, as its bits in a long: -1 for uint64. */
    public long largest() {
        return isUnsigned() ? -1L >>> (64 - bits) : ~(-1L << (bits - 1));
    }

    /** Returns an integer brought into this type's range by dropping higher bits, as C does. */
    public long wrap(long value) {
        int spare = 64 - bits;
        return isUnsigned() ? value << spare >>> spare : value << spare >> spare;
    }

    /** Returns the name as ONNX writes it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
