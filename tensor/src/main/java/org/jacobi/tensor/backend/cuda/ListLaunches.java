package org.jacobi.tensor.backend.cuda;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.AdamWStep;

/**
 * Launches of lists.cu: what an optimizer does with all its tensors, in as few launches as a kernel's parameters have room for
 * tables of them.
 */
final class ListLaunches {
    /** What lists.cu has as CHUNK, and the lengths of its tables. */
    private static final long CHUNK = 4096;
    private static final int ADAM_ENTRIES = 60;
    private static final int ENTRIES = 128;

    private final Gpu gpu;
    private final KernelFamily adamW;
    /** For gradients in f16 and bf16 beside parameters in f32. */
    private final KernelFamily adamWRounded;
    private final KernelFamily squares;
    private final KernelFamily scale;

    ListLaunches(Gpu gpu) {
        this.gpu = gpu;
        adamW = Rows.kernels(gpu, "lists", "adam_w");
        adamWRounded = new KernelFamily(gpu, "lists", "adam_w_rounded_f16", "adam_w_rounded_bf16");
        squares = Rows.kernels(gpu, "lists", "squares");
        scale = Rows.kernels(gpu, "lists", "scale");
    }

    /** Returns whether kernels of lists.cu take these tensors, some of which may be null. */
    static boolean takes(Tensor... tensors) {
        if (!Rows.alike(tensors)) {
            return false;
        }
        for (Tensor tensor : tensors) {
            if (tensor != null && !tensor.isContiguous()) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether a kernel of lists.cu takes this step. */
    static boolean takes(AdamWStep s) {
        return s.rounded() == null ? takes(s.parameter(), s.grad(), s.m(), s.v(), s.vMax())
                : s.parameter().dtype() == DType.F32 && s.rounded().dtype().isHalf() && takes(s.rounded(), s.grad())
                        && takes(s.parameter(), s.m(), s.v(), s.vMax());
    }

    // ---- tables ----------------------------------------------------------------------------------------------------

    /**
     * Adds a table of tensors.
     *
     * @param rows each the addresses of one entry, or nulls
     * @return how many chunks it has
     */
    private static long addTable(Arguments arguments, List<Tensor[]> rows, int entries) {
        long chunks = chunks(rows);
        arguments.add(rows.size()).add(chunks);
        int width = rows.getFirst().length;
        long first = 0;
        for (int i = 0; i < entries; i++) {
            for (int k = 0; k < width; k++) {
                arguments.add(i < rows.size() && rows.get(i)[k] != null ? rows.get(i)[k].address() : 0);
            }
            long length = i < rows.size() ? rows.get(i)[0].numel() : 0;
            arguments.add(length).add(first);
            first += Math.ceilDiv(length, CHUNK);
        }
        return chunks;
    }

    private static long chunks(List<Tensor[]> rows) {
        return rows.stream().mapToLong(row -> Math.ceilDiv(row[0].numel(), CHUNK)).sum();
    }

    /** Something to do with a part of a list that fits into a table. */
    @FunctionalInterface
    private interface Part {
        void launch(List<Tensor[]> rows);
    }

    private static void inParts(List<Tensor[]> rows, int entries, Part part) {
        for (int from = 0; from < rows.size(); from += entries) {
            part.launch(rows.subList(from, Math.min(rows.size(), from + entries)));
        }
    }

    private static List<Tensor[]> rows(List<Tensor> tensors) {
        return tensors.stream().filter(tensor -> tensor.numel() > 0).map(tensor -> new Tensor[] {tensor}).toList();
    }

    private void launch(KernelFamily kernels, DType type, long chunks, Arguments arguments) {
        kernels.get(Rows.way(type)).launch(Operands.atMost(gpu, chunks), 1, 1, Operands.BLOCK, 1, 0, arguments);
    }

    // ---- what is launched ------------------------------------------------------------------------------------------

    /** What parameters of one launch have in common; the type is that of the gradients. */
    private record Settings(DType type, boolean rounded, double learningRate, double beta1, double beta2, double eps,
            double weightDecay,
            long step, Tensor numbers) {
    }

    /** Takes the steps, which kernels take; parameters with the same settings together. */
    void adamW(List<AdamWStep> steps) {
        Map<Settings, List<Tensor[]>> groups = new LinkedHashMap<>();
        for (AdamWStep s : steps) {
            if (s.parameter().numel() > 0) {
                Settings settings = new Settings(s.grad().dtype(), s.rounded() != null, s.learningRate(), s.beta1(),
                        s.beta2(), s.eps(),
                        s.weightDecay(), s.step(), s.numbers());
                groups.computeIfAbsent(settings, _ -> new ArrayList<>())
                        .add(new Tensor[] {s.parameter(), s.grad(), s.m(), s.v(), s.vMax(), s.rounded()});
            }
        }
        groups.forEach((s, rows) -> inParts(rows, ADAM_ENTRIES, part -> adamW(s, part, 1)));
    }

    void adamW(Tensor parameter, Tensor grad, Tensor m, Tensor v, Tensor vMax, double gradScale, double lr,
            double beta1,
            double beta2, double eps, double weightDecay, long step) {
        if (parameter.numel() > 0) {
            adamW(new Settings(parameter.dtype(), false, lr, beta1, beta2, eps, weightDecay, step, null),
                    Collections.singletonList(new Tensor[] {parameter, grad, m, v, vMax, null}), gradScale);
        }
    }

    private void adamW(Settings s, List<Tensor[]> rows, double gradScale) {
        Arguments arguments = Arguments.begin();
        long chunks = addTable(arguments, rows, ADAM_ENTRIES);
        double[] numbers =
                AdamWStep.numbers(s.learningRate, s.beta1, s.beta2, s.weightDecay, s.step);
        arguments.add(gradScale).add(numbers[0]).add(s.beta1).add(s.beta2).add(numbers[1]).add(s.eps).add(numbers[2])
                .add(s.numbers == null ? 0 : s.numbers.address());
        launch(s.rounded ? adamWRounded : adamW, s.type, chunks, arguments);
    }

    /** Returns a new tensor of the sum of squares of each chunk of the tensors, of which there is at least one. */
    Tensor squares(List<Tensor> tensors) {
        List<Tensor[]> rows = rows(tensors);
        DType type = tensors.getFirst().dtype();
        Tensor sums = Tensor.empty(tensors.getFirst().device(), Rows.computed(type), chunks(rows));
        long[] done = {0};
        inParts(rows, ENTRIES, part -> {
            Arguments arguments = Arguments.begin();
            long chunks = addTable(arguments, part, ENTRIES);
            arguments.add(sums.address() + done[0] * sums.dtype().bytes());
            launch(squares, type, chunks, arguments);
            done[0] += chunks;
        });
        return sums;
    }

    void scale(List<Tensor> tensors, Tensor factor) {
        inParts(rows(tensors), ENTRIES, part -> {
            Arguments arguments = Arguments.begin();
            long chunks = addTable(arguments, part, ENTRIES);
            launch(scale, part.getFirst()[0].dtype(), chunks, arguments.add(factor.address()));
        });
    }
}
