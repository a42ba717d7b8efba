package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** Launches of unary.cu, binary.cu and ternary.cu: a function of one to three operands, element by element. */
final class ElementwiseLaunches {
    private final Gpu gpu;
    private final KernelFamily unary;
    private final KernelFamily binary;
    private final KernelFamily ternary;
    private final KernelFamily where;

    ElementwiseLaunches(Gpu gpu) {
        this.gpu = gpu;
        unary = KernelFamily.ofKinds(gpu, "unary", "unary");
        binary = KernelFamily.ofKinds(gpu, "binary", "binary");
        ternary = KernelFamily.ofKinds(gpu, "ternary", "ternary");
        where = KernelFamily.ofKinds(gpu, "ternary", "where");
    }

    void unary(UnaryOp op, Tensor out, Tensor x) {
        launch(unary, Kind.of(x, out), op, out, x);
    }

    void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        launch(binary, Kind.of(a, b, out), op, out, a, b);
    }

    void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        launch(ternary, Kind.of(a, b, c, out), op, out, a, b, c);
    }

    private void launch(KernelFamily kernels, Kind kind, Enum<?> op, Tensor... operands) {
        Operands.launch(gpu, kernels.get(kind), kind.pack, operands[0].shape(),
                (arguments, _) -> arguments.add(op.ordinal()), operands);
    }

    void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        Kind kind = Kind.of(out.dtype());
        Operands.launch(gpu, where.get(kind), kind.pack, out.shape(), (_, _) -> {
        }, out, condition, a, b);
    }
}
