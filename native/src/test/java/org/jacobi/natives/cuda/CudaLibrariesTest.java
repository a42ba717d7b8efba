package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaLibrariesTest {
    /** A library that this machine surely lacks, so that the system's loader does not find it either. */
    private static final String ABSENT = "libjacobiabsent.so.13";

    /** Another, since what one test has loaded the loader finds for the next. */
    private static final String DAMAGED = "libjacobidamaged.so.13";

    @TempDir
    private Path root;

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    private CudaLibraries libraries(Map<String, String> environment) {
        return new CudaLibraries(environment, root, root.resolve("home/me"));
    }

    @Test
    void toolkitsAreLookedAtInTheDocumentedOrder() throws IOException {
        folder("opt/a/lib64");
        folder("opt/a/targets/x86_64-linux/lib");
        folder("opt/b/lib");
        folder("usr/local/cuda-9.2/lib64");
        folder("usr/local/cuda-13.0/lib64");
        folder("usr/local/cuda-13.1/lib64");
        folder("usr/local/cuda-12.10/lib64");
        folder("usr/local/cuda/lib64");
        var found = libraries(Map.of("CUDA_HOME", root.resolve("opt/a").toString(), "CUDA_PATH",
                root.resolve("opt/b").toString()));
        assertEquals(
                List.of("opt/a/lib64", "opt/a/targets/x86_64-linux/lib", "opt/b/lib", "usr/local/cuda/lib64",
                        "usr/local/cuda-13.1/lib64", "usr/local/cuda-13.0/lib64", "usr/local/cuda-12.10/lib64",
                        "usr/local/cuda-9.2/lib64"),
                found.toolkits().stream().map(folder -> root.relativize(folder).toString()).toList());
    }

    @Test
    void pythonsPackagesAreFoundThroughEnvironmentsAndThePath() throws IOException {
        folder("venv/lib/python3.12/site-packages/nvidia/cu13/lib");
        folder("venv/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib");
        folder("opt/torch/lib/python3.11/site-packages/nvidia/cu13/lib");
        Files.createFile(folder("opt/torch/bin").resolve("python3"));
        folder("opt/other/lib/python3.11/site-packages/nvidia/cu13/lib"); // no python3 in its bin
        folder("opt/other/bin");
        folder("home/me/.local/lib/python3.12/site-packages/nvidia/cu13/lib");
        folder("usr/lib/python3/dist-packages/nvidia/cu13/lib");
        var found = libraries(Map.of("VIRTUAL_ENV", root.resolve("venv").toString(), "PATH",
                ":" + root.resolve("opt/other/bin") + ":" + root.resolve("opt/torch/bin")));
        assertEquals(
                List.of("venv/lib/python3.12/site-packages/nvidia/cu13/lib",
                        "venv/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib",
                        "opt/torch/lib/python3.11/site-packages/nvidia/cu13/lib",
                        "home/me/.local/lib/python3.12/site-packages/nvidia/cu13/lib",
                        "usr/lib/python3/dist-packages/nvidia/cu13/lib"),
                found.python().stream().map(folder -> root.relativize(folder).toString()).toList());
    }

    @Test
    void whatIsNotFoundIsToldInOneLineWithWhereItWasLookedFor() throws IOException {
        folder("usr/local/cuda/lib64");
        String message = assertThrows(UnsatisfiedLinkError.class, () -> libraries(Map.of()).open(ABSENT)).getMessage();
        assertEquals(ABSENT + " of CUDA 13 was not found; looked in " + root.resolve("usr/local/cuda/lib64")
                + " and the system's library folders; install the CUDA 13 toolkit, or set CUDA_HOME", message);
        Files.createFile(root.resolve("usr/local/cuda/lib64/libjacobiabsent.so.12"));
        message = assertThrows(UnsatisfiedLinkError.class, () -> libraries(Map.of()).open(ABSENT)).getMessage();
        assertTrue(message.contains("(" + root.resolve("usr/local/cuda/lib64/libjacobiabsent.so.12")
                + " is of another version)"), message);
    }

    @Test
    void aDamagedLibraryIsPassedOverAndToldOnlyIfThereIsNoOther() throws IOException {
        Path damaged = folder("opt/a/lib64").resolve(DAMAGED);
        Files.writeString(damaged, "no library");
        var found = libraries(Map.of("CUDA_HOME", root.resolve("opt/a").toString()));
        String message = assertThrows(UnsatisfiedLinkError.class, () -> found.open(DAMAGED)).getMessage();
        assertTrue(message.startsWith(damaged + ": "), message);

        Path good = FakeLibraries.build("fake_cublaslt.c", folder("usr/local/cuda/lib64").resolve(DAMAGED), DAMAGED);
        var both = libraries(Map.of("CUDA_HOME", root.resolve("opt/a").toString()));
        assertEquals(good, both.open(DAMAGED));
    }
}
