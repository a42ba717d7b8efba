package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.PadMode;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.CpuBackend;

/** The rows of shapes, joining and conversion. */
final class ShapeSamples {
    private static final Device ELSEWHERE = new Device("elsewhere", new CpuBackend());

    private ShapeSamples() {
    }

    static void add() {
        shapes();
        conversions();
        axes();
        pieces();
        order();
        diagonals();
        repetition();
        padding();
        joining();
    }

    private static void shapes() {
        row("reshape", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].reshape(3, -1))
                .tensors(t -> t[0].reshape(3, -1)).torch(p -> p[0].reshape(3, -1));
        row("reshape", "of a transpose", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().reshape(-1))
                .tensors(t -> t[0].t().reshape(-1)).torch(p -> p[0].t().reshape(-1));
        row("view", "", n -> List.of(real(4, n))).exact().tensors(t -> t[0].contiguous().view(2, 2, -1))
                .torch(p -> p[0].view(2, 2, -1));
        row("alias", "", n -> List.of(real(3, n))).exact().tensors(t -> t[0].alias()).torch(p -> p[0].alias());
        row("flatten", "", n -> List.of(real(2, 3, n, 2))).exact().variables(v -> v[0].flatten(1, -2))
                .tensors(t -> t[0].flatten(1, -2)).torch(p -> p[0].flatten(1, -2));
        row("permute", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].permute(2, 0, -2))
                .tensors(t -> t[0].permute(2, 0, -2)).torch(p -> p[0].permute(2, 0, -2));
        row("transpose", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].transpose(0, -1))
                .tensors(t -> t[0].transpose(0, -1)).torch(p -> p[0].transpose(0, -1));
        row("t", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t()).tensors(t -> t[0].t())
                .torch(p -> p[0].t());
        row("unsqueeze", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].unsqueeze(-1))
                .tensors(t -> t[0].unsqueeze(-1)).torch(p -> p[0].unsqueeze(-1));
        row("squeeze", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].squeeze(-2))
                .tensors(t -> t[0].squeeze(-2)).torch(p -> p[0].squeeze(-2));
        row("expand", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].expand(2, 3, 4, -1))
                .tensors(t -> t[0].expand(2, 3, 4, -1)).torch(p -> p[0].expand(2, 3, 4, -1));
        row("expandTo", "", n -> List.of(real(3, 1))).exact().variables(v -> v[0].expandTo(Shape.of(2, 3, 5)))
                .tensors(t -> t[0].expandTo(Shape.of(2, 3, 5))).torch(p -> p[0].expand(2, 3, 5));
        row("sumTo", "", n -> List.of(real(2, 3, n))).variables(v -> v[0].sumTo(Shape.of(3, 1)))
                .torch(p -> Libtorch.sum(p[0], false, 0, 2).unsqueeze(-1));
        row("narrow", "", n -> List.of(real(3, n + 2))).exact().variables(v -> v[0].narrow(-1, 1, v[0].size(-1) - 2))
                .tensors(t -> t[0].narrow(-1, 1, t[0].size(-1) - 2)).torch(p -> p[0].narrow(-1, 1, p[0].size(-1) - 2));
        row("slice", "steps of 3", n -> List.of(real(3, n))).exact().variables(v -> v[0].slice(1, 0, v[0].size(1), 3))
                .tensors(t -> t[0].slice(1, 0, t[0].size(1), 3))
                .torch(p -> Libtorch.slice(p[0], 1, 0, p[0].size(1), 3));
        row("slice", "from the end", n -> List.of(real(n + 3, 3))).exact().variables(v -> v[0].slice(0, -3, -1, 1))
                .tensors(t -> t[0].slice(0, -3, -1, 1)).torch(p -> Libtorch.slice(p[0], 0, -3, -1, 1));
        row("select", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].select(1, -1))
                .tensors(t -> t[0].select(1, -1)).torch(p -> p[0].select(1, -1));
        row("split", "lengths", n -> List.of(real(2, n + 3)))
                .variables(v -> swapped(v[0].split(-1, 2, v[0].size(-1) - 3, 1)))
                .tensors(t -> swapped(t[0].split(-1, 2, t[0].size(-1) - 3, 1)))
                .torch(p -> swapped(p[0].narrow(-1, 0, 2), p[0].narrow(-1, 2, p[0].size(-1) - 3),
                        p[0].narrow(-1, p[0].size(-1) - 1, 1)));
        row("split", "pieces of 2", n -> List.of(real(5, n))).variables(v -> swapped(v[0].split(0, 2)))
                .tensors(t -> swapped(t[0].split(0, 2)))
                .torch(p -> swapped(p[0].narrow(0, 0, 2), p[0].narrow(0, 2, 2), p[0].narrow(0, 4, 1)));
        row("split", "one piece used", n -> List.of(real(3, n))).exact().variables(v -> v[0].split(0, 1)[1])
                .tensors(t -> t[0].split(0, 1)[1]).torch(p -> p[0].narrow(0, 1, 1));
        row("cat", "last axis", n -> List.of(real(3, n), real(3, 2), real(3, 1)))
                .variables(v -> Variable.cat(-1, v)).tensors(t -> Tensor.cat(-1, t)).exact()
                .torch(p -> Libtorch.cat(-1, p));
        row("cat", "first axis, f32 and f64", n -> List.of(real(1, n), integers(DType.F64, -9, 9, 2, n)))
                .variables(v -> Variable.cat(0, v)).tensors(t -> Tensor.cat(0, t)).torch(p -> Libtorch.cat(0, p));
        row("stack", "", n -> List.of(real(3, n), real(3, n))).exact().variables(v -> Variable.stack(1, v))
                .tensors(t -> Tensor.stack(1, t)).torch(p -> Libtorch.stack(1, p));
        row("contiguous", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().contiguous())
                .tensors(t -> t[0].t().contiguous()).torch(p -> p[0].t().contiguous());
    }

    /** Uses the pieces of a split in another order and weight, so that it matters which is which. */
    private static Variable swapped(Variable... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static Tensor swapped(Tensor... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static org.bytedeco.pytorch.Tensor swapped(org.bytedeco.pytorch.Tensor... parts) {
        return parts[2].sum().mul(number(3)).add(parts[1].mul(number(2))).add(parts[0].square().sum());
    }

    private static void conversions() {
        row("to", "f64", n -> List.of(real(3, n))).exact().variables(v -> v[0].to(DType.F64))
                .tensors(t -> t[0].to(DType.F64))
                .torch(p -> p[0].to(torch.ScalarType.Double));
        row("to", "f32", n -> List.of(real(3, n))).exact().kinked().variables(v -> v[0].to(DType.F32))
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "i64, towards zero", n -> List.of(within(-9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I64))
                .torch(p -> p[0].to(torch.ScalarType.Long));
        row("to", "another device and back", n -> List.of(real(3, n))).exact()
                .variables(v -> v[0].to(ELSEWHERE).square().to(v[0].device()))
                .tensors(t -> t[0].to(ELSEWHERE).square().to(t[0].device())).torch(p -> p[0].square());
        row("to", "bool", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].to(DType.BOOL))
                .torch(p -> p[0].to(torch.ScalarType.Bool));
        row("to", "i64 to i32", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I32))
                .torch(p -> p[0].to(torch.ScalarType.Int));
        row("to", "u8 to f32", n -> List.of(integers(DType.U8, 0, 256, 3, n))).exact().tensors(t -> t[0].to(DType.F32))
                .torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "f16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.F16))
                .torch(p -> p[0].to(torch.ScalarType.Half));
        row("to", "bf16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.BF16))
                .torch(p -> p[0].to(torch.ScalarType.BFloat16));
        row("to", "f16 to f32", n -> List.of(integers(DType.F16, -999, 999, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "bf16 to f32", n -> List.of(integers(DType.BF16, -200, 200, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("ofBits", "", n -> List.of()).exact()
                .tensors(_ -> Tensor.ofBits(DType.F16, new short[] {0x3C00, (short) 0xC100, 1}))
                .torch(_ -> org.bytedeco.pytorch.Tensor.create(new short[] {0x3C00, (short) 0xC100, 1}, 3)
                        .view(torch.ScalarType.Half));
        row("copy", "", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].copy())
                .torch(p -> p[0].clone());
    }

    /** A row of an op that moves the elements of one operand. */
    private static OpSample one(String op, String variant, IntFunction<Operand> operand,
            UnaryOperator<Variable> variables,
            UnaryOperator<Tensor> tensors, UnaryOperator<org.bytedeco.pytorch.Tensor> twin) {
        return row(op, variant, n -> List.of(operand.apply(n))).exact().variables(v -> variables.apply(v[0]))
                .tensors(t -> tensors.apply(t[0])).torch(p -> twin.apply(p[0]));
    }

    private static void axes() {
        one("flatten", "all axes", n -> real(2, 3, n), v -> v.flatten(), t -> t.flatten(), torch::ravel);
        one("flatten", "a scalar", n -> real(), v -> v.flatten(0, -1), t -> t.flatten(0, -1), torch::flatten);
        one("unflatten", "", n -> real(6, n), v -> v.unflatten(-2, 2, -1), t -> t.unflatten(-2, 2, -1),
                p -> p.unflatten(-2, 2, -1));
        one("mT", "", n -> real(2, 3, n), v -> v.mT(), t -> t.mT(), p -> p.mT());
        one("transpose", "a scalar", n -> real(), v -> v.transpose(0, -1), t -> t.transpose(0, -1),
                p -> p.transpose(0, -1));
        one("movedim", "one", n -> real(2, 3, n, 4), v -> v.movedim(0, -2), t -> t.movedim(0, -2),
                p -> p.movedim(0, -2));
        one("movedim", "two", n -> real(2, 3, n, 4), v -> v.movedim(new int[] {0, -1}, new int[] {1, 0}),
                t -> t.movedim(new int[] {0, -1}, new int[] {1, 0}), p -> p.movedim(new long[] {0, -1}, 1, 0));
        one("squeeze", "all", n -> real(1, 3, 1, n), v -> v.squeeze(), t -> t.squeeze(), p -> p.squeeze());
        one("squeeze", "some, one of them longer", n -> real(1, 3, 1, n, 2), v -> v.squeeze(0, -1, 1),
                t -> t.squeeze(0, -1, 1), p -> p.squeeze(0, -1, 1));
        one("squeeze", "a scalar", n -> real(), v -> v.squeeze(-1), t -> t.squeeze(-1), p -> p.squeeze(-1));
        row("broadcastTensors", "", n -> List.of(real(3, 1), real(n), real(2, 1, n))).exact()
                .variables(v -> Variable.stack(0, Variable.broadcastTensors(v)))
                .tensors(t -> Tensor.stack(0, Tensor.broadcastTensors(t)))
                .torch(p -> Libtorch.stack(0, torch.broadcast_tensors(new TensorVector(p)).get()));
        row("meshgrid", "ij", n -> List.of(real(3), real(n), real(2))).exact()
                .variables(v -> Variable.stack(-1, Variable.meshgrid(v)))
                .tensors(t -> Tensor.stack(-1, Tensor.meshgrid(t)))
                .torch(p -> Libtorch.stack(-1, torch.meshgrid(new TensorVector(p), "ij").get()));
        row("meshgrid", "xy", n -> List.of(real(3), real(n), real(2))).exact()
                .variables(v -> Variable.stack(-1, Variable.meshgrid("xy", v)))
                .tensors(t -> Tensor.stack(-1, Tensor.meshgrid("xy", t)))
                .torch(p -> Libtorch.stack(-1, torch.meshgrid(new TensorVector(p), "xy").get()));
    }

    private static void pieces() {
        one("chunk", "", n -> real(7, n), v -> Variable.cat(0, reversed(v.chunk(0, 3))),
                t -> Tensor.cat(0, reversed(t.chunk(0, 3))), p -> Libtorch.cat(0, reversed(p.chunk(3, 0).get())));
        one("chunk", "more than there are", n -> real(2, n), v -> Variable.cat(0, reversed(v.chunk(-2, 5))),
                t -> Tensor.cat(0, reversed(t.chunk(-2, 5))), p -> Libtorch.cat(0, reversed(p.chunk(5, -2).get())));
        one("tensorSplit", "sections", n -> real(7, n), v -> Variable.cat(0, reversed(v.tensorSplit(0, 3))),
                t -> Tensor.cat(0, reversed(t.tensorSplit(0, 3))),
                p -> Libtorch.cat(0, reversed(p.tensor_split(3, 0).get())));
        long[] at = {2, 2, -1, 9};
        one("tensorSplit", "positions", n -> real(n, 7), v -> Variable.cat(1, reversed(v.tensorSplit(1, at))),
                t -> Tensor.cat(1, reversed(t.tensorSplit(1, at))),
                p -> Libtorch.cat(1, reversed(p.tensor_split(at, 1).get())));
        one("unbind", "", n -> real(3, 4, n), v -> Variable.stack(0, reversed(v.unbind(1))),
                t -> Tensor.stack(0, reversed(t.unbind(1))), p -> Libtorch.stack(0, reversed(p.unbind(1).get())));
        one("unfold", "overlapping", n -> real(3, n + 4), v -> v.unfold(-1, 4, 2), t -> t.unfold(-1, 4, 2),
                p -> p.unfold(-1, 4, 2)).tolerance(1e-5);
        one("unfold", "apart, first axis", n -> real(7, n), v -> v.unfold(0, 2, 3), t -> t.unfold(0, 2, 3),
                p -> p.unfold(0, 2, 3));
        one("unfold", "a scalar", n -> real(), v -> v.unfold(0, 1, 1), t -> t.unfold(0, 1, 1), p -> p.unfold(0, 1, 1));
        row("asStrided", "", n -> List.of(real(3, n + 4))).exact()
                .tensors(t -> t[0].contiguous().asStrided(new long[] {2, 3}, new long[] {1, 2}, 1))
                .torch(p -> p[0].as_strided(new long[] {2, 3}, new long[] {1, 2}, new LongOptional(1)));
    }

    private static <T> T[] reversed(T[] parts) {
        T[] all = parts.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = parts[all.length - 1 - i];
        }
        return all;
    }

    private static void order() {
        one("flip", "last axis", n -> real(3, n), v -> v.flip(-1), t -> t.flip(-1), p -> p.flip(-1));
        one("flip", "first and last axis", n -> real(3, 2, n), v -> v.flip(0, 2), t -> t.flip(0, 2), p -> p.flip(0, 2));
        one("flip", "no axis", n -> real(3, n), v -> v.flip(), t -> t.flip(), p -> p.flip());
        one("flip", "a scalar", n -> real(), v -> v.flip(0), t -> t.flip(0), p -> p.flip(0));
        one("roll", "flattened", n -> real(3, n), v -> v.roll(-5), t -> t.roll(-5), p -> torch.roll(p, -5));
        one("roll", "last axis", n -> real(3, n), v -> v.roll(2, -1), t -> t.roll(2, -1),
                p -> torch.roll(p, new long[] {2}, -1));
        one("roll", "two axes, one of them twice", n -> real(3, n),
                v -> v.roll(new long[] {1, -9, 1}, new int[] {0, 1, 0}),
                t -> t.roll(new long[] {1, -9, 1}, new int[] {0, 1, 0}),
                p -> torch.roll(p, new long[] {1, -9, 1}, 0, 1, 0));
        for (int k : new int[] {1, 2, 3, 4, -1}) {
            one("rot90", "k = " + k, n -> real(3, 2, n), v -> v.rot90(k, 0, -1), t -> t.rot90(k, 0, -1),
                    p -> torch.rot90(p, k, 0, -1));
        }
    }

    private static void diagonals() {
        for (long k : new long[] {0, 1, -2, 9}) {
            String variant = "k = " + k;
            one("tril", variant, n -> real(2, 3, n), v -> v.tril(k), t -> t.tril(k), p -> torch.tril(p, k));
            one("triu", variant, n -> real(n, 4), v -> v.triu(k), t -> t.triu(k), p -> torch.triu(p, k));
            one("diag", "a vector, " + variant, n -> real(n), v -> v.diag(k), t -> t.diag(k), p -> torch.diag(p, k))
                    .upTo(257);
        }
        one("tril", "", n -> real(n, 3), v -> v.tril(), t -> t.tril(), torch::tril);
        one("triu", "", n -> real(3, n), v -> v.triu(), t -> t.triu(), torch::triu);
        one("diag", "a matrix", n -> real(5, n), v -> v.diag(-1), t -> t.diag(-1), p -> torch.diag(p, -1));
        one("diag", "main diagonal", n -> real(5, n), v -> v.diag(), t -> t.diag(), torch::diag);
        one("diagonal", "", n -> real(4, n), v -> v.diagonal(), t -> t.diagonal(), torch::diagonal);
        one("diagonal", "of batches, above", n -> real(3, n, 4), v -> v.diagonal(1, -1, 0), t -> t.diagonal(1, -1, 0),
                p -> p.diagonal(1, -1, 0));
        one("diagonal", "below", n -> real(4, n), v -> v.diagonal(-2, 0, 1), t -> t.diagonal(-2, 0, 1),
                p -> p.diagonal(-2, 0, 1));
        one("diagEmbed", "", n -> real(2, n), v -> v.diagEmbed(), t -> t.diagEmbed(), torch::diag_embed).upTo(257);
        one("diagEmbed", "first and last axis, below", n -> real(2, n), v -> v.diagEmbed(-1, 0, -1),
                t -> t.diagEmbed(-1, 0, -1), p -> torch.diag_embed(p, -1, 0, -1)).upTo(257);
        row("blockDiag", "", n -> List.of(real(2, 3), real(n), real(), real(3, 2))).exact()
                .variables(Variable::blockDiag)
                .tensors(Tensor::blockDiag).torch(p -> torch.block_diag(new TensorVector(p)));
    }

    private static void repetition() {
        one("repeat", "", n -> real(3, n), v -> v.repeat(2, 1, 3), t -> t.repeat(2, 1, 3), p -> p.repeat(2, 1, 3));
        one("tile", "", n -> real(3, n), v -> v.tile(2), t -> t.tile(2), p -> p.tile(2));
        one("tile", "more axes", n -> real(n), v -> v.tile(2, 3), t -> t.tile(2, 3), p -> p.tile(2, 3));
        one("repeatInterleave", "flattened", n -> real(3, n), v -> v.repeatInterleave(2), t -> t.repeatInterleave(2),
                p -> torch.repeat_interleave(p, 2));
        one("repeatInterleave", "first axis", n -> real(3, n), v -> v.repeatInterleave(2, 0),
                t -> t.repeatInterleave(2, 0),
                p -> torch.repeat_interleave(p, 2, new LongOptional(0), new LongOptional()));
        row("repeatInterleave", "a vector of repeats", n -> List.of(real(4, n), integers(DType.I64, 0, 4, 4))).exact()
                .tolerance(1e-5).variables(v -> v[0].repeatInterleave(v[1].value(), 0))
                .tensors(t -> t[0].repeatInterleave(t[1], 0))
                .torch(p -> torch.repeat_interleave(p[0], p[1], new LongOptional(0), new LongOptional()));
        row("repeatInterleave", "a vector of repeats, flattened",
                n -> List.of(real(2, n), integers(DType.I64, 0, 4, 2 * n)))
                .exact().variables(v -> v[0].repeatInterleave(v[1].value())).tensors(t -> t[0].repeatInterleave(t[1]))
                .torch(p -> torch.repeat_interleave(p[0], p[1]));
        one("combinations", "", n -> real(5), v -> v.combinations(3, false), t -> t.combinations(3, false),
                p -> torch.combinations(p, 3, false));
        one("combinations", "with replacement", n -> real(n), v -> v.combinations(2, true),
                t -> t.combinations(2, true),
                p -> torch.combinations(p, 2, true)).upTo(67);
        row("cartesianProd", "", n -> List.of(real(3), real(n), real(2))).exact().variables(Variable::cartesianProd)
                .tensors(Tensor::cartesianProd).torch(p -> torch.cartesian_prod(new TensorVector(p)));
    }

    private static void padding() {
        long[] both = {2, 1, 0, 3};
        long[] cut = {-1, 2, 1, -1};
        one("pad", "zeros", n -> real(3, n), v -> v.pad(1, 2), t -> t.pad(1, 2), p -> torch.pad(p, 1, 2));
        one("pad", "a value around two axes", n -> real(2, 3, n), v -> v.pad(both, 1.5), t -> t.pad(both, 1.5),
                p -> torch.pad(p, both, "constant", new DoubleOptional(1.5)));
        one("pad", "cut off", n -> real(2, 3, n), v -> v.pad(cut, 1.5), t -> t.pad(cut, 1.5),
                p -> torch.pad(p, cut, "constant", new DoubleOptional(1.5)));
        for (PadMode mode : PadMode.values()) {
            String name = mode.name().toLowerCase(Locale.ROOT);
            long[] last = {1, 2};
            one("pad", name + ", one axis", n -> real(2, 3, n + 2), v -> v.pad(last, mode), t -> t.pad(last, mode),
                    p -> torch.pad(p, last, name, new DoubleOptional())).tolerance(1e-5);
            long[] three = {2, 1, 1, 0, 1, 1};
            one("pad", name + ", three axes", n -> real(1, 2, 2, 2, n + 2), v -> v.pad(three, mode),
                    t -> t.pad(three, mode), p -> torch.pad(p, three, name, new DoubleOptional())).tolerance(1e-5)
                    .upTo(257);
        }
    }

    private static void joining() {
        row("hstack", "vectors", n -> List.of(real(n), real(), real(3))).exact().variables(Variable::hstack)
                .tensors(Tensor::hstack).torch(p -> torch.hstack(new TensorVector(p)));
        row("hstack", "matrices", n -> List.of(real(2, n), real(2, 3))).exact().variables(Variable::hstack)
                .tensors(Tensor::hstack).torch(p -> torch.hstack(new TensorVector(p)));
        row("vstack", "", n -> List.of(real(n), real(2, n))).exact().variables(Variable::vstack).tensors(Tensor::vstack)
                .torch(p -> torch.vstack(new TensorVector(p)));
        row("dstack", "", n -> List.of(real(n), real(1, n), real(1, n, 2))).exact().variables(Variable::dstack)
                .tensors(Tensor::dstack).torch(p -> torch.dstack(new TensorVector(p)));
    }
}
