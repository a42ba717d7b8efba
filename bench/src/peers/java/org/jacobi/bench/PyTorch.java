package org.jacobi.bench;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.bench.OpCase.Measured;
import org.jacobi.layers.Layer;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;

/**
 * Official PyTorch: the libraries that its own packages hold, with MKL and oneDNN, called through JavaCPP's binding.
 *
 * <p>Inputs and first weights are copies of ours; what is created in a step is freed at its end by a
 * {@link PointerScope}, as reference counts do in C++.
 */
public final class PyTorch implements Peer {
    @Override
    public String name() {
        return "PyTorch";
    }

    @Override
    public String whyNot(Case which) {
        boolean isHere = switch (which) {
            case OpCase op -> op.measured() == Measured.OPTIMIZER_STEP || PyTorchOps.FORWARD.containsKey(op.op());
            case TrainCase train -> PyTorchModels.LOSS.containsKey(train.name());
            case FloorCase _ -> true;
        };
        if (!isHere) {
            throw new IllegalStateException(which.name() + " has no twin in PyTorch; write one");
        }
        return which instanceof FloorCase ? "the floor under both sides" : null;
    }

    /** The build unpacks the libraries beside this class's jar or folder. */
    @Override
    public List<String> jvmFlags() {
        try {
            Path code = Path.of(PyTorch.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            return List.of("-Djava.library.path=" + code.resolveSibling("pytorch"),
                    "-Dorg.bytedeco.javacpp.pathsFirst=true");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e); // the class loader made it
        }
    }

    @Override
    public Map<String, String> describe() {
        useOurThreads();
        String config = torch.show_config().getString();
        if (!config.contains("BLAS_INFO=mkl")) {
            throw new IllegalStateException("PyTorch was loaded from a build without MKL, which is several times slower"
                    + " than the official one; it says of itself: " + config);
        }
        if (torch.get_num_threads() != WorkerPool.global().threads()) {
            throw new IllegalStateException("PyTorch runs " + torch.get_num_threads() + " threads, Jacobi "
                    + WorkerPool.global().threads());
        }
        Map<String, String> description = new LinkedHashMap<>();
        description.put("PyTorch", torch.TORCH_VERSION);
        description.put("BLAS", "BLAS_INFO=mkl");
        description.put("MKL", lineWith("Math Kernel Library", config));
        description.put("oneDNN", lineWith("MKL-DNN", config));
        description.put("vector instructions of its own kernels", torch.get_cpu_capability().getString());
        description.put("threads", String.valueOf(torch.get_num_threads()));
        description.put("optimizer", "_fused_adamw_");
        return description;
    }

    @Override
    public Map<String, String> talkativeEnvironment() {
        return Map.of("MKL_VERBOSE", "1", "ONEDNN_VERBOSE", "1");
    }

    @Override
    public Map<String, String> choices(List<String> lines) {
        Map<String, String> choices = new LinkedHashMap<>();
        Map.of("MKL runs on", "MKL_VERBOSE oneMKL ", "oneDNN computes with", "onednn_verbose,v1,info,cpu,isa:")
                .forEach((name, start) -> lines.stream().filter(line -> line.startsWith(start)).findFirst()
                        .ifPresent(line -> choices.put(name, line.substring(start.length()))));
        return choices;
    }

    private static String lineWith(String words, String config) {
        return config.lines().filter(line -> line.contains(words)).findFirst()
                .map(line -> line.strip().replaceFirst("^- ", "")).orElse("not told");
    }

    @Override
    public Work work(Case which, org.jacobi.tensor.Tensor[] inputs) {
        useOurThreads();
        Tensor[] operands = Arrays.stream(inputs).map(PyTorch::copy).toArray(Tensor[]::new);
        return switch (which) {
            case OpCase op -> switch (op.measured()) {
                case FORWARD -> new Forward(PyTorchOps.FORWARD.get(op.op()), operands);
                case FORWARD_AND_BACKWARD -> new ForwardAndBackward(PyTorchOps.FORWARD.get(op.op()), operands);
                case OPTIMIZER_STEP -> new OptimizerStep(operands[0], operands[1]);
            };
            case TrainCase train -> new TrainingStep(train, operands);
            case FloorCase floor -> throw new IllegalArgumentException(floor.name() + " has no twin");
        };
    }

    /** The setting belongs to the thread that calls. */
    private static void useOurThreads() {
        torch.set_num_threads(WorkerPool.global().threads());
    }

    private static Tensor copy(org.jacobi.tensor.Tensor x) {
        long[] sizes = x.shape().toArray();
        return x.dtype() == DType.I64
                ? Tensor.create(x.toLongArray(), sizes)
                : Tensor.create(x.toFloatArray(), sizes);
    }

