package org.jacobi.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.audio.CTCDecoder;
import org.jacobi.layers.audio.CTCLoss;
import org.jacobi.layers.audio.Wav;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.metrics.CharErrorRate;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.metrics.WordErrorRate;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Writing down what is said, letter by letter, by connectionist temporal classification (Graves et al., 2006). Letter 0 is the blank.
 *
 * @param vocabulary names of the words that are recorded; a digit is written as a word
 * @param mel        what the network sees
 * @param channels   of the convolutions
 * @param width      of the recurrent network
 * @param words      how many words a sequence has at most that is measured
 */
record SpeechTask(List<String> vocabulary, LogMel mel, int channels, int width, int words) implements Task<Spoken> {

    private static final List<String> DIGITS =
            List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    private static final int BATCH = 32;
    private static final int BEAM = 16;
    private static final int BLANK = 0;

    /** Returns the word of a class. */
    private static String word(String name) {
        return name.length() == 1 && Character.isDigit(name.charAt(0)) ? DIGITS.get(name.charAt(0) - '0')
                : name.toLowerCase(Locale.ROOT);
    }

    /** Returns the characters by their numbers, from 1; 0 is the blank. */
    private int[] alphabet() {
        return (" " + String.join("", vocabulary.stream().map(SpeechTask::word).toList())).codePoints().distinct()
                .sorted()
                .toArray();
    }

    private List<long[]> spelled() {
        int[] alphabet = alphabet();
        return vocabulary.stream()
                .map(name -> word(name).codePoints().mapToLong(c -> 1 + Arrays.binarySearch(alphabet, c)).toArray())
                .toList();
    }

    private int space() {
        return 1 + Arrays.binarySearch(alphabet(), ' ');
    }

    /** Returns what finds texts: greedily letter by letter, by beams among those that are made of the vocabulary's words. */
    private CTCDecoder decoder() {
        int[] alphabet = alphabet();
        List<List<Integer>> words = vocabulary.stream().flatMap(name -> Arrays.stream(word(name).split(" +")))
                .filter(word -> !word.isEmpty())
                .map(word -> word.codePoints().mapToObj(c -> 1 + Arrays.binarySearch(alphabet, c)).toList()).toList();
        return new CTCDecoder(BLANK).lexicon(words, space());
    }

    private String text(long[] letters) {
        int[] alphabet = alphabet();
        StringBuilder text = new StringBuilder();
        Arrays.stream(letters).forEach(letter -> text.appendCodePoint(alphabet[(int) letter - 1]));
        return text.toString().strip();
    }

    @Override
    public Layer model() {
        return new SpeechNetwork(mel.bands(), 1 + alphabet().length, channels, width);
    }

    @Override
    public TrainStep<Spoken> measurement(Layer model) {
        return step((SpeechNetwork) model, true);
    }

    /** Returns what is done with a batch; beams are searched only where that is wanted, because it takes long. */
    TrainStep<Spoken> step(SpeechNetwork model, boolean beam) {
        // A recording may be too short for its letters.
        CTCLoss loss = new CTCLoss(BLANK, CTCLoss.Reduction.MEAN, true);
        CTCDecoder decoder = decoder();
        return batch -> {
            Variable scores = model.logProbs(Variable.constant(batch.sounds()), batch.frames());
            List<List<CTCDecoder.Hypothesis>> ways = new ArrayList<>();
            try (var _ = TensorScope.open()) {
                Tensor values = scores.value();
                ways.add(decoder.greedy(values, batch.frames()));
                if (beam) {
                    ways.add(decoder.beamSearch(values, batch.frames(), BEAM).stream().map(List::getFirst).toList());
                }
            }
            return new Outcome(loss.of(scores, batch.letters(), batch.frames(), batch.lengths()),
                    Variable.constant(padded(ways)), padded(batch), batch.frames().numel());
        };
    }

