package org.jacobi.bench;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.FunctionVector;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * PyTorch's AdamW as {@code torch.optim.AdamW(fused=True)} runs it: one call of {@code _fused_adamw_} for all parameters.
 *
 * <p>The optimizer class of the C++ API has no such path and took 2 to 7 times as long wherever both were tried. The
 * op is not among the functions that the binding has, so a script of PyTorch's own language calls it.
 */
final class FusedAdamW {
    private final Tensor[] params;
    /** Owns the functions: kept, or the collector would free it, and them, in the middle of a step. */
    private final CompilationUnit unit;
    private final Function step;
    private final IValue[] lists;

    /** Makes an optimizer with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, weight decay 0.01. */
    FusedAdamW(Tensor[] params, double lr) {
        this.params = params;
        String gradients = join(params.length, "g%d");
        String declarations = join(params.length, "g%d: Tensor");
        unit = torch.compile("""
                def listed(%2$s) -> List[Tensor]:
                    return [%1$s]

                def step(p: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], %2$s) -> None:
                    torch._foreach_add_(t, 1)
                    torch._fused_adamw_(p, [%1$s], m, v, [], t, lr=%3$s, beta1=0.9, beta2=0.999, weight_decay=0.01,
                                        eps=1e-8, amsgrad=False, maximize=False)
                """.formatted(gradients, declarations, lr));
        Function listed = function(unit, "listed");
        step = function(unit, "step");
        Tensor[] steps = IntStream.range(0, params.length).mapToObj(_ -> torch.zeros()).toArray(Tensor[]::new);
        lists = new IValue[] {listed.apply(values(params)), listed.apply(values(zerosLike(params))),
            listed.apply(values(zerosLike(params))), listed.apply(values(steps))};
    }

    private static String join(int count, String format) {
        return IntStream.range(0, count).mapToObj(format::formatted).collect(Collectors.joining(", "));
    }

    private static Function function(CompilationUnit unit, String name) {
        FunctionVector functions = unit.get_functions();
        return IntStream.range(0, Math.toIntExact(functions.size())).mapToObj(functions::get)
                .filter(function -> function.name().getString().equals(name)).findFirst().orElseThrow();
    }

    private static Tensor[] zerosLike(Tensor[] tensors) {
        return Arrays.stream(tensors).map(torch::zeros_like).toArray(Tensor[]::new);
    }

    private static IValueVector values(Tensor... tensors) {
        return new IValueVector(Arrays.stream(tensors).map(IValue::new).toArray(IValue[]::new));
    }

    /** Changes every parameter; call it within a scope that frees what it makes. */
    void step() {
        IValueVector arguments = new IValueVector(lists);
        for (Tensor param : params) {
            arguments.push_back(new IValue(param.grad()));
        }
        try (var _ = new NoGradGuard()) {
            step.apply(arguments);
        }
    }

    /** Drops the gradients: the next backward hands its own over instead of adding them. */
    void zeroGrad() {
        for (Tensor param : params) {
            param.mutable_grad().reset();
        }
    }
}
