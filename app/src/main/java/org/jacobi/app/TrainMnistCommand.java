package org.jacobi.app;

import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi train mnist}: trains a network on handwritten digits. */
@Command(name = "mnist", description = {
    "Trains a network on images in MNIST's four files: --data names their folder. Images are shifted by up to two pixels.",
    "A twelfth of the training images, of each class, compares epochs; the test images are measured once, at the end."
})
final class TrainMnistCommand implements Callable<Integer> {
    @Option(names = "--no-augment", description = "Learn from the images as they are.")
    private boolean plain;

    @Mixin
    private final TrainOptions options = new TrainOptions();

    @Spec
    private CommandSpec spec;

    private final StopSignal stop;

    TrainMnistCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        return options.run(spec, stop, new MnistRecipe(!plain));
    }
}
