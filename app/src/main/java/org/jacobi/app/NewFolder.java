package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** The folder of a run that begins. */
final class NewFolder {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private NewFolder() {
    }

    /**
     * Checks that a folder can be made, or is empty.
     *
     * @param out null where the user named none
     */
    static void check(Path out) {
        if (out == null || Files.notExists(out)) {
            return;
        }
        if (!Files.isDirectory(out)) {
            throw CommandFailure.usage(
                    "--out " + out + ": is a file; give a folder that is empty or does not exist yet");
        }
        try (var entries = Files.list(out)) {
            if (entries.findAny().isPresent()) {
                throw CommandFailure.usage("--out " + out + ": is not empty; give another folder"
                        + (new CheckpointStore(out).exists() || Files.exists(out.resolve(CheckpointStore.CONFIG))
                                ? ", or --resume " + out + " to continue the run there"
                                : ""));
            }
        } catch (IOException e) {
            throw CommandFailure.usage("--out " + out + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a folder, or takes one that is empty.
     *
     * @param out  null for one in the folder runs, named by what is trained and the time
     * @param what what is trained
     */
    static Path make(Path out, String what) {
        Path wanted = out != null ? out : Path.of("runs", what + "-" + LocalDateTime.now().format(TIME));
        try {
            if (out != null) {
                return Files.createDirectories(out);
            }
            Files.createDirectories(wanted.getParent());
            for (int i = 2; Files.exists(wanted); i++) { // two runs begun in one second
                wanted = wanted.resolveSibling(wanted.getFileName().toString().replaceFirst("_\\d+$", "") + "_" + i);
            }
            return Files.createDirectory(wanted);
        } catch (IOException e) {
            throw CommandFailure.usage("--out " + wanted + ": cannot be created: " + e, e);
        }
    }
}
