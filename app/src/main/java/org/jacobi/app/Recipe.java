package org.jacobi.app;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonSubTypes.Type;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * How a network is made from data: a record of what {@code jacobi train NAME} lets its user choose besides the {@link TrainSettings},
 * which {@code config.json} of a run folder holds.
 *
 * @param <B> a batch
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "train")
@JsonSubTypes({@Type(value = MnistRecipe.class, name = "mnist"), @Type(value = CifarRecipe.class, name = "cifar"),
    @Type(value = ImagesRecipe.class, name = "images"), @Type(value = TabularRecipe.class, name = "tabular"),
    @Type(value = AudioRecipe.class, name = "audio"), @Type(value = CtcRecipe.class, name = "ctc"),
    @Type(value = SegmentationRecipe.class, name = "segmentation"), @Type(value = LstmRecipe.class, name = "lstm")})
interface Recipe<B> {
    /**
     * What holds where the command line says nothing.
     *
     * @param epochs how often the training examples are gone through
     * @param batch  how many of them a step has
     * @param lr     the highest learning rate
     */
    record Defaults(int epochs, int batch, double lr) {
    }

    /** Returns what holds where the command line says nothing. */
    Defaults defaults();

    /**
     * Reads the data and makes all that training needs, always the same for the same settings.
     *
     * @throws org.jacobi.layers.data.DataException if the data cannot be used
     * @throws IllegalArgumentException             if the settings cannot
     */
    Lesson<B> prepare(TrainSettings settings);
}
