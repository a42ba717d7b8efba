package org.jacobi.tensor.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * What stands before the numbers of a .npy array: its type, order and shape, as a dictionary in Python's notation.
 *
 * <p>The parser knows this one dictionary and nothing else of Python; problems are {@link IllegalArgumentException}s.
 *
 * @param type    how the file holds a number
 * @param order   the order of its bytes
 * @param fortran whether the first index runs fastest
 */
record NpyHeader(Type type, ByteOrder order, boolean fortran, Shape shape) {

    static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    /** Magic, version, and the longer of the two forms of the header's length. */
    static final int PREFIX_BYTES = MAGIC.length + 2 + Integer.BYTES;
    /** Far more than the header of a numeric array needs. */
    static final int MAX_BYTES = 1 << 16;

    private static final int ALIGNMENT = 64;
    private static final int MAX_AXES = 64;
    private static final int MAX_DIGITS = 18;
    private static final String SUPPORTED = "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8";

    /** The types of numbers in files and the tensor types that hold all of their values. */
    enum Type {
        B1(DType.BOOL), I1(DType.I8), I2(DType.I16), I4(DType.I32), I8(DType.I64), U1(DType.U8), U2(DType.I32),
        U4(DType.I64), U8(DType.I64), F2(DType.F16), F4(DType.F32), F8(DType.F64);

        final DType dtype;

        Type(DType dtype) {
            this.dtype = dtype;
        }

        /** Returns the bytes of one number in the file. */
        int bytes() {
            return name().charAt(1) - '0';
        }

        /** Returns whether a tensor holds the numbers as the file does, but for the order of bytes. */
        boolean isPlain() {
            return bytes() == dtype.bytes() && this != B1 && this != U8;
        }
    }

