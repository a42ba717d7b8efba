package org.jacobi.autograd.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import javax.xml.parsers.DocumentBuilderFactory;

import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.BackwardWalk;
import org.jacobi.autograd.CustomGrad;
import org.jacobi.autograd.Engine;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Graphs as text, and the layout of their pictures. */
class GraphTest {
    private static Variable leaf(double... values) {
        return Variable.leaf(Tensor.of(values));
    }

    private static Document parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static List<String> texts(Document svg, String type) {
        List<String> texts = new ArrayList<>();
        NodeList found = svg.getElementsByTagName("text");
        for (int i = 0; i < found.getLength(); i++) {
            if (((Element) found.item(i)).getAttribute("class").equals(type)) {
                texts.add(found.item(i).getTextContent());
            }
        }
        return texts;
    }

    private static int count(Document svg, String boxClass) {
        NodeList groups = svg.getElementsByTagName("g");
        int count = 0;
        for (int i = 0; i < groups.getLength(); i++) {
            Element group = (Element) groups.item(i);
            if (List.of(group.getAttribute("class").split(" ")).contains(boxClass)
                    && group.getElementsByTagName("title").getLength() > 0) {
                count++;
            }
        }
        return count;
    }

    // ---- what is in it -------------------------------------------------------------------------------------------------

    @Test
    void aGraphHasItsOpsLeavesAndConstants() throws Exception {
        Variable w = leaf(1, 2);
        Variable x = leaf(3, 4);
        Variable c = Variable.constant(Tensor.of(new double[] {5, 6}));
        Variable loss = x.mul(w).add(c).mul(0.5).tanh().sum();
        Graph graph = Graph.of(loss, Map.of("layer.w", w));
        Document svg = parsed(graph.toSvg());
        assertEquals(List.of("add", "constant", "layer.w", "leaf", "mul", "mul", "sum", "tanh"),
                texts(svg, "title").stream().sorted().toList());
        assertTrue(texts(svg, "detail").contains("0.5"), "the number that is multiplied with stands in the op's box");
        assertTrue(texts(svg, "detail").contains("saved (2)"));
        assertEquals(7, graph.edges().size());
        assertEquals(1, count(svg, "parameter"));
        assertEquals(1, count(svg, "leaf"));
        assertEquals(1, count(svg, "constant"));
        assertEquals(1, count(svg, "result"));
        assertEquals(4, count(svg, "operation"));
    }

    /** Boxes tell the shapes of one example; a number that differs from example to example is none to show. */
    @Test
    void aGraphMadeUnderVmapShowsOneExample() throws Exception {
        Variable x = Variable.leaf(Tensor.of(new double[] {1, 2, 3, 4, 5, 6}).reshape(3, 2));
        Variable factors = Variable.constant(Tensor.of(new double[] {7, 8, 9}));
        Variable loss = Autograd.vmap((Variable one, Variable factor) -> one.square().mul(factor).mul(0.5).sum())
                .apply(x, factors).sum();
        Document svg = parsed(Graph.of(loss).toSvg());
        assertTrue(texts(svg, "detail").contains("saved (2)"), texts(svg, "detail").toString());
        assertTrue(texts(svg, "detail").contains("0.5"));
        loss.backward();
        parsed(Graph.of(loss).toSvg());
    }

    @Test
    void aLeafAloneIsAGraph() throws Exception {
        assertEquals(List.of("leaf"), texts(parsed(Graph.of(leaf(1)).toSvg()), "title"));
        Variable p = leaf(1);
        assertEquals(List.of("p"), texts(parsed(Graph.of(p, Map.of("p", p)).toSvg()), "title"));
    }

    @Test
    void outputsOfOneNodeAreOneBox() throws Exception {
        Variable[] parts = leaf(1, 2, 3, 4, 5).split(0, 2, 2, 1);
        Document svg = parsed(Graph.of(parts[0].mul(parts[1]).mul(parts[2]).sum()).toSvg());
        assertEquals(1, texts(svg, "title").stream().filter("split"::equals).count());
        assertTrue(texts(svg, "detail").contains("(2), (1) × 3"), texts(svg, "detail")::toString);
    }

    @Test
    void aReleasedGraphSaysSo() throws Exception {
        Variable loss = leaf(1, 2).exp().sum();
        loss.backward();
        assertTrue(texts(parsed(Graph.of(loss).toSvg()), "detail").contains("saved (released)"));
    }

    // ---- the languages -------------------------------------------------------------------------------------------------

    @Test
    void dotAndMermaidQuoteWhatTheyMust() throws Exception {
        Variable x = leaf(1);
        String wicked = "a\"b\\<c>&#]\n\u0001|";
        Variable y = CustomGrad.apply(wicked, in -> in[0].copy(), (dout, _, _) -> new Variable[] {dout}, x);
        Graph graph = Graph.of(y);
        String dot = graph.toDot();
        assertTrue(dot.contains("[label=\"a\\\"b\\\\<c>&#]\\n\u0001|\\n(1)"), dot);
        assertTrue(dot.startsWith("digraph {") && dot.endsWith("}\n") && dot.contains("n1 -> n0"), dot);
        String mermaid = graph.toMermaid();
        assertTrue(mermaid.contains("n0[\"a#34;b#92;#60;c#62;#38;#35;#93;#10;\u0001#124;<br/>"), mermaid);
        assertTrue(mermaid.startsWith("flowchart TD\n") && mermaid.contains("n1 --> n0"), mermaid);
        assertEquals("a\"b\\<c>&#] \uFFFD|", texts(parsed(graph.toSvg()), "title").get(0));
    }

