package org.jacobi.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import org.jacobi.tensor.backend.Primitives;

/**
 * Work that a device does again and again as it was recorded, at the price of one launch: PyTorch's torch.cuda.CUDAGraph.
 *
 * <pre>{@code
 * step.run();                                          // once as usual: loads kernels, makes what lasts
 * try (Capture capture = device.capture(step)) {       // records, does nothing
 *     while (...) {
 *         input.copy_(next);                           // what changes lies on the device, in the same place
 *         optimizer.setLearningRate(schedule.at(i));
 *         capture.replay();
 *     }
 * }
 * }</pre>
 *
 * <p>What the host hands to kernels is recorded as it is, and what the host decides is decided once. What changes from one step to
 * the next by itself is an exception: random numbers go on as if each replay had drawn them, from one {@link Generator}, and so
 * do {@link #numbers} that somebody has asked for, such as the learning rate and the step of an optimizer that says so. Copies
 * from and to the host, and waiting for numbers, are refused; so the checks that indices lie in their axis are left out, and what
 * lies outside gives NaN.
 *
 * <p>A device that does not record, such as the CPU, runs the work each time.
 */
public final class Capture implements AutoCloseable {
    private static final ThreadLocal<Capture> CURRENT = new ThreadLocal<>();
    private static final int MOST_NUMBERS = 1024;

    /** Numbers that a replay writes anew, and where. */
    private record Changing(Tensor where, Supplier<double[]> source) {
    }

    private final Runnable work;
    /** On the device: what all of {@link Changing} is part of, and the state of the generator. */
    private final Tensor numbers;
    private final Tensor random;
    private final List<Runnable> before = new ArrayList<>();
    private final List<Changing> changing = new ArrayList<>();
    private int used;
    private Generator generator;
    private long firstCall;
    private long calls;
    /** Null if the work is run each time. */
    private final Primitives.Recording recording;
    private boolean closed;

    Capture(Device device, Runnable work) {
        if (CURRENT.get() != null) {
            throw new IllegalStateException("capture: the work of another capture cannot be captured by itself");
        }
        this.work = work;
        numbers = Tensor.zeros(device, DType.F64, MOST_NUMBERS).unscope();
        random = Tensor.zeros(device, DType.I64, 2).unscope();
        CURRENT.set(this);
        Primitives.Recording made = null;
        try {
            made = device.backend().record(work, random);
        } finally {
            CURRENT.remove();
            if (generator != null) { // nothing was drawn
                calls = generator.calls() - firstCall;
                generator.restore(generator.seed(), firstCall);
            }
            if (made == null) {
                numbers.release();
                random.release();
            }
        }
        recording = made;
    }

    /** Returns the capture whose work this thread is recording, or null. */
    public static Capture current() {
        return CURRENT.get();
    }

    /**
     * Has something happen on the host before each replay, in the order in which it was asked for, as it happens in each step that
     * is not captured: counting, for example.
     */
    public void beforeReplay(Runnable what) {
        before.add(what);
    }

    /**
     * Returns numbers on the device, f64, that are asked for before each replay, and written there.
     *
     * @param count  how many
     * @param source gives that many
     */
    public Tensor numbers(int count, Supplier<double[]> source) {
        if (used + count > MOST_NUMBERS) {
            throw new IllegalStateException("capture: the work needs more than " + MOST_NUMBERS
                    + " numbers that change from one replay to the next");
        }
        Tensor where = numbers.narrow(0, used, count);
        used += count;
        changing.add(new Changing(where, source));
        return where;
    }

    /** Notes that a generator is about to make a call, whose numbers are drawn by a kernel. */
    void draws(Generator source) {
        if (generator == null) {
            generator = source;
            firstCall = source.calls();
        } else if (generator != source) {
            throw new IllegalStateException("capture: the work draws from two generators; let it have one");
        }
    }

    /** Refuses what a replay could not do again. */
    static void refuse(String what) {
        if (CURRENT.get() != null) {
            throw new IllegalStateException("capture: " + what
                    + " would be the same in every replay; do it before or after the captured work");
        }
    }

    /** Queues the work once more. */
    public void replay() {
        if (closed) {
            throw new IllegalStateException("capture: it was closed, and cannot be replayed any more");
        }
        if (recording == null) {
            work.run();
            return;
        }
        before.forEach(Runnable::run);
        try (var _ = TensorScope.open()) {
            if (used > 0) {
                double[] all = new double[used];
                int at = 0;
                for (Changing some : changing) {
                    double[] given = some.source.get();
                    System.arraycopy(given, 0, all, at, given.length);
                    at += given.length;
                }
                numbers.narrow(0, 0, used).copy_(Tensor.of(all));
            }
            if (generator != null) {
                random.copy_(Tensor.of(new long[] {generator.seed(), generator.calls() - firstCall}));
            }
        }
        recording.replay();
        if (generator != null) {
            generator.restore(generator.seed(), generator.calls() + calls);
        }
    }

    /** Frees what the recording holds, results of the work included. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (recording != null) {
                recording.close();
                numbers.release();
                random.release();
            }
        }
    }
}
