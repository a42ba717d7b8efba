package org.jacobi.layers;

import java.util.List;

/**
 * What a state that was loaded without {@code strict} did not have in common with the layer.
 *
 * @param missing    names of the layer that were not given, and whose numbers stay as they were
 * @param unexpected names that were given and that the layer does not have
 */
public record IncompatibleKeys(List<String> missing, List<String> unexpected) {
    /** Takes copies of the lists. */
    public IncompatibleKeys {
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
    }

    @Override
    public String toString() {
        return "missing: " + missing + ", unexpected: " + unexpected;
    }
}
