package org.jacobi.layers.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Files that lie in one folder a class.
 *
 * @param classes the folders' names, in order
 * @param files   all files, class by class and by name, also those in folders further in
 */
public record ClassFolders(List<String> classes, List<Labelled> files) {
    /**
     * A file and its class.
     *
     * @param file  the file
     * @param label the class's number
     */
    public record Labelled(Path file, int label) {
    }

    /** Copies the lists. */
    public ClassFolders {
        classes = List.copyOf(classes);
        files = List.copyOf(files);
    }

    /**
     * Lists files that a test holds for; links are followed, hidden files and folders are left out.
     *
     * @param what what the files are, for errors
     * @throws DataException if the folder cannot be read, has no folders in it, or one of them has no such files
     */
    public static ClassFolders list(Path folder, String what, Predicate<Path> test) {
        List<String> classes = new ArrayList<>();
        List<Labelled> files = new ArrayList<>();
        for (Path classFolder : sorted(folder, 1, Files::isDirectory)) {
            List<Path> found =
                    sorted(classFolder, Integer.MAX_VALUE, file -> Files.isRegularFile(file) && test.test(file));
            if (found.isEmpty()) {
                throw new DataException(classFolder + ": has no " + what
                        + ", but each folder is a class; remove it, or put files into it");
            }
            for (Path file : found) {
                files.add(new Labelled(file, classes.size()));
            }
            classes.add(classFolder.getFileName().toString());
        }
        if (classes.isEmpty()) {
            throw new DataException(folder + ": has no folders, expected one for each class with its " + what);
        }
        return new ClassFolders(classes, files);
    }

    /**
     * Returns the files of a folder that a test holds for, sorted by name; links are followed, and what is hidden or lies in a
     * hidden folder is left out.
     *
     * @param depth how many folders deep to look; 1 for the folder itself
     * @throws DataException if the folder cannot be read
     */
    public static List<Path> sorted(Path folder, int depth, Predicate<Path> test) {
        if (!Files.isDirectory(folder)) {
            throw new DataException(folder + ": there is no such folder");
        }
        try (Stream<Path> all = Files.walk(folder, depth, FileVisitOption.FOLLOW_LINKS)) {
            return all.filter(file -> !file.equals(folder) && !isHidden(folder.relativize(file)) && test.test(file))
                    .sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new DataException(folder + ": cannot be listed: " + e, e);
        }
    }

    /** Returns the other classes, with their files, if there is a class of a name; else these. */
    public ClassFolders without(String name) {
        int left = classes.indexOf(name);
        if (left < 0) {
            return this;
        }
        return new ClassFolders(classes.stream().filter(each -> !each.equals(name)).toList(),
                files.stream().filter(file -> file.label != left)
                        .map(file -> new Labelled(file.file, file.label > left ? file.label - 1 : file.label))
                        .toList());
    }

    private static boolean isHidden(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /** Returns a file by its number. */
    public Labelled file(long index) {
        return files.get((int) Objects.checkIndex(index, (long) files.size()));
    }
}
