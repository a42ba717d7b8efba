package org.jacobi.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * Writes a tensor as a person reads it, in the manner of PyTorch: nested brackets, aligned columns, and the inner part
 * of long axes left out.
 *
 * <pre>{@code
 * tensor([[1.0000, 2.0000],
 *         [3.0000, 4.0000]], shape=(2, 2), dtype=F32)
 * }</pre>
 */
final class TensorPrinter {
    /** Up to so many elements all are shown. */
    private static final int THRESHOLD = 1000;
    /** So many elements are shown at each end of an axis that is abbreviated. */
    private static final int EDGE = 3;
    private static final int LINE_WIDTH = 80;
    private static final String BEGIN = "tensor(";
    private static final long GAP = -1;

    private final Tensor tensor;
    private final List<String> cells = new ArrayList<>();
    private final StringBuilder text = new StringBuilder(BEGIN);
    private int width;
    private int written;

    private TensorPrinter(Tensor tensor) {
        this.tensor = tensor;
    }

    /** Returns the elements with shape and type; a released tensor tells that it was released. */
    static String print(Tensor tensor) {
        String end = ", shape=" + tensor.shape() + ", dtype=" + tensor.dtype()
                + (tensor.device() == Device.CPU ? "" : ", device=" + tensor.device()) + ")";
        if (tensor.isReleased()) {
            return BEGIN + "released, was made by " + tensor.origin() + end;
        }
        if (tensor.isInTransit()) {
            return BEGIN + "on its way to another thread, was made by " + tensor.origin() + end;
        }
        if (tensor.numel() == 0) {
            return BEGIN + "[]" + end;
        }
        TensorPrinter printer = new TensorPrinter(tensor);
        printer.format();
        printer.write(0);
        return printer.text + end;
    }

    // ---- the elements as text --------------------------------------------------------------------------------------

    /** Turns the elements that will be shown into text, in row-major order. */
    private void format() {
        List<long[]> positions = new ArrayList<>();
        collect(positions, new long[tensor.rank()], 0);
        if (tensor.dtype().isFloating()) {
            double[] values = positions.stream().mapToDouble(tensor::getDouble).toArray();
            DoubleFunction<String> style = style(values);
            for (double value : values) {
                cells.add(Double.isFinite(value) ? style.apply(value) : special(value));
            }
        } else {
            for (long[] position : positions) {
                long value = tensor.getLong(position);
                cells.add(tensor.dtype() == DType.BOOL ? String.valueOf(value != 0) : String.valueOf(value));
            }
        }
        width = cells.stream().mapToInt(String::length).max().orElse(0);
    }

    private void collect(List<long[]> positions, long[] position, int axis) {
        if (axis == position.length) {
            positions.add(position.clone());
            return;
        }
        for (long i : shown(axis)) {
            if (i != GAP) {
                position[axis] = i;
                collect(positions, position, axis + 1);
            }
        }
    }

    /** The positions along an axis that are shown, with a gap where some are left out. */
    private long[] shown(int axis) {
        long size = tensor.size(axis);
        boolean abbreviated = tensor.numel() > THRESHOLD && size > 2 * EDGE;
        long[] shown = new long[abbreviated ? 2 * EDGE + 1 : (int) size];
        for (int i = 0; i < shown.length; i++) {
            shown[i] = !abbreviated || i < EDGE ? i : i == EDGE ? GAP : size - shown.length + i;
        }
        return shown;
    }

    /** Chooses fixed decimals, or exponents where fixed decimals would hide digits or make the columns very wide. */
    private static DoubleFunction<String> style(double[] values) {
        double largest = 0;
        double smallest = Double.MAX_VALUE;
        for (double value : values) {
            if (Double.isFinite(value) && value != 0) {
                largest = Math.max(largest, Math.abs(value));
                smallest = Math.min(smallest, Math.abs(value));
            }
        }
        boolean exponents = largest > 0 && (largest > 1e8 || smallest < 1e-4 || largest / smallest > 1000);
        String format = exponents ? "%.4e" : "%.4f";
        return value -> String.format(Locale.ROOT, format, value);
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }

    // ---- brackets and lines ----------------------------------------------------------------------------------------

    private void write(int axis) {
        if (axis == tensor.rank()) {
            text.append(cells.get(written++));
            return;
        }
        text.append('[');
        if (axis == tensor.rank() - 1) {
            writeRow(axis);
        } else {
            long[] shown = shown(axis);
            // Matrices stand apart by an empty line, stacks of matrices by two, as PyTorch has it.
            String separator = "," + "\n".repeat(tensor.rank() - 1 - axis) + indent(axis);
            for (int i = 0; i < shown.length; i++) {
                text.append(i == 0 ? "" : separator);
                if (shown[i] == GAP) {
                    text.append("...");
                } else {
                    write(axis + 1);
                }
            }
        }
        text.append(']');
    }

    private void writeRow(int axis) {
        int perLine = Math.max(1, (LINE_WIDTH - BEGIN.length() - axis - 1) / (width + 2));
        long[] shown = shown(axis);
        for (int i = 0; i < shown.length; i++) {
            if (i > 0) {
                text.append(i % perLine == 0 ? ",\n" + indent(axis) : ", ");
            }
            String cell = shown[i] == GAP ? "..." : cells.get(written++);
            text.repeat(' ', shown[i] == GAP ? 0 : width - cell.length()).append(cell);
        }
    }

    /** The spaces that bring a new line under the first element behind the axis's bracket. */
    private static String indent(int axis) {
        return " ".repeat(BEGIN.length() + axis + 1);
    }
}
