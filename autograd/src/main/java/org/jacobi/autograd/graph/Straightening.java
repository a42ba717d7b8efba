package org.jacobi.autograd.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jacobi.autograd.graph.LayeredLayout.Place;

/**
 * Gives the places of ordered layers their x, so that long arrows are straight and boxes lie in the middle of their
 * neighbours (Brandes and Köpf, 2001).
 *
 * <p>Places are aligned to a median neighbour, into blocks that share an x, where no alignment crosses another; inner
 * segments of long arrows come first. Blocks are then moved together. This is done four times, to upper and to lower
 * neighbours, from the left and from the right, and a place gets the mean of the two middle results. Blocks are moved
 * together by longest paths between neighbouring blocks instead of the paper's classes, whose shifts can overlap.
 */
final class Straightening {
    private record Line(Place upper, Place lower) {
    }

    private final List<List<Place>> layers;
    private final List<Place> places = new ArrayList<>();
    private final Map<Place, Integer> numbers = new HashMap<>();
    /** Lines that need not be straight: those that cross the inner segment of a long arrow, and those of parameters. */
    private final Set<Line> yielding = new HashSet<>();

    Straightening(List<List<Place>> layers) {
        this.layers = layers;
        for (List<Place> layer : layers) {
            for (Place place : layer) {
                numbers.put(place, places.size());
                places.add(place);
            }
        }
    }

    void run() {
        findYielding();
        findParameters();
        List<double[]> results = new ArrayList<>();
        for (boolean upwards : new boolean[] {true, false}) {
            for (boolean leftFirst : new boolean[] {true, false}) {
                results.add(compacted(aligned(upwards, leftFirst), leftFirst));
            }
        }
        alignToNarrowest(results);
        double left = Double.POSITIVE_INFINITY;
        for (int i = 0; i < places.size(); i++) {
            int place = i;
            double[] xs = results.stream().mapToDouble(result -> result[place]).sorted().toArray();
            places.get(i).x = (xs[1] + xs[2]) / 2;
            left = Math.min(left, places.get(i).x - places.get(i).width / 2);
        }
        for (Place place : places) {
            place.x -= left;
        }
    }

    private static boolean isInner(Place upper, Place lower) {
        return upper.isBend && lower.isBend;
    }

    /** Marks, between each two layers, the lines that cross an inner segment. */
    private void findYielding() {
        for (int i = 1; i < layers.size(); i++) {
            List<Place> lower = layers.get(i);
            int leftEnd = 0;
            int next = 0;
            for (int j = 0; j < lower.size(); j++) {
                // A bend has one line on either side.
                Place inner = lower.get(j).isBend ? lower.get(j).above.getFirst() : null;
                boolean isInner = inner != null && inner.isBend;
                if (!isInner && j < lower.size() - 1) {
                    continue;
                }
                int rightEnd = isInner ? inner.position : Integer.MAX_VALUE;
                for (; next <= j; next++) {
                    Place place = lower.get(next);
                    for (Place upper : place.above) {
                        if ((upper.position < leftEnd || upper.position > rightEnd) && !isInner(upper, place)) {
                            yielding.add(new Line(upper, place));
                        }
                    }
                }
                leftEnd = rightEnd;
            }
        }
    }

    /** Marks the lines of boxes that nothing leads to, where another line leads to the same box: that one goes straight. */
    private void findParameters() {
        for (Place place : places) {
            boolean other = place.above.stream().anyMatch(upper -> upper.isBend || !upper.above.isEmpty());
            for (Place upper : place.above) {
                if (other && !upper.isBend && upper.above.isEmpty()) {
                    yielding.add(new Line(upper, place));
                }
            }
        }
    }

    /** Returns the block of each place: the number of the place that began it. */
    private int[] aligned(boolean upwards, boolean leftFirst) {
        int[] block = new int[places.size()];
        Arrays.setAll(block, i -> i);
        for (List<Place> layer : upwards ? layers : layers.reversed()) {
            int bound = leftFirst ? -1 : Integer.MAX_VALUE;
            for (Place place : leftFirst ? layer : layer.reversed()) {
                List<Place> neighbours = (upwards ? place.above : place.below).stream()
                        .filter(q -> !yielding.contains(upwards ? new Line(q, place) : new Line(place, q)))
                        .sorted(Comparator.comparingInt(q -> q.position)).toList();
                int size = neighbours.size();
                // The two medians, the one on the side that is filled first before the other.
                int[] medians = size == 0 ? new int[0]
                        : leftFirst ? new int[] {(size - 1) / 2, size / 2} : new int[] {size / 2, (size - 1) / 2};
                for (int m : medians) {
                    Place neighbour = neighbours.get(m);
                    int own = numbers.get(place);
                    boolean free = leftFirst ? neighbour.position > bound : neighbour.position < bound;
                    if (block[own] == own && free) {
                        block[own] = block[numbers.get(neighbour)];
                        bound = neighbour.position;
                    }
                }
            }
        }
        return block;
    }

