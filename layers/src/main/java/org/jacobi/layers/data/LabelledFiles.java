package org.jacobi.layers.data;

import java.nio.file.Path;
import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Files that each hold one example's input and belong to a class; a file is read each time it is asked for, so that the data may be larger
 * than memory. Targets are the classes' numbers, scalars of i64.
 */
public abstract class LabelledFiles implements LabelledDataset<Example> {
    private final ClassFolders files;

    /** Makes a data set of files. */
    protected LabelledFiles(ClassFolders files) {
        this.files = files;
    }

    /**
     * Returns a file's content as an example's input.
     *
     * @throws DataException if it cannot be used
     */
    protected abstract Tensor read(Path file);

    /** Returns an example's file. */
    public final Path file(long index) {
        return files.file(index).file();
    }

    @Override
    public final long size() {
        return files.files().size();
    }

    @Override
    public final Example get(long index) {
        return new Example(read(file(index)), Tensor.scalar(label(index), DType.I64));
    }

    @Override
    public final List<String> classes() {
        return files.classes();
    }

    @Override
    public final long label(long index) {
        return files.file(index).label();
    }

    @Override
    public final String describe(long index) {
        return file(index).toString();
    }
}
