package org.jacobi.app;

import java.nio.file.Path;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train images}: trains a network on folders of image files. */
@Command(name = "images", description = {
    "Trains a network on image files: --data names a folder with one folder a class, or one with train, val and test, which"
            + " have these.",
    "Images are cut, mirrored and coloured at random. Without val and test, a tenth of each class compares epochs, and"
            + " another tenth is measured once, at the end."
})
final class TrainImagesCommand extends TrainTaskCommand {
    @Option(names = "--network", paramLabel = "NAME", defaultValue = "small",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private ImageNetwork network;

    @Option(names = "--size", paramLabel = "N", defaultValue = "64",
            description = "Height and width of what the network sees. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(names = "--weights", paramLabel = "FILE.safetensors",
            description = "Begin with these weights, as of a network that PyTorch trained on ImageNet.")
    private Path weights;

    @Option(names = "--no-augment", description = "Learn from the images as they are.")
    private boolean plain;

    TrainImagesCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new ImagesRecipe(network, size, !plain,
                weights == null ? null : weights.toAbsolutePath().normalize().toString());
    }
}
