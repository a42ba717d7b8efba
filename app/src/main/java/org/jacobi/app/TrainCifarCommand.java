package org.jacobi.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train cifar}: trains a network on small colour images. */
@Command(name = "cifar", description = {
    "Trains a network on images in CIFAR's binary layout: --data names a file, or a folder with .bin files.",
    "Images are shifted by up to four pixels and mirrored. A tenth of each class compares epochs; test_batch.bin of the folder,"
            + " or else another tenth, is measured once, at the end."
})
final class TrainCifarCommand extends TrainTaskCommand {
    @Option(names = "--network", paramLabel = "NAME", defaultValue = "small",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private ImageNetwork network;

    @Option(names = "--no-augment", description = "Learn from the images as they are.")
    private boolean plain;

    TrainCifarCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new CifarRecipe(!plain, network);
    }
}
