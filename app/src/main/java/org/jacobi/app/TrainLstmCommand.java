package org.jacobi.app;

import java.util.Locale;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jacobi train lstm}: trains a recurrent language model. */
@Command(name = "lstm", description = {
    "Trains a recurrent language model on the characters or bytes of a text: --data names a file in UTF-8, whose first 90%%"
            + " train; the rest compares epochs and is measured at the end.",
    "Beside the loss, in nats a token, stands bigram_loss: that of the model that knows how often each token follows each other"
            + " one in the training part. jacobi predict goes on with the text in a file."
})
final class TrainLstmCommand extends TrainTaskCommand {
    /** What a token is. */
    enum Token {
        CHAR, BYTE;

        /** Returns the name as it is on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--tokenizer", paramLabel = "NAME", defaultValue = "char",
            description = "char or byte: what a token is. Default: ${DEFAULT-VALUE}.")
    private Token tokenizer;

    @Option(names = "--context", paramLabel = "N", defaultValue = "64",
            description = "Tokens that a step goes back through. Default: ${DEFAULT-VALUE}.")
    private int context;

    @Option(names = "--width", paramLabel = "N", defaultValue = "192",
            description = "Width of the state. Default: ${DEFAULT-VALUE}.")
    private int width;

    @Option(names = "--layers", paramLabel = "N", defaultValue = "2",
            description = "How many layers there are. Default: ${DEFAULT-VALUE}.")
    private int layers;

    @Option(names = "--dropout", paramLabel = "P", defaultValue = "0.1",
            description = "Which share is dropped between layers in training. Default: ${DEFAULT-VALUE}.")
    private double dropout;

    TrainLstmCommand(StopSignal stop) {
        super(stop);
    }

    @Override
    Recipe<?> recipe() {
        return new LstmRecipe(tokenizer == Token.BYTE, context, width, layers, dropout);
    }
}
