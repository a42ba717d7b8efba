package org.jacobi.app;

import picocli.CommandLine.Option;

/** The options of all trainings with recordings: how they are cut. */
final class SpeechOptions {
    @Option(names = "--split", paramLabel = "HOW", defaultValue = "speaker",
            description = "speaker: all that some speakers say is held out, a tenth of the speakers, one at least; random: a"
                    + " fifth of each class is. Default: ${DEFAULT-VALUE}. A tenth of the rest compares epochs.")
    private SpeechData.Split split;

    @Option(names = "--held-out", paramLabel = "SPEAKER",
            description = "Who is held out. Default: drawn by the seed.")
    private String heldOut;

    SpeechData.Split split() {
        return split;
    }

    /** Returns who is held out; null to draw who. */
    String heldOut() {
        if (heldOut != null && split != SpeechData.Split.SPEAKER) {
            throw CommandFailure.usage("--held-out " + heldOut + ": needs --split speaker");
        }
        return heldOut;
    }
}
