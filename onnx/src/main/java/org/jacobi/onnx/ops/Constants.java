package org.jacobi.onnx.ops;

import java.util.List;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators that make tensors of nothing: constants, ranges, random numbers. */
final class Constants {
    private Constants() {
    }

    static void register() {
        Operators.add("Constant", Constants::constant);
        Operators.add("ConstantOfShape", call -> {
            OnnxTensor value = call.tensorAttribute("value");
            OnnxTensor one = value == null ? OnnxTensor.of(Tensor.zeros(1)) : value;
            return one.move(t -> t.reshape().expandTo(Shape.of(call.integersOf(0))).contiguous());
        });
        Operators.add("EyeLike", call -> {
            OnnxTensor x = call.tensor(0);
            long k = call.integer("k", 0);
            Tensor rows = Tensor.arange(x.size(0)).unsqueeze(1);
            Tensor columns = Tensor.arange(x.size(1)).sub(k);
            return Casts.cast(OnnxTensor.of(rows.eq(columns)), call.elementType("dtype", x.type()));
        });
        Operators.add("Range", Constants::range);
        Operators.add("RandomUniform", call -> uniform(call, Shape.of(call.integers("shape")), ElementType.FLOAT));
        Operators.add("RandomUniformLike",
                call -> uniform(call, call.tensor(0).shape(), call.tensor(0).type()));
        Operators.add("RandomNormal", call -> normal(call, Shape.of(call.integers("shape")), ElementType.FLOAT));
        Operators.add("RandomNormalLike", call -> normal(call, call.tensor(0).shape(), call.tensor(0).type()));
        Operators.add("Bernoulli", call -> {
            Tensor drawn = Tensor.bernoulli(call.numbers(0), generator(call));
            return Casts.cast(OnnxTensor.of(drawn), call.elementType("dtype", call.tensor(0).type()));
        });
        Operators.add("Multinomial", Constants::multinomial);
    }

    private static OnnxTensor constant(Call call) {
        for (String name : List.of("value", "sparse_value")) {
            if (call.hasAttribute(name)) {
                return call.tensorAttribute(name);
            }
        }
        if (call.hasAttribute("value_float")) {
            return OnnxTensor.of(Tensor.scalar(call.real("value_float", 0)));
        }
        if (call.hasAttribute("value_floats")) {
            return OnnxTensor.of(Tensor.of(call.reals("value_floats")));
        }
        if (call.hasAttribute("value_int")) {
            return OnnxTensor.of(Tensor.of(new long[] {call.integer("value_int")}).reshape());
        }
        if (call.hasAttribute("value_ints")) {
            return Numbers.vector(call.integers("value_ints"));
        }
        if (call.hasAttribute("value_string")) {
            return OnnxTensor.ofStrings(new String[] {call.text("value_string")}, Shape.of());
        }
        if (call.hasAttribute("value_strings")) {
            return OnnxTensor.ofStrings(call.texts("value_strings").toArray(String[]::new));
        }
        throw new IllegalArgumentException("none of the attributes that give a constant its value is there");
    }

    private static OnnxTensor range(Call call) {
        ElementType type = call.tensor(0).type();
        if (type.isInteger()) {
            long start = call.integerOf(0);
            long step = call.integerOf(2);
            requireStep(step);
            long count = Math.max(0, Math.ceilDiv(call.integerOf(1) - start, step));
            return Numbers.narrow(type, Tensor.arange(count).mul(step).add(start));
        }
        double start = call.realOf(0, 0);
        double step = call.realOf(2, 1);
        requireStep(step);
        long count = Math.max(0, (long) Math.ceil((call.realOf(1, 0) - start) / step));
        return Numbers.narrow(type, Tensor.arange(count).to(DType.F64).mul(step).add(start));
    }

    private static void requireStep(double step) {
        if (step == 0) {
            throw new IllegalArgumentException("steps of 0 lead nowhere");
        }
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    /** Returns a generator with the seed that the node gives, or else the one that all share. */
    private static Generator generator(Call call) {
        return call.hasAttribute("seed") ? new Generator(Float.floatToIntBits(call.real("seed", 0)))
                : Generator.global();
    }

    private static OnnxTensor uniform(Call call, Shape shape, ElementType otherwise) {
        ElementType type = call.elementType("dtype", otherwise);
        return Numbers.narrow(type, Tensor.make("RandomUniform", DType.F32, shape)
                .uniform_(call.real("low", 0), call.real("high", 1), generator(call)));
    }

    private static OnnxTensor normal(Call call, Shape shape, ElementType otherwise) {
        ElementType type = call.elementType("dtype", otherwise);
        return Numbers.narrow(type, Tensor.make("RandomNormal", DType.F32, shape)
                .normal_(call.real("mean", 0), call.real("scale", 1), generator(call)));
    }

    /** Draws class numbers from rows of logarithms of probabilities, by the Gumbel-max trick. */
    private static OnnxTensor multinomial(Call call) {
        Tensor logits = call.numbers(0);
        long samples = call.integer("sample_size", 1);
        Tensor random = Tensor.make("Multinomial", DType.F32, Shape.of(logits.size(0), samples, logits.size(1)))
                .uniform_(Float.MIN_NORMAL, 1, generator(call));
        Tensor gumbel = random.log().neg().log().neg();
        Tensor drawn = gumbel.add(logits.unsqueeze(1)).argmax(2);
        return Casts.cast(OnnxTensor.of(drawn), call.elementType("dtype", ElementType.INT32));
    }
}
