package org.jacobi.layers.vision;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.Dataset;

/**
 * Images with boxes around things, as PASCAL VOC describes them: one XML file an image (Everingham et al., 2010).
 *
 * <p>Boxes are given by VOC in pixels counted from 1, both ends included; here they run from left and top edge to right and bottom
 * edge, counted from 0.
 */
public final class VocDataset implements Dataset<Detection> {
    private final List<VocAnnotation> annotations;
    private final Path images;
    private final List<String> classes;
    private final boolean skipDifficult;

    /**
     * Reads all annotations of a folder; classes are numbered in the order of the alphabet.
     *
     * @throws DataException if a file is no annotation, or its image is missing
     */
    public VocDataset(Path annotations, Path images) {
        this(annotations, images, null, false);
    }

    /**
     * Reads all annotations of a folder.
     *
     * @param classes       the classes in their order; null for all that there are
     * @param skipDifficult whether things that are marked as difficult are left out
     * @throws DataException if a file is no annotation, names a class that is not among the given ones, or its image is missing
     */
    public VocDataset(Path annotations, Path images, List<String> classes, boolean skipDifficult) {
        this.images = images;
        this.skipDifficult = skipDifficult;
        this.annotations = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>();
        for (Path file : ClassFolders.sorted(annotations, 1, file -> file.toString().endsWith(".xml"))) {
            VocAnnotation annotation = VocAnnotation.read(file);
            Path image = images.resolve(annotation.image()).normalize();
            if (!image.startsWith(images.normalize()) || !Files.isRegularFile(image)) {
                throw new DataException(file + ": there is no image " + annotation.image() + " in " + images);
            }
            for (VocAnnotation.Thing thing : annotation.things()) {
                if (classes != null && !classes.contains(thing.name())) {
                    throw new DataException(file + ": has a " + thing.name() + ", expected one of " + classes);
                }
                names.add(thing.name());
            }
            this.annotations.add(annotation);
        }
        if (this.annotations.isEmpty()) {
            throw new DataException(annotations + ": has no XML files");
        }
        this.classes = classes == null ? List.copyOf(names) : List.copyOf(classes);
    }

    /** Returns the classes by their numbers. */
    public List<String> classes() {
        return classes;
    }

    /** Returns what the file of an example says. */
    public VocAnnotation annotation(long index) {
        return annotations.get((int) Objects.checkIndex(index, size()));
    }

    @Override
    public long size() {
        return annotations.size();
    }

    @Override
    public Detection get(long index) {
        List<float[]> boxes = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        for (VocAnnotation.Thing thing : annotation(index).things()) {
            if (!(skipDifficult && thing.difficult())) {
                boxes.add(new float[] {thing.xmin() - 1, thing.ymin() - 1, thing.xmax(), thing.ymax()});
                labels.add((long) classes.indexOf(thing.name()));
            }
        }
        return Detection.of(Images.read(images.resolve(annotation(index).image())), boxes, labels);
    }

    @Override
    public String describe(long index) {
        return annotation(index).file().toString();
    }
}
