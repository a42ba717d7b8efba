package org.jacobi.layers.recurrent;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TimeSteps;

/**
 * Sequences of several lengths without padding, step after step: what recurrent networks run through without computing
 * anything for padding.
 *
 * @param data            (N, …): the rows of all steps
 * @param steps           which rows belong to each step
 * @param sortedIndices   i64 (B), the numbers of the sequences, longest first; null where they were sorted
 * @param unsortedIndices i64 (B), where each sequence is among the sorted ones; null where they were sorted
 */
public record PackedSequence(Variable data, TimeSteps steps, Tensor sortedIndices, Tensor unsortedIndices) {
    /**
     * Padded sequences.
     *
     * @param output  (T, B, …) or (B, T, …)
     * @param lengths i64 (B)
     */
    public record Padded(Variable output, Tensor lengths) {
    }

    /**
     * Packs padded sequences: PyTorch's pack_padded_sequence.
     *
     * @param x             (T, B, …), or (B, T, …) with batchFirst
     * @param lengths       i64 (B), each 1 to T
     * @param enforceSorted whether lengths that do not fall are refused; else the sequences are sorted
     */
    public static PackedSequence packPaddedSequence(Variable x, Tensor lengths, boolean batchFirst,
            boolean enforceSorted) {
        if (x.rank() < 2) {
            throw new IllegalArgumentException("packPaddedSequence: x has shape " + x.shape()
                    + "; it must be " + (batchFirst ? "(B, T, …)" : "(T, B, …)"));
        }
        Variable sequences = batchFirst ? x.transpose(0, 1) : x;
        long T = sequences.size(0);
        int B = Math.toIntExact(sequences.size(1));
        long[] sizes = requireLengths(lengths, B, T);
        int[] order = IntStream.range(0, B).boxed().sorted(Comparator.comparing(b -> -sizes[b]))
                .mapToInt(Integer::intValue).toArray();
        boolean sorted = Arrays.equals(order, IntStream.range(0, B).toArray());
        if (enforceSorted && !sorted) {
            throw new IllegalArgumentException("packPaddedSequence: the lengths " + Arrays.toString(sizes)
                    + " do not fall; sort the sequences by length, longest first, or pass enforceSorted = false");
        }
        long[] batchSizes = new long[Math.toIntExact(sizes[order[0]])];
        for (long size : sizes) {
            for (int t = 0; t < size; t++) {
                batchSizes[t]++;
            }
        }
        TimeSteps steps = TimeSteps.of(batchSizes);
        long[] rows = new long[Math.toIntExact(steps.rows())];
        for (int t = 0; t < batchSizes.length; t++) {
            for (int i = 0; i < batchSizes[t]; i++) {
                rows[(int) steps.start(t) + i] = (long) t * B + order[i];
            }
        }
        Variable data = sequences.flatten(0, 1).indexSelect(0, Tensor.of(rows).to(x.device()));
        if (enforceSorted) {
            return new PackedSequence(data, steps, null, null);
        }
        long[] positions = new long[B];
        for (int i = 0; i < B; i++) {
            positions[order[i]] = i;
        }
        return new PackedSequence(data, steps, Tensor.of(Arrays.stream(order).asLongStream().toArray()).to(x.device()),
                Tensor.of(positions).to(x.device()));
    }

    private static long[] requireLengths(Tensor lengths, long count, long most) {
        if (count == 0 || lengths.dtype() != DType.I64 || !lengths.shape().equals(Shape.of(count))) {
            throw new IllegalArgumentException("packPaddedSequence: the lengths are " + lengths.dtype()
                    + lengths.shape() + "; they must be I64 of shape " + Shape.of(count)
                    + ", for one sequence at least");
        }
        long[] sizes = lengths.toLongArray();
        for (int b = 0; b < sizes.length; b++) {
            if (sizes[b] < 1 || sizes[b] > most) {
                throw new IllegalArgumentException("packPaddedSequence: length " + b + " is " + sizes[b]
                        + "; it must lie in 1 to the " + most + " time steps");
            }
        }
        return sizes;
    }

    /**
     * Returns the sequences in their first order, padded to the longest one: PyTorch's pad_packed_sequence.
     *
     * @param batchFirst whether the output is (B, T, …) and not (T, B, …)
     */
    public Padded padPackedSequence(boolean batchFirst, double paddingValue) {
        return padPackedSequence(batchFirst, paddingValue, steps.count());
    }

    /** Returns the sequences in their first order, padded to a length that is not below that of the longest. */
    public Padded padPackedSequence(boolean batchFirst, double paddingValue, long totalLength) {
        if (totalLength < steps.count()) {
            throw new IllegalArgumentException("padPackedSequence: totalLength is " + totalLength
                    + ", which is below the " + steps.count() + " steps of the longest sequence");
        }
        int B = Math.toIntExact(steps.batch());
        long[] order = sortedIndices == null ? IntStream.range(0, B).asLongStream().toArray()
                : sortedIndices.toLongArray();
        long[] rows = new long[Math.toIntExact(steps.rows())];
        long[] lengths = new long[B];
        for (int t = 0; t < steps.count(); t++) {
            for (int i = 0; i < steps.size(t); i++) {
                rows[(int) steps.start(t) + i] = (long) t * B + order[i];
                lengths[(int) order[i]]++;
            }
        }
        long[] flat = data.shape().toArray();
        flat[0] = Math.multiplyExact(totalLength, B);
        Variable padding = Variable.constant(Tensor.full(data.device(), paddingValue, data.dtype(), flat));
        long[] sizes = new long[flat.length + 1];
        System.arraycopy(flat, 1, sizes, 2, flat.length - 1);
        sizes[0] = totalLength;
        sizes[1] = B;
        Variable padded = padding.indexCopy(0, Tensor.of(rows).to(data.device()), data).reshape(sizes);
        return new Padded(batchFirst ? padded.transpose(0, 1) : padded, Tensor.of(lengths));
    }

    /** Returns other data in the same rows. */
    PackedSequence withData(Variable other) {
        return new PackedSequence(other, steps, sortedIndices, unsortedIndices);
    }
}
