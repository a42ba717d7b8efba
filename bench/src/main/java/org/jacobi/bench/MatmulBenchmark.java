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

/** Matrix products of the shapes a small GPT is made of, and square ones; 2 M N K floating-point operations each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
    "-XX:+UseSerialGC"})
public class MatmulBenchmark {
    /** M x K x N. */
    @Param({"768x128x384", "768x128x512", "768x512x128", "768x128x65", "64x64x64", "512x512x512", "768x768x768"})
    private String shape;

    private Tensor a;
    private Tensor b;

    @Setup
    public void makeOperands() {
        String[] sizes = shape.split("x");
        Generator generator = new Generator(1);
        a = Tensor.randn(generator, Long.parseLong(sizes[0]), Long.parseLong(sizes[1]));
        b = Tensor.randn(generator, Long.parseLong(sizes[1]), Long.parseLong(sizes[2]));
    }

    @Benchmark
    public long matmul() {
        try (var _ = TensorScope.open()) {
            return a.matmul(b).address();
        }
    }
}
