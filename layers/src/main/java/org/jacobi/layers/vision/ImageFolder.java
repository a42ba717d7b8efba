package org.jacobi.layers.vision;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.layers.data.ClassFolders;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.LabelledFiles;
import org.jacobi.tensor.Tensor;

/**
 * Images in one folder a class: torchvision.datasets.ImageFolder. Classes are numbered by the order of their folders' names.
 *
 * <p>An image is read from its file each time it is asked for. An example is the image (C, H, W) in [0, 1], f32, and its class, a scalar of
 * i64.
 */
public final class ImageFolder extends LabelledFiles {
    private final ClassFolders files;
    private final ImageMode mode;

    /**
     * Lists a folder's images, with red, green and blue.
     *
     * @throws DataException if the folder is missing, has no folders in it, or one of them has no images
     */
    public ImageFolder(Path folder) {
        this(folder, ImageMode.RGB);
    }

    /** Lists a folder's images, with the given channels. */
    public ImageFolder(Path folder, ImageMode mode) {
        this(ClassFolders.list(folder, "images", Images::isImage), mode);
    }

    private ImageFolder(ClassFolders files, ImageMode mode) {
        super(files);
        this.files = files;
        this.mode = mode;
    }

    /**
     * Reads every image once and returns the data set without those that are broken.
     *
     * @param skipped gets a message for each image that was left out; its size is the count
     */
    public ImageFolder withoutBroken(List<String> skipped) {
        List<ClassFolders.Labelled> good = new ArrayList<>();
        for (ClassFolders.Labelled file : files.files()) {
            try {
                Images.read(file.file(), mode).release();
                good.add(file);
            } catch (DataException e) {
                skipped.add(e.getMessage());
            }
        }
        return new ImageFolder(new ClassFolders(files.classes(), good), mode);
    }

    @Override
    protected Tensor read(Path file) {
        return Images.read(file, mode);
    }
}
