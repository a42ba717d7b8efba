package org.jacobi.onnx.graph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxException;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Reads the messages of tensors; a shape is compared with the bytes that are there before memory is taken. */
public final class TensorReader {
    /** A tensor and its name. */
    record Named(String name, OnnxTensor tensor) {
    }

    /** More elements than this are not made of a sparse tensor, whose file may be tiny. */
    private static final long MAX_DENSE = 1 << 26;

    private final Wire wire;
    private final ExternalData external;

    TensorReader(Wire wire, ExternalData external) {
        this.wire = wire;
        this.external = external;
    }

    /** The fields of one message, until all are there. */
    private static final class Parts {
        private final Wire.Longs dims = new Wire.Longs();
        private long type;
        private String name = "";
        private byte[] raw;
        private final Wire.Longs floats = new Wire.Longs();
        private final Wire.Longs doubles = new Wire.Longs();
        private final Wire.Longs integers = new Wire.Longs();
        private final List<byte[]> strings = new ArrayList<>();
        private final Map<String, String> external = new HashMap<>();
        private boolean isExternal;
    }

    /** Reads a tensor message that is a field. */
    Named field(int tag) throws IOException {
        Parts parts = new Parts();
        wire.nested(tag, (field, inner) -> read(parts, field, inner));
        return new Named(parts.name, build(parts));
    }

    /** Reads a tensor that is the whole input. */
    OnnxTensor whole() throws IOException {
        Parts parts = new Parts();
        wire.message((field, tag) -> read(parts, field, tag));
        return build(parts);
    }

    private void read(Parts parts, int field, int tag) throws IOException {
        switch (field) {
            case 1 -> wire.integers(tag, parts.dims);
            case 2 -> parts.type = wire.integer(tag);
            case 4 -> wire.floats(tag, parts.floats);
            case 5, 7, 11 -> wire.integers(tag, parts.integers);
            case 6 -> parts.strings.add(wire.bytes(tag));
            case 8 -> parts.name = wire.string(tag);
            case 9 -> parts.raw = wire.bytes(tag);
            case 10 -> wire.doubles(tag, parts.doubles);
            case 13 -> {
                String[] entry = {"", ""};
                wire.nested(tag, (inner, innerTag) -> {
                    switch (inner) {
                        case 1 -> entry[0] = wire.string(innerTag);
                        case 2 -> entry[1] = wire.string(innerTag);
                        default -> wire.skip(innerTag);
                    }
                });
                parts.external.put(entry[0], entry[1]);
            }
            case 14 -> parts.isExternal = wire.integer(tag) == 1;
            default -> wire.skip(tag);
        }
    }

    private OnnxTensor build(Parts parts) throws IOException {
        try {
            ElementType type = ElementType.of(parts.type);
            Shape shape = Shape.of(parts.dims.toArray());
            if (type == ElementType.STRING) {
                requireCount(parts.strings.size(), shape.numel());
                return OnnxTensor.ofStrings(parts.strings.stream()
                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                        .toArray(String[]::new), shape);
            }
            ByteBuffer bytes = parts.isExternal ? external.read(parts.external)
                    : parts.raw != null ? ByteBuffer.wrap(parts.raw) : null;
            Tensor flat = bytes != null ? fromBytes(type, bytes.order(ByteOrder.LITTLE_ENDIAN), shape.numel())
                    : fromFields(type, parts, shape.numel());
            return OnnxTensor.of(type, flat.reshape(shape.toArray()).unscope());
        } catch (IllegalArgumentException | OnnxException e) {
            throw new OnnxException("tensor '" + parts.name + "': " + e.getMessage(), e);
        }
    }

    private static void requireCount(long found, long expected) {
        if (found != expected) {
            throw new OnnxException("has " + found + " elements, its shape needs " + expected);
        }
    }

