package org.jacobi.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.jacobi.layers.data.ClassFolders;

/**
 * The parts that a folder of class folders was cut into by those who made it. It was if it has a folder {@code train}, and one of the
 * other parts or nothing besides: a class may be called train, too.
 *
 * @param training   the part to learn from, or the folder itself, where it is not cut
 * @param validation the part that compares epochs
 * @param test       the part that is held out
 */
record FolderParts(Path training, Optional<Path> validation, Optional<Path> test) {

    private static final String TRAINING = "train";
    private static final List<String> VALIDATION = List.of("val", "valid", "validation", "dev");
    private static final String TEST = "test";

    /** Finds the parts of a folder. */
    static FolderParts of(Path folder) {
        Set<String> names = ClassFolders.sorted(folder, 1, Files::isDirectory).stream()
                .map(each -> each.getFileName().toString()).collect(Collectors.toSet());
        Optional<Path> validation = VALIDATION.stream().filter(names::contains).findFirst().map(folder::resolve);
        Optional<Path> test = names.contains(TEST) ? Optional.of(folder.resolve(TEST)) : Optional.empty();
        boolean cut = names.contains(TRAINING) && (names.size() == 1 || validation.isPresent() || test.isPresent());
        return cut ? new FolderParts(folder.resolve(TRAINING), validation, test)
                : new FolderParts(folder, Optional.empty(), Optional.empty());
    }
}
