package org.jacobi.layers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Copies saved tensors into live ones by their names, all or nothing. */
public final class StateDict {
    /** How many names of each kind an error message shows. */
    private static final int SHOWN = 5;

    private StateDict() {
    }

    /** Copies as {@link #load(String, SequencedMap, Map, Map, boolean)} does if it is strict. */
    public static void load(String owner, SequencedMap<String, Tensor> live, Map<String, String> otherNames,
            Map<String, Tensor> saved) {
        load(owner, live, otherNames, saved, true);
    }

    /**
     * Copies every saved tensor into the live one of its name, converted to its type.
     *
     * @param owner      whose tensors they are, for the error message
     * @param live       the tensors to fill; every one must be given
     * @param otherNames further names under which a live tensor may be given, with the name that it has in {@code live}
     * @param saved      the tensors to read; every one must be wanted
     * @param strict     whether that must be so; if not, what is missing stays and what is unexpected is passed over
     * @return what was missing and unexpected
     * @throws IllegalArgumentException naming the entries that are missing, unexpected, of another shape or kind of
     *                                  type, or given under two names with different numbers; then nothing was changed
     */
    public static IncompatibleKeys load(String owner, SequencedMap<String, Tensor> live,
            Map<String, String> otherNames, Map<String, Tensor> saved, boolean strict) {
        SequencedMap<String, Tensor> sources = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        List<String> misfits = new ArrayList<>();
        saved.forEach((name, source) -> {
            String target = otherNames.getOrDefault(name, name);
            Tensor before = sources.putIfAbsent(target, source);
            if (!live.containsKey(target)) {
                unexpected.add(name);
            } else if (before != null && !same(before, source)) {
                misfits.add(target + " (given under two names with different numbers)");
            }
        });
        live.forEach((name, target) -> {
            Tensor source = sources.get(name);
            if (source == null) {
                missing.add(name);
            } else if (!fits(source, target)) {
                misfits.add(name + " (saved " + describe(source) + ", expected " + describe(target) + ")");
            }
        });
        List<String> problems = new ArrayList<>();
        if (strict) {
            describe(problems, "missing", missing);
            describe(problems, "unexpected", unexpected);
        }
        describe(problems, "misfits", misfits);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("loadStateDict: the saved tensors do not fit this " + owner + ": "
                    + String.join("; ", problems)
                    + ". Nothing was changed; load what was saved from the same configuration");
        }
        live.forEach((name, target) -> {
            Tensor source = sources.get(name);
            if (source != null) {
                target.copy_(source);
            }
        });
        return new IncompatibleKeys(missing, unexpected);
    }

    private static boolean fits(Tensor source, Tensor target) {
        return source.shape().equals(target.shape()) && source.dtype().isFloating() == target.dtype().isFloating();
    }

    private static boolean same(Tensor a, Tensor b) {
        try (var _ = TensorScope.open()) {
            return a.shape().equals(b.shape()) && a.eq(b).all().item() != 0;
        }
    }

    private static String describe(Tensor tensor) {
        return tensor.dtype() + " " + tensor.shape();
    }

    private static void describe(List<String> problems, String kind, List<String> names) {
        if (!names.isEmpty()) {
            String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
            problems.add(names.size() + " " + kind + ": "
                    + String.join(", ", names.subList(0, Math.min(SHOWN, names.size()))) + more);
        }
    }
}
