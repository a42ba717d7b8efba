package org.jacobi.autograd.graph;

import java.util.List;
import java.util.Locale;

/**
 * A box of a drawn graph.
 *
 * @param subject what it shows: a GradFn or a Variable
 * @param title   the op's name, or the parameter's
 * @param details lines below the title
 * @param note    what a reader is told who points at it
 */
record GraphNode(Object subject, Kind kind, String title, List<String> details, String note) {
    /** What a box shows, and its colours: on a light and on a dark ground. */
    enum Kind {
        OPERATION("operation", "#dbe9fb", "#3b6fb5", "#1f3a5f", "#7fb0ee"),
        PARAMETER("parameter", "#d9f2e0", "#2f8f55", "#1c4a31", "#74cf98"),
        LEAF("leaf that requires a gradient", "#fdeccb", "#b7791f", "#553c12", "#f0bd62"),
        CONSTANT("constant", "#ececec", "#7a7a7a", "#3a3a3c", "#a8a8a8"),
        RESULT("result", "#f7d9e3", "#b83268", "#5a2138", "#f08bb0");

        final String label;
        final String lightFill;
        final String lightStroke;
        final String darkFill;
        final String darkStroke;

        Kind(String label, String lightFill, String lightStroke, String darkFill, String darkStroke) {
            this.label = label;
            this.lightFill = lightFill;
            this.lightStroke = lightStroke;
            this.darkFill = darkFill;
            this.darkStroke = darkStroke;
        }

        String cssClass() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
