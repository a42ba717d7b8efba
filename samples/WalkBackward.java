import java.nio.file.Files;
import java.nio.file.Path;

import org.jacobi.autograd.BackwardWalk;
import org.jacobi.autograd.Engine;
import org.jacobi.autograd.Variable;
import org.jacobi.autograd.graph.Graph;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** A network of two layers. */
class Mlp extends Layer {
    private final Linear hidden = add("hidden", new Linear(2, 3));
    private final Linear out = add("out", new Linear(3, 2));

    @Override
    protected Variable compute(Variable x) {                // (N, 2)
        return out.forward(hidden.forward(x).tanh());       // (N, 2)
    }
}

/**
 * Walks through the backward pass of a small network and prints every step. With a folder as its argument, it also draws
 * the graph after each one.
 *
 * <p>./jacobi run samples/WalkBackward.java steps
 */
void main(String[] arguments) throws Exception {
    Generator.global().manualSeed(1);
    var model = new Mlp();
    Tensor x = Tensor.of(new float[] {0, 1}).reshape(1, 2);
    Variable loss = model.forward(x).crossEntropy(Tensor.zeros(DType.I64, 1));

    Graph graph = Graph.of(loss, model.namedParameters());
    try (BackwardWalk walk = Engine.walk(loss)) {
        for (int step = 1; walk.hasNext(); step++) {
            IO.println(walk.next());
            if (arguments.length > 0) {
                Path folder = Files.createDirectories(Path.of(arguments[0]));
                Files.writeString(folder.resolve("step-%02d.svg".formatted(step)), graph.toSvg(walk));
            }
        }
    }
    model.namedParameters().forEach((name, param) -> IO.println(name + " " + param.grad()));
}
