package org.jacobi.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ModelSummaryTest {
    /** A layer that keeps a number, and has a part that it never calls. */
    private static final class Idle extends Layer {
        private final Linear part = add("part", new Linear(2, 2));
        private final Tensor kept = buffer("kept", Tensor.zeros(5));

        @Override
        protected Variable compute(Variable x) {
            return x;
        }
    }

    @Test
    void tellsLayersOutputsAndParameters() {
        Layer model =
                new Sequential(new Linear(4, 3), new Sequential(new Linear(3, 2, false), new Dropout(0.5)), new Idle());
        ModelSummary summary = ModelSummary.of(model, Tensor.ones(7, 4));
        assertEquals(List.of("", "0", "1", "1.0", "1.1", "2", "2.part"),
                summary.rows().stream().map(ModelSummary.Row::name).toList());
        assertEquals(List.of(0, 1, 1, 2, 2, 1, 2), summary.rows().stream().map(ModelSummary.Row::depth).toList());
        assertEquals(List.of(27L, 15L, 6L, 6L, 0L, 6L, 6L),
                summary.rows().stream().map(ModelSummary.Row::parameters).toList());
        assertEquals("(7, 3)", summary.rows().get(1).output().toString());
        assertEquals("(7, 2)", summary.rows().getFirst().output().toString());
        assertNull(summary.rows().get(6).output());
        assertEquals(27, summary.parameters());
        assertEquals(5, summary.buffers());
        assertTrue(model.isTraining());
        List<String> lines = summary.toString().lines().toList();
        assertEquals(9, lines.size());
        assertTrue(lines.get(1).startsWith("(model)") && lines.get(1).endsWith("27"), lines.get(1));
        assertTrue(lines.get(4).matches(" {4}1\\.0 +Linear +\\(7, 2\\) +6"), lines.get(4));
        assertEquals("27 parameters, 5 further numbers in buffers", lines.getLast());
    }

    @Test
    void leavesNoHookBehindWhenTheModelRefusesItsInput() {
        Layer model = new Sequential(new Linear(4, 3), new Linear(3, 2));
        assertThrows(IllegalArgumentException.class, () -> ModelSummary.of(model, Tensor.ones(7, 5)));
        assertTrue(model.isTraining());
        assertEquals(0, MemoryReport.now().scoped().blocks());
        assertEquals("(1, 2)", ModelSummary.of(model, () -> model.forward(Tensor.ones(1, 4))).rows().getFirst().output()
                .toString());
    }
}