    /** Returns the x of every place, with blocks as far to the left (or right) as their neighbours let them. */
    private double[] compacted(int[] block, boolean toLeft) {
        // Which blocks lie directly beside which, and how far apart they must be.
        List<Map<Integer, Double>> right = new ArrayList<>();
        List<Map<Integer, Double>> left = new ArrayList<>();
        for (int i = 0; i < block.length; i++) {
            right.add(new HashMap<>());
            left.add(new HashMap<>());
        }
        for (List<Place> layer : layers) {
            for (int i = 1; i < layer.size(); i++) {
                Place p = layer.get(i - 1);
                Place q = layer.get(i);
                int a = block[numbers.get(p)];
                int b = block[numbers.get(q)];
                double distance = (p.width + q.width) / 2 + LayeredLayout.GAP_ACROSS;
                right.get(a).merge(b, distance, Math::max);
                left.get(b).merge(a, distance, Math::max);
            }
        }
        double[] x = new double[block.length];
        int[] order = order(block, left, right);
        if (toLeft) {
            push(x, order, left, right, 1);
        } else {
            int[] reversed = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                reversed[i] = order[order.length - 1 - i];
            }
            push(x, reversed, right, left, -1);
        }
        double[] result = new double[block.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = x[block[i]];
        }
        return result;
    }

    /** Puts each block as close as it may to those before it, then pulls it to those after it where there is room. */
    private static void push(double[] x, int[] order, List<Map<Integer, Double>> before,
            List<Map<Integer, Double>> after,
            int sign) {
        for (int b : order) {
            double nearest = before.get(b).isEmpty() ? 0 : Double.NEGATIVE_INFINITY;
            for (Map.Entry<Integer, Double> entry : before.get(b).entrySet()) {
                nearest = Math.max(nearest, sign * x[entry.getKey()] + entry.getValue());
            }
            x[b] = sign * nearest;
        }
        for (int i = order.length - 1; i >= 0; i--) {
            int b = order[i];
            double farthest = Double.POSITIVE_INFINITY;
            for (Map.Entry<Integer, Double> entry : after.get(b).entrySet()) {
                farthest = Math.min(farthest, sign * x[entry.getKey()] - entry.getValue());
            }
            if (farthest != Double.POSITIVE_INFINITY) {
                x[b] = sign * Math.max(sign * x[b], farthest);
            }
        }
    }

    /** Returns the blocks from left to right: each after all that lie beside it on the left. */
    private static int[] order(int[] block, List<Map<Integer, Double>> left, List<Map<Integer, Double>> right) {
        int[] waiting = new int[block.length];
        int[] order = new int[block.length];
        int count = 0;
        for (int b = 0; b < block.length; b++) {
            waiting[b] = left.get(b).size();
            if (block[b] == b && waiting[b] == 0) {
                order[count++] = b;
            }
        }
        for (int i = 0; i < count; i++) {
            for (int b : right.get(order[i]).keySet()) {
                if (--waiting[b] == 0) {
                    order[count++] = b;
                }
            }
        }
        return Arrays.copyOf(order, count);
    }

    /** Moves the four results over each other: left ones by their left end, right ones by their right end. */
    private void alignToNarrowest(List<double[]> results) {
        double[][] ends = new double[results.size()][];
        int narrowest = 0;
        for (int r = 0; r < results.size(); r++) {
            double min = Double.POSITIVE_INFINITY;
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < places.size(); i++) {
                min = Math.min(min, results.get(r)[i] - places.get(i).width / 2);
                max = Math.max(max, results.get(r)[i] + places.get(i).width / 2);
            }
            ends[r] = new double[] {min, max};
            if (max - min < ends[narrowest][1] - ends[narrowest][0]) {
                narrowest = r;
            }
        }
        for (int r = 0; r < results.size(); r++) {
            boolean leftFirst = r % 2 == 0;
            double shift = leftFirst ? ends[narrowest][0] - ends[r][0] : ends[narrowest][1] - ends[r][1];
            for (int i = 0; i < places.size(); i++) {
                results.get(r)[i] += shift;
            }
        }
    }
}
