package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;

import java.util.List;

import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/** The rows of quantization. */
final class QuantizationSamples {
    private static final float[] SCALES = {0.01f, 0.25f, 0.5f};
    private static final long[] ZEROS = {-5, 0, 100};

    private QuantizationSamples() {
    }

    private static Tensor scales(Device device) {
        return Tensor.of(SCALES).to(device);
    }

    private static Tensor zeros(Device device) {
        return Tensor.of(ZEROS).to(device);
    }

    static void add() {
        row("quantizePerTensor", "i8", n -> List.of(real(3, n))).exact()
                .tensors(t -> t[0].quantizePerTensor(0.02, 5, DType.I8))
                .torch(p -> torch.quantize_per_tensor(p[0], 0.02, 5, torch.ScalarType.QInt8).int_repr());
        row("quantizePerTensor", "u8", n -> List.of(real(3, n))).exact()
                .tensors(t -> t[0].quantizePerTensor(0.01, 128, DType.U8))
                .torch(p -> torch.quantize_per_tensor(p[0], 0.01, 128, torch.ScalarType.QUInt8).int_repr());
        row("quantizePerTensor", "halves", n -> List.of(ties(3, n))).exact()
                .tensors(t -> t[0].div(4).quantizePerTensor(0.5, 0, DType.I8))
                .torch(p -> torch.quantize_per_tensor(p[0].div(Libtorch.number(4)), 0.5, 0, torch.ScalarType.QInt8)
                        .int_repr());
        row("quantizePerChannel", "", n -> List.of(real(3, n))).exact()
                .tensors(t -> t[0].quantizePerChannel(scales(t[0].device()), zeros(t[0].device()), 0, DType.I8))
                .torch(p -> torch.quantize_per_channel(p[0], Libtorch.tensor(SCALES, 3), Libtorch.tensor(ZEROS, 3), 0,
                        torch.ScalarType.QInt8).int_repr());
        row("dequantize", "", n -> List.of(real(3, n))).exact()
                .tensors(t -> t[0].quantizePerTensor(0.02, 5, DType.I8).dequantize(0.02, 5))
                .torch(p -> torch.quantize_per_tensor(p[0], 0.02, 5, torch.ScalarType.QInt8).dequantize());
        row("dequantize", "channels", n -> List.of(real(3, n))).exact()
                .tensors(t -> t[0].quantizePerChannel(scales(t[0].device()), zeros(t[0].device()), 0, DType.I8)
                        .dequantize(scales(t[0].device()), zeros(t[0].device()), 0))
                .torch(p -> torch.quantize_per_channel(p[0], Libtorch.tensor(SCALES, 3), Libtorch.tensor(ZEROS, 3), 0,
                        torch.ScalarType.QInt8).dequantize());
        row("dequantize", "bytes", n -> List.of(integers(DType.U8, 0, 256, 3, n))).exact()
                .tensors(t -> t[0].dequantize(0.5, 100))
                .torch(p -> p[0].to(torch.ScalarType.Float).sub(Libtorch.number(100)).mul(Libtorch.number(0.5)));
        row("fakeQuantize", "", n -> List.of(real(3, n))).kinked()
                .variables(v -> v[0].fakeQuantize(0.1, 3, -10, 12)).tensors(t -> t[0].fakeQuantize(0.1, 3, -10, 12))
                .torch(p -> torch.fake_quantize_per_tensor_affine(p[0], 0.1, 3, -10, 12));
        row("fakeQuantize", "channels", n -> List.of(real(3, n))).kinked()
                .variables(v -> v[0].fakeQuantize(scales(v[0].device()),
                        Tensor.of(new long[] {0, 1, -1}).to(v[0].device()), 0, -8, 7))
                .tensors(t -> t[0].fakeQuantize(scales(t[0].device()),
                        Tensor.of(new long[] {0, 1, -1}).to(t[0].device()), 0, -8, 7))
                .torch(p -> torch.fake_quantize_per_channel_affine(p[0], Libtorch.tensor(SCALES, 3),
                        Libtorch.tensor(new long[] {0, 1, -1}, 3).to(torch.ScalarType.Int), 0, -8, 7));
    }
}
