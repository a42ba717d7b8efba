package org.jacobi.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jacobi train ctc}: trains a recogniser of spoken words. */
@Command(name = "ctc", description = {
    "Trains a recogniser that writes down, letter by letter, sequences of words that are recorded one by one: --data names a"
            + " folder with a folder of WAV files for each word, or with files named word_speaker_number.wav; a digit, as in"
            + " 7_jackson_32.wav, is written as a word.",
    "It is measured by the error rates of words and characters (wer, cer), where the likeliest letter of each frame is taken"
            + " and where a beam is searched, on sequences that are put together."
})
final class TrainCtcCommand extends TrainTaskCommand {
    @Mixin
    private final SpeechOptions speech = new SpeechOptions();

    @Option(names = "--words", paramLabel = "N", defaultValue = "4",
            description = "How many words a sequence has at most. Default: ${DEFAULT-VALUE}.")
    private int words;

    @Option(names = "--channels", paramLabel = "N", defaultValue = "16",
            description = "Channels of the convolutions. Default: ${DEFAULT-VALUE}.")
    private int channels;

    @Option(names = "--width", paramLabel = "N", defaultValue = "96",
            description = "Width of the recurrent network in each direction. Default: ${DEFAULT-VALUE}.")
    private int width;

    TrainCtcCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new CtcRecipe(speech.split(), speech.heldOut(), words, channels, width);
    }
}
