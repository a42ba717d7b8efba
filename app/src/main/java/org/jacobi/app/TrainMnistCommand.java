package org.jacobi.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train mnist}: trains a network on handwritten digits. */
@Command(name = "mnist", description = {
    "Trains a network on images in MNIST's four files: --data names their folder. Images are shifted by up to two pixels.",
    "A twelfth of the training images, of each class, compares epochs; the test images are measured once, at the end."
})
final class TrainMnistCommand extends TrainTaskCommand {
    @Option(names = "--no-augment", description = "Learn from the images as they are.")
    private boolean plain;

    TrainMnistCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new MnistRecipe(!plain);
    }
}
