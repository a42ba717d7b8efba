package org.jacobi.autograd.graph;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes graphs for programs that draw them: Graphviz and Mermaid. */
final class GraphText {
    private GraphText() {
    }

    static String dot(Graph graph) {
        var text = new StringBuilder("""
                digraph {
                  rankdir=TB
                  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=11]
                """);
        List<GraphNode> nodes = graph.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            GraphNode node = nodes.get(i);
            text.append("  n%d [label=\"%s\", tooltip=\"%s\", fillcolor=\"%s\", color=\"%s\"]%n".formatted(i,
                    lines(node).map(GraphText::dotEscaped).collect(Collectors.joining("\\n")), dotEscaped(node.note()),
                    node.kind().lightFill, node.kind().lightStroke));
        }
        for (Graph.Edge edge : graph.edges()) {
            text.append("  n%d -> n%d%n".formatted(edge.from(), edge.to()));
        }
        return text.append("}\n").toString();
    }

    static String mermaid(Graph graph) {
        var text = new StringBuilder("flowchart TD\n");
        List<GraphNode> nodes = graph.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            GraphNode node = nodes.get(i);
            text.append("  n%d[\"%s\"]:::%s%n".formatted(i,
                    lines(node).map(GraphText::mermaidEscaped).collect(Collectors.joining("<br/>")),
                    node.kind().cssClass()));
        }
        for (Graph.Edge edge : graph.edges()) {
            text.append("  n%d --> n%d%n".formatted(edge.from(), edge.to()));
        }
        for (GraphNode.Kind kind : GraphNode.Kind.values()) {
            text.append("  classDef %s fill:%s,stroke:%s,color:#1b1b1b%n".formatted(kind.cssClass(), kind.lightFill,
                    kind.lightStroke));
        }
        return text.toString();
    }

    private static Stream<String> lines(GraphNode node) {
        return Stream.concat(Stream.of(node.title()), node.details().stream());
    }

    private static String dotEscaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "");
    }

    /** Mermaid writes characters by name, or by number, after a #. */
    private static String mermaidEscaped(String text) {
        var escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            if ("#&<>\"`\\*_[]{}|;\n\r".indexOf(c) >= 0) {
                escaped.append('#').append(c).append(';');
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }
}
