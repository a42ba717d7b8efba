package org.jacobi.tensor.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.Backend;

/**
 * Measures what runs while it is open, in all threads: which kernels and ops, how often, how long, with how much memory and
 * arithmetic.
 *
 * <pre>{@code
 * try (var profiler = Profiler.start()) {
 *     trainStep();
 *     IO.println(profiler.table());
 *     profiler.writeChromeTrace(Path.of("trace.json"));
 * }
 * }</pre>
 *
 * <p>Kernels are measured where the backend is called: {@link #start} puts a measuring one in the place of every device's,
 * and {@link #close} puts
 * the old one back, so that nothing of it remains in between. Differentiable ops, layers and regions ask a static field
 * whether somebody measures. A forward op is known when it has finished: its stretch begins at the first kernel or
 * allocation since the op before, in the same layer or region.
 *
 * <p>Every stretch is kept, some hundred bytes each: profile steps, not hours. A kernel's own overhead grows by about a
 * microsecond meanwhile.
 */
public final class Profiler implements AutoCloseable {
    /** A stretch that is open until it is closed, in the thread that opened it. */
    public static final class Region implements AutoCloseable {
        private static final Region NONE = new Region(null, 0);

        private final Recorder recorder;
        private final int openBefore;

        private Region(Recorder recorder, int openBefore) {
            this.recorder = recorder;
            this.openBefore = openBefore;
        }

        @Override
        public void close() {
            if (recorder != null) {
                recorder.end(openBefore, 0, 0);
            }
        }
    }

    /** Not volatile: a thread that learns of a profiler a moment late misses that moment. */
    private static Profiler active;

    private final ThreadLocal<Recorder> recorder = ThreadLocal.withInitial(this::newRecorder);
    private final Queue<Recorder> recorders = new ConcurrentLinkedQueue<>();
    private final long start = System.nanoTime();
    private final List<Measured> devices = new ArrayList<>();
    /** 0 while it runs. */
    private long end;

    /** A device, its kernels, and those that take their place meanwhile. */
    private record Measured(Device device, Backend kernels, Backend measuring) {
    }

    private Profiler() {
        for (Device device : Device.all()) {
            devices.add(new Measured(device, device.backend(), ProfiledBackend.of(device.backend(), this)));
        }
    }

    /**
     * Starts to measure, until {@link #close}.
     *
     * @throws IllegalStateException if another profiler is open
     */
    public static synchronized Profiler start() {
        if (active != null) {
            throw new IllegalStateException("Profiler.start: a profiler is open already; close it first");
        }
        Profiler profiler = new Profiler();
        profiler.devices.forEach(each -> each.device.use(each.measuring));
        active = profiler;
        return profiler;
    }

    /** Returns the profiler that is open, or null. */
    public static Profiler active() {
        return active;
    }

    /** Marks what runs in this thread until the returned object is closed; does nothing while no profiler is open. */
    public static Region region(String name) {
        Profiler profiler = active;
        return profiler == null ? Region.NONE : profiler.enter(Activity.REGION, name);
    }

    /** Begins a stretch in this thread; layers and the backward walk call it. */
    public Region enter(Activity activity, String name) {
        Recorder own = recorder();
        return new Region(own, own.begin(activity, name));
    }

    /** Says that a forward op of this thread has just finished. */
    public void finished(String op) {
        recorder().finished(op);
    }

    Recorder recorder() {
        return recorder.get();
    }

    private Recorder newRecorder() {
        Recorder made = new Recorder();
        recorders.add(made);
        return made;
    }

    /** Stops measuring; what was measured can still be read. */
    @Override
    public void close() {
        synchronized (Profiler.class) {
            if (end == 0) {
                end = System.nanoTime();
                active = null;
                for (Measured each : devices) {
                    Backend now = each.device.use(each.kernels);
                    if (now != each.measuring) {
                        each.device.use(now); // somebody else's, put there meanwhile
                    }
                }
            }
        }
    }

    // ---- results -------------------------------------------------------------------------------------------------------

    /** Returns what has ended so far, by kind and name: kinds from the outside in, of each the longest first. */
    public List<ProfileRow> rows() {
        Map<String, ProfileRow> rows = new LinkedHashMap<>();
        for (Recorder each : recorders) {
            for (Stretch s : each.ended()) {
                ProfileRow one = new ProfileRow(s.activity(), s.name(), 1, s.nanos(), s.nanos() - s.inside(), s.bytes(),
                        s.flop(), s.moved());
                rows.merge(s.activity() + " " + s.name(), one, Profiler::sum);
            }
        }
        List<ProfileRow> sorted = new ArrayList<>(rows.values());
        sorted.sort(Comparator.comparing(ProfileRow::activity)
                .thenComparing(ProfileRow::totalNanos, Comparator.reverseOrder()));
        return sorted;
    }

    private static ProfileRow sum(ProfileRow a, ProfileRow b) {
        return new ProfileRow(a.activity(), a.name(), a.calls() + b.calls(), a.totalNanos() + b.totalNanos(),
                a.selfNanos() + b.selfNanos(), a.bytes() + b.bytes(), a.flop() + b.flop(), a.moved() + b.moved());
    }

    /** Returns {@link #rows} as a table. */
    public String table() {
        long wall = (end == 0 ? System.nanoTime() : end) - start;
        return ProfileTable.of(rows(), wall, recorders.size());
    }

    /**
     * Writes every stretch as a trace that chrome://tracing and ui.perfetto.dev show, thread by thread.
     *
     * @throws IOException if the file cannot be written
     */
    public void writeChromeTrace(Path file) throws IOException {
        ChromeTrace.write(file, List.copyOf(recorders), start);
    }
}
