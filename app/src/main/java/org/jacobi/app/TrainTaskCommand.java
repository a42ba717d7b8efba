package org.jacobi.app;

import java.util.concurrent.Callable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that trains a network: its own options make a recipe, all others do the rest. */
abstract class TrainTaskCommand implements Callable<Integer> {
    @Mixin
    private final TrainOptions options = new TrainOptions();

    @Spec
    private CommandSpec spec;

    private final StopSignal stop;

    /**
     * Makes the command.
     *
     * @param stop tells when training is to stop
     */
    TrainTaskCommand(StopSignal stop) {
        this.stop = stop;
    }

    /** Returns whether the command goes on with a run, which says all that its own options do. */
    final boolean resumes() {
        return options.resumes();
    }

    /** Returns what the command's own options say. */
    abstract Recipe<?> recipe();

    @Override
    public final Integer call() {
        return options.run(spec, stop, recipe());
    }
}
