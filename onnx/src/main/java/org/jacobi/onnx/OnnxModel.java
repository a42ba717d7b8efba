package org.jacobi.onnx;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.jacobi.onnx.graph.Model;
import org.jacobi.onnx.graph.ModelReader;
import org.jacobi.onnx.graph.ValueInfo;
import org.jacobi.onnx.ops.Runner;

/**
 * A model in ONNX's format, to be run on tensors.
 *
 * <pre>{@code
 * OnnxModel model = OnnxModel.read(Path.of("classifier.onnx"));
 * Map<String, OnnxValue> out = model.run(Map.of("image", OnnxTensor.of(image)));
 * Tensor scores = ((OnnxTensor) out.get("scores")).data();
 * }</pre>
 *
 * <p>Results belong to the innermost open TensorScope; what is computed on the way is freed. A file that was tampered with
 * cannot take more memory than it has bytes, times a small factor, while it is read; but a graph is a program, and running
 * one can take any time and memory: {@code -Djacobi.memory.limit} bounds the latter. Data in other files is read only from
 * the model's own folder.
 *
 * @see <a href="https://onnx.ai/onnx/operators/">ONNX's operators</a>
 */
public final class OnnxModel {
    private final Model model;

    private OnnxModel(Model model) {
        this.model = model;
    }

    /**
     * Reads a model and its weights.
     *
     * @throws OnnxException if the file is not there, is no ONNX model or is damaged; the message names it
     */
    public static OnnxModel read(Path file) {
        return new OnnxModel(ModelReader.readModel(file));
    }

    /** Returns the names of the inputs that a run needs: those that the model has no values for. */
    public List<String> inputs() {
        return model.graph()
                .inputs()
                .stream()
                .map(ValueInfo::name)
                .filter(name -> !model.graph().initializers().containsKey(name))
                .toList();
    }

    /** Returns the names of the outputs. */
    public List<String> outputs() {
        return model.graph().outputs().stream().map(ValueInfo::name).toList();
    }

    /**
     * Reads a value for one of the inputs, or one to compare an output with, from a file of its own: that is how ONNX's test
     * data come. Whether it is a tensor, a sequence or an optional value, the model says.
     */
    public OnnxValue readValue(Path file, String name) {
        return Stream.concat(model.graph().inputs().stream(), model.graph().outputs().stream())
                .filter(info -> info.name().equals(name))
                .findFirst()
                .map(info -> ModelReader.readValue(file, info.type()))
                .orElseThrow(() -> new OnnxException(model.file() + ": has no input or output '" + name + "'"));
    }

    /** Returns the operators that the graph needs and Jacobi lacks, by name; empty if it can be run. */
    public Set<String> missingOperators() {
        return new TreeSet<>(new Runner(model).missing());
    }

    /**
     * Runs the graph.
     *
     * @param inputs a value for each of {@link #inputs}, and for inputs with a default those that are to differ
     * @return the outputs by name, in the graph's order
     * @throws OnnxException if an input is missing or a node fails; the message names the node
     */
    public Map<String, OnnxValue> run(Map<String, ? extends OnnxValue> inputs) {
        Set<String> unknown = new HashSet<>(inputs.keySet());
        model.graph().inputs().forEach(info -> unknown.remove(info.name()));
        if (!unknown.isEmpty()) {
            throw new OnnxException(model.file() + ": has no inputs " + unknown + ", only " + inputs());
        }
        List<OnnxValue> results = new Runner(model).run(inputs);
        Map<String, OnnxValue> named = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            named.put(model.graph().outputs().get(i).name(), results.get(i));
        }
        return named;
    }
}
