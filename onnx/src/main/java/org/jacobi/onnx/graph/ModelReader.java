package org.jacobi.onnx.graph;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxException;
import org.jacobi.onnx.OnnxOptional;
import org.jacobi.onnx.OnnxSequence;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;

/**
 * Reads ONNX files by the numbers that the specification gives the messages' fields.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/docs/IR.md">the specification</a>
 */
public final class ModelReader {
    private final Wire wire;
    private final TensorReader tensors;

    private ModelReader(InputStream in, Path folder) {
        this.wire = new Wire(in);
        this.tensors = new TensorReader(wire, new ExternalData(folder));
    }

    private interface Body<T> {
        T read(ModelReader reader) throws IOException;
    }

    /** Reads a model. */
    public static Model readModel(Path file) {
        return read(file, reader -> reader.model(file));
    }

    /** Reads a value that is a file of its own; the type says what it is. */
    public static OnnxValue readValue(Path file, ValueType type) {
        return read(file, reader -> switch (type) {
            case ValueType.OfTensor _,ValueType.Other _ -> reader.tensors.whole();
            case ValueType.OfSequence _ -> {
                List<OnnxValue> values = new ArrayList<>();
                reader.wire.message((field, tag) -> reader.sequenceField(values, field, tag));
                yield new OnnxSequence(values);
            }
            case ValueType.OfOptional _ -> {
                OnnxValue[] value = {null};
                reader.wire.message((field, tag) -> reader.optionalField(value, field, tag));
                yield new OnnxOptional(value[0]);
            }
        });
    }

    private static <T> T read(Path file, Body<T> body) {
        try (InputStream in = Files.newInputStream(file)) {
            return body.read(new ModelReader(in, file.toAbsolutePath().getParent()));
        } catch (NoSuchFileException e) {
            throw new OnnxException(file + ": there is no such file", e);
        } catch (IOException | IllegalArgumentException | OnnxException e) {
            throw new OnnxException(file + ": " + e.getMessage(), e);
        }
    }

    private Model model(Path file) throws IOException {
        Graph[] graph = {null};
        Map<String, Long> opsets = new HashMap<>();
        Map<String, FunctionBody> functions = new HashMap<>();
        wire.message((field, tag) -> {
            switch (field) {
                case 7 -> graph[0] = graph(tag);
                case 8 -> opset(tag, opsets);
                case 25 -> function(tag, functions);
                default -> wire.skip(tag);
            }
        });
        if (graph[0] == null) {
            throw new OnnxException("holds no graph; this is not an ONNX model");
        }
        opsets.putIfAbsent("", 1L); // a file of the first version names no operator sets
        return new Model(file, opsets, graph[0], functions);
    }