    // ---- a walk ----------------------------------------------------------------------------------------------------------

    @Test
    void aWalkColoursWhatIsDone() throws Exception {
        Variable loss = leaf(1, 2).exp().tanh().sum();
        Graph graph = Graph.of(loss);
        try (BackwardWalk walk = Engine.walk(loss)) {
            assertEquals(4, count(parsed(graph.toSvg(walk)), "waiting"));
            walk.next();
            walk.next();
            Document half = parsed(graph.toSvg(walk));
            assertEquals(1, count(half, "done"));
            assertEquals(1, count(half, "current"));
            assertEquals(2, count(half, "waiting"));
        }
        assertFalse(graph.toSvg().contains("class=\"operation waiting\""));
    }

    // ---- layout ----------------------------------------------------------------------------------------------------------

    @Test
    void boxesDoNotTouchAndArrowsLeadDown() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            int n = 1 + random.nextInt(40);
            double[][] sizes = new double[n][];
            List<int[]> arrows = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                sizes[i] = new double[] {20 + random.nextInt(200), 20 + random.nextInt(60)};
                for (int k = random.nextInt(4); i > 0 && k > 0; k--) {
                    arrows.add(new int[] {random.nextInt(i), i});
                }
            }
            LayeredLayout layout = new LayeredLayout(sizes, arrows.toArray(int[][]::new));
            for (int i = 0; i < n; i++) {
                LayeredLayout.Place a = layout.box(i);
                assertTrue(a.x - a.width / 2 >= -1e-9 && a.x + a.width / 2 <= layout.width() + 1e-9);
                assertTrue(a.y - a.height / 2 >= -1e-9 && a.y + a.height / 2 <= layout.height() + 1e-9);
                for (int j = 0; j < i; j++) {
                    LayeredLayout.Place b = layout.box(j);
                    boolean apart = Math.abs(a.x - b.x) >= (a.width + b.width) / 2 + LayeredLayout.GAP_ACROSS - 1e-6
                            || Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
                    assertTrue(apart, "boxes " + i + " and " + j + " of round " + round);
                }
            }
            for (int i = 0; i < arrows.size(); i++) {
                double y = Double.NEGATIVE_INFINITY;
                for (double[] point : layout.arrow(i)) {
                    assertTrue(point[1] >= y);
                    y = point[1];
                }
            }
        }
    }

    @Test
    void crossingsThatNeedNotBeAreGone() {
        // Two trees of three, with their leaves given in turns.
        int[][] arrows = {{0, 6}, {1, 7}, {2, 6}, {3, 7}, {4, 6}, {5, 7}, {6, 8}, {7, 8}};
        double[][] sizes = new double[9][];
        Arrays.fill(sizes, new double[] {30, 20});
        LayeredLayout layout = new LayeredLayout(sizes, arrows);
        assertEquals(0, layout.crossings());
        // A complete graph of 3 and 3 in two layers has 9 crossings whatever the order.
        int[][] complete = {{0, 3}, {0, 4}, {0, 5}, {1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 4}, {2, 5}};
        assertEquals(9, new LayeredLayout(Arrays.copyOf(sizes, 6), complete).crossings());
    }

    @Test
    void aChainIsStraightAndASkipIsToo() {
        // 0 > 1 > 2 > 3 > 4, and 0 > 4 beside it.
        int[][] arrows = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}};
        double[][] sizes = new double[5][];
        Arrays.fill(sizes, new double[] {60, 20});
        LayeredLayout layout = new LayeredLayout(sizes, arrows);
        for (int i = 2; i < 4; i++) {
            assertEquals(layout.box(1).x, layout.box(i).x, 1e-9);
        }
        List<double[]> skip = layout.arrow(4);
        for (int i = 2; i < skip.size() - 1; i++) {
            assertEquals(skip.get(1)[0], skip.get(i)[0], 1e-9);
        }
        assertTrue(Math.abs(skip.get(1)[0] - layout.box(1).x) > 30, "the skip passes beside the boxes");
    }

    @Test
    void aLargeGraphTakesSeconds() {
        Variable x = leaf(1, 2);
        Variable first = x.exp();
        Variable y = first;
        for (int i = 0; i < 500; i++) {
            Variable skip = y;
            y = y.mul(leaf(1, 1)).tanh().add(leaf(0, 0)).add(skip);
        }
        Variable loss = y.mul(first).sum();
        assertTimeout(Duration.ofSeconds(20), () -> parsed(Graph.of(loss).toSvg()));
    }
}
