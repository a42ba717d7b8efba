package org.jacobi.app;

import java.util.Locale;

import com.fasterxml.jackson.annotation.JsonProperty;

import org.jacobi.autograd.Autocast;
import org.jacobi.tensor.DType;

/** In which type products compute while a network is trained, as {@code --precision} says; its parameters are of f32. */
enum Precision {
    @JsonProperty("f32")
    F32(DType.F32), @JsonProperty("bf16")
    BF16(DType.BF16);

    /** What the options' help says. */
    static final String HELP =
            "f32, or bf16: products, convolutions, attention and recurrent layers compute in 16 bits while"
                    + " training, all else in f32. Default: f32.";

    private final DType type;

    Precision(DType type) {
        this.type = type;
    }

    DType type() {
        return type;
    }

    /** Begins a part of the training that computes so. */
    Autocast open() {
        return this == F32 ? null : Autocast.to(type);
    }

    /** Returns the precision of a name. */
    static Precision of(String name) {
        for (Precision each : values()) {
            if (each.toString().equals(name)) {
                return each;
            }
        }
        throw CommandFailure.usage("--precision " + name + ": there is no such precision; known are f32, bf16");
    }

    @Override
    public String toString() {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
