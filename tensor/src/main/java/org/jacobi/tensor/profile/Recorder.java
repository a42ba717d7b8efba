package org.jacobi.tensor.profile;

import java.util.ArrayList;
import java.util.List;

/** The stretches of one thread: those that are open, innermost last, and those that have ended. */
final class Recorder {
    /** An open stretch, or, as the outermost, the thread itself. */
    private static final class Frame {
        final Activity activity;
        final String name;
        final long start = System.nanoTime();
        /** Sums over what has ended inside it. */
        long inside;
        long bytes;
        double flop;
        long moved;
        /** What was allocated for results whose kernel has not begun. */
        long pending;
        /** Kernels and allocations since the last op: what the next op that is finished was made of. */
        Loose loose = new Loose();

        Frame(Activity activity, String name) {
            this.activity = activity;
            this.name = name;
        }
    }

    private static final class Loose {
        long start = Long.MAX_VALUE;
        long nanos;
        long bytes;
        double flop;
        long moved;
    }

    private final Thread thread = Thread.currentThread();
    private final List<Frame> open = new ArrayList<>();
    /** Also read by other threads, under this object's lock. */
    private final List<Stretch> ended = new ArrayList<>();

    Recorder() {
        open.add(new Frame(null, null));
    }

    Thread thread() {
        return thread;
    }

    synchronized List<Stretch> ended() {
        return List.copyOf(ended);
    }

    /** Begins a stretch; returns how many were open before. */
    int begin(Activity activity, String name) {
        Frame parent = open.getLast();
        Frame frame = new Frame(activity, name);
        if (activity == Activity.KERNEL) {
            frame.bytes = parent.pending;
            parent.pending = 0;
        } else {
            withoutKernel(parent);
            parent.loose = new Loose();
        }
        open.add(frame);
        return open.size() - 1;
    }

    /** Counts as the frame's own what was allocated in it and no kernel has filled. */
    private static void withoutKernel(Frame frame) {
        frame.bytes += frame.pending;
        frame.loose.bytes += frame.pending;
        frame.pending = 0;
    }

    /** Ends the stretches that were begun since a number of them was open. */
    void end(int openBefore, double flop, long moved) {
        while (open.size() > openBefore) {
            Frame frame = open.removeLast();
            withoutKernel(frame);
            Stretch stretch = new Stretch(frame.activity, frame.name, frame.start, System.nanoTime(), frame.inside,
                    frame.bytes, frame.flop + flop, frame.moved + moved);
            add(stretch);
            Frame parent = open.getLast();
            parent.inside += stretch.nanos();
            parent.bytes += stretch.bytes();
            parent.flop += stretch.flop();
            parent.moved += stretch.moved();
            if (frame.activity == Activity.KERNEL) {
                Loose loose = parent.loose;
                loose.start = Math.min(loose.start, stretch.start());
                loose.nanos += stretch.nanos();
                loose.bytes += stretch.bytes();
                loose.flop += stretch.flop();
                loose.moved += stretch.moved();
            } else {
                parent.loose = new Loose();
            }
        }
    }

    void allocated(long bytes) {
        Frame frame = open.getLast();
        frame.pending += bytes;
        frame.loose.start = Math.min(frame.loose.start, System.nanoTime());
    }

    /** Makes one stretch of the kernels and allocations since the last op. */
    void finished(String op) {
        Frame frame = open.getLast();
        withoutKernel(frame);
        Loose loose = frame.loose;
        frame.loose = new Loose();
        if (frame.activity != Activity.BACKWARD) {
            long now = System.nanoTime();
            Stretch stretch =
                    new Stretch(Activity.FORWARD, op, Math.min(now, loose.start), now, loose.nanos, loose.bytes,
                            loose.flop, loose.moved);
            add(stretch);
            frame.inside += stretch.nanos() - loose.nanos;
        }
    }

    private synchronized void add(Stretch stretch) {
        ended.add(stretch);
    }
}
