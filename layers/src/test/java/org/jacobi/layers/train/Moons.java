package org.jacobi.layers.train;

import java.util.Iterator;
import java.util.NoSuchElementException;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.LoaderState;
import org.jacobi.layers.data.Resumable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** Two interleaving half circles of points, in batches that are made when they are asked for, in another order every epoch. */
final class Moons implements Iterable<Batch>, Resumable {
    private final Tensor points;
    private final Tensor labels;
    private final long seed;
    private final int batchSize;
    private Walk walk;
    private LoaderState next;
    private boolean shuffled = true;
    int closed;
    /** The batch that cannot be loaded; -1 for none. */
    int broken = -1;

    Moons(long seed, int count, int batchSize) {
        Generator generator = new Generator(seed);
        float[] xy = new float[2 * count];
        long[] classes = new long[count];
        double[] draws = Tensor.rand(generator, count).toDoubleArray();
        double[] noise = Tensor.randn(generator, 2 * count).toDoubleArray();
        for (int i = 0; i < count; i++) {
            double angle = Math.PI * draws[i];
            classes[i] = i % 2;
            xy[2 * i] = (float) ((i % 2 == 0 ? Math.cos(angle) : 1 - Math.cos(angle)) + 0.1 * noise[2 * i]);
            xy[2 * i + 1] = (float) ((i % 2 == 0 ? Math.sin(angle) : 0.5 - Math.sin(angle)) + 0.1 * noise[2 * i + 1]);
        }
        points = Tensor.of(xy, count, 2).unscope();
        labels = Tensor.of(classes, count).unscope();
        this.seed = seed;
        this.batchSize = batchSize;
        next = new LoaderState(seed, 0, 0);
    }

    /** Gives the points in the same order every time. */
    Moons inOrder() {
        shuffled = false;
        return this;
    }

    Tensor points() {
        return points;
    }

    Tensor labels() {
        return labels;
    }

    @Override
    public long batches() {
        return Math.ceilDiv(points.size(0), batchSize);
    }

    @Override
    public LoaderState state() {
        return walk == null ? next : walk.state;
    }

    @Override
    public void seek(LoaderState state) {
        walk = null;
        next = state.position() < points.size(0) ? state : new LoaderState(seed, state.epoch() + 1, 0);
    }

    @Override
    public Iterator<Batch> iterator() {
        walk = new Walk(next);
        next = new LoaderState(seed, next.epoch() + 1, 0);
        return walk;
    }

    private final class Walk implements Iterator<Batch>, AutoCloseable {
        private final Tensor order;
        private LoaderState state;

        Walk(LoaderState start) {
            order = (shuffled ? Tensor.randperm(new Generator(seed + 1000 * start.epoch()), points.size(0))
                    : Tensor.arange(points.size(0))).unscope();
            state = start;
        }

        @Override
        public boolean hasNext() {
            return state.position() < points.size(0);
        }

        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            if (state.position() / batchSize == broken) {
                throw new IllegalStateException("example " + state.position() + " cannot be read");
            }
            long count = Math.min(batchSize, points.size(0) - state.position());
            Tensor chosen = order.narrow(0, state.position(), count);
            state = new LoaderState(seed, state.epoch(), state.position() + count);
            return new Batch(points.indexSelect(0, chosen), labels.indexSelect(0, chosen));
        }

        @Override
        public void close() {
            closed++;
        }
    }

    /** A small classifier that draws random numbers and has a buffer. */
    static final class Mlp extends Layer {
        private final Linear hidden;
        private final Dropout dropout;
        private final Linear out;
        private final Tensor seen = buffer("seen", Tensor.zeros(DType.F32, 1));

        Mlp(long seed, double p) {
            Generator generator = new Generator(seed);
            hidden = add("hidden", new Linear(2, 32, true, generator));
            dropout = add("dropout", new Dropout(p));
            out = add("out", new Linear(32, 2, true, generator));
        }

        @Override
        protected Variable compute(Variable x) {
            if (isTraining()) {
                seen.add_(x.size(0));
            }
            return out.forward(dropout.forward(hidden.forward(x).relu()));
        }
    }
}
