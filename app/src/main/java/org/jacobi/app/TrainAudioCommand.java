package org.jacobi.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jacobi train audio}: trains a network that sorts recordings into classes. */
@Command(name = "audio", description = {
    "Trains a network that tells what is heard in a recording: --data names a folder with a folder of WAV files for each"
            + " class, or with files named class_speaker_number.wav, such as 7_jackson_32.wav.",
    "In folders of classes, speaker_number.wav and speaker_nohash_number.wav tell who speaks."
})
final class TrainAudioCommand extends TrainTaskCommand {
    @Mixin
    private final SpeechOptions speech = new SpeechOptions();

    @Option(names = "--seconds", paramLabel = "X", defaultValue = "0",
            description = "How much of a recording the network sees. Default: as much as 95 of 100 have, at most 5.")
    private double seconds;

    @Option(names = "--width", paramLabel = "N", defaultValue = "32",
            description = "Channels of the first convolution. Default: ${DEFAULT-VALUE}.")
    private int width;

    @Option(names = "--no-augment", description = "Learn from the recordings as they are.")
    private boolean plain;

    TrainAudioCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new AudioRecipe(speech.split(), speech.heldOut(), seconds, !plain, width);
    }
}
