package org.jacobi.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A protobuf message as bytes, written field by field and without the library that the reader uses. */
final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void raw(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    Message integer(int field, long value) {
        raw((long) field << 3);
        raw(value);
        return this;
    }

    Message real(int field, float value) {
        raw((long) field << 3 | 5);
        int bits = Float.floatToRawIntBits(value);
        for (int i = 0; i < 4; i++) {
            out.write(bits >> 8 * i);
        }
        return this;
    }

    Message bytes(int field, byte... value) {
        raw((long) field << 3 | 2);
        raw(value.length);
        out.writeBytes(value);
        return this;
    }

    Message text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
        return bytes(field, value.toBytes());
    }

    /** Integers in one field, as newer writers pack them. */
    Message packed(int field, long... values) {
        Message inner = new Message();
        for (long value : values) {
            inner.raw(value);
        }
        return message(field, inner);
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    // ---- ONNX's messages -------------------------------------------------------------------------------------------

    /** A model of a graph, for version 17 of ONNX's operators. */
    static Message model(Message graph) {
        return new Message().integer(1, 8).message(7, graph).message(8, opset("", 17));
    }

    static Message opset(String domain, long version) {
        return new Message().text(1, domain).integer(2, version);
    }

    static Message value(String name) {
        return new Message().text(1, name);
    }

    static Message node(String op, String input, String output) {
        return new Message().text(1, input).text(2, output).text(4, op);
    }

    static Message tensor(String name, ElementType type, long... dims) {
        return new Message().packed(1, dims).integer(2, type.code()).text(8, name);
    }

    static Message entry(String key, String value) {
        return new Message().text(1, key).text(2, value);
    }
}
