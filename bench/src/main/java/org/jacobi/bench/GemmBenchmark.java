package org.jacobi.bench;

import java.util.concurrent.TimeUnit;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The matrix product in Java beside OpenBLAS's on one thread, each in JVMs of its own; 2 M N K floating-point
 * operations each.
 *
 * <p>Both sides go through {@link Tensor#matmul}: its overhead is in both. For the two with AVX2 only, run with
 * {@code -jvmArgsAppend -XX:UseAVX=2} and {@code OPENBLAS_CORETYPE=Haswell} in the environment.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
    /** M x K x N. */
    @Param({"16x16x16", "24x24x24", "32x32x32", "48x48x48", "63x63x63", "64x64x32", "64x32x64", "512x512x512",
        "768x768x768", "1024x1024x1024", "1536x1536x1536", "768x2048x512"})
    private String shape;

    /** Which operands are stored transposed. */
    @Param({"NN", "TN", "NT", "TT"})
    private String transposed;

    private Tensor a;
    private Tensor b;

    @Setup
    public void makeOperands() {
        String[] sizes = shape.split("x");
        Generator generator = new Generator(1);
        a = operand(generator, transposed.charAt(0), Long.parseLong(sizes[0]), Long.parseLong(sizes[1]));
        b = operand(generator, transposed.charAt(1), Long.parseLong(sizes[1]), Long.parseLong(sizes[2]));
    }

    private static Tensor operand(Generator generator, char transposed, long rows, long columns) {
        return transposed == 'T' ? Tensor.randn(generator, columns, rows).transpose(0, 1)
                : Tensor.randn(generator, rows, columns);
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC", "-Djacobi.threads=1", "-Djacobi.blas=none"})
    public long vectorGemm() {
        return matmul();
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC", "-Djacobi.threads=1", "-Djacobi.blas=openblas"})
    public long openBlas() {
        return matmul();
    }

    private long matmul() {
        try (var _ = TensorScope.open()) {
            return a.matmul(b).address();
        }
    }
}
