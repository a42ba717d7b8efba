package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The types of results, for all pairs of types and for tensors with axes, scalars and numbers, against libtorch's. */
class PromotionParityTest {
    private static Tensor ones(DType type, boolean scalar) {
        return scalar ? Tensor.ones(type) : Tensor.ones(type, 2);
    }

    @ParameterizedTest
    @EnumSource
    void twoTypes(DType a) {
        Libtorch.require();
        for (DType b : DType.values()) {
            assertEquals(Libtorch.type(torch.promote_types(Libtorch.type(a), Libtorch.type(b))), DType.promote(a, b),
                    () -> a + " and " + b);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tensorsWithAndWithoutAxes(DType a) {
        Libtorch.require();
        for (DType b : DType.values()) {
            for (int scalars = 0; scalars < 4; scalars++) {
                Tensor x = ones(a, (scalars & 1) != 0);
                Tensor y = ones(b, (scalars & 2) != 0);
                try (var _ = new PointerScope()) {
                    DType expected = Libtorch.type(torch.result_type(Libtorch.tensor(x), Libtorch.tensor(y)));
                    String what = a.toString() + x.shape() + " and " + b + y.shape();
                    assertEquals(expected, DType.promote(x, y), what);
                    assertEquals(expected, x.add(y).dtype(), what);
                    assertEquals(expected, x.mul(y).dtype(), what);
                    assertEquals(expected, x.maximum(y).dtype(), what);
                    assertEquals(DType.BOOL, x.lt(y).dtype(), what);
                    assertEquals(expected, Tensor.where(Tensor.ones(DType.BOOL, 2), x, y).dtype(), what);
                    assertEquals(expected.isFloating() ? expected : DType.F32, x.div(y).dtype(), what);
                    inPlace(x, y, expected, what);
                    if (expected.isFloating()) {
                        onVariables(x, y, expected, what);
                    }
                }
            }
        }
    }

    private static void inPlace(Tensor x, Tensor y, DType common, String what) {
        if (x.rank() < y.rank()) {
            return;
        }
        boolean fits = torch.canCast(Libtorch.type(common), Libtorch.type(x.dtype()));
        Tensor target = x.copy();
        if (fits) {
            assertEquals(x.dtype(), target.add_(y).dtype(), what);
            assertEquals(x.dtype() == DType.BOOL ? 1 : 2, target.reshape(-1).getDouble(0), what);
        } else {
            assertThrows(IllegalArgumentException.class, () -> target.add_(y), what);
        }
    }

    private static void onVariables(Tensor x, Tensor y, DType expected, String what) {
        Variable a = input(x);
        Variable b = input(y);
        Variable product = a.mul(b);
        assertEquals(expected, product.dtype(), what);
        assertEquals(expected, Variable.where(Tensor.ones(DType.BOOL, 2), a, b).dtype(), what);
        product.sum().backward();
        assertEquals(x.dtype().isFloating() ? x.dtype() : null, a.grad() == null ? null : a.grad().dtype(), what);
        assertEquals(y.dtype().isFloating() ? y.dtype() : null, b.grad() == null ? null : b.grad().dtype(), what);
    }

    private static Variable input(Tensor value) {
        return value.dtype().isFloating() ? Variable.leaf(value) : Variable.constant(value);
    }

    @ParameterizedTest
    @EnumSource
    void tensorsAndNumbers(DType type) {
        Libtorch.require();
        for (boolean scalar : new boolean[] {false, true}) {
            Tensor x = ones(type, scalar);
            try (var _ = new PointerScope()) {
                var twin = Libtorch.tensor(x);
                assertEquals(Libtorch.type(torch.result_type(twin, new Scalar(2L))), DType.promote(x, 2));
                assertEquals(Libtorch.type(torch.result_type(twin, new Scalar(0.5))), DType.promote(x, 0.5));
                assertEquals(Libtorch.type(twin.add(new Scalar(0.5)).scalar_type()), x.add(0.5).dtype());
                assertEquals(Libtorch.type(twin.mul(new Scalar(2L)).scalar_type()), x.mul(2).dtype());
                if (type.isFloating()) {
                    assertEquals(type, Variable.leaf(x).mul(0.5).dtype());
                }
                // What does not fit wraps around.
                assertArrayEquals(Libtorch.numbers(twin.add(new Scalar(300L))), x.add(300).toDoubleArray());
            }
        }
    }
}