    private static float[] numbers(Tensor x) {
        Tensor plain = x.detach().to(torch.ScalarType.Float).contiguous();
        float[] numbers = new float[Math.toIntExact(plain.numel())];
        FloatPointer data = plain.data_ptr_float();
        data.get(numbers);
        return numbers;
    }

    private static final class Forward implements Work {
        private final Function<Tensor[], Tensor> op;
        private final Tensor[] inputs;
        /** Nothing is recorded on this thread while it lives. */
        private final NoGradGuard guard = new NoGradGuard();

        Forward(Function<Tensor[], Tensor> op, Tensor[] inputs) {
            this.op = op;
            this.inputs = inputs;
        }

        @Override
        public void run() {
            try (var _ = new PointerScope()) {
                op.apply(inputs);
            }
        }

        @Override
        public List<float[]> results() {
            try (var _ = new PointerScope()) {
                return List.of(numbers(op.apply(inputs)));
            } finally {
                guard.close();
            }
        }
    }

    private static final class ForwardAndBackward implements Work {
        private final Function<Tensor[], Tensor> op;
        private final Tensor[] inputs;
        private final Tensor outputGradient;
        private final BoolOptional graphNotKept = new BoolOptional(false);
        private final TensorArrayRefOptional allLeaves = new TensorArrayRefOptional();

        ForwardAndBackward(Function<Tensor[], Tensor> op, Tensor[] inputs) {
            this.op = op;
            this.inputs = inputs;
            for (Tensor input : inputs) {
                if (input.is_floating_point()) {
                    input.set_requires_grad(true);
                }
            }
            try (var _ = new PointerScope()) {
                outputGradient = copy(Input.outputGradient(op.apply(inputs).sizes().vec().get())).retainReference();
            }
        }

        @Override
        public void run() {
            try (var _ = new PointerScope()) {
                op.apply(inputs).backward(outputGradient, graphNotKept, false, allLeaves);
                dropGradients();
            }
        }

        @Override
        public List<float[]> results() {
            try (var _ = new PointerScope()) {
                Tensor out = op.apply(inputs);
                out.backward(outputGradient, graphNotKept, false, allLeaves);
                List<float[]> results = new ArrayList<>(List.of(numbers(out)));
                for (Tensor input : inputs) {
                    if (input.requires_grad()) {
                        results.add(numbers(input.grad()));
                    }
                }
                dropGradients();
                return results;
            }
        }

        /** As an optimizer's zero_grad does: the next backward hands its gradients over instead of adding them. */
        private void dropGradients() {
            for (Tensor input : inputs) {
                if (input.requires_grad()) {
                    input.mutable_grad().reset();
                }
            }
        }
    }

    private static final class OptimizerStep implements Work {
        private final Tensor param;
        private final FusedAdamW optimizer;

        OptimizerStep(Tensor param, Tensor gradient) {
            this.param = param.set_requires_grad(true);
            optimizer = new FusedAdamW(new Tensor[] {param}, OpCase.LEARNING_RATE);
            try (var _ = new PointerScope()) {
                param.mul(gradient).sum().backward();
            }
        }

        @Override
        public void run() {
            try (var _ = new PointerScope()) {
                optimizer.step();
            }
        }

        @Override
        public List<float[]> results() {
            for (int i = 0; i < STEPS_COMPARED; i++) {
                run();
            }
            return List.of(numbers(param));
        }
    }

    private static final class TrainingStep implements Work {
        private final PyTorchModels.Loss loss;
        /** Parameters, which learn, and buffers, by name. */
        private final Map<String, Tensor> weights = new LinkedHashMap<>();
        private final Tensor[] inputs;
        private final FusedAdamW optimizer;

        TrainingStep(TrainCase which, Tensor[] inputs) {
            this.inputs = inputs;
            loss = PyTorchModels.LOSS.get(which.name());
            Layer model = which.makeModel();
            model.namedBuffers().forEach((name, value) -> weights.put(name, copy(value)));
            List<Tensor> params = new ArrayList<>();
            model.namedParameters().forEach((name, param) -> {
                Tensor copy = copy(param.value()).set_requires_grad(true);
                weights.put(name, copy);
                params.add(copy);
            });
            optimizer = new FusedAdamW(params.toArray(Tensor[]::new), TrainCase.LEARNING_RATE);
        }

        @Override
        public void run() {
            step();
        }

        private float step() {
            try (var _ = new PointerScope()) {
                Tensor value = loss.of(weights, inputs);
                value.backward();
                optimizer.step();
                optimizer.zeroGrad();
                return value.item_float();
            }
        }

        @Override
        public List<float[]> results() {
            float[] losses = new float[STEPS_COMPARED];
            for (int i = 0; i < losses.length; i++) {
                losses[i] = step();
            }
            return List.of(losses);
        }
    }
}
