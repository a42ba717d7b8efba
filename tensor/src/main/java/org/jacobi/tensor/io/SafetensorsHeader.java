package org.jacobi.tensor.io;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The JSON in front of the numbers: which tensors a safetensors file holds, and free text about it.
 *
 * <p>A header comes from a file that anybody may have written, so nothing in it is believed: {@link #parse} checks the
 * form, {@link #check} that the tensors lie in the file, fill it exactly and do not overlap.
 */
final class SafetensorsHeader {
    /** The limit of the format's own reader. */
    static final int MAX_BYTES = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final int MAX_AXES = 64;
    /** Object, tensor, list of numbers; and one more, so that it is this class that says what is wrong. */
    private static final int MAX_NESTING = 4;
    private static final int ALIGNMENT = 8;
    private static final String SUPPORTED = Arrays.stream(DType.values()).map(DType::name)
            .collect(Collectors.joining(", "));
    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(MAX_NESTING).maxStringLength(MAX_BYTES).build();
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(LIMITS)
            // Names from a file do not belong into tables that live as long as the JVM.
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
            .build();

    /** One tensor as the header describes it; the offsets count from the end of the header. */
    record Entry(String name, String type, Shape shape, long begin, long end) {
        /** Returns the type under the format's name, which is ours, or null if we lack it. */
        DType dtype() {
            return Arrays.stream(DType.values()).filter(dtype -> dtype.name().equals(type)).findFirst().orElse(null);
        }
    }

    private final Path file;
    private long bytes;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private SafetensorsHeader(Path file) {
        this.file = file;
    }

    /** Returns how many bytes the header has in the file. */
    long bytes() {
        return bytes;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    /** Returns the tensors in the order in which the header names them. */
    Iterable<Entry> entries() {
        return entries.values();
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    static SafetensorsHeader parse(Path file, byte[] json) throws IOException {
        SafetensorsHeader header = new SafetensorsHeader(file);
        header.bytes = json.length;
        if (json.length == 0 || json[0] != '{') {
            throw header.error("the header does not begin with '{'; this is no safetensors file, or a damaged one");
        }
        // A decoder of our own: the parser would also take UTF-16, and the format is UTF-8 without faults.
        var reader = new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
        try (JsonParser parser = JSON.createParser(reader)) {
            parser.nextToken();
            header.readAll(parser);
            if (parser.nextToken() != null) {
                throw header.error("the header goes on behind its closing '}'; the file is damaged");
            }
        } catch (SafetensorsException e) {
            throw e;
        } catch (IOException e) {
            // The parser's first line says what is wrong; the next one only where.
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new SafetensorsException(file, "the header is no valid JSON in UTF-8 (" + clean(reason)
                    + "); the file is damaged", e);
        }
        return header;
    }

    private void readAll(JsonParser parser) throws IOException {
        boolean metadataSeen = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            if (name.equals(METADATA)) {
                if (metadataSeen) {
                    throw error(METADATA + " occurs twice");
                }
                metadataSeen = true;
                readMetadata(parser);
            } else if (entries.putIfAbsent(name, readEntry(parser, name)) != null) {
                throw error("two tensors have the name " + quote(name) + "; names must differ");
            }
        }
    }

    private void readMetadata(JsonParser parser) throws IOException {
        expect(parser, JsonToken.START_OBJECT, METADATA, "an object of strings");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            expect(parser, JsonToken.VALUE_STRING, METADATA + " entry " + quote(key), "a string");
            if (metadata.putIfAbsent(key, parser.getText()) != null) {
                throw error(METADATA + " names " + quote(key) + " twice");
            }
        }
    }

    private Entry readEntry(JsonParser parser, String name) throws IOException {
        String tensor = "tensor " + quote(name);
        expect(parser, JsonToken.START_OBJECT, tensor, "an object with dtype, shape and data_offsets");
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            if (key.equals("dtype") && type == null) {
                expect(parser, JsonToken.VALUE_STRING, tensor + ": dtype", "a string");
                type = parser.getText();
            } else if (key.equals("shape") && shape == null) {
                shape = readSizes(parser, tensor + ": shape");
            } else if (key.equals("data_offsets") && offsets == null) {
                offsets = readSizes(parser, tensor + ": data_offsets");
            } else {
                throw error(tensor + " has a second or unknown entry " + quote(key)
                        + "; expected dtype, shape and data_offsets, each once");
            }
        }
        if (type == null || shape == null || offsets == null) {
            throw error(tensor + " lacks " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
        }
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw error(tensor + ": data_offsets are " + Arrays.toString(offsets) + ", expected [begin, end]");
        }
        try {
            return new Entry(name, type, Shape.of(shape), offsets[0], offsets[1]);
        } catch (IllegalArgumentException e) {
            throw new SafetensorsException(file, tensor + ": " + e.getMessage() + "; the file is damaged", e);
        }
    }

    /** Reads a list of numbers, none of them negative. */
    private long[] readSizes(JsonParser parser, String what) throws IOException {
        expect(parser, JsonToken.START_ARRAY, what, "a list of integers");
        List<Long> sizes = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser, JsonToken.VALUE_NUMBER_INT, what, "a list of integers");
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
                throw error(what + " holds " + clean(parser.getText()) + ", expected numbers from 0 to 2^63 - 1");
            }
            if (sizes.size() == MAX_AXES) {
                throw error(what + " holds more than " + MAX_AXES + " numbers");
            }
            sizes.add(parser.getLongValue());
        }
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }

    private void expect(JsonParser parser, JsonToken token, String what, String expected) throws IOException {
        if (parser.currentToken() != token) {
            throw error(what + " is " + (parser.currentToken() == null ? "cut off" : clean(parser.getText()))
                    + ", expected " + expected);
        }
    }

    /** Checks that every type is known and that the tensors fill so many bytes without holes or overlaps. */
    void check(long dataBytes) throws SafetensorsException {
        List<Entry> inFileOrder = new ArrayList<>(entries.values());
        inFileOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : inFileOrder) {
            String tensor = "tensor " + quote(entry.name);
            DType dtype = entry.dtype();
            if (dtype == null) {
                throw error(tensor + " has type " + quote(entry.type) + ", which is not supported; supported are "
                        + SUPPORTED + "; convert the file to one of these first");
            }
            if (entry.end > dataBytes) {
                throw error(tensor + " ends at byte " + entry.end + " of the data, of which the file holds " + dataBytes
                        + "; the file was cut short or its header is damaged");
            }
            // Divided, because a product could overflow.
            long length = entry.end - entry.begin;
            if (entry.shape.numel() != length / dtype.bytes() || length % dtype.bytes() != 0) {
                throw error(tensor + " of type " + entry.type + " and shape " + entry.shape + " has " + length
                        + " bytes of data, expected " + entry.shape.numel() + " elements of " + dtype.bytes());
            }
            if (entry.begin != end) {
                throw error(tensor + " begins at byte " + entry.begin + " of the data, expected " + end
                        + ", where the one before it ends; overlaps and holes are not allowed");
            }
            end = entry.end;
        }
        if (end != dataBytes) {
            throw error("the tensors end at byte " + end + " of the data, of which the file holds " + dataBytes
                    + "; the header is damaged or something was appended");
        }
    }

    private SafetensorsException error(String problem) {
        return new SafetensorsException(file, problem);
    }

    /** Puts a name from a file in quotes, fit for one line of a message. */
    static String quote(String text) {
        return "'" + clean(text) + "'";
    }

    private static String clean(String text) {
        String start = text.length() <= 100 ? text : text.substring(0, 100) + "...";
        return start.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /** Describes tensors that will be written one after the other in the map's order. */
    static SafetensorsHeader describe(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws SafetensorsException {
        SafetensorsHeader header = new SafetensorsHeader(file);
        for (var entry : metadata.entrySet()) {
            header.requireText("metadata key", entry.getKey());
            header.requireText("metadata value", entry.getValue());
            header.metadata.put(entry.getKey(), entry.getValue());
        }
        long begin = 0;
        for (var named : tensors.entrySet()) {
            String name = named.getKey();
            Tensor tensor = named.getValue();
            header.requireText("tensor name", name);
            if (name.equals(METADATA)) {
                throw header.error("a tensor is named " + METADATA + ", which the format keeps for itself; rename it");
            }
            long end = begin + tensor.numel() * tensor.dtype().bytes();
            header.entries.put(name, new Entry(name, tensor.dtype().name(), tensor.shape(), begin, end));
            begin = end;
        }
        return header;
    }

    private void requireText(String what, String text) throws SafetensorsException {
        if (text == null || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw error("the " + what + " " + (text == null ? "null" : quote(text))
                    + " is no text that UTF-8 can hold; use another one");
        }
    }

    /** Returns the header as JSON, padded with spaces so that the data behind it is aligned. */
    byte[] toJson() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (var entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            for (Entry entry : entries.values()) {
                json.writeObjectFieldStart(entry.name);
                json.writeStringField("dtype", entry.type);
                json.writeFieldName("shape");
                json.writeArray(entry.shape.toArray(), 0, entry.shape.rank());
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {entry.begin, entry.end}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while (out.size() % ALIGNMENT != 0) {
            out.write(' ');
        }
        if (out.size() > MAX_BYTES) {
            throw error("the header would have " + out.size() + " bytes, the format allows " + MAX_BYTES
                    + "; save fewer tensors or less metadata");
        }
        return out.toByteArray();
    }
}
