package org.jacobi.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.jacobi.autograd.BackwardWalk;

/** Draws a graph as SVG: text in boxes, curves between them, a legend above. */
final class GraphSvg {
    private static final double MARGIN = 24;
    private static final double LEGEND_HEIGHT = 44;
    private static final double TITLE_SIZE = 13;
    private static final double DETAIL_SIZE = 11;
    private static final double LINE_HEIGHT = 15;
    private static final double PADDING = 9;
    /** How wide a letter of a monospaced font is, by its size. */
    private static final double LETTER = 0.602;
    private static final int LONGEST_LINE = 44;

    private final Graph graph;
    /** Null for a graph that is not being walked. */
    private final BackwardWalk walk;
    private final LayeredLayout layout;
    private final StringBuilder svg = new StringBuilder();

    GraphSvg(Graph graph, BackwardWalk walk) {
        this.graph = graph;
        this.walk = walk;
        List<GraphNode> nodes = graph.nodes();
        layout = new LayeredLayout(nodes.stream().map(GraphSvg::size).toArray(double[][]::new),
                graph.edges().stream().map(edge -> new int[] {edge.from(), edge.to()}).toArray(int[][]::new));
        List<String[]> legend = legend();
        double width = Math.max(layout.width(), legendWidth(legend)) + 2 * MARGIN;
        double height = layout.height() + 2 * MARGIN + LEGEND_HEIGHT;
        write("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$.0f" height="%2$.0f" viewBox="0 0 %1$.0f %2$.0f">
                <style>
                """, width, height);
        style();
        write("</style>\n<rect class=\"ground\" width=\"%.0f\" height=\"%.0f\"/>\n", width, height);
        write("<g transform=\"translate(%.1f %.1f)\">\n", MARGIN, MARGIN);
        drawLegend(legend);
        write("</g>\n<g transform=\"translate(%.1f %.1f)\">\n", (width - layout.width()) / 2, MARGIN + LEGEND_HEIGHT);
        for (int i = 0; i < graph.edges().size(); i++) {
            drawArrow(i);
        }
        for (int i = 0; i < nodes.size(); i++) {
            drawBox(nodes.get(i), layout.box(i));
        }
        write("</g>\n</svg>\n");
    }

    @Override
    public String toString() {
        return svg.toString();
    }

    private void write(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }

    // ---- colours -------------------------------------------------------------------------------------------------------

    private void style() {
        write("text { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; text-anchor: middle }\n");
        write(".title { font-size: %.0fpx; font-weight: 600 }\n.detail { font-size: %.0fpx }\n", TITLE_SIZE,
                DETAIL_SIZE);
        write(".box { stroke-width: 1.3 }\n.arrow { fill: none; stroke-width: 1.2 }\n");
        write(".waiting { opacity: 0.5 }\n.current .box { stroke-width: 4; stroke: #e8590c }\n");
        write(".done .box { stroke-width: 2.6 }\n.key { text-anchor: start }\n");
        ground("#ffffff", "#1b1b1b", "#8a8f98");
        for (GraphNode.Kind kind : GraphNode.Kind.values()) {
            write(".%s .box { fill: %s; stroke: %s }\n", kind.cssClass(), kind.lightFill, kind.lightStroke);
        }
        write("@media (prefers-color-scheme: dark) {\n");
        ground("#16181c", "#f0f0f0", "#8a8f98");
        for (GraphNode.Kind kind : GraphNode.Kind.values()) {
            write(".%s .box { fill: %s; stroke: %s }\n", kind.cssClass(), kind.darkFill, kind.darkStroke);
        }
        // The mark of the current step is the same on both grounds.
        write("}\n.current .box { stroke: #e8590c }\n");
    }

    private void ground(String ground, String ink, String line) {
        write(".ground { fill: %s }\ntext { fill: %s }\n.arrow { stroke: %s }\n.head { fill: %s }\n", ground, ink, line,
                line);
    }

    /** Returns the classes of a box: its kind, and in a walk how far that has come. */
    private String classes(GraphNode node) {
        return node.kind().cssClass()
                + (walk == null ? "" : " " + walk.progress(node.subject()).name().toLowerCase(Locale.ROOT));
    }

    // ---- legend --------------------------------------------------------------------------------------------------------

    /** Returns {classes, label} of what occurs. */
    private List<String[]> legend() {
        List<String[]> entries = new ArrayList<>();
        for (GraphNode.Kind kind : GraphNode.Kind.values()) {
            if (graph.nodes().stream().anyMatch(node -> node.kind() == kind)) {
                entries.add(new String[] {kind.cssClass(), kind.label});
            }
        }
        if (walk != null) {
            for (BackwardWalk.Progress progress : BackwardWalk.Progress.values()) {
                String name = progress.name().toLowerCase(Locale.ROOT);
                entries.add(new String[] {GraphNode.Kind.OPERATION.cssClass() + " " + name, "backward: " + name});
            }
        }
        return entries;
    }

    private static double keyWidth(String[] entry) {
        return 22 + entry[1].length() * DETAIL_SIZE * LETTER + 20;
    }

    private static double legendWidth(List<String[]> entries) {
        return entries.stream().mapToDouble(GraphSvg::keyWidth).sum();
    }

    private void drawLegend(List<String[]> entries) {
        double x = 0;
        for (String[] entry : entries) {
            write("<g class=\"%s\"><rect class=\"box\" x=\"%.1f\" y=\"2\" width=\"16\" height=\"12\" rx=\"3\"/></g>\n",
                    entry[0], x);
            write("<text class=\"detail key\" x=\"%.1f\" y=\"12\">%s</text>\n", x + 22, escaped(entry[1]));
            x += keyWidth(entry);
        }
    }

    // ---- boxes and arrows ----------------------------------------------------------------------------------------------

    private static double[] size(GraphNode node) {
        double width = shortened(node.title()).length() * TITLE_SIZE * LETTER;
        for (String detail : node.details()) {
            width = Math.max(width, shortened(detail).length() * DETAIL_SIZE * LETTER);
        }
        return new double[] {width + 2 * PADDING, (1 + node.details().size()) * LINE_HEIGHT + 2 * PADDING - 2};
    }

    private void drawBox(GraphNode node, LayeredLayout.Place box) {
        double left = box.x - box.width / 2;
        double top = box.y - box.height / 2;
        write("<g class=\"%s\"><title>%s</title>", classes(node), escaped(node.note()));
        write("<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\"/>", left, top,
                box.width,
                box.height,
                node.kind() == GraphNode.Kind.OPERATION || node.kind() == GraphNode.Kind.RESULT ? 7.0 : 0.0);
        double y = top + PADDING + TITLE_SIZE - 2;
        write("<text class=\"title\" x=\"%.1f\" y=\"%.1f\">%s</text>", box.x, y, escaped(shortened(node.title())));
        for (String detail : node.details()) {
            y += LINE_HEIGHT;
            write("<text class=\"detail\" x=\"%.1f\" y=\"%.1f\">%s</text>", box.x, y, escaped(shortened(detail)));
        }
        write("</g>\n");
    }

    private void drawArrow(int number) {
        List<double[]> points = layout.arrow(number);
        double[] end = points.getLast();
        double headLength = 7;
        var path = new StringBuilder();
        for (int i = 0; i < points.size(); i += 2) {
            double[] from = points.get(i);
            double[] to = points.get(i + 1);
            double bottom = to == end ? to[1] - headLength : to[1];
            double middle = (from[1] + bottom) / 2;
            path.append(
                    String.format(Locale.ROOT, "%s%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", i == 0 ? "M" : "L", from[0],
                            from[1], from[0], middle, to[0], middle, to[0], bottom));
        }
        boolean waiting = walk != null && walk.progress(
                graph.nodes().get(graph.edges().get(number).to()).subject()) == BackwardWalk.Progress.WAITING;
        write("<g%s><path class=\"arrow\" d=\"%s\"/>", waiting ? " class=\"waiting\"" : "", path);
        write("<path class=\"head\" d=\"M%.1f %.1fl-3.5 -8h7z\"/></g>\n", end[0], end[1]);
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE - 1) + "…";
    }

    /** Returns a text as XML has it; characters that XML has no way to write become U+FFFD. */
    private static String escaped(String text) {
        var escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(
                        c < ' ' && c != '\t' && c != '\n' || c >= 0xD800 && c < 0xE000 || c == 0xFFFE || c == 0xFFFF
                                ? 0xFFFD
                                : c);
            }
        });
        return escaped.toString();
    }
}
