package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.RecurrentCell;
import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScanOp;
import org.jacobi.tensor.backend.ScatterOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every .cu file compiles for the architectures that are built, without a warning, and agrees with Java about codes. */
class CudaSourcesTest {
    private static final Path SOURCES = Project.root().resolve("native/src/main/cuda");
    private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_90");

    @TestFactory
    Stream<DynamicTest> sourcesCompileWithoutWarnings() {
        return Tools.list(SOURCES, ".cu").stream().flatMap(source -> ARCHITECTURES.stream()
                .map(architecture -> DynamicTest.dynamicTest(source.getFileName() + " for " + architecture, () -> {
                    Assumptions.assumeTrue(Tools.version("nvcc") != null, "there is no nvcc");
                    compile(source, architecture);
                })));
    }

    /** What compiled once is not compiled again. */
    private static void compile(Path source, String architecture) throws IOException {
        List<String> command = new ArrayList<>(List.of("nvcc", "-arch=" + architecture, "-cubin", "-std=c++17",
                "-Werror", "all-warnings", source.toString()));
        List<Path> sources = new ArrayList<>(Tools.list(SOURCES, ".cuh"));
        sources.add(source);
        String name = source.getFileName().toString().replace(".cu", "-" + architecture);
        Path cubin = Tools.cached("cubins", name, ".cubin", command, sources);
        if (!Files.exists(cubin)) {
            command.addAll(List.of("-o", cubin.toString()));
            Tools.run(command);
        }
    }

    @Test
    void codesAreTheOrdinalsOfJava() throws IOException {
        assertEquals(names(DType.values()), codes("jacobi.cuh", "Type").subList(0, DType.values().length));
        assertEquals(names(UnaryOp.values()), codes("functions.cuh", "UnaryOp"));
        assertEquals(names(BinaryOp.values()), codes("functions.cuh", "BinaryOp"));
        assertEquals(names(TernaryOp.values()), codes("functions.cuh", "TernaryOp"));
        assertEquals(names(ReduceOp.values()), codes("reduce.cu", "ReduceOp"));
        assertEquals(names(ScanOp.values()), codes("scan.cu", "ScanOp"));
        assertEquals(names(RecurrentCell.values()), codes("recurrent.cu", "RecurrentCell"));
        assertEquals(names(ScatterOp.values()), codes("index.cu", "ScatterOp"));
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    /** Returns the names of an enum of a source; a prefix keeps some apart from those of other enums. */
    private static List<String> codes(String file, String type) throws IOException {
        Matcher matcher =
                Pattern.compile("enum " + type + " \\{([^}]*)}").matcher(Files.readString(SOURCES.resolve(file)));
        assertTrue(matcher.find(), file + " has no enum " + type);
        String prefix = type.replace("Op", "").toUpperCase(Locale.ROOT) + "_";
        return Arrays.stream(matcher.group(1).split(",")).map(String::strip)
                .map(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name).toList();
    }
}
