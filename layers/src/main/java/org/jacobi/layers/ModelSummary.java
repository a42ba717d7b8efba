package org.jacobi.layers;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jacobi.autograd.HookHandle;
import org.jacobi.autograd.NoGrad;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * What a model is made of: its layers, what they give, and how many numbers they learn. {@link #toString} is a table.
 *
 * @param rows       the model itself, then each of its layers, in the order in which they were added
 * @param parameters how many numbers the model learns, shared ones once
 * @param buffers    how many further numbers it keeps
 */
public record ModelSummary(List<Row> rows, long parameters, long buffers) {
    /**
     * A layer.
     *
     * @param name       its full name; empty for the model
     * @param type       its class
     * @param depth      0 for the model, 1 for its layers, and so on
     * @param output     the shape that it gave last; null if it did not run, or has several inputs
     * @param parameters how many numbers it and its parts learn
     */
    public record Row(String name, String type, int depth, Shape output, long parameters) {
    }

    /** Runs a model on an input, in evaluation mode and without gradients, and describes it. */
    public static ModelSummary of(Layer model, Tensor input) {
        return of(model, () -> model.forward(input));
    }

    /**
     * Describes a model with more than one input.
     *
     * @param forward runs the model once
     */
    public static ModelSummary of(Layer model, Runnable forward) {
        Map<Layer, Shape> outputs = new IdentityHashMap<>();
        List<HookHandle> handles = new ArrayList<>();
        boolean training = model.isTraining();
        model.eval();
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            for (Layer layer : model.namedLayers().values()) {
                handles.add(layer.registerForwardHook((each, _, output) -> {
                    outputs.put(each, output.shape());
                    return null;
                }));
            }
            forward.run();
        } finally {
            handles.forEach(HookHandle::close);
            if (training) {
                model.train();
            }
        }
        List<Row> rows = new ArrayList<>();
        model.namedLayers().forEach((name, layer) -> rows.add(new Row(name, layer.getClass().getSimpleName(),
                name.isEmpty() ? 0 : (int) name.chars().filter(c -> c == '.').count() + 1, outputs.get(layer),
                layer.parameterCount())));
        return new ModelSummary(List.copyOf(rows), model.parameterCount(),
                model.namedBuffers().values().stream().mapToLong(Tensor::numel).sum());
    }

    @Override
    public String toString() {
        List<String[]> cells = new ArrayList<>();
        cells.add(new String[] {"layer", "type", "output", "parameters"});
        for (Row row : rows) {
            cells.add(new String[] {"  ".repeat(row.depth) + (row.depth == 0 ? "(model)" : row.name), row.type,
                row.output == null ? "-" : row.output.toString(),
                String.format(Locale.ROOT, "%,d", row.parameters)});
        }
        int[] widths = new int[4];
        cells.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        });
        var text = new StringBuilder();
        for (String[] line : cells) {
            text.append(String.format("%-" + widths[0] + "s  %-" + widths[1] + "s  %-" + widths[2] + "s  %" + widths[3]
                    + "s%n", (Object[]) line));
        }
        return text
                + String.format(Locale.ROOT, "%,d parameters, %,d further numbers in buffers%n", parameters, buffers);
    }
}