    private void opset(int tag, Map<String, Long> opsets) throws IOException {
        String[] domain = {""};
        long[] version = {0};
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> domain[0] = wire.string(inner);
                case 2 -> version[0] = wire.integer(inner);
                default -> wire.skip(inner);
            }
        });
        opsets.put(domain(domain[0]), version[0]);
    }

    /** Returns a domain under one name: ONNX's own has two. */
    private static String domain(String name) {
        return name.equals("ai.onnx") ? "" : name;
    }

    private Graph graph(int tag) throws IOException {
        String[] name = {""};
        List<Node> nodes = new ArrayList<>();
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
        List<ValueInfo> inputs = new ArrayList<>();
        List<ValueInfo> outputs = new ArrayList<>();
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> nodes.add(node(inner));
                case 2 -> name[0] = wire.string(inner);
                case 5 -> {
                    TensorReader.Named named = tensors.field(inner);
                    initializers.put(named.name(), named.tensor());
                }
                case 11 -> inputs.add(valueInfo(inner));
                case 12 -> outputs.add(valueInfo(inner));
                case 15 -> {
                    TensorReader.Named named = tensors.sparse(inner);
                    initializers.put(named.name(), named.tensor());
                }
                default -> wire.skip(inner);
            }
        });
        return new Graph(name[0], nodes, initializers, inputs, outputs);
    }

    private Node node(int tag) throws IOException {
        String[] texts = {"", "", "", ""};
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Attribute> attributes = new HashMap<>();
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> inputs.add(wire.string(inner));
                case 2 -> outputs.add(wire.string(inner));
                case 3 -> texts[0] = wire.string(inner);
                case 4 -> texts[1] = wire.string(inner);
                case 5 -> {
                    Attribute attribute = attribute(inner);
                    attributes.put(attribute.name(), attribute);
                }
                case 7 -> texts[2] = wire.string(inner);
                case 8 -> texts[3] = wire.string(inner);
                default -> wire.skip(inner);
            }
        });
        return new Node(texts[0], domain(texts[2]), texts[1], texts[3], inputs, outputs, attributes);
    }

    private void function(int tag, Map<String, FunctionBody> functions) throws IOException {
        String[] texts = {"", "", ""};
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        List<Node> nodes = new ArrayList<>();
        Map<String, Attribute> defaults = new HashMap<>();
        Map<String, Long> opsets = new HashMap<>();
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> texts[0] = wire.string(inner);
                case 4 -> inputs.add(wire.string(inner));
                case 5 -> outputs.add(wire.string(inner));
                case 7 -> nodes.add(node(inner));
                case 9 -> opset(inner, opsets);
                case 10 -> texts[1] = wire.string(inner);
                case 11 -> {
                    Attribute attribute = attribute(inner);
                    defaults.put(attribute.name(), attribute);
                }
                case 13 -> texts[2] = wire.string(inner);
                default -> wire.skip(inner);
            }
        });
        functions.put(Model.key(domain(texts[1]), texts[0], texts[2]),
                new FunctionBody(texts[0], inputs, outputs, nodes, defaults, opsets));
    }

    /** The fields of an attribute, of which its type names the one that counts. */
    private static final class AttributeParts {
        private String name = "";
        private String reference;
        private long type;
        private float real;
        private long integer;
        private String text = "";
        private OnnxTensor tensor;
        private Graph graph;
        private ValueType valueType;
        private final Wire.Longs reals = new Wire.Longs();
        private final Wire.Longs integers = new Wire.Longs();
        private final List<String> texts = new ArrayList<>();
        private final List<OnnxTensor> tensors = new ArrayList<>();
        private final List<Graph> graphs = new ArrayList<>();
        private final List<ValueType> valueTypes = new ArrayList<>();
        /** The number of the last field that held a value: the type, where a file of the first version gives none. */
        private int lastField;
    }

    private Attribute attribute(int tag) throws IOException {
        AttributeParts parts = new AttributeParts();
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> parts.name = wire.string(inner);
                case 2 -> parts.real = wire.real(inner);
                case 3 -> parts.integer = wire.integer(inner);
                case 4 -> parts.text = wire.string(inner);
                case 5 -> parts.tensor = tensors.field(inner).tensor();
                case 6 -> parts.graph = graph(inner);
                case 7 -> wire.floats(inner, parts.reals);
                case 8 -> wire.integers(inner, parts.integers);
                case 9 -> parts.texts.add(wire.string(inner));
                case 10 -> parts.tensors.add(tensors.field(inner).tensor());
                case 11 -> parts.graphs.add(graph(inner));
                case 14 -> parts.valueType = valueType(inner);
                case 15 -> parts.valueTypes.add(valueType(inner));
                case 20 -> parts.type = wire.integer(inner);
                case 21 -> parts.reference = wire.string(inner);
                case 22 -> parts.tensor = tensors.sparse(inner).tensor();
                case 23 -> parts.tensors.add(tensors.sparse(inner).tensor());
                default -> wire.skip(inner);
            }
            if (field >= 2 && field <= 15 && field != 13) {
                parts.lastField = field;
            }
        });
        long type = parts.type != 0 ? parts.type : parts.lastField - 1; // fields are numbered as types are
        Object value = switch ((int) type) {
            case 1 -> parts.real;
            case 2 -> parts.integer;
            case 3 -> parts.text;
            case 4, 11 -> parts.tensor;
            case 5 -> parts.graph;
            case 6 -> reals(parts.reals.toArray());
            case 7 -> parts.integers.toArray();
            case 8 -> parts.texts;
            case 9, 12 -> parts.tensors;
            case 10 -> parts.graphs;
            case 13 -> parts.valueType;
            case 14 -> parts.valueTypes;
            default -> null;
        };
        boolean refers = parts.reference != null && !parts.reference.isEmpty();
        if (value == null && !refers) {
            throw new OnnxException("attribute '" + parts.name + "' of type " + type + " has no value");
        }
        return new Attribute(parts.name, refers ? null : value, refers ? parts.reference : null);
    }

    private static float[] reals(long[] bits) {
        float[] values = new float[bits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat((int) bits[i]);
        }
        return values;
    }

    private ValueInfo valueInfo(int tag) throws IOException {
        String[] name = {""};
        ValueType[] type = {new ValueType.Other("undeclared")};
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> name[0] = wire.string(inner);
                case 2 -> type[0] = valueType(inner);
                default -> wire.skip(inner);
            }
        });
        return new ValueInfo(name[0], type[0]);
    }

    private ValueType valueType(int tag) throws IOException {
        ValueType[] type = {new ValueType.Other("undeclared")};
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> type[0] = tensorType(inner);
                case 4 -> type[0] = new ValueType.OfSequence(elementType(inner));
                case 5 -> {
                    type[0] = new ValueType.Other("map");
                    wire.skip(inner);
                }
                case 7 -> {
                    type[0] = new ValueType.Other("opaque");
                    wire.skip(inner);
                }
                case 8 -> {
                    type[0] = new ValueType.Other("sparse tensor");
                    wire.skip(inner);
                }
                case 9 -> type[0] = new ValueType.OfOptional(elementType(inner));
                default -> wire.skip(inner);
            }
        });
        return type[0];
    }

    private ValueType elementType(int tag) throws IOException {
        ValueType[] type = {new ValueType.Other("undeclared")};
        wire.nested(tag, (field, inner) -> {
            if (field == 1) {
                type[0] = valueType(inner);
            } else {
                wire.skip(inner);
            }
        });
        return type[0];
    }

    private ValueType tensorType(int tag) throws IOException {
        ElementType[] element = {null};
        long[][] sizes = {null};
        wire.nested(tag, (field, inner) -> {
            switch (field) {
                case 1 -> {
                    long code = wire.integer(inner);
                    element[0] = code == 0 ? null : ElementType.of(code);
                }
                case 2 -> {
                    Wire.Longs list = new Wire.Longs();
                    wire.nested(inner, (axis, axisTag) -> {
                        if (axis == 1) {
                            list.add(axisSize(axisTag));
                        } else {
                            wire.skip(axisTag);
                        }
                    });
                    sizes[0] = list.toArray();
                }
                default -> wire.skip(inner);
            }
        });
        return new ValueType.OfTensor(element[0], sizes[0]);
    }

    private long axisSize(int tag) throws IOException {
        long[] size = {-1};
        wire.nested(tag, (field, inner) -> {
            if (field == 1) {
                size[0] = wire.integer(inner);
            } else {
                wire.skip(inner);
            }
        });
        return size[0];
    }

    private void sequenceField(List<OnnxValue> values, int field, int tag) throws IOException {
        switch (field) {
            case 3 -> values.add(tensors.field(tag).tensor());
            case 4 -> values.add(tensors.sparse(tag).tensor());
            case 5 -> {
                List<OnnxValue> nested = new ArrayList<>();
                wire.nested(tag, (inner, innerTag) -> sequenceField(nested, inner, innerTag));
                values.add(new OnnxSequence(nested));
            }
            case 7 -> {
                OnnxValue[] value = {null};
                wire.nested(tag, (inner, innerTag) -> optionalField(value, inner, innerTag));
                values.add(new OnnxOptional(value[0]));
            }
            default -> wire.skip(tag);
        }
    }

    private void optionalField(OnnxValue[] value, int field, int tag) throws IOException {
        switch (field) {
            case 3 -> value[0] = tensors.field(tag).tensor();
            case 4 -> value[0] = tensors.sparse(tag).tensor();
            case 5 -> {
                List<OnnxValue> values = new ArrayList<>();
                wire.nested(tag, (inner, innerTag) -> sequenceField(values, inner, innerTag));
                value[0] = new OnnxSequence(values);
            }
            case 7 -> {
                OnnxValue[] nested = {null};
                wire.nested(tag, (inner, innerTag) -> optionalField(nested, inner, innerTag));
                value[0] = new OnnxOptional(nested[0]);
            }
            default -> wire.skip(tag);
        }
    }
}
