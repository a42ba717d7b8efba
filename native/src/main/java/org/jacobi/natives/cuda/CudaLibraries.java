package org.jacobi.natives.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jacobi.natives.SystemLibrary;

/**
 * Finds the libraries of a CUDA 13 toolkit. Folders are looked at in this order:
 *
 * <ol>
 * <li>{@code lib64}, {@code lib} and {@code targets/*}{@code /lib} of {@code $CUDA_HOME}, then of {@code $CUDA_PATH};
 * <li>the same of {@code /usr/local/cuda}, then of {@code /usr/local/cuda-*}, the newest version first;
 * <li>what the system's loader finds by name: {@code LD_LIBRARY_PATH} and ldconfig's folders;
 * <li>{@code nvidia/*}{@code /lib} in {@code site-packages} and {@code dist-packages} of Python: of {@code $VIRTUAL_ENV} and
 * {@code $CONDA_PREFIX}, of the folders above those in {@code $PATH}, of {@code ~/.local}, of {@code /usr/local} and
 * {@code /usr}.
 * </ol>
 *
 * A library is loaded by its absolute path, after those that it needs.
 */
final class CudaLibraries {
    /** The driver's own library, and where it may lie when the system's loader does not know it. */
    static final String DRIVER = "libcuda.so.1";
    private static final List<String> DRIVER_FOLDERS = List.of("usr/local/nvidia/lib64", "usr/lib/wsl/lib",
            "usr/lib64/nvidia", "usr/lib/nvidia", "run/opengl-driver/lib");
    static final String RUNTIME = "libcudart.so.13";
    static final String NVRTC = "libnvrtc.so.13";
    /** What the compiler opens by itself when it compiles, by a name that depends on its version. */
    static final String NVRTC_BUILTINS = "libnvrtc-builtins.so.13*";
    static final String CUBLASLT = "libcublasLt.so.13";
    static final String CUBLAS = "libcublas.so.13";

    private final Path root;
    private final List<Path> toolkits;
    private final List<Path> python;

    CudaLibraries() {
        this(System.getenv(), Path.of("/"), Path.of(System.getProperty("user.home", "/")));
    }

