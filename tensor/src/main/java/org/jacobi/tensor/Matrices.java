package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.Supplier;

/** What the ops of {@link TensorLinalg} share: checks, shapes, column-major copies, diagonals, and who is to blame. */
final class Matrices {
    private Matrices() {
    }

    /** Checks that x is of a type that decompositions and Fourier transforms are done in, as in PyTorch on the CPU. */
    static void requireType(String op, Tensor x) {
        if (x.dtype() != DType.F32 && x.dtype() != DType.F64) {
            throw new IllegalArgumentException(
                    op + ": needs a tensor of F32 or F64, got " + x.dtype() + "; convert with to(DType.F32) first");
        }
    }

    /** Returns x, which must be a matrix of F32 or F64, or a batch of them. */
    static Tensor require(String op, Tensor x) {
        requireType(op, x);
        if (x.rank() < 2) {
            throw new IllegalArgumentException(op + ": needs a matrix or a batch of them, got shape " + x.shape());
        }
        if (Math.max(x.size(-2), x.size(-1)) > 1 << 24) {
            throw new IllegalArgumentException(
                    op + ": matrices of shape " + x.shape() + " are too large; at most 2^24 rows and columns");
        }
        return x;
    }

    /** Returns x, whose matrices must be square. */
    static Tensor requireSquare(String op, Tensor x) {
        require(op, x);
        if (x.size(-2) != x.size(-1)) {
            throw new IllegalArgumentException(op + ": needs square matrices, got shape " + x.shape());
        }
        return x;
    }

    static Shape batch(Shape shape) {
        return Shape.of(Arrays.copyOf(shape.toArray(), shape.rank() - 2));
    }

    static Shape append(Shape shape, long... sizes) {
        long[] all = Arrays.copyOf(shape.toArray(), shape.rank() + sizes.length);
        System.arraycopy(sizes, 0, all, shape.rank(), sizes.length);
        return Shape.of(all);
    }

    /** Returns what a computation returns, and gives back the memory of everything else that it made. */
    static Tensor tidy(Supplier<Tensor> computation) {
        try (TensorScope scope = TensorScope.open()) {
            return scope.keep(computation.get());
        }
    }

    /** Returns new matrices of undefined content, of a tensor's type and device, whose columns are contiguous. */
    static Tensor columnMajor(String op, Tensor like, Shape shape) {
        Tensor stored =
                Tensor.make(op, like.device(), like.dtype(), append(batch(shape), shape.size(-1), shape.size(-2)));
        return stored.replacedBy(stored.transpose(-2, -1));
    }

    /** Returns a column-major copy, for a decomposition to overwrite. */
    static Tensor columns(String op, Tensor x) {
        Tensor copy = columnMajor(op, x, x.shape());
        x.backend().copy(copy, x);
        Reference.reachabilityFence(x);
        return copy;
    }

    /** Returns a view of the diagonals (..., min(M, N)) of matrices that are row-major or column-major, or of a copy. */
    static Tensor diagonal(Tensor x) {
        long m = x.size(-2);
        long n = x.size(-1);
        if (!x.isContiguous() && x.transpose(-2, -1).isContiguous()) {
            return diagonal(x.transpose(-2, -1));
        }
        long last = Math.max(0, (Math.min(m, n) - 1) * (n + 1) + 1);
        return x.contiguous().reshape(append(batch(x.shape()), m * n).toArray()).slice(-1, 0, m * n == 0 ? 0 : last,
                n + 1);
    }

    /** Returns the identity matrix of a tensor's type and device. */
    static Tensor eye(long n, Tensor like) {
        return Tensor.eye(n).to(like.dtype()).to(like.device());
    }

    /** Throws what the first entry of a batch has to say whose info is not 0. */
    static void check(String op, Tensor info, String what, String advice) {
        long[] infos = info.toLongArray();
        for (int i = 0; i < infos.length; i++) {
            if (infos[i] != 0) {
                throw new LinAlgException(
                        op + ": " + entry(info.shape(), i) + " " + what.formatted(infos[i]) + "; " + advice);
            }
        }
    }

    /** Names an entry of a batch by its position in row-major order. */
    private static String entry(Shape batch, long at) {
        if (batch.rank() == 0) {
            return "the matrix";
        }
        long[] position = new long[batch.rank()];
        long rest = at;
        for (int axis = batch.rank() - 1; axis >= 0; axis--) {
            position[axis] = rest % batch.size(axis);
            rest /= batch.size(axis);
        }
        return "matrix " + Arrays.toString(position) + " of the batch " + batch;
    }
}
