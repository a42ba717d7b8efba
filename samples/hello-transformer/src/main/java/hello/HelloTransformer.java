package hello;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.generate.TextGenerator;
import org.jacobi.transformer.tokenizer.CharTokenizer;

/** Trains a GPT of one layer until it knows a sentence by heart, and has it write. */
public final class HelloTransformer {
    private static final String TEXT = "a tensor holds numbers, a layer holds tensors, a model holds layers. ".repeat(4);
    private static final int CONTEXT = 32;
    private static final int STEPS = 100;

    private HelloTransformer() {
    }

    /** Prints the loss every 20 steps, then what the model writes. */
    public static void main(String[] args) {
        Generator.global().manualSeed(1);
        var tokenizer = CharTokenizer.of(TEXT);
        Tensor text = Tensor.of(tokenizer.encode(TEXT), TEXT.length());
        Tensor inputs = windows(text, 0);                   // (B, T)
        Tensor targets = windows(text, 1);                  // each the token after
        var model = new GPT(new GPTConfig(tokenizer.vocabSize(), CONTEXT, 1, 2, 32, 0, true, true, false));
        var optimizer = new AdamW(model.parameters(), 1e-2);
        for (int step = 1; step <= STEPS; step++) {
            try (var _ = TensorScope.open()) {              // every tensor of the step is freed at its end
                Variable loss = model.forward(inputs).crossEntropy(targets);
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                if (step == 1 || step % 20 == 0) {
                    IO.println("step %d  loss %.4f".formatted(step, loss.item()));
                }
            }
        }
        new TextGenerator(model, tokenizer, Sampling.greedy(), Generator.global()).generate("a tensor", 20, IO::print);
        IO.println();
    }

    /** Cuts a text into 8 stretches of the context's length, one every 20 tokens. */
    private static Tensor windows(Tensor text, int start) {
        Tensor[] windows = new Tensor[8];
        for (int i = 0; i < windows.length; i++) {
            windows[i] = text.narrow(0, start + 20L * i, CONTEXT);
        }
        return Tensor.stack(0, windows);
    }
}
