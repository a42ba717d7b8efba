/** Transformer models, tokenizers and text generation. */
module org.jacobi.transformer {
    requires transitive org.jacobi.layers;

    exports org.jacobi.transformer;
    exports org.jacobi.transformer.generate;
    exports org.jacobi.transformer.tokenizer;
}