    /** Returns the bytes of all numbers in the file; at most 2^63 - 1. */
    long dataBytes() {
        return Math.multiplyExact(shape.numel(), (long) type.bytes());
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    /** Returns the text of a header of the given version. */
    static NpyHeader parse(int version, byte[] text) {
        Charset charset = version >= 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        CharBuffer decoded;
        try {
            decoded = charset.newDecoder().decode(ByteBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the header is no valid UTF-8; the file is damaged", e);
        }
        return new Parser(decoded.toString()).header();
    }

    /** Reads {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } with its keys in any order. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        NpyHeader header() {
            String descr = null;
            Boolean fortran = null;
            long[] shape = null;
            Set<String> seen = new HashSet<>();
            expect('{');
            while (!accept('}')) {
                String key = string("a key in quotes");
                if (!seen.add(key)) {
                    throw wrong("the key " + SafetensorsHeader.quote(key) + " a second time");
                }
                expect(':');
                switch (key) {
                    case "descr" -> descr = descr();
                    case "fortran_order" -> fortran = truth();
                    case "shape" -> shape = tuple();
                    default -> throw wrong("the unknown key " + SafetensorsHeader.quote(key));
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at < text.length()) {
                throw wrong("more behind the closing '}'");
            }
            if (descr == null || fortran == null || shape == null) {
                throw new IllegalArgumentException("the header lacks "
                        + (descr == null ? "descr" : fortran == null ? "fortran_order" : "shape")
                        + "; the file is damaged");
            }
            return of(descr, fortran, Shape.of(shape));
        }

        private String descr() {
            skipSpace();
            if (at < text.length() && text.charAt(at) == '[') {
                throw new IllegalArgumentException("is an array of records, which tensors cannot hold; save each field"
                        + " as an array of its own");
            }
            return string("a type in quotes");
        }

        private boolean truth() {
            skipSpace();
            for (String word : List.of("True", "False")) {
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            }
            throw wrong("no True or False");
        }

        private long[] tuple() {
            List<Long> sizes = new ArrayList<>();
            expect('(');
            boolean comma = true;
            while (!accept(')')) {
                if (!comma || sizes.size() == MAX_AXES) {
                    throw wrong(comma ? "more than " + MAX_AXES + " axes" : "no ',' or ')' in the shape");
                }
                sizes.add(size());
                comma = accept(',');
            }
            if (sizes.size() == 1 && !comma) {
                throw wrong("a number in brackets for a shape, which has a ',' behind its only size");
            }
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }

        private long size() {
            skipSpace();
            int start = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == start || at - start > MAX_DIGITS) {
                throw wrong("no size of at most " + MAX_DIGITS + " digits");
            }
            long size = Long.parseLong(text.substring(start, at));
            accept('L'); // as Python 2 marked long numbers
            return size;
        }

        private String string(String expected) {
            skipSpace();
            char quote = at < text.length() ? text.charAt(at) : 0;
            int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
            if (end < 0 || text.substring(at, end).contains("\\")) {
                throw wrong("no " + expected.substring(2));
            }
            String string = text.substring(at + 1, end);
            at = end + 1;
            return string;
        }

        private void expect(char expected) {
            if (!accept(expected)) {
                throw wrong("no '" + expected + "'");
            }
        }

        private boolean accept(char expected) {
            skipSpace();
            boolean here = at < text.length() && text.charAt(at) == expected;
            at += here ? 1 : 0;
            return here;
        }

        private void skipSpace() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private IllegalArgumentException wrong(String found) {
            return new IllegalArgumentException("the header has " + found + " at character " + at
                    + "; the file is damaged or no .npy file");
        }
    }

    private static NpyHeader of(String descr, boolean fortran, Shape shape) {
        String shown = SafetensorsHeader.quote(descr);
        if (descr.endsWith("O")) {
            throw new IllegalArgumentException("is an array of Python objects, type " + shown + ": these are pickles,"
                    + " programs that run when they are read, and Jacobi never runs them; save numbers instead");
        }
        String name = descr.isEmpty() ? "" : descr.substring(1).toUpperCase(Locale.ROOT);
        Type type = Arrays.stream(Type.values()).filter(each -> each.name().equals(name)).findFirst().orElse(null);
        ByteOrder order = switch (descr.isEmpty() ? ' ' : descr.charAt(0)) {
            case '<' -> ByteOrder.LITTLE_ENDIAN;
            case '>' -> ByteOrder.BIG_ENDIAN;
            case '=' -> ByteOrder.nativeOrder();
            case '|' -> type != null && type.bytes() == 1 ? ByteOrder.LITTLE_ENDIAN : null;
            default -> null;
        };
        if (type == null || order == null || Character.isUpperCase(descr.charAt(1))) {
            throw new IllegalArgumentException("has type " + shown + ", which is not supported; supported are "
                    + SUPPORTED + " with < or > before them; convert the array to one of these first");
        }
        if (shape.numel() > Long.MAX_VALUE / Long.BYTES) {
            throw new IllegalArgumentException(
                    "has shape " + shape + ", more than any file holds; the file is damaged");
        }
        return new NpyHeader(type, order, fortran, shape);
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /** Returns the first bytes of the file of a tensor, up to its numbers; they are a multiple of 64. */
    static byte[] describe(Tensor tensor) {
        String descr = switch (tensor.dtype()) {
            case BOOL -> "|b1";
            case U8 -> "|u1";
            case I8 -> "|i1";
            case I16 -> "<i2";
            case I32 -> "<i4";
            case I64 -> "<i8";
            case F16 -> "<f2";
            case F32 -> "<f4";
            case F64 -> "<f8";
            case BF16 -> throw new IllegalArgumentException(
                    "a tensor is BF16, which numpy lacks; convert with to(DType.F32) first");
        };
        StringBuilder shape = new StringBuilder("(");
        for (long size : tensor.shape().toArray()) {
            shape.append(size).append(tensor.rank() == 1 ? "," : ", ");
        }
        if (tensor.rank() > 1) {
            shape.setLength(shape.length() - 2);
        }
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "), }";
        int prefix = MAGIC.length + 2 + Short.BYTES;
        int total = Math.ceilDiv(prefix + text.length() + 1, ALIGNMENT) * ALIGNMENT;
        ByteBuffer out = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - prefix));
        out.put(text.getBytes(StandardCharsets.US_ASCII));
        while (out.remaining() > 1) {
            out.put((byte) ' ');
        }
        return out.put((byte) '\n').array();
    }
}
