package org.jacobi.autograd.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Places the boxes of an acyclic graph in layers, all arrows leading downwards (Sugiyama, Tagawa and Toda, 1981).
 *
 * <ol>
 * <li>Layers: a box lies as many layers above the last one as the longest path that leads on from it. So a parameter lies
 * right above its op. An arrow that spans several layers is cut by a bend in each.
 * <li>Order within the layers: sweeps down and up the layers, in each of which boxes go to the barycenter of their
 * neighbours; the order with the fewest crossings is kept.
 * <li>Across: {@link Straightening}.
 * <li>Down: layers of their boxes' heights, with gaps between them.
 * </ol>
 */
final class LayeredLayout {
    static final double GAP_ACROSS = 18;
    private static final double GAP_DOWN = 34;
    private static final double BEND_WIDTH = 4;
    private static final int SWEEPS = 24;

    /** A place in a layer: a box, or a bend of an arrow. */
    static final class Place {
        final double width;
        final double height;
        final boolean isBend;
        final List<Place> above = new ArrayList<>();
        final List<Place> below = new ArrayList<>();
        int layer;
        int position = -1;
        double x;
        double y;

        Place(double width, double height, boolean isBend) {
            this.width = width;
            this.height = height;
            this.isBend = isBend;
        }
    }

    /** The boxes, in the order given. */
    private final List<Place> boxes = new ArrayList<>();
    /** What each arrow passes, from its box to the box below. */
    private final List<List<Place>> arrows = new ArrayList<>();
    private final List<List<Place>> layers = new ArrayList<>();
    private final List<double[]> bands = new ArrayList<>();

    /** Takes sizes {width, height} of the boxes, and arrows {from, to} between them. */
    LayeredLayout(double[][] sizes, int[][] arrows) {
        for (double[] size : sizes) {
            boxes.add(new Place(size[0], size[1], false));
        }
        assignLayers(arrows);
        for (int[] arrow : arrows) {
            this.arrows.add(route(boxes.get(arrow[0]), boxes.get(arrow[1])));
        }
        orderFirst();
        reduceCrossings();
        new Straightening(layers).run();
        placeDown();
    }

    Place box(int number) {
        return boxes.get(number);
    }

