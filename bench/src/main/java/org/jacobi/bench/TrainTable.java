package org.jacobi.bench;

import static org.jacobi.bench.Input.f32;
import static org.jacobi.bench.Input.indices;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import org.jacobi.bench.FloorCase.Product;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.Flatten;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.recurrent.LSTM;
import org.jacobi.layers.recurrent.RecurrentConfig;
import org.jacobi.layers.vision.models.ResNet;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;

/** The models of which a training step is measured. */
final class TrainTable {
    static final List<TrainCase> CASES = new ArrayList<>();
    /** The matrix products of each. */
    static final List<FloorCase> FLOORS = new ArrayList<>();

    static {
        gpt("babygpt", new GPTConfig(65, 64, 4, 4, 128, 0, true, true, false), 12, 1);
        lstm("lstm", 65, 256, 2, 32, 64, 2);
        cnn("cnn", 28, 64, 1);
        resnet18("resnet18", 32, 32, 5);
    }

    private TrainTable() {
    }

    private static void lstm(String name, int vocabulary, int size, int layers, int B, int T, int secondsAnIteration) {
        String what = "LSTM, %d layers, %d units, embedding of %d, vocabulary %d; batch %d x %d".formatted(layers, size,
                size, vocabulary, B, T);
        List<Product> products = new ArrayList<>();
        products.addAll(Product.withBackward(B * T, size, 4 * size, 1, layers)); // the input's part of the gates
        products.add(new Product(false, true, B, 4 * size, size, 1, T * layers)); // that of the state, step by step
        products.add(new Product(false, false, B, size, 4 * size, 1, T * layers)); // and back
        products.add(new Product(true, false, 4 * size, size, B * T, 1, layers)); // the gradient of its weight
        products.addAll(Product.withBackward(B * T, size, vocabulary, 1, 1)); // logits
        add(new TrainCase(name, what, secondsAnIteration, List.of(indices(vocabulary, B, T), indices(vocabulary, B, T)),
                generator -> new Sequential(new Embedding(vocabulary, size, generator),
                        new LSTM(RecurrentConfig.of(size, size).numLayers(layers).batchFirst(true), generator),
                        new Linear(size, vocabulary, true, generator)),
                (model, in) -> model.forward(in[0]).crossEntropy(in[1]),
                products.stream().mapToDouble(Product::flop).sum()), products);
    }

    private static void cnn(String name, int side, int B, int secondsAnIteration) {
        String what = "3x3 convolutions of 32 and 64 channels, each with ReLU and 2x2 max-pool, 128 units, 10 classes; "
                + "batch %d x 1 x %d x %d".formatted(B, side, side);
        int features = 64 * (side / 4) * (side / 4);
        List<Product> products = new ArrayList<>();
        products.addAll(ofImages(B * side * side, 9, 32));
        products.addAll(Product.withBackward(B * (side / 2) * (side / 2), 9 * 32, 64, 1, 1));
        products.addAll(Product.withBackward(B, features, 128, 1, 1));
        products.addAll(Product.withBackward(B, 128, 10, 1, 1));
        ConvOptions same = new ConvOptions().padding(1);
        long[] kernel = {3, 3};
        images(name, what, secondsAnIteration, List.of(f32(B, 1, side, side), indices(10, B)),
                generator -> new Sequential(new Conv2d(1, 32, kernel, same, true, generator), new ReLU(),
                        new MaxPool2d(2),
                        new Conv2d(32, 64, kernel, same, true, generator), new ReLU(), new MaxPool2d(2), new Flatten(),
                        new Linear(features, 128, true, generator), new ReLU(), new Linear(128, 10, true, generator)),
                products);
    }

