package org.jacobi.app;

import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train segmentation}: trains a network that tells the class of each pixel. */
@Command(name = "segmentation", description = {
    "Trains a U-Net that tells the class of each pixel: --data names a folder with a folder image (or images) and a folder"
            + " label (or labels, mask, masks), whose files have the same names but for the ending, or NAME_mask; with the latter,"
            + " all may lie in one folder.",
    "A fifth of the images is held out and measured once, at the end, at full size; a tenth compares epochs."
            + " jacobi predict writes NAME-mask.png beside each image."
})
final class TrainSegmentationCommand extends TrainTaskCommand {
    @Option(names = "--greys", split = ",", paramLabel = "N", defaultValue = "0,255",
            description = "The grey of each class in masks, 0 to 255. Default: 0,255, black below 128 and else white.")
    private List<Integer> greys;

    @Option(names = "--ignore", paramLabel = "GREY",
            description = "The grey of pixels in masks that are left out of account: neither learned from nor measured, as 255 in"
                    + " VOC's masks. Default: none.")
    private Integer ignored;

    @Option(names = "--color", description = "See colours, and not brightness alone.")
    private boolean color;

    @Option(names = "--crop", paramLabel = "N", defaultValue = "128",
            description = "Height and width of the parts of images to learn from. Default: ${DEFAULT-VALUE}.")
    private int crop;

    @Option(names = "--crops", paramLabel = "N", defaultValue = "8",
            description = "How many parts of each image an epoch has. Default: ${DEFAULT-VALUE}.")
    private int crops;

    @Option(names = "--width", paramLabel = "N", defaultValue = "16",
            description = "Channels of the first level. Default: ${DEFAULT-VALUE}.")
    private int width;

    @Option(names = "--depth", paramLabel = "N", defaultValue = "3",
            description = "How often height and width are halved. Default: ${DEFAULT-VALUE}.")
    private int depth;

    TrainSegmentationCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new SegmentationRecipe(color, greys, ignored, crop, crops, width, depth);
    }
}
