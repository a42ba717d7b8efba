package org.jacobi.tensor;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The generators that draw numbers in a thread while this is open, and their states before, so that a computation can be
 * repeated with the same numbers.
 *
 * <pre>{@code
 * Draws draws;
 * try (var open = Draws.open()) {
 *     first = x.dropout(0.5);
 *     draws = open;
 * }
 * try (var _ = draws.again()) {
 *     second = x.dropout(0.5);    // equals first
 * }                               // generators go on as if there had been no second time
 * }</pre>
 */
public final class Draws implements AutoCloseable {
    /** Has generators draw as they did, until it is closed. */
    public interface Again extends AutoCloseable {
        @Override
        void close();
    }

    private record State(long seed, long calls) {
    }

    private static final ThreadLocal<Draws> INNERMOST = new ThreadLocal<>();

    private final Draws outer = INNERMOST.get();
    private final Map<Generator, State> before = new IdentityHashMap<>();

    private Draws() {
    }

    /** Begins to note which generators this thread uses. */
    public static Draws open() {
        Draws draws = new Draws();
        INNERMOST.set(draws);
        return draws;
    }

    /** Notes that a generator is about to draw. */
    static void note(Generator generator, long seed, long calls) {
        for (Draws draws = INNERMOST.get(); draws != null; draws = draws.outer) {
            draws.before.putIfAbsent(generator, new State(seed, calls));
        }
    }

    /** Sets all noted generators to the states they had; closing what is returned sets them to those that they have now. */
    public Again again() {
        Map<Generator, State> now = new IdentityHashMap<>();
        before.forEach((generator, state) -> {
            now.put(generator, new State(generator.seed(), generator.calls()));
            generator.restore(state.seed, state.calls);
        });
        return () -> now.forEach((generator, state) -> generator.restore(state.seed, state.calls));
    }

    /** Notes no more. */
    @Override
    public void close() {
        if (outer == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
    }
}
