package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

import org.jacobi.layers.audio.Recordings;
import org.jacobi.layers.audio.Wav;
import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Splits;
import org.jacobi.tensor.TensorScope;

/**
 * Recordings that are cut into a part to learn from, one that compares epochs, and one that is held out.
 *
 * @param recordings all
 * @param training   the numbers of those to learn from
 * @param validation the numbers of those that compare epochs
 * @param heldOut    the numbers of those that are measured at the end
 */
record SpeechData(Recordings recordings, long[] training, long[] validation, long[] heldOut) {
    /** How recordings are cut. */
    enum Split {
        /** All of some speakers' recordings are held out, so that they are strangers to the network. */
        SPEAKER,
        /** A fifth of each class is held out. */
        RANDOM;

        /** Returns the name as it is on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final double VALIDATION = 0.1;
    private static final double HELD_OUT = 0.2;
    /** Speech has little above half of it. */
    private static final int HIGHEST_RATE = 16_000;

    /**
     * Lists the recordings of a folder, which has a folder for each class or files named class_speaker_number.wav.
     *
     * @throws DataException if there are none
     */
    static Recordings list(Path folder, int sampleRate) {
        List<Path> folders = ClassFolders.sorted(folder, 1, Files::isDirectory);
        return folders.isEmpty() ? Recordings.named(folder, sampleRate) : Recordings.folder(folder, sampleRate);
    }

    /** Returns the rate at which recordings of a folder are to be read: that of the first, if it is not too high. */
    static int sampleRate(Path folder) {
        try (var _ = TensorScope.open()) {
            return Math.min(HIGHEST_RATE, Wav.read(list(folder, HIGHEST_RATE).file(0)).sampleRate());
        }
    }

    /**
     * Lists recordings and cuts them.
     *
     * @param speaker whose recordings are held out; null to draw as many as a tenth of the speakers, one at least
     */
    static SpeechData of(Path folder, int sampleRate, Split split, String speaker, long seed) {
        Recordings recordings = list(folder, sampleRate);
        long[] all = LongStream.range(0, recordings.size()).toArray();
        Splits.Fold outer = switch (split) {
            case RANDOM -> cut(recordings, all, 1 - HELD_OUT, seed, "");
            case SPEAKER -> recordings.withoutSpeakers(speakers(folder, recordings, speaker, seed));
        };
        Problems.requireEachClass(recordings.classes(), labels(recordings, outer.test()), 1,
                "among those held out" + (split == Split.SPEAKER ? " of " + recordings.speaker(outer.test()[0]) : ""));
        Splits.Fold inner = cut(recordings, outer.train(), 1 - VALIDATION, seed, " to learn from");
        return new SpeechData(recordings, inner.train(), inner.test(), outer.test());
    }

    private static String[] speakers(Path folder, Recordings recordings, String speaker, long seed) {
        if (!recordings.hasSpeakers()) {
            throw new DataException(folder + ": the files' names do not say who speaks, as in 7_jackson_32.wav"
                    + " or, in a folder for each class, jackson_32.wav; take --split random");
        }
        List<String> speakers = recordings.speakers();
        if (speakers.size() < 2) {
            throw new DataException(folder + ": all is spoken by " + speakers.getFirst()
                    + ", so that nobody can be held out; take --split random");
        }
        if (speaker != null) {
            if (!speakers.contains(speaker)) {
                throw new DataException(folder + ": has no speaker " + speaker + "; there are " + speakers);
            }
            return new String[] {speaker};
        }
        double share = Math.max(1, speakers.size() / 10) / (double) speakers.size();
        return Arrays.stream(Splits.random(speakers.size(), seed, 1 - share, share).get(1))
                .mapToObj(i -> speakers.get((int) i)).toArray(String[]::new);
    }

    /** Cuts every class. */
    private static Splits.Fold cut(Recordings recordings, long[] numbers, double share, long seed, String what) {
        long[] labels = labels(recordings, numbers);
        Problems.requireEachClass(recordings.classes(), labels, 2, what.isEmpty() ? "in all" : what.strip());
        List<long[]> parts = Splits.stratified(labels, seed, share, 1 - share);
        return new Splits.Fold(pick(numbers, parts.get(0)), pick(numbers, parts.get(1)));
    }

    private static long[] labels(Recordings recordings, long[] numbers) {
        return Arrays.stream(numbers).map(recordings::label).toArray();
    }

    private static long[] pick(long[] numbers, long[] places) {
        return Arrays.stream(places).map(i -> numbers[(int) i]).toArray();
    }

    /** Reads every recording, so that one that is broken is known; returns the seconds of each, sorted. */
    double[] seconds() {
        double[] seconds = new double[(int) recordings.size()];
        for (int i = 0; i < seconds.length; i++) {
            try (var _ = TensorScope.open()) {
                seconds[i] = (double) recordings.get(i).input().size(-1) / recordings.sampleRate();
            }
        }
        Arrays.sort(seconds);
        return seconds;
    }
}
