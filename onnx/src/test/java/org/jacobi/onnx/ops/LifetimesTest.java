package org.jacobi.onnx.ops;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.graph.Attribute;
import org.jacobi.onnx.graph.Graph;
import org.jacobi.onnx.graph.Model;
import org.jacobi.onnx.graph.Node;
import org.jacobi.onnx.graph.ValueInfo;
import org.jacobi.onnx.graph.ValueType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** Results are freed after their last use, and not before. */
class LifetimesTest {
    private static Node node(String op, List<String> inputs, List<String> outputs, Attribute... attributes) {
        Map<String, Attribute> map = new HashMap<>();
        for (Attribute attribute : attributes) {
            map.put(attribute.name(), attribute);
        }
        return new Node("", "", op, "", inputs, outputs, map);
    }

    private static List<ValueInfo> infos(String... names) {
        return List.of(names).stream().map(name -> new ValueInfo(name, new ValueType.Other("undeclared"))).toList();
    }

    /** b = -x; c is b as it is; if x: d = b + c, else d = x; y = d twice; the branches see the graph around them. */
    private static List<Node> nodes() {
        Graph sum = new Graph("sum", List.of(node("Add", List.of("b", "c"), List.of("s"))), Map.of(), List.of(),
                infos("s"));
        Graph same = new Graph("same", List.of(), Map.of(), List.of(), infos("x"));
        return List.of(node("Neg", List.of("x"), List.of("b")),
                node("Identity", List.of("b"), List.of("c")),
                node("Abs", List.of("b"), List.of("unused")),
                node("If", List.of("which"), List.of("d"), new Attribute("then_branch", sum, null),
                        new Attribute("else_branch", same, null)),
                node("Concat", List.of("d", "d"), List.of("y"), new Attribute("axis", 0L, null)));
    }

    @Test
    void namesDieAfterTheirLastUse() {
        List<List<String>> dead = Lifetimes.of(nodes(), List.of("y")).dead();
        assertEquals(List.of(), dead.get(0));
        assertEquals(List.of(), dead.get(1));
        assertEquals(List.of("unused"), dead.get(2));
        assertEquals(List.of("b", "c"), dead.get(3).stream().sorted().toList());
        assertEquals(List.of("d"), dead.get(4));
    }

    @Test
    void whatIsPassedOnOutlivesWhoPassedIt() {
        Graph graph = new Graph("test", nodes(), Map.of(), infos("x", "which"), infos("y"));
        Model model = new Model(Path.of("test.onnx"), Map.of("", 17L), graph, Map.of());
        try (var _ = TensorScope.open()) {
            for (boolean which : new boolean[] {true, false}) {
                Tensor x = Tensor.of(new float[] {1, -2});
                OnnxTensor condition = OnnxTensor.of(Tensor.of(new boolean[] {which}));
                OnnxTensor y = (OnnxTensor) new Runner(model)
                        .run(Map.of("x", OnnxTensor.of(x), "which", condition))
                        .getFirst();
                assertArrayEquals(which ? new float[] {-2, 4, -2, 4} : new float[] {1, -2, 1, -2},
                        y.data().toFloatArray());
                assertFalse(x.isReleased()); // it belongs to the caller, even where a branch returned it
            }
        }
    }
}
