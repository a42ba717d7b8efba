package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ops under autocast beside libtorch's, in result, type and gradients. Libtorch is asked on the CPU, whose lists are other ones
 * than those of CUDA: here is what both agree on, and chains that lead to the same types.
 */
class AutocastParityTest {
    /** An op of two (4, 6) operands, here and there. */
    private record Op(Function<Variable[], Variable> ours,
            Function<org.bytedeco.pytorch.Tensor[], org.bytedeco.pytorch.Tensor> theirs) {
    }

    private static final Map<String, Op> OPS = new LinkedHashMap<>();

    static {
        OPS.put("linear", new Op(v -> v[0].linear(v[1], v[1].select(1, 0)),
                t -> torch.linear(t[0], t[1], t[1].select(1, 0))));
        OPS.put("matmul", new Op(v -> v[0].matmul(v[1].t()), t -> t[0].matmul(t[1].t())));
        OPS.put("bmm", new Op(v -> v[0].reshape(2, 2, 6).bmm(v[1].reshape(2, 6, 2)),
                t -> t[0].reshape(2, 2, 6).bmm(t[1].reshape(2, 6, 2))));
        OPS.put("scaledDotProductAttention",
                new Op(v -> v[0].reshape(1, 2, 4, 3).scaledDotProductAttention(v[1].reshape(1, 2, 4, 3),
                        v[1].reshape(1, 2, 4, 3), true),
                        t -> torch.scaled_dot_product_attention(t[0].reshape(1, 2, 4, 3), t[1].reshape(1, 2, 4, 3),
                                t[1].reshape(1, 2, 4, 3), new TensorOptional(), 0, true, new DoubleOptional(), false)));
        OPS.put("prelu", new Op(v -> v[0].prelu(v[1].select(0, 0)), t -> torch.prelu(t[0], t[1].select(0, 0))));
        OPS.put("mse", new Op(v -> v[0].linear(v[1], null).mse(v[0].linear(v[0], null), Reduction.MEAN),
                t -> torch.mse_loss(torch.linear(t[0], t[1]), torch.linear(t[0], t[0]))));
        OPS.put("prod", new Op(v -> v[0].linear(v[1], null).prod(1), t -> torch.linear(t[0], t[1]).prod(1)));
        OPS.put("a sum of types", new Op(v -> v[0].linear(v[0], null).add(v[1].narrow(1, 0, 4)),
                t -> torch.linear(t[0], t[0]).add(t[1].narrow(1, 0, 4))));
        OPS.put("gelu", new Op(v -> v[0].linear(v[1], null).gelu(), t -> torch.gelu(torch.linear(t[0], t[1]))));
        OPS.put("a softmax of f32", new Op(v -> v[0].linear(v[1], null).to(DType.F32).softmax(1),
                t -> torch.linear(t[0], t[1]).to(torch.ScalarType.Float).softmax(1)));
    }

    static Iterable<String> ops() {
        return OPS.keySet();
    }

    @ParameterizedTest
    @MethodSource("ops")
    void isLibtorchs(String name) {
        Libtorch.require();
        Op op = OPS.get(name);
        try (var _ = new PointerScope(); var _ = TensorScope.open()) {
            Variable[] ours = new Variable[2];
            var theirs = new org.bytedeco.pytorch.Tensor[2];
            for (int i = 0; i < 2; i++) {
                ours[i] = Variable.leaf(Tensor.randn(new Generator(i + 1), 4, 6));
                theirs[i] = Libtorch.tensor(ours[i].value()).set_requires_grad(true);
            }
            var expected = Libtorch.autocast(DType.BF16, () -> op.theirs().apply(theirs));
            Variable found;
            try (var _ = Autocast.to(DType.BF16)) {
                found = op.ours().apply(ours);
            }
            assertEquals(expected.scalar_type().intern(), Libtorch.type(found.dtype()), name);
            close(name, Libtorch.numbers(expected), found.value(), 0.01);
            expected.to(torch.ScalarType.Float).square().sum().backward();
            found.to(DType.F32).square().sum().backward();
            for (int i = 0; i < 2; i++) {
                assertEquals(theirs[i].grad().defined(), ours[i].grad() != null, name);
                if (ours[i].grad() != null) {
                    assertEquals(DType.F32, ours[i].grad().dtype(), name);
                    close("gradient " + i + " of " + name, Libtorch.numbers(theirs[i].grad()), ours[i].grad().value(),
                            0.03);
                }
            }
        }
    }

    /** Compares with a tolerance that is a share of the largest number. */
    private static void close(String what, double[] expected, Tensor found, double tolerance) {
        double[] numbers = found.to(DType.F64).toDoubleArray();
        double largest = 0;
        for (double number : expected) {
            largest = Math.max(largest, Math.abs(number));
        }
        assertEquals(expected.length, numbers.length, what);
        for (int i = 0; i < numbers.length; i++) {
            assertEquals(expected[i], numbers[i], tolerance * largest, what + ", number " + i);
        }
    }
}
