package org.jacobi.onnx.graph;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

import org.jacobi.onnx.OnnxException;

import com.google.protobuf.CodedInputStream;

/**
 * Fields of protobuf messages, by number.
 *
 * <p>Bytes that a length in the file promises are read in pieces, and lists grow with what was read, so that memory is bounded
 * by the file's size.
 */
final class Wire {
    private static final int LENGTH_DELIMITED = 2;
    /** Deep enough for any model; a file that nests deeper would overflow the stack. */
    private static final int MAX_DEPTH = 100;

    /** Reads the field of the given tag, or skips it. */
    interface FieldReader {
        void read(int field, int tag) throws IOException;
    }

    private final CodedInputStream in;
    private int depth;

    Wire(InputStream in) {
        this.in = CodedInputStream.newInstance(in);
    }

    /** Reads all that is there as one message. */
    void message(FieldReader fields) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            fields.read(tag >>> 3, tag);
        }
    }

    /** Reads a field that is a message. */
    void nested(int tag, FieldReader fields) throws IOException {
        require(tag, LENGTH_DELIMITED);
        if (++depth > MAX_DEPTH) {
            throw new OnnxException("messages are nested more than " + MAX_DEPTH + " deep");
        }
        int end = in.pushLimit(in.readRawVarint32());
        message(fields);
        in.checkLastTagWas(0);
        in.popLimit(end);
        depth--;
    }

    void skip(int tag) throws IOException {
        in.skipField(tag);
    }

    String string(int tag) throws IOException {
        require(tag, LENGTH_DELIMITED);
        return in.readString();
    }

    byte[] bytes(int tag) throws IOException {
        require(tag, LENGTH_DELIMITED);
        return in.readByteArray();
    }

    long integer(int tag) throws IOException {
        require(tag, 0);
        return in.readRawVarint64();
    }

    float real(int tag) throws IOException {
        require(tag, 5);
        return in.readFloat();
    }

    /** Appends a repeated field of integers, packed or not. */
    void integers(int tag, Longs list) throws IOException {
        if ((tag & 7) == LENGTH_DELIMITED) {
            int end = in.pushLimit(in.readRawVarint32());
            while (!in.isAtEnd()) {
                list.add(in.readRawVarint64());
            }
            in.popLimit(end);
        } else {
            list.add(integer(tag));
        }
    }

    /** Appends a repeated field of floats, packed or not, as their bits. */
    void floats(int tag, Longs list) throws IOException {
        fixed(tag, 5, list);
    }

    /** Appends a repeated field of doubles, packed or not, as their bits. */
    void doubles(int tag, Longs list) throws IOException {
        fixed(tag, 1, list);
    }

    private void fixed(int tag, int kind, Longs list) throws IOException {
        if ((tag & 7) == LENGTH_DELIMITED) {
            int end = in.pushLimit(in.readRawVarint32());
            while (!in.isAtEnd()) {
                list.add(kind == 5 ? in.readRawLittleEndian32() : in.readRawLittleEndian64());
            }
            in.popLimit(end);
        } else {
            require(tag, kind);
            list.add(kind == 5 ? in.readRawLittleEndian32() : in.readRawLittleEndian64());
        }
    }

    private static void require(int tag, int kind) {
        if ((tag & 7) != kind) {
            throw new OnnxException("field " + (tag >>> 3) + " has wire type " + (tag & 7) + ", expected " + kind
                    + "; this is not an ONNX file, or a damaged one");
        }
    }

    /** A list of longs that grows. */
    static final class Longs {
        private long[] values = new long[8];
        private int count;

        void add(long value) {
            if (count == values.length) {
                values = Arrays.copyOf(values, 2 * count);
            }
            values[count++] = value;
        }

        long[] toArray() {
            return Arrays.copyOf(values, count);
        }
    }
}