    private static Tensor fromBytes(ElementType type, ByteBuffer bytes, long numel) {
        int bits = type == ElementType.BOOL ? 8 : type.bits();
        if (numel > Long.MAX_VALUE / bits || bytes.remaining() != Math.ceilDiv(numel * bits, 8L)) {
            throw new OnnxException(
                    "has " + bytes.remaining() + " bytes, its shape needs " + numel + " elements of " + bits + " bits");
        }
        int n = (int) numel;
        switch (type) {
            case FLOAT -> {
                float[] values = new float[n];
                bytes.asFloatBuffer().get(values);
                return Tensor.of(values);
            }
            case DOUBLE -> {
                double[] values = new double[n];
                bytes.asDoubleBuffer().get(values);
                return Tensor.of(values);
            }
            case INT64, UINT64 -> {
                long[] values = new long[n];
                bytes.asLongBuffer().get(values);
                return Tensor.of(values);
            }
            case FLOAT16, BFLOAT16 -> {
                short[] values = new short[n];
                bytes.asShortBuffer().get(values);
                return Tensor.ofBits(type.storage(), values);
            }
            default -> {
                long[] values = new long[n];
                for (int i = 0; i < n; i++) {
                    values[i] = switch (bits) {
                        case 32 -> bytes.getInt();
                        case 16 -> bytes.getShort();
                        case 8 -> bytes.get();
                        default -> bytes.get(bytes.position() + i * bits / 8) >> i * bits % 8;
                    };
                }
                return fromBits(type, values);
            }
        }
    }

    /** Makes a tensor of elements whose lowest bits are given. */
    public static Tensor fromBits(ElementType type, long[] bits) {
        if (type.isSmallFloat()) {
            float[] values = new float[bits.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = SmallFloats.decode(type, (int) bits[i] & (1 << type.bits()) - 1);
            }
            return Tensor.of(values);
        }
        if (type.storage().isHalf()) {
            short[] values = new short[bits.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = (short) bits[i];
            }
            return Tensor.ofBits(type.storage(), values);
        }
        long[] values = new long[bits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = type == ElementType.BOOL ? bits[i] & 0xFF : type.wrap(bits[i]);
        }
        return Tensor.of(values).to(type.storage());
    }

    private static Tensor fromFields(ElementType type, Parts parts, long numel) {
        if (type == ElementType.FLOAT) {
            long[] bits = parts.floats.toArray();
            requireCount(bits.length, numel);
            float[] values = new float[bits.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.intBitsToFloat((int) bits[i]);
            }
            return Tensor.of(values);
        }
        if (type == ElementType.DOUBLE) {
            long[] bits = parts.doubles.toArray();
            requireCount(bits.length, numel);
            double[] values = new double[bits.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Double.longBitsToDouble(bits[i]);
            }
            return Tensor.of(values);
        }
        long[] fields = parts.integers.toArray();
        int bits = type.bits();
        if (bits == 4 || bits == 2) {
            int each = 8 / bits;
            requireCount(fields.length, Math.ceilDiv(numel, (long) each));
            long[] unpacked = new long[(int) numel];
            for (int i = 0; i < unpacked.length; i++) {
                unpacked[i] = fields[i / each] >> i % each * bits;
            }
            fields = unpacked;
        }
        requireCount(fields.length, numel);
        return fromBits(type, fields);
    }

    /** Reads a sparse tensor, values and their positions, and makes it dense. */
    Named sparse(int tag) throws IOException {
        Named[] parts = new Named[2];
        Wire.Longs dims = new Wire.Longs();
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1, 2 -> parts[field - 1] = field(inner);
                case 3 -> wire.integers(inner, dims);
                default -> wire.skip(inner);
            }
        });
        if (parts[0] == null || parts[1] == null) {
            throw new OnnxException("a sparse tensor lacks values or indices");
        }
        String name = parts[0].name();
        Tensor values = parts[0].tensor().data();
        Tensor indices = parts[1].tensor().data();
        Shape shape = Shape.of(dims.toArray());
        if (shape.numel() > MAX_DENSE || values.rank() != 1 || indices.dtype() != DType.I64
                || indices.numel() != values.numel() * (indices.rank() == 2 ? shape.rank() : 1)) {
            throw new OnnxException("sparse tensor '" + name + "' of shape " + shape + ": values " + values.shape()
                    + " and indices " + indices.shape() + " do not fit, or it has more than " + MAX_DENSE
                    + " elements");
        }
        Tensor positions = indices;
        if (indices.rank() == 2) {
            positions = indices.mul(Tensor.of(shape.contiguousStrides()).reshape(1, shape.rank())).sum(1);
        }
        positions.requireIndex("sparse tensor '" + name + "'", shape.numel());
        long[] source = new long[(int) shape.numel()];
        long[] at = positions.toLongArray();
        for (int i = 0; i < at.length; i++) {
            source[(int) at[i]] = i + 1;
        }
        Tensor padded = Tensor.cat(0, Tensor.zeros(values.dtype(), 1), values);
        Tensor dense = padded.indexSelect(0, Tensor.of(source)).reshape(shape.toArray()).unscope();
        return new Named(name, OnnxTensor.of(parts[0].tensor().type(), dense));
    }
}
