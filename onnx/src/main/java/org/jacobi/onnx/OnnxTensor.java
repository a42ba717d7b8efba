package org.jacobi.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * An array of numbers, which is a {@link Tensor} and the type that ONNX gives its elements, or an array of strings.
 *
 * <p>What only moves elements (transpose, gather, concatenate ...) is written once, on tensors: for strings, {@link #move}
 * moves a tensor of their positions and then fetches them.
 */
public final class OnnxTensor implements OnnxValue {
    private final ElementType type;
    private final Tensor data;
    private final String[] strings;
    private final Shape shape;

    private OnnxTensor(ElementType type, Tensor data, String[] strings, Shape shape) {
        this.type = type;
        this.data = data;
        this.strings = strings;
        this.shape = shape;
    }

    /** Returns a value of the tensor's own type. */
    public static OnnxTensor of(Tensor data) {
        return of(ElementType.of(data.dtype()), data);
    }

    /**
     * Returns a value of the given type.
     *
     * @param data must have the type's {@link ElementType#storage storage type}, and values in its range
     */
    public static OnnxTensor of(ElementType type, Tensor data) {
        if (data.dtype() != type.storage()) {
            throw new IllegalArgumentException(
                    "elements of type " + type + " are stored as " + type.storage() + ", got " + data.dtype());
        }
        return new OnnxTensor(type, data, null, data.shape());
    }

    /** Returns an array of strings, row-major; without sizes, a vector. */
    public static OnnxTensor ofStrings(String[] strings, long... sizes) {
        return ofStrings(strings, sizes.length == 0 ? Shape.of(strings.length) : Shape.of(sizes));
    }

    /** Returns an array of strings, row-major. */
    public static OnnxTensor ofStrings(String[] strings, Shape shape) {
        if (shape.numel() != strings.length) {
            throw new IllegalArgumentException(strings.length + " strings do not fill shape " + shape);
        }
        return new OnnxTensor(ElementType.STRING, null, strings.clone(), shape);
    }

    public ElementType type() {
        return type;
    }

    public Shape shape() {
        return shape;
    }

    /** Returns the number of axes. */
    public int rank() {
        return shape.rank();
    }

    /** Returns the size of one axis; negative axes count from the end. */
    public long size(int axis) {
        return shape.size(axis);
    }

    /** Returns the number of elements. */
    public long numel() {
        return shape.numel();
    }

    /**
     * Returns the numbers.
     *
     * @throws IllegalArgumentException if the elements are strings
     */
    public Tensor data() {
        if (data == null) {
            throw new IllegalArgumentException("needs numbers, got strings of shape " + shape);
        }
        return data;
    }

    /**
     * Returns the strings in row-major order.
     *
     * @throws IllegalArgumentException if the elements are numbers
     */
    public String[] strings() {
        if (strings == null) {
            throw new IllegalArgumentException("needs strings, got " + type + " of shape " + shape);
        }
        return strings.clone();
    }

    /** Returns this array with its elements moved as the given function moves a tensor's. */
    public OnnxTensor move(UnaryOperator<Tensor> mover) {
        return move(List.of(this), parts -> mover.apply(parts.getFirst()));
    }

    /** Returns the elements of several arrays of one type moved as the given function moves those of tensors. */
    public static OnnxTensor move(List<OnnxTensor> parts, Function<List<Tensor>, Tensor> mover) {
        OnnxTensor first = parts.getFirst();
        for (OnnxTensor part : parts) {
            if (part.type != first.type) {
                throw new IllegalArgumentException(
                        "needs arrays of one type, got " + first.type + " and " + part.type);
            }
        }
        if (first.data != null) {
            return of(first.type, mover.apply(parts.stream().map(OnnxTensor::data).toList()));
        }
        Tensor[] positions = new Tensor[parts.size()];
        long start = 0;
        for (int i = 0; i < positions.length; i++) {
            OnnxTensor part = parts.get(i);
            positions[i] = Tensor.arange(start, start + part.numel(), 1, DType.I64).reshape(part.shape.toArray());
            start += part.numel();
        }
        String[] all = parts.stream().flatMap(part -> Arrays.stream(part.strings)).toArray(String[]::new);
        Tensor moved = mover.apply(List.of(positions));
        String[] picked = Arrays.stream(moved.toLongArray()).mapToObj(i -> all[(int) i]).toArray(String[]::new);
        return new OnnxTensor(ElementType.STRING, null, picked, moved.shape());
    }

    @Override
    public void forEachTensor(Consumer<Tensor> action) {
        if (data != null) {
            action.accept(data);
        }
    }

    @Override
    public OnnxTensor alias() {
        return data == null ? this : of(type, data.alias());
    }

    @Override
    public String typeName() {
        return "tensor(" + type + ")";
    }

    @Override
    public String toString() {
        return typeName() + shape + " " + (data == null ? Arrays.toString(strings) : data);
    }
}
