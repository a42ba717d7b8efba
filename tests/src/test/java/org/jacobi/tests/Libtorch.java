package org.jacobi.tests;

import java.util.Arrays;
import java.util.function.Supplier;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.EllipsisIndexType;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Slice;
import org.bytedeco.pytorch.SymInt;
import org.bytedeco.pytorch.SymIntOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorIndex;
import org.bytedeco.pytorch.TensorIndexVector;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Index;
import org.junit.jupiter.api.Assumptions;

/** The oracle: PyTorch's C++ library. Its tensors are made from arrays and read as arrays of doubles. */
final class Libtorch {
    /** Loads the natives once; what went wrong, if it did. */
    private static final class Natives {
        static final Throwable FAILURE = load();

        private static Throwable load() {
            try {
                torch.manual_seed(0);
                return null;
            } catch (LinkageError e) {
                return e;
            }
        }
    }

    private Libtorch() {
    }

    /** Skips the test, with a message, where libtorch's natives cannot be loaded. */
    static void require() {
        Assumptions.assumeTrue(Natives.FAILURE == null,
                () -> "libtorch's native libraries cannot be loaded on this platform: " + Natives.FAILURE);
    }

    /** Runs something under the CPU's autocast, or, for null, without; each weight is converted at each use. */
    static <T> T autocast(DType type, Supplier<T> work) {
        if (type == null) {
            return work.get();
        }
        torch.set_autocast_cache_enabled(false);
        torch.set_autocast_dtype(torch.DeviceType.CPU, type(type));
        torch.set_autocast_enabled(torch.DeviceType.CPU, true);
        try {
            return work.get();
        } finally {
            torch.set_autocast_enabled(torch.DeviceType.CPU, false);
        }
    }

    /** Returns a new tensor of the operand's type that holds the numbers. */
    static Tensor tensor(Operand operand, double[] numbers) {
        Tensor doubles = Tensor.create(numbers, operand.shape());
        Tensor typed = doubles.to(type(operand.type(DType.F32)));
        return operand.differentiable() ? typed.detach().set_requires_grad(true) : typed;
    }

    /** Returns a tensor of the same type, shape and numbers. */
    static Tensor tensor(org.jacobi.tensor.Tensor tensor) {
        return Tensor.create(tensor.toDoubleArray(), tensor.shape().toArray()).to(type(tensor.dtype()));
    }

    static torch.ScalarType type(DType type) {
        return switch (type) {
            case BOOL -> torch.ScalarType.Bool;
            case U8 -> torch.ScalarType.Byte;
            case I8 -> torch.ScalarType.Char;
            case I16 -> torch.ScalarType.Short;
            case I32 -> torch.ScalarType.Int;
            case I64 -> torch.ScalarType.Long;
            case F16 -> torch.ScalarType.Half;
            case BF16 -> torch.ScalarType.BFloat16;
            case F32 -> torch.ScalarType.Float;
            case F64 -> torch.ScalarType.Double;
        };
    }

    static DType type(torch.ScalarType type) {
        return Arrays.stream(DType.values()).filter(ours -> type(ours).value == type.value).findFirst().orElseThrow();
    }

    /** Returns an f32 tensor. */
    static Tensor tensor(float[] numbers, long... shape) {
        return Tensor.create(numbers, shape);
    }

    /** Returns an i64 tensor. */
    static Tensor tensor(long[] numbers, long... shape) {
        return Tensor.create(numbers, shape);
    }

    /** Returns the elements in row-major order. */
    static double[] numbers(Tensor tensor) {
        Tensor plain = tensor.detach().to(torch.ScalarType.Double).contiguous();
        double[] numbers = new double[Math.toIntExact(plain.numel())];
        if (numbers.length > 0) {
            DoublePointer data = plain.data_ptr_double();
            data.get(numbers);
        }
        return numbers;
    }

    /** Walks back from a tensor with the given gradient of it. */
    static void backward(Tensor tensor, Tensor gradient) {
        tensor.backward(gradient, new BoolOptional(false), false, new TensorArrayRefOptional());
    }

    // ---- what is long-winded in the Java binding -------------------------------------------------------------------

    static Scalar number(double value) {
        return new Scalar(value);
    }

    static Tensor cat(long axis, Tensor... parts) {
        return torch.cat(new TensorVector(parts), axis);
    }

    static Tensor stack(long axis, Tensor... parts) {
        return torch.stack(new TensorVector(parts), axis);
    }

    static Tensor sum(Tensor x, boolean keep, long... axes) {
        return torch.sum(x, axes, keep, new ScalarTypeOptional());
    }

    static Tensor mean(Tensor x, boolean keep, long... axes) {
        return torch.mean(x, axes, keep, new ScalarTypeOptional());
    }

    static Tensor div(Tensor a, Tensor b, String rounding) {
        BytePointer text = new BytePointer(rounding);
        return torch.div(a, b, new StringViewOptional(text));
    }

    static Tensor slice(Tensor x, long axis, long start, long end, long step) {
        return torch.slice(x, axis, new LongOptional(start), new LongOptional(end), step);
    }

    // ---- indices as in brackets ------------------------------------------------------------------------------------

    /** Returns our twins of integer and bool tensors, and null for others. */
    static org.jacobi.tensor.Tensor[] ours(Tensor... tensors) {
        return Arrays.stream(tensors).map(tensor -> {
            DType dtype = switch (tensor.scalar_type().intern()) {
                case Bool -> DType.BOOL;
                case Int -> DType.I32;
                case Long -> DType.I64;
                default -> null;
            };
            return dtype == null ? null
                    : org.jacobi.tensor.Tensor.of(numbers(tensor)).to(dtype).reshape(tensor.shape());
        }).toArray(org.jacobi.tensor.Tensor[]::new);
    }

    /** Returns the twins of our indices; an ellipsis for none, which libtorch refuses. */
    static TensorIndexVector indices(Index... indices) {
        Index[] some = indices.length == 0 ? new Index[] {Index.ellipsis()} : indices;
        return new TensorIndexVector(Arrays.stream(some).map(Libtorch::index).toArray(TensorIndex[]::new));
    }

    /**
     * The binding's constructor of None leaves the kind of index as memory was. So this is an ellipsis whose kind, the last of
     * its fields, is set to 0.
     */
    private static TensorIndex none() {
        TensorIndex none = new TensorIndex(new EllipsisIndexType());
        new BytePointer(none).put(none.sizeof() - Long.BYTES, (byte) 0);
        if (!none.is_none()) {
            throw new IllegalStateException("libtorch's TensorIndex is laid out in another way than it was");
        }
        return none;
    }

    private static TensorIndex index(Index index) {
        return switch (index) {
            case Index.At(long position) -> new TensorIndex(position);
            case Index.Span(long start, long end, long step) -> new TensorIndex(
                    new Slice(symbolic(start), symbolic(end), symbolic(step)));
            case Index.Ellipsis() -> new TensorIndex(new EllipsisIndexType());
            case Index.NewAxis() -> none();
            case Index.Positions(org.jacobi.tensor.Tensor positions) -> new TensorIndex(
                    Tensor.create(positions.toLongArray(), positions.shape().toArray()).to(
                            positions.dtype() == DType.I32 ? torch.ScalarType.Int : torch.ScalarType.Long));
            case Index.Mask(org.jacobi.tensor.Tensor mask) -> new TensorIndex(
                    Tensor.create(mask.toLongArray(), mask.shape().toArray()).to(torch.ScalarType.Bool));
        };
    }

    private static SymIntOptional symbolic(long value) {
        return new SymIntOptional(new SymInt(value));
    }
}
