package org.jacobi.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.tensor.TensorScope;

/** The cases of the ONNX project's suite: models, their inputs and what must come out. */
final class NodeSuite {
    /** As the suite's own runner compares. */
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-7;

    /**
     * A case as the table lists it.
     *
     * @param ok whether onnxruntime computes what the case expects
     */
    record Case(Path folder, List<String> operators, boolean ok) {
        String name() {
            return folder.getFileName().toString();
        }
    }

    private NodeSuite() {
    }

    /** Reads the table. */
    static List<Case> cases(Path table) throws IOException {
        return Files.readAllLines(table).stream().skip(1).map(line -> {
            String[] cells = line.split(",", -1);
            Path folder = table.resolveSibling(cells[0]).resolve(cells[1]);
            return new Case(folder, Arrays.stream(cells[2].split("\\+")).distinct().toList(), cells[4].equals("ok"));
        }).toList();
    }

    /** Runs a case; returns what is wrong, or null if nothing is. */
    static String run(Case it) {
        try (var _ = TensorScope.open()) {
            Path file = it.folder.resolve("model.onnx");
            OnnxModel model = OnnxModel.read(file);
            for (int set = 0; Files.exists(it.folder.resolve("test_data_set_" + set)); set++) {
                Path data = it.folder.resolve("test_data_set_" + set);
                Map<String, OnnxValue> inputs = new HashMap<>();
                for (int i = 0; Files.exists(data.resolve("input_" + i + ".pb")); i++) {
                    String name = model.inputs().get(i);
                    inputs.put(name, model.readValue(data.resolve("input_" + i + ".pb"), name));
                }
                Map<String, OnnxValue> outputs = model.run(inputs);
                for (int i = 0; Files.exists(data.resolve("output_" + i + ".pb")); i++) {
                    String name = model.outputs().get(i);
                    OnnxValue expected = model.readValue(data.resolve("output_" + i + ".pb"), name);
                    String difference = difference(outputs.get(name), expected);
                    if (difference != null) {
                        return "output " + name + ": " + difference;
                    }
                }
            }
            return null;
        } catch (RuntimeException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage().replace(it.folder.toString(), "");
        }
    }

    private static String difference(OnnxValue found, OnnxValue expected) {
        return switch (expected) {
            case OnnxTensor tensor ->
                    found instanceof OnnxTensor other ? difference(other, tensor) : kinds(found, expected);
            case OnnxSequence sequence -> {
                if (!(found instanceof OnnxSequence other) || other.values().size() != sequence.values().size()) {
                    yield kinds(found, expected);
                }
                for (int i = 0; i < sequence.values().size(); i++) {
                    String difference = difference(other.values().get(i), sequence.values().get(i));
                    if (difference != null) {
                        yield "element " + i + ": " + difference;
                    }
                }
                yield null;
            }
            case OnnxOptional optional -> !(found instanceof OnnxOptional other)
                    || other.isPresent() != optional.isPresent() ? kinds(found, expected)
                            : optional.isPresent() ? difference(other.value(), optional.value()) : null;
        };
    }

    private static String kinds(OnnxValue found, OnnxValue expected) {
        return "got " + (found == null ? "nothing" : found.typeName()) + ", expected " + expected.typeName()
                + ", or another number of elements";
    }

    private static String difference(OnnxTensor found, OnnxTensor expected) {
        if (found.type() != expected.type() || !found.shape().equals(expected.shape())) {
            return "got " + found.typeName() + found.shape() + ", expected " + expected.typeName() + expected.shape();
        }
        if (found.type() == ElementType.STRING) {
            return Arrays.equals(found.strings(), expected.strings()) ? null
                    : "got " + Arrays.toString(found.strings()) + ", expected " + Arrays.toString(expected.strings());
        }
        if (!found.type().isFloating()) {
            long[] a = found.data().toLongArray();
            long[] b = expected.data().toLongArray();
            int at = Arrays.mismatch(a, b);
            return at < 0 ? null : "got " + a[at] + ", expected " + b[at] + " at " + at + " of " + a.length;
        }
        double[] a = found.data().toDoubleArray();
        double[] b = expected.data().toDoubleArray();
        for (int i = 0; i < a.length; i++) {
            boolean close = Double.compare(a[i], b[i]) == 0 || a[i] == b[i]
                    || Math.abs(a[i] - b[i]) <= ABSOLUTE + RELATIVE * Math.abs(b[i]) && Double.isFinite(a[i]);
            if (!close) {
                return "got " + a[i] + ", expected " + b[i] + " at " + i + " of " + a.length;
            }
        }
        return null;
    }
}
