package org.jacobi.app;

import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;

import org.jacobi.layers.Layer;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.train.TrainStep;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonSubTypes.Type;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * What a network is for: how it is made, how it is measured and how it is asked. Tasks are records, which {@code config.json} of a
 * run folder holds, so that they have all that must be known of the data the network learned from.
 *
 * @param <B> a batch
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "task")
@JsonSubTypes({@Type(value = ImageTask.class, name = "images"), @Type(value = TabularTask.class, name = "tabular"),
    @Type(value = AudioTask.class, name = "audio"), @Type(value = SpeechTask.class, name = "ctc"),
    @Type(value = SegmentationTask.class, name = "segmentation"), @Type(value = TextTask.class, name = "lstm")})
interface Task<B> {
    /** Makes the untrained network; random numbers come from the global generator. */
    Layer model();

    /** Returns what is done with a batch to measure a network: its loss, predictions and targets. */
    TrainStep<B> measurement(Layer model);

    /** Returns what is measured besides the loss. */
    SequencedMap<String, Supplier<? extends Metric<Double>>> metrics();

    /** Returns the classes of which a confusion matrix is made; none where that makes no sense. */
    default List<String> classes() {
        return List.of();
    }

    /** Returns lines that tell who trains what was made of the data. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Reads data of the kind that the network learned from, to measure it.
     *
     * @throws org.jacobi.layers.data.DataException if the data cannot be used
     */
    Iterable<B> read(Path data);

    /**
     * Asks a network, in evaluation mode, about a file; returns the answer's lines, with tabs between fields.
     *
     * @param top how many of the likeliest answers are wanted, where the answer is a class
     * @param out the file to write, where the answer is one: {@link #answerFile}
     * @throws org.jacobi.layers.data.DataException if the file cannot be used
     */
    List<String> predict(Layer model, Path file, int top, Path out);

    /**
     * Returns the file that an answer goes to; null if answers are lines alone.
     *
     * @param folder where such files go; null for beside the file that is asked about
     */
    default Path answerFile(Path file, Path folder) {
        return null;
    }

    /**
     * Checks what was read from a file.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    Task<B> checked();
}