    /** Returns decoded letters (N, ways, L), with -1 behind the ends. */
    private static Tensor padded(List<List<CTCDecoder.Hypothesis>> ways) {
        int examples = ways.getFirst().size();
        int longest = Math.max(1, ways.stream().flatMap(List::stream).mapToInt(each -> each.labels().size()).max()
                .orElseThrow());
        long[] letters = new long[examples * ways.size() * longest];
        Arrays.fill(letters, -1);
        for (int n = 0; n < examples; n++) {
            for (int way = 0; way < ways.size(); way++) {
                List<Integer> labels = ways.get(way).get(n).labels();
                for (int i = 0; i < labels.size(); i++) {
                    letters[(n * ways.size() + way) * longest + i] = labels.get(i);
                }
            }
        }
        return Tensor.of(letters, examples, ways.size(), longest);
    }

    /** Returns the letters of a batch (N, L), with -1 behind the ends. */
    private static Tensor padded(Spoken batch) {
        long[] lengths = batch.lengths().toLongArray();
        long[] all = batch.letters().toLongArray();
        int longest = (int) Arrays.stream(lengths).max().orElseThrow();
        long[] letters = new long[lengths.length * longest];
        Arrays.fill(letters, -1);
        int from = 0;
        for (int n = 0; n < lengths.length; n++) {
            System.arraycopy(all, from, letters, n * longest, (int) lengths[n]);
            from += (int) lengths[n];
        }
        return Tensor.of(letters, lengths.length, longest);
    }

    /**
     * Error rates of words and characters, where the likeliest letter of each frame is taken, and where a beam is searched among texts of
     * the vocabulary's words.
     */
    @Override
    public SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        metrics.put("wer", () -> new TranscriptErrors(new WordErrorRate(), 0, this::text));
        metrics.put("cer", () -> new TranscriptErrors(new CharErrorRate(), 0, this::text));
        metrics.put("wer_beam", () -> new TranscriptErrors(new WordErrorRate(), 1, this::text));
        metrics.put("cer_beam", () -> new TranscriptErrors(new CharErrorRate(), 1, this::text));
        return metrics;
    }

    @Override
    public Iterable<Spoken> read(Path data) {
        return batches(sequences(new ImageData(data, SpeechData.list(data, mel.sampleRate())).labelledAs(vocabulary)),
                0);
    }

    /** Returns sequences of recorded words. */
    SpokenSequences sequences(Dataset<Example> recordings) {
        return new SpokenSequences(recordings, spelled(), space(), words,
                mel.sampleRate());
    }

    /** Returns sequences as the network sees them, in order, in batches. */
    Iterable<Spoken> batches(SpokenSequences sequences, int workers) {
        var seen = mel.of();
        return DataLoader.of(sequences, Spoken::together).batchSize(BATCH).workers(workers)
                .transform((each, generator) -> new Spoken(seen.apply(each.sounds(), generator), each.letters()))
                .build();
    }

    /** Tells what the likeliest letters of each frame say, and the best few that a beam finds with their log probabilities. */
    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        Tensor signal = Wav.read(file).mono().resample(mel.sampleRate()).samples();
        Tensor seen = mel.of().apply(signal, new Generator(0)).unsqueeze(0).to(model.device());
        Tensor scores = model.forward(seen).value().cpu();
        Tensor frames = Tensor.of(new long[] {scores.size(0)}, 1);
        CTCDecoder decoder = decoder();
        StringBuilder line = new StringBuilder(file + "\t" + text(decoder.greedy(scores, frames).getFirst()));
        decoder.beamSearch(scores, frames, Math.max(top, BEAM)).getFirst().stream().limit(top)
                .forEach(each -> line.append('\t').append(text(each)).append('\t')
                        .append(String.format(Locale.ROOT, "%.4f", each.logProbability())));
        return List.of(line.toString());
    }

    private String text(CTCDecoder.Hypothesis decoded) {
        return text(decoded.labels().stream().mapToLong(Integer::longValue).toArray());
    }

    @Override
    public SpeechTask checked() {
        Problems.requireClasses(vocabulary);
        Problems.require(vocabulary.stream().noneMatch(String::isBlank), "vocabulary: a word is empty");
        Problems.require(mel != null, "mel is null");
        mel.checked();
        Map.of("channels", channels, "width", width).forEach((name, value) -> Problems
                .require(value >= 1 && value <= 4096, name + " " + value + ": expected 1 to 4096"));
        Problems.require(words >= 1 && words <= 100, "words " + words + ": expected 1 to 100");
        return this;
    }
}
