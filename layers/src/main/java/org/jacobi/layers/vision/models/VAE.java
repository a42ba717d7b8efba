package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A variational autoencoder (Kingma and Welling, 2014) of inputs (B, features) with numbers from 0 to 1, such as the pixels of
 * a digit: q(z | x) is a normal distribution with mean mu and variance exp(logvar), the prior a standard normal one, and
 * p(x | z) independent Bernoulli distributions.
 *
 * <p>Encoder and decoder have one hidden layer of ReLU; parameters are named as in PyTorch's example: {@code fc1},
 * {@code fc21}, {@code fc22}, {@code fc3}, {@code fc4}.
 *
 * <pre>{@code
 * VAE.Reconstruction out = vae.reconstruct(x);
 * out.loss(x).backward();
 * Tensor digits = vae.sample(16, generator).value(); // (16, 784)
 * }</pre>
 */
public final class VAE extends Layer {
    private final long features;
    private final long latent;
    private final Linear fc1;
    private final Linear fc21;
    private final Linear fc22;
    private final Linear fc3;
    private final Linear fc4;

    /** A normal distribution of codes for each example: mu (B, latent), and the logarithm of the variance (B, latent). */
    public record Posterior(Variable mu, Variable logvar) {
        /**
         * Returns one code for each example, mu + exp(logvar / 2) epsilon with epsilon from a standard normal distribution,
         * through which gradients reach mu and logvar: the reparameterization trick.
         */
        public Variable sample(Generator generator) {
            Tensor epsilon = Tensor.randn(generator, mu.shape().toArray()).to(mu.device()); // (B, latent)
            return mu.add(logvar.mul(0.5).exp().mul(epsilon));
        }

        /**
         * Returns the divergence from the prior, Σ (mu² + exp(logvar) - 1 - logvar) / 2 over all codes and examples (the
         * paper's appendix B).
         */
        public Variable divergence() {
            return mu.square().add(logvar.exp()).sub(logvar).sub(1).sum().mul(0.5);
        }
    }

    /** Logits of the pixels (B, features), and the distribution that their codes are from. */
    public record Reconstruction(Variable logits, Posterior posterior) {
        /**
         * Returns the negative evidence lower bound of x (B, features), in nats, on average over the examples: the cross-entropy
         * of the pixels, -log p(x | z), plus the divergence of the codes from the prior.
         */
        public Variable loss(Tensor x) {
            Variable entropy = logits.binaryCrossEntropyWithLogits(Variable.constant(x), null, null, Reduction.SUM);
            return entropy.add(posterior.divergence()).div(x.size(0));
        }
    }

    /** Makes a network with the sizes of PyTorch's example: 784 features, 400 hidden, codes of 20. */
    public VAE() {
        this(784, 400, 20);
    }

    /** Makes a network. */
    public VAE(long features, long hidden, long latent) {
        this.features = features;
        this.latent = latent;
        fc1 = add("fc1", new Linear(features, hidden));
        fc21 = add("fc21", new Linear(hidden, latent));
        fc22 = add("fc22", new Linear(hidden, latent));
        fc3 = add("fc3", new Linear(latent, hidden));
        fc4 = add("fc4", new Linear(hidden, features));
    }

    /** Returns the distribution of the codes of x (B, features). */
    public Posterior encode(Variable x) {
        if (x.rank() != 2 || x.size(1) != features) {
            throw new IllegalArgumentException("VAE: expected x (B, " + features + "), got shape " + x.shape());
        }
        Variable hidden = fc1.forward(x).relu(); // (B, hidden)
        return new Posterior(fc21.forward(hidden), fc22.forward(hidden)); // (B, latent) each
    }

    /** Takes codes (B, latent) to logits of the pixels (B, features). */
    public Variable decode(Variable z) {
        return fc4.forward(fc3.forward(z).relu());
    }

    /** Encodes x (B, features), picks a code, at random while training and the mean in evaluation, and decodes it. */
    public Reconstruction reconstruct(Variable x) {
        Posterior posterior = encode(x);
        Variable z = isTraining() ? posterior.sample(Generator.global()) : posterior.mu(); // (B, latent)
        return new Reconstruction(decode(z), posterior);
    }

    /** Returns pixels (count, features), from 0 to 1, of codes from the prior. */
    public Variable sample(long count, Generator generator) {
        return decode(Variable.constant(Tensor.randn(generator, count, latent).to(device()))).sigmoid();
    }

    /** Takes x (B, features) to logits of its reconstruction (B, features). */
    @Override
    protected Variable compute(Variable x) {
        return reconstruct(x).logits();
    }
}