    private static void resnet18(String name, int side, int B, int secondsAnIteration) {
        String what = "ResNet-18 with a 3x3 stem, 10 classes; batch %d x 3 x %d x %d".formatted(B, side, side);
        List<Product> products = new ArrayList<>();
        products.addAll(ofImages(B * side * side, 3 * 9, 64));
        for (int stage = 0; stage < 4; stage++) {
            int width = 64 << stage;
            int before = stage == 0 ? width : width / 2;
            int rows = B * (side >> stage) * (side >> stage);
            products.addAll(Product.withBackward(rows, 9 * before, width, 1, 1));
            products.addAll(Product.withBackward(rows, 9 * width, width, 1, 3));
            if (before != width) {
                products.addAll(Product.withBackward(rows, before, width, 1, 1)); // around the first block
            }
        }
        products.addAll(Product.withBackward(B, 512, 10, 1, 1));
        images(name, what, secondsAnIteration, List.of(f32(B, 3, side, side), indices(10, B)),
                generator -> {
                    Generator.global().manualSeed(generator.seed()); // where the network takes its first weights from
                    return ResNet.resnet18(10, ResNet.Stem.CIFAR);
                }, products);
    }

    /** Returns the products of a convolution of the images themselves, which need no gradient. */
    private static List<Product> ofImages(int rows, int in, int out) {
        return List.of(new Product(false, true, rows, out, in, 1, 1), new Product(true, false, out, in, rows, 1, 1));
    }

    private static void images(String name, String what, int secondsAnIteration, List<Input> inputs,
            Function<Generator, Layer> model, List<Product> products) {
        add(new TrainCase(name, what, secondsAnIteration, inputs, model,
                (layer, in) -> layer.forward(in[0]).crossEntropy(in[1]),
                products.stream().mapToDouble(Product::flop).sum()), products);
    }

    private static void add(TrainCase step, List<Product> products) {
        CASES.add(step);
        FLOORS.add(new FloorCase(step, products));
    }

    private static void gpt(String name, GPTConfig config, int batch, int secondsAnIteration) {
        int V = Math.toIntExact(config.vocabSize());
        int T = config.contextLength();
        String what = "GPT, %d layers, %d heads, %d channels, %s, %s, GELU %s, vocabulary %d; batch %d x %d".formatted(
                config.layers(), config.heads(), config.channels(), config.bias() ? "biases" : "no biases",
                config.tiedHead() ? "tied head" : "own head", config.exactGelu() ? "erf" : "tanh", V, batch, T);
        List<Product> products = products(config, batch);
        add(new TrainCase(name, what, secondsAnIteration,
                List.of(indices(V, batch, T), indices(V, batch, T)), generator -> new GPT(config, generator),
                (model, in) -> model.forward(in[0]).crossEntropy(in[1]),
                products.stream().mapToDouble(Product::flop).sum()), products);
    }

    /** The products of a step, with whole scores: a kernel that leaves out what causality hides does less. */
    private static List<Product> products(GPTConfig config, int batch) {
        int C = config.channels();
        int T = config.contextLength();
        int layers = config.layers();
        int heads = batch * config.heads();
        int hs = C / config.heads();
        int tokens = batch * T;
        List<Product> products = new ArrayList<>();
        products.addAll(Product.withBackward(tokens, C, 3 * C, 1, layers)); // queries, keys, values
        products.addAll(Product.withBackward(T, hs, T, heads, layers)); // scores: q kᵀ
        products.add(new Product(false, false, T, hs, T, heads, layers)); // weights times v, and the gradients of both
        products.add(new Product(false, true, T, T, hs, heads, layers));
        products.add(new Product(true, false, T, hs, T, heads, layers));
        products.addAll(Product.withBackward(tokens, C, C, 1, layers)); // out of the heads
        products.addAll(Product.withBackward(tokens, C, 4 * C, 1, layers));
        products.addAll(Product.withBackward(tokens, 4 * C, C, 1, layers));
        products.addAll(Product.withBackward(tokens, C, Math.toIntExact(config.vocabSize()), 1, 1)); // logits
        return products;
    }
}
