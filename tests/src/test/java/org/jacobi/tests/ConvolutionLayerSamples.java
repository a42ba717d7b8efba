package org.jacobi.tests;

import static org.jacobi.tests.LayerSample.module;
import static org.jacobi.tests.LayerSamples.row;
import static org.jacobi.tests.Operand.real;

import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.Conv3dImpl;
import org.bytedeco.pytorch.ConvTranspose1dImpl;
import org.bytedeco.pytorch.ConvTranspose2dImpl;
import org.bytedeco.pytorch.ConvTranspose2dOptions;
import org.bytedeco.pytorch.ConvTranspose3dImpl;
import org.jacobi.layers.Conv1d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Conv3d;
import org.jacobi.layers.ConvTranspose1d;
import org.jacobi.layers.ConvTranspose2d;
import org.jacobi.layers.ConvTranspose3d;
import org.jacobi.tensor.ConvOptions;

/** The rows of convolutions in the table of layers. */
final class ConvolutionLayerSamples {
    private ConvolutionLayerSamples() {
    }

    private static LongPointer sizes(long... sizes) {
        return new LongPointer(sizes);
    }

    static void add() {
        row("Conv1d", () -> new Conv1d(4, 6, 3), module(() -> new Conv1dImpl(4, 6, sizes(3)), (m, x) -> m.forward(x)),
                real(2, 4, 9));
        row("Conv2d", () -> new Conv2d(4, 6, 3),
                module(() -> new Conv2dImpl(4, 6, sizes(3, 3)), (m, x) -> m.forward(x)),
                real(2, 4, 7, 8));
        row("Conv2d, strided, in groups, without bias",
                () -> new Conv2d(4, 6, 3, new ConvOptions().stride(2).groups(2), false), module(() -> {
                    Conv2dOptions options = new Conv2dOptions(4, 6, sizes(3, 3));
                    options.stride().put(new long[] {2, 2});
                    options.groups().put(2);
                    options.bias().put(false);
                    return new Conv2dImpl(options);
                }, (m, x) -> m.forward(x)), real(2, 4, 7, 8));
        row("Conv3d", () -> new Conv3d(2, 3, 2), module(() -> new Conv3dImpl(2, 3, sizes(2, 2, 2)),
                (m, x) -> m.forward(x)), real(2, 2, 3, 4, 5));
        row("ConvTranspose1d", () -> new ConvTranspose1d(4, 6, 3),
                module(() -> new ConvTranspose1dImpl(4, 6, sizes(3)), (m, x) -> m.forward(x)), real(2, 4, 9));
        row("ConvTranspose2d", () -> new ConvTranspose2d(4, 6, 3),
                module(() -> new ConvTranspose2dImpl(4, 6, sizes(3, 3)), (m, x) -> m.forward(x)), real(2, 4, 5, 6));
        row("ConvTranspose2d, strided, padded, in groups",
                () -> new ConvTranspose2d(4, 6, 3, new ConvOptions().stride(2).padding(1).outputPadding(1).groups(2)),
                module(() -> {
                    ConvTranspose2dOptions options = new ConvTranspose2dOptions(4, 6, sizes(3, 3));
                    options.stride().put(new long[] {2, 2});
                    options.padding().put(new long[] {1, 1});
                    options.output_padding().put(new long[] {1, 1});
                    options.groups().put(2);
                    return new ConvTranspose2dImpl(options);
                }, (m, x) -> m.forward(x)), real(2, 4, 5, 6));
        row("ConvTranspose3d", () -> new ConvTranspose3d(2, 3, 2),
                module(() -> new ConvTranspose3dImpl(2, 3, sizes(2, 2, 2)), (m, x) -> m.forward(x)),
                real(2, 2, 3, 4, 5));
    }
}