    /**
     * Returns the points {x, y} an arrow leads through: in pairs, of which an odd one begins where a line leaves a layer and
     * an even one ends where it enters the next.
     */
    List<double[]> arrow(int number) {
        List<Place> route = arrows.get(number);
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i + 1 < route.size(); i++) {
            Place from = route.get(i);
            Place to = route.get(i + 1);
            points.add(new double[] {port(from, from.below, to), from.isBend ? bands.get(from.layer)[1]
                    : from.y + from.height / 2});
            points.add(new double[] {port(to, to.above, from), to.isBend ? bands.get(to.layer)[0]
                    : to.y - to.height / 2});
        }
        return points;
    }

    /** Returns where on the edge of a box the line to a neighbour is fixed: side by side with the others', in their order. */
    private static double port(Place place, List<Place> neighbours, Place neighbour) {
        List<Place> sorted = neighbours.stream().sorted(Comparator.comparingInt(p -> p.position)).distinct().toList();
        double step = Math.min(16, 0.7 * place.width / sorted.size());
        return place.x + (sorted.indexOf(neighbour) - (sorted.size() - 1) / 2.0) * step;
    }

    double width() {
        return layers.stream().flatMap(List::stream).mapToDouble(p -> p.x + p.width / 2).max().orElse(0);
    }

    double height() {
        return bands.isEmpty() ? 0 : bands.getLast()[1];
    }

    long crossings() {
        long sum = 0;
        for (int i = 1; i < layers.size(); i++) {
            sum += crossings(layers.get(i - 1), layers.get(i).size());
        }
        return sum;
    }

    // ---- layers --------------------------------------------------------------------------------------------------------

    private void assignLayers(int[][] arrows) {
        int n = boxes.size();
        List<List<Integer>> sources = new ArrayList<>();
        int[] uses = new int[n];
        for (int i = 0; i < n; i++) {
            sources.add(new ArrayList<>());
        }
        for (int[] arrow : arrows) {
            sources.get(arrow[1]).add(arrow[0]);
            uses[arrow[0]]++;
        }
        int[] fromLast = new int[n];
        ArrayDeque<Integer> ready = new ArrayDeque<>();
        for (int i = 0; i < n; i++) {
            if (uses[i] == 0) {
                ready.add(i);
            }
        }
        int last = 0;
        while (!ready.isEmpty()) {
            int box = ready.remove();
            last = Math.max(last, fromLast[box]);
            for (int source : sources.get(box)) {
                fromLast[source] = Math.max(fromLast[source], fromLast[box] + 1);
                if (--uses[source] == 0) {
                    ready.add(source);
                }
            }
        }
        for (int i = 0; i <= last; i++) {
            layers.add(new ArrayList<>());
        }
        for (int i = 0; i < n; i++) {
            boxes.get(i).layer = last - fromLast[i];
        }
    }

    private List<Place> route(Place from, Place to) {
        List<Place> route = new ArrayList<>();
        route.add(from);
        for (int layer = from.layer + 1; layer < to.layer; layer++) {
            Place bend = new Place(BEND_WIDTH, 0, true);
            bend.layer = layer;
            route.add(bend);
        }
        route.add(to);
        for (int i = 0; i + 1 < route.size(); i++) {
            route.get(i).below.add(route.get(i + 1));
            route.get(i + 1).above.add(route.get(i));
        }
        return route;
    }

    // ---- order ---------------------------------------------------------------------------------------------------------

    /** Puts places into their layers as they are met on the way up from the last ones, an op's first input first. */
    private void orderFirst() {
        ArrayDeque<Place> stack = new ArrayDeque<>();
        for (Place box : boxes) {
            if (box.below.isEmpty()) {
                stack.push(box);
            }
        }
        while (!stack.isEmpty()) {
            Place place = stack.pop();
            List<Place> layer = layers.get(place.layer);
            if (place.position < 0) {
                place.position = layer.size();
                layer.add(place);
                place.above.reversed().forEach(stack::push);
            }
        }
    }

    private void reduceCrossings() {
        List<List<Place>> best = copy();
        long fewest = crossings();
        for (int sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
            boolean down = sweep % 2 == 0;
            for (int i = 1; i < layers.size(); i++) {
                sort(layers.get(down ? i : layers.size() - 1 - i), down);
            }
            long now = crossings();
            if (now < fewest) {
                fewest = now;
                best = copy();
            }
        }
        layers.clear();
        layers.addAll(best);
        layers.forEach(LayeredLayout::number);
    }

    private List<List<Place>> copy() {
        List<List<Place>> copy = new ArrayList<>();
        layers.forEach(layer -> copy.add(new ArrayList<>(layer)));
        return copy;
    }

    private static void number(List<Place> layer) {
        for (int i = 0; i < layer.size(); i++) {
            layer.get(i).position = i;
        }
    }

    /** Sorts a layer by the barycenters of the neighbours on one side; a place without any stays beside what is left of it. */
    private static void sort(List<Place> layer, boolean byAbove) {
        double[] keys = new double[layer.size()];
        double before = -1;
        for (Place place : layer) {
            before = (byAbove ? place.above : place.below).stream().mapToInt(p -> p.position).average().orElse(before);
            keys[place.position] = before;
        }
        layer.sort(Comparator.comparingDouble(place -> keys[place.position]));
        number(layer);
    }

    /** Counts crossings below a layer: pairs of lines whose lower ends are in the other order (Barth, Jünger and Mutzel, 2002). */
    private static long crossings(List<Place> layer, int sizeBelow) {
        long[] tree = new long[sizeBelow + 1]; // of Fenwick: how many lines end up to a position
        long sum = 0;
        long lines = 0;
        for (Place place : layer) {
            int[] ends = place.below.stream().mapToInt(p -> p.position).sorted().toArray();
            for (int end : ends) {
                long upTo = 0;
                for (int i = end + 1; i > 0; i -= i & -i) {
                    upTo += tree[i];
                }
                sum += lines - upTo;
            }
            for (int end : ends) {
                for (int i = end + 1; i < tree.length; i += i & -i) {
                    tree[i]++;
                }
            }
            lines += ends.length;
        }
        return sum;
    }

    // ---- down ----------------------------------------------------------------------------------------------------------

    private void placeDown() {
        double y = 0;
        for (List<Place> layer : layers) {
            double height = layer.stream().mapToDouble(p -> p.height).max().orElse(0);
            for (Place place : layer) {
                place.y = y + height / 2;
            }
            bands.add(new double[] {y, y + height});
            // Lines that lead far to the side need room to do so.
            double reach = layer.stream().flatMap(p -> p.below.stream().map(q -> Math.abs(p.x - q.x)))
                    .mapToDouble(Double::doubleValue).max().orElse(0);
            y += height + GAP_DOWN + Math.min(60, reach / 12);
        }
    }
}
