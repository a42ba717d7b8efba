package org.jacobi.layers.audio;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.LabelledFiles;
import org.jacobi.layers.data.Splits;
import org.jacobi.tensor.Tensor;

/**
 * WAV files, each of a class. A file is read each time it is asked for; an example is the signal (1, T), f32, all channels mixed into one and at one
 * rate, and its class, a scalar of i64.
 */
public final class Recordings extends LabelledFiles {
    /** class_speaker_number.wav. */
    private static final Pattern NAME = Pattern.compile("(.+?)_(.+)_\\d+\\.wav", Pattern.CASE_INSENSITIVE);
    /** speaker_number.wav, or as in Speech Commands (Warden, 2018) speaker_nohash_number.wav. */
    private static final Pattern SPEAKER = Pattern.compile("(.+?)(_nohash)?_\\d+\\.wav", Pattern.CASE_INSENSITIVE);

    private static final String NOISE = "_background_noise_";

    private final List<String> speakers;
    private final int sampleRate;

    private Recordings(ClassFolders files, List<String> speakers, int sampleRate) {
        super(files);
        if (sampleRate < 1) {
            throw new IllegalArgumentException(
                    "Recordings: the sample rate is " + sampleRate + ", expected a positive one");
        }
        this.speakers = speakers;
        this.sampleRate = sampleRate;
    }

    /**
     * Lists the WAV files that lie in one folder a class; classes are numbered by the order of their folders' names. Who speaks is
     * known if all files are named speaker_number.wav or speaker_nohash_number.wav. The folder {@code _background_noise_} of Speech
     * Commands is no class.
     *
     * @param sampleRate the rate that all examples get
     * @throws DataException if the folder is missing, has no folders in it, or one of them has no WAV files
     */
    public static Recordings folder(Path folder, int sampleRate) {
        ClassFolders files = ClassFolders.list(folder, "WAV files", Recordings::isWav).without(NOISE);
        List<Matcher> names = files.files().stream()
                .map(file -> SPEAKER.matcher(file.file().getFileName().toString())).toList();
        return new Recordings(files,
                names.stream().allMatch(Matcher::matches) ? names.stream().map(name -> name.group(1)).toList() : null,
                sampleRate);
    }

    /**
     * Lists files named class_speaker_number.wav, such as those of the Free Spoken Digit Dataset (Jackson et al., 2018), which
     * have 8,000 samples a second. Classes are numbered by the order of their names.
     *
     * @param sampleRate the rate that all examples get
     * @throws DataException if the folder is missing, has no WAV files, or one of another name
     */
    public static Recordings named(Path folder, int sampleRate) {
        List<Path> wavs = ClassFolders.sorted(folder, 1, Recordings::isWav);
        if (wavs.isEmpty()) {
            throw new DataException(folder + ": has no WAV files");
        }
        TreeMap<String, Integer> classes = new TreeMap<>();
        wavs.forEach(file -> classes.put(matched(file).group(1), 0));
        int number = 0;
        for (var entry : classes.entrySet()) {
            entry.setValue(number++);
        }
        return new Recordings(
                new ClassFolders(List.copyOf(classes.keySet()),
                        wavs.stream().map(file -> new ClassFolders.Labelled(file, classes.get(matched(file).group(1))))
                                .toList()),
                wavs.stream().map(file -> matched(file).group(2)).toList(), sampleRate);
    }

    private static Matcher matched(Path file) {
        Matcher matcher = NAME.matcher(file.getFileName().toString());
        if (!matcher.matches()) {
            throw new DataException(file + ": expected a name such as 7_jackson_32.wav: class_speaker_number.wav");
        }
        return matcher;
    }

    private static boolean isWav(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".wav");
    }

    /** Returns whether it is known who speaks. */
    public boolean hasSpeakers() {
        return speakers != null;
    }

    /** Returns who speaks in a recording. */
    public String speaker(long index) {
        requireSpeakers();
        file(index);
        return speakers.get((int) index);
    }

    /** Returns all speakers, in the order of the alphabet. */
    public List<String> speakers() {
        requireSpeakers();
        return List.copyOf(new TreeSet<>(speakers));
    }

    private void requireSpeakers() {
        if (speakers == null) {
            throw new IllegalStateException("Recordings: who speaks is not known: the files' names do not say it");
        }
    }

    /**
     * Sets aside all recordings of some speakers, so that no voice is both learned from and tested with.
     *
     * @throws IllegalArgumentException if there is no such speaker, or nobody is left to learn from
     */
    public Splits.Fold withoutSpeakers(String... test) {
        List<String> aside = List.of(test);
        if (!speakers().containsAll(aside) || aside.containsAll(speakers())) {
            throw new IllegalArgumentException(
                    "withoutSpeakers: " + aside + " must be some, and not all, of the speakers " + speakers());
        }
        return new Splits.Fold(numbers(aside, false), numbers(aside, true));
    }

    private long[] numbers(List<String> of, boolean among) {
        return LongStream.range(0, size()).filter(i -> of.contains(speakers.get((int) i)) == among).toArray();
    }

    /** Returns the samples a second of every example. */
    public int sampleRate() {
        return sampleRate;
    }

    @Override
    protected Tensor read(Path file) {
        return Wav.read(file).mono().resample(sampleRate).samples();
    }
}
