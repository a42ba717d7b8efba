package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Those who are told of a training. */
final class Callbacks {
    private final List<Callback> all = new ArrayList<>();

    static Callback afterStep(Runnable work) {
        return new Callback() {
            @Override
            public void onStepEnd(Trainer<?> trainer, StepRecord step) {
                work.run();
            }
        };
    }

    static Callback afterEpoch(Consumer<EpochRecord> work) {
        return new Callback() {
            @Override
            public void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
                work.accept(epoch);
            }
        };
    }

    void add(Callback callback) {
        all.add(callback);
    }

    void tell(Consumer<Callback> news) {
        all.forEach(news);
    }

    /** Tells everybody of the end, even if somebody throws: the first exception of all is thrown, with the others in it. */
    void end(Trainer<?> trainer, Throwable failure) {
        RuntimeException first = null;
        for (Callback callback : all) {
            try {
                callback.onFitEnd(trainer, failure);
            } catch (RuntimeException e) {
                if (failure != null) {
                    failure.addSuppressed(e);
                } else if (first != null) {
                    first.addSuppressed(e);
                } else {
                    first = e;
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
