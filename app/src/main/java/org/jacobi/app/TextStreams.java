package org.jacobi.app;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.UnaryOperator;

import org.jacobi.layers.data.LoaderState;
import org.jacobi.layers.data.Resumable;
import org.jacobi.layers.data.TensorBundle;
import org.jacobi.tensor.Tensor;

/**
 * A text as streams that are read side by side, a stretch at a time, so that a recurrent network can go on from the state in which the
 * stretch before left it. Every token but the first is a target exactly once.
 */
final class TextStreams implements Iterable<TextStreams.Stretch>, Resumable {
    /** The target that cross-entropy leaves out. */
    private static final long IGNORED = -100;

    /**
     * The next stretch of every stream.
     *
     * @param inputs  i64 (B, T)
     * @param targets i64 (B, T): the token after each input, or -100 beyond the end of the text
     * @param first   whether the streams begin with it
     * @param counted how many targets are none of the -100
     */
    record Stretch(Tensor inputs, Tensor targets, boolean first, long counted) implements TensorBundle<Stretch> {
        @Override
        public Stretch mapTensors(UnaryOperator<Tensor> function) {
            return new Stretch(function.apply(inputs), function.apply(targets), first, counted);
        }
    }

    private final long[] tokens;
    private final int streams;
    private final int length;
    private final int context;
    private final long seed;
    private LoaderState next;
    private Walk running;

    /**
     * Cuts a text.
     *
     * @param tokens  two at least
     * @param streams how many streams, less for a short text
     * @param context how many tokens a stretch has
     * @param seed    what states are known by
     */
    TextStreams(long[] tokens, int streams, int context, long seed) {
        if (tokens.length < 2) {
            throw new IllegalArgumentException("TextStreams: " + tokens.length + " tokens, expected at least 2");
        }
        this.tokens = tokens;
        this.context = context;
        this.seed = seed;
        int targets = tokens.length - 1;
        // Streams end where the text does, so that only the last ones may be shorter.
        length = Math.ceilDiv(targets, Math.min(streams, Math.ceilDiv(targets, context)));
        this.streams = Math.ceilDiv(targets, length);
        next = new LoaderState(seed, 0, 0);
    }

    int streams() {
        return streams;
    }

    @Override
    public long batches() {
        return Math.ceilDiv(length, context);
    }

    @Override
    public LoaderState state() {
        return running == null ? next : new LoaderState(seed, running.epoch, running.at);
    }

    @Override
    public void seek(LoaderState state) {
        if (state.seed() != seed || state.position() > batches()) {
            throw new IllegalArgumentException("TextStreams: " + state + " does not belong to this text, whose seed is "
                    + seed + " and which has " + batches() + " stretches");
        }
        running = null;
        next = state.position() < batches() ? state : new LoaderState(seed, state.epoch() + 1, 0);
    }

    @Override
    public Iterator<Stretch> iterator() {
        running = new Walk(next.epoch(), next.position());
        next = new LoaderState(seed, running.epoch + 1, 0);
        return running;
    }

    /** A walk over the stretches. */
    private final class Walk implements Iterator<Stretch> {
        private final long epoch;
        private long at;

        Walk(long epoch, long at) {
            this.epoch = epoch;
            this.at = at;
        }

        @Override
        public boolean hasNext() {
            return at < batches();
        }

        @Override
        public Stretch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("there are " + batches() + " stretches");
            }
            int begin = Math.toIntExact(at * context);
            int size = Math.min(context, length - begin);
            long[] inputs = new long[streams * size];
            long[] targets = new long[streams * size];
            long counted = 0;
            for (int b = 0; b < streams; b++) {
                for (int t = 0; t < size; t++) {
                    int position = b * length + begin + t;
                    boolean exists = position + 1 < tokens.length;
                    inputs[b * size + t] = exists ? tokens[position] : 0;
                    targets[b * size + t] = exists ? tokens[position + 1] : IGNORED;
                    counted += exists ? 1 : 0;
                }
            }
            return new Stretch(Tensor.of(inputs, streams, size), Tensor.of(targets, streams, size), at++ == 0,
                    counted);
        }
    }
}
