package org.jacobi.layers.train;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Records to and from JSON, strictly: a missing or an unknown entry is an error. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private Json() {
    }

    /** Returns a record as JSON text that ends with a line break. */
    public static String write(Object record) {
        try {
            return MAPPER.writeValueAsString(record) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // our records hold nothing that JSON cannot
        }
    }

    /**
     * Returns the record that a JSON text describes.
     *
     * @throws IllegalArgumentException saying in a line what is wrong with the text
     */
    public static <T> T read(String json, Class<T> type) {
        try {
            T value = MAPPER.readValue(json, type);
            if (value == null) {
                throw new IllegalArgumentException("holds null");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage()
                    + (e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")"), e);
        }
    }

    /** Returns a copy of a record in which one component has another value. */
    public static <T extends Record> T with(T record, Class<T> type, String component, Object value) {
        Map<String, Object> components =
                MAPPER.convertValue(record, new TypeReference<LinkedHashMap<String, Object>>() {
                });
        components.put(component, value);
        return MAPPER.convertValue(components, type);
    }

    /** Returns the value of a record's component. */
    public static Object get(Record record, String component) {
        return MAPPER.convertValue(record, new TypeReference<LinkedHashMap<String, Object>>() {
        }).get(component);
    }
}
