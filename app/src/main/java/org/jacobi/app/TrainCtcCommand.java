package org.jacobi.app;

import java.util.concurrent.Callable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code jacobi train ctc}: trains a recogniser of spoken words. */
@Command(name = "ctc", description = {
    "Trains a recogniser that writes down, letter by letter, sequences of words that are recorded one by one: --data names a"
            + " folder with a folder of WAV files for each word, or with files named word_speaker_number.wav; a digit, as in"
            + " 7_jackson_32.wav, is written as a word.",
    "It is measured by the error rates of words and characters (wer, cer), where the likeliest letter of each frame is taken"
            + " and where a beam is searched, on sequences that are put together."
})
final class TrainCtcCommand implements Callable<Integer> {
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

    @Mixin
    private final TrainOptions options = new TrainOptions();

    @Spec
    private CommandSpec spec;

    private final StopSignal stop;

    TrainCtcCommand(StopSignal stop) {
        this.stop = stop;
    }

    @Override
    public Integer call() {
        return options.run(spec, stop, new CtcRecipe(speech.split(), speech.heldOut(), words, channels, width));
    }
}
