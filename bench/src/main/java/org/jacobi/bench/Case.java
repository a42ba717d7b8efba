package org.jacobi.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.jacobi.tensor.Tensor;

/** A row of a table of benchmarks: what is computed, on which inputs, and how much there is to compute. */
sealed interface Case permits OpCase, TrainCase, FloorCase {
    /** The tables. */
    enum Group {
        OPS, TRAIN;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The name, without blanks and commas, which no other case has. */
    String name();

    Group group();

    /** Floating-point operations of one run; 0 where they say nothing about the speed. */
    double flop();

    /** Bytes that one run must at least read and write; 0 where they say nothing about the speed. */
    double bytes();

    /** What both sides compute on. */
    List<Input> inputs();

    /** How long one iteration of the measurement takes, of which a fork has {@link Forks#ITERATIONS}: one turn. */
    double secondsAnIteration();

    /** How long a fork runs before it is measured. */
    double warmupSeconds();

    /** Makes our side ready to compute. */
    Work ours(Tensor[] inputs);

    /** Returns all cases of all tables. */
    static List<Case> all() {
        return Stream.of(OpTable.CASES, SizeTable.CASES, TrainTable.CASES, TrainTable.FLOORS)
                .<Case>flatMap(List::stream).toList();
    }

    /** Returns the case of a name. */
    static Case named(String name) {
        return all().stream().filter(c -> c.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no benchmark case " + name));
    }
}