    /**
     * Looks below another root, in tests.
     *
     * @param environment the variables of the process
     */
    CudaLibraries(Map<String, String> environment, Path root, Path home) {
        this.root = root;
        Set<Path> cuda = new LinkedHashSet<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isEmpty()) {
                addToolkit(cuda, Path.of(value));
            }
        }
        addToolkit(cuda, root.resolve("usr/local/cuda"));
        matching(root.resolve("usr/local"), "cuda-*").stream().sorted(CudaLibraries::newerFirst)
                .forEach(toolkit -> addToolkit(cuda, toolkit));
        toolkits = List.copyOf(cuda);

        Set<Path> environments = new LinkedHashSet<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isEmpty()) {
                environments.add(Path.of(value));
            }
        }
        for (String folder : environment.getOrDefault("PATH", "").split(":")) {
            Path parent = folder.isEmpty() ? null : Path.of(folder).toAbsolutePath().getParent();
            if (parent != null && !matching(Path.of(folder), "python3*").isEmpty()) {
                environments.add(parent);
            }
        }
        environments.add(home.resolve(".local"));
        environments.add(root.resolve("usr/local"));
        environments.add(root.resolve("usr"));
        Set<Path> packages = new LinkedHashSet<>();
        for (Path prefix : environments) {
            for (Path version : matching(prefix.resolve("lib"), "python3*")) {
                for (String kind : List.of("site-packages", "dist-packages")) {
                    for (Path part : matching(version.resolve(kind).resolve("nvidia"), "*")) {
                        packages.add(part.resolve("lib"));
                    }
                }
            }
        }
        python = packages.stream().filter(Files::isDirectory).toList();
    }

    private static void addToolkit(Set<Path> folders, Path toolkit) {
        List<Path> candidates = new ArrayList<>(List.of(toolkit.resolve("lib64"), toolkit.resolve("lib")));
        matching(toolkit.resolve("targets"), "*-linux").forEach(target -> candidates.add(target.resolve("lib")));
        candidates.stream().filter(folder -> Files.isDirectory(folder) && isNew(folder, folders)).forEach(folders::add);
    }

    /** Whether a folder is none of those that are there, by another name: toolkits are full of links. */
    private static boolean isNew(Path folder, Set<Path> folders) {
        return folders.stream().noneMatch(other -> {
            try {
                return Files.isSameFile(folder, other);
            } catch (IOException _) {
                return false; // it is looked at once more
            }
        });
    }

    /** Compares folders such as cuda-13.0 and cuda-12.9 by the numbers of their versions, the larger first. */
    private static int newerFirst(Path a, Path b) {
        String[] left = a.getFileName().toString().split("[^0-9]+");
        String[] right = b.getFileName().toString().split("[^0-9]+");
        for (int i = 1; i < Math.min(left.length, right.length); i++) {
            int order = Integer.compare(Integer.parseInt(right[i]), Integer.parseInt(left[i]));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(right.length, left.length);
    }

    private static List<Path> matching(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
            entries.forEach(found::add);
        } catch (IOException _) {
            return List.of(); // not there, or not ours to read
        }
        found.sort(null);
        return found;
    }

    /** Returns the toolkits' folders that exist, in the order in which they are looked at. */
    List<Path> toolkits() {
        return toolkits;
    }

    /** Returns the folders of Python's packages that exist, in the order in which they are looked at. */
    List<Path> python() {
        return python;
    }

    /** Returns the files that may be the library, best first. */
    private static List<Path> candidates(List<Path> folders, String pattern) {
        return folders.stream().flatMap(folder -> matching(folder, pattern).stream()).toList();
    }

    /**
     * Loads the driver's library.
     *
     * @throws UnsatisfiedLinkError with the reason, in one line
     */
    SystemLibrary openDriver() {
        try {
            return SystemLibrary.open(DRIVER);
        } catch (UnsatisfiedLinkError e) {
            for (String folder : DRIVER_FOLDERS) {
                Path file = root.resolve(folder).resolve(DRIVER);
                if (Files.exists(file)) {
                    return SystemLibrary.open(file.toString());
                }
            }
            throw e;
        }
    }

    /**
     * Loads a library of the toolkit, from the first place where it can be loaded.
     *
     * @return its absolute path
     * @throws UnsatisfiedLinkError with the reason, in one line
     */
    Path open(String name) {
        UnsatisfiedLinkError first = null;
        for (Path file : candidates(toolkits, name)) {
            try {
                return open(file);
            } catch (UnsatisfiedLinkError e) {
                first = first == null ? e : first;
            }
        }
        try {
            return mapped(SystemLibrary.open(name).name());
        } catch (UnsatisfiedLinkError _) {
            // the last group is left
        }
        for (Path file : candidates(python, name)) {
            try {
                return open(file);
            } catch (UnsatisfiedLinkError e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
        List<Path> folders = new ArrayList<>(toolkits);
        folders.addAll(python);
        throw new UnsatisfiedLinkError(name + " of CUDA 13 was not found; looked in "
                + (folders.isEmpty() ? "" : String.join(", ", folders.stream().map(Path::toString).toList()) + " and ")
                + "the system's library folders" + otherVersion(folders, name)
                + "; install the CUDA 13 toolkit, or set CUDA_HOME");
    }

    /** Loads the libraries in a file's folder that match a pattern. */
    void openBeside(Path file, String pattern) {
        matching(file.getParent(), pattern).forEach(CudaLibraries::open);
    }

    /** Names a library of another version, which does not do. */
    private static String otherVersion(List<Path> folders, String name) {
        String any = name.substring(0, name.indexOf(".so") + 3) + ".*";
        List<Path> others = candidates(folders, any);
        return others.isEmpty() ? "" : " (" + others.getFirst() + " is of another version)";
    }

    private static Path open(Path file) {
        Path absolute = file.toAbsolutePath();
        SystemLibrary.open(absolute.toString());
        return absolute;
    }

    /** Returns where a library that the system's loader found by name lies: this process's mappings tell. */
    private static Path mapped(String name) {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/" + name.substring(0, name.indexOf(".so") + 3)))
                    .map(line -> Path.of(line.substring(line.indexOf('/')))).findFirst()
                    .orElseThrow(() -> new UnsatisfiedLinkError(name + " is loaded, but not seen among the mappings"));
        } catch (IOException e) {
            throw new UnsatisfiedLinkError(name + ": where it was loaded from cannot be read: " + e.getMessage());
        }
    }
}
