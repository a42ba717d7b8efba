package org.jacobi.tensor.backend.cpu;

import java.util.concurrent.TimeUnit;

import org.jacobi.natives.OpenBlas;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
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
 * operations each. It lies in the package of {@link Gemm}, which is not public, and calls it as kernels do.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "-XX:+UseSerialGC"})
public class GemmBenchmark {
    /** M x N x K. */
    @Param({"16x16x16", "24x24x24", "32x32x32", "48x48x48", "63x63x63", "64x32x64", "64x64x32", "512x512x512",
        "768x768x768", "1024x1024x1024", "1536x1536x1536", "768x512x2048"})
    private String shape;

    /** Which operands are stored transposed. */
    @Param({"NN", "TN", "NT", "TT"})
    private String transposed;

    private Gemm vectors;
    private boolean transA;
    private boolean transB;
    private int m;
    private int n;
    private int k;
    private Tensor a;
    private Tensor b;
    private Tensor c;

    @Setup
    public void makeOperands() {
        String[] sizes = shape.split("x");
        m = Integer.parseInt(sizes[0]);
        n = Integer.parseInt(sizes[1]);
        k = Integer.parseInt(sizes[2]);
        transA = transposed.charAt(0) == 'T';
        transB = transposed.charAt(1) == 'T';
        vectors = Simd.gemm();
        Generator generator = new Generator(1);
        a = Tensor.randn(generator, (long) m * k);
        b = Tensor.randn(generator, (long) k * n);
        c = Tensor.randn(generator, (long) m * n);
    }

    @Benchmark
    public void vectorGemm() {
        vectors.sgemm(transA, transB, m, n, k, 1, a.address(), transA ? m : k, b.address(), transB ? k : n, 0,
                c.address(), n);
    }

    @Benchmark
    public void openBlas() {
        OpenBlas.sgemm(transA, transB, m, n, k, 1, a.address(), transA ? m : k, b.address(), transB ? k : n, 0,
                c.address(), n);
    }
}
