package org.jacobi.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.jacobi.autograd.Variable;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.OutOfNativeMemoryError;
import org.jacobi.natives.Platform;
import org.jacobi.natives.cuda.Cuda;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.natives.cuda.MatmulCall;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPTConfig;

/**
 * What the first GPU reaches: the rates of copies and products, kernels against them, and GPT-2's training step. It writes
 * {@code gpu-bench.md} into the current folder; {@code bench/peers/gpt2_train.py} takes the same step with PyTorch.
 *
 * <p>Arguments that are numbers are the batches of the step, others its precisions ({@link GptStep.Precision}). Where none is named,
 * all take the step of the first batch, and the fastest those of the others.
 *
 * <p>Every figure is the best of several rounds of the wall clock, each over queued calls and one wait.
 */
final class GpuBench {
    private static final int ROUNDS = 5;
    private static final int STEPS = 10;
    /** GPT-2 (Radford et al., 2019), the small one, with the vocabulary filled up to a multiple of 64. */
    private static final GPTConfig GPT2 = new GPTConfig(50304, 1024, 12, 12, 768, 0, true, true, false);

    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text);
    private final Gpu gpu = Cuda.gpu(0);
    private final Device device = Device.cuda(0);
    /** The bytes a second of a copy on the device, and the operations a second of the fastest product of bf16. */
    private double bandwidth = Double.NaN;
    private double rate;
    /** What took the fastest step so far. */
    private GptStep.Precision fastest;
    private double fastestSpeed;

    private GpuBench() {
    }

    public static void main(String[] args) throws IOException {
        if (!Cuda.available()) {
            System.err.println("gpu-bench: no GPU can be used: " + Cuda.unavailableReason());
            System.exit(2);
        }
        int[] batches = Arrays.stream(args).filter(GpuBench::isNumber).mapToInt(Integer::parseInt).toArray();
        List<GptStep.Precision> precisions =
                Arrays.stream(args).filter(arg -> !isNumber(arg)).map(GptStep.Precision::of).toList();
        GpuBench bench = new GpuBench();
        bench.measure(batches.length == 0 ? new int[] {16, 32, 64} : batches, precisions);
        Files.writeString(Path.of("gpu-bench.md"), bench.text.toString());
        System.out.print(bench.text);
    }

    private static boolean isNumber(String arg) {
        return arg.matches("\\d+");
    }

    private void measure(int[] batches, List<GptStep.Precision> precisions) {
        line("# Benchmarks of a GPU, %s%n%n    %s", Instant.now(), Platform.cuda());
        Cuda.describe().forEach(line -> line("    %s", line));
        line("%n| what | figure |%n|---|---|");
        attempt("copies", this::copies);
        attempt("products", this::products);
        attempt("small ops", this::overhead);
        for (DType type : new DType[] {DType.F32, DType.BF16}) {
            attempt("kernels in " + type, () -> kernels(type));
            attempt("attention in " + type, () -> attention(type));
        }
        List<GptStep.Precision> each = precisions.isEmpty() ? List.of(GptStep.Precision.values()) : precisions;
        for (int batch : batches) {
            for (GptStep.Precision precision : each) {
                attempt("GPT-2, batch " + batch + ", " + precision, () -> step(batch, precision));
            }
            if (precisions.isEmpty() && fastest != null) {
                each = List.of(fastest);
            }
        }
    }

    /** Measures; what goes wrong is a line of the table, and the rest is measured all the same. */
    private void attempt(String what, Runnable measurement) {
        try {
            measurement.run();
        } catch (OutOfNativeMemoryError e) {
            line("| %s | %s |", what, e.shortage());
        } catch (RuntimeException e) {
            line("| %s | failed: %s |", what, String.valueOf(e).lines().findFirst().orElse(""));
        }
    }

    private void line(String format, Object... values) {
        String line = String.format(Locale.ROOT, format + "%n", values);
        out.print(line);
        System.err.print(line); // what a run that breaks off has found is seen
    }

    /** Returns the seconds that a piece of work takes, queued so many times. */
    private double seconds(int times, Runnable work) {
        work.run();
        gpu.synchronize();
        double best = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            for (int i = 0; i < times; i++) {
                work.run();
            }
            gpu.synchronize();
            best = Math.min(best, (System.nanoTime() - begin) / 1e9 / times);
        }
        return best;
    }

    private void copies() {
        long bytes = 1L << 30;
        long a = gpu.allocate(bytes, "bench");
        long b = gpu.allocate(bytes, "bench");
        bandwidth = 2 * bytes / seconds(20, () -> gpu.copy(b, a, bytes));
        line("| copy of 1 GiB on the device | %.0f GB/s read and written |", bandwidth / 1e9);
        gpu.free(a, bytes);
        gpu.free(b, bytes);
        try (var _ = TensorScope.open()) {
            Tensor host = Tensor.zeros(1L << 26);
            Tensor there = host.to(device);
            line("| 256 MiB from the host | %.1f GB/s |",
                    host.numel() * 4 / seconds(2, () -> moved(host, device)) / 1e9);
            line("| 256 MiB to the host | %.1f GB/s |",
                    host.numel() * 4 / seconds(2, () -> moved(there, Device.CPU)) / 1e9);
        }
    }

    private static void moved(Tensor x, Device to) {
        try (var _ = TensorScope.open()) {
            x.to(to);
        }
    }

    private void products() {
        for (MatmulCall.Type type : new MatmulCall.Type[] {MatmulCall.Type.BF16, MatmulCall.Type.F32}) {
            long[][] shapes = {{8192, 8192, 8192}, {16384, 2304, 768}, {16384, 3072, 768}, {16384, 768, 3072},
                {16384, 50304, 768}};
            for (long[] shape : shapes) {
                double reached = product(type, shape[0], shape[1], shape[2]);
                if (type == MatmulCall.Type.BF16) {
                    rate = Math.max(rate, reached);
                }
            }
        }
    }

    /** Returns the operations a second of a product with a transposed matrix, as in a linear layer. */
    private double product(MatmulCall.Type type, long m, long n, long k) {
        int size = type == MatmulCall.Type.BF16 ? 2 : 4;
        DType dtype = size == 2 ? DType.BF16 : DType.F32;
        try (var _ = TensorScope.open()) {
            Generator random = new Generator(1);
            Tensor a = Tensor.randn(random, m, k).to(device).to(dtype); // zeros would run faster than numbers do
            Tensor b = Tensor.randn(random, n, k).to(device).to(dtype);
            Tensor c = Tensor.zeros(1).to(device).to(dtype).expand(m, n).contiguous();
            var call = new MatmulCall(type, m, n, k, false, true, 1, a.address(), k, 0, b.address(), k, 0, 0,
                    c.address(), n,
                    0, 1, MatmulCall.Epilogue.NONE, 0, 0);
            if (!gpu.matmul(call)) {
                line("| product %s %d x %d x %d | no algorithm |", type, m, n, k);
                return 0;
            }
            double reached = 2.0 * m * n * k / seconds(10, () -> gpu.matmul(call));
            line("| product %s %d x %d x %d | %.0f TFLOP/s |", type, m, n, k, reached / 1e12);
            return reached;
        }
    }

    private void overhead() {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.zeros(16).to(device);
            line("| a small op in place | %.2f us |", 1e6 * seconds(2000, () -> x.add_(1)));
            line("| a small op with a result | %.2f us |", 1e6 * seconds(2000, () -> {
                try (var _ = TensorScope.open()) {
                    x.add(1);
                }
            }));
        }
    }

    /** Kernels that do nothing but read and write, against a copy. */
    private void kernels(DType type) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.zeros(16384, 768).to(device).to(type);
            Variable weight = Variable.constant(Tensor.ones(768).to(device).to(type));
            Variable input = Variable.constant(x);
            double bytes = (double) type.bytes() * x.numel();
            moving("add", type, 3 * bytes, () -> x.add(x));
            moving("gelu", type, 2 * bytes, () -> input.gelu());
            moving("sum over rows", type, bytes, () -> x.sum(1));
            moving("layer normalization", type, 2 * bytes, () -> input.layerNorm(weight, weight, 1e-5));
            moving("softmax", type, 2 * bytes, () -> input.softmax(-1));
        }
    }

    private void moving(String what, DType type, double bytes, Runnable work) {
        double reached = bytes / seconds(50, () -> {
            try (var _ = TensorScope.open()) {
                work.run();
            }
        });
        line("| %s, (16384, 768) %s | %.0f GB/s, %.0f%% of a copy |", what, type, reached / 1e9,
                100 * reached / bandwidth);
    }

    private void attention(DType type) {
        try (var _ = TensorScope.open()) {
            Variable q = Variable.leaf(Tensor.randn(new Generator(1), 16, 12, 1024, 64).to(device).to(type));
            Variable k = Variable.leaf(Tensor.randn(new Generator(2), 16, 12, 1024, 64).to(device).to(type));
            Variable v = Variable.leaf(Tensor.randn(new Generator(3), 16, 12, 1024, 64).to(device).to(type));
            double products = 2.0 * 16 * 12 * 1024 * 1024 * 64; // two products of which half counts
            double time = seconds(5, () -> {
                try (var _ = TensorScope.open()) {
                    q.scaledDotProductAttention(k, v, true);
                }
            });
            line("| causal attention (16, 12, 1024, 64) %s | %.1f TFLOP/s |", type, products / time / 1e12);
            Tensor dout = Tensor.ones(q.shape().toArray()).to(device).to(type);
            double both = seconds(5, () -> {
                try (var _ = TensorScope.open()) {
                    q.scaledDotProductAttention(k, v, true).backward(dout, false, false);
                    q.zeroGrad();
                    k.zeroGrad();
                    v.zeroGrad();
                }
            });
            // Backward multiplies five times where forward does twice.
            line("| the same with its backward, %s | %.1f TFLOP/s |", type, 3.5 * products / both / 1e12);
        }
    }

    /** GPT-2's training step: forward, backward, AdamW. */
    private void step(int batch, GptStep.Precision precision) {
        try (var _ = TensorScope.open()) {
            GptStep step = new GptStep(device, GPT2, batch, precision);
            double time = seconds(STEPS, step::run);
            double speed = batch * (double) GPT2.contextLength() / time;
            if (speed > fastestSpeed) {
                fastestSpeed = speed;
                fastest = precision;
            }
            line("| GPT-2 124M, batch %d x %d, %s | %,.0f tokens/s, %.1f ms a step, %.1f%% of the best bf16 product, "
                    + "%s live at most |", batch, GPT2.contextLength(), precision, speed, 1e3 * time,
                    100 * speed * GptStep.perToken(GPT2) / rate,
                    NativeMemory.readable(gpu.statistics().peakLiveBytes()));
        }
    }
}
