package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;

/**
 * What scaled dot-product attention needs to know beside queries, keys and values.
 *
 * @param scale   what the scores are multiplied with, usually 1 / sqrtD
 * @param causal  whether query t sees keys 0 to t only
 * @param mask    null, or a tensor that expands to (B, H, T, S): bool (true lets a key be seen) or of q's type (added)
 * @param dropout the probability with which a weight is dropped; 0 for none
 * @param seed    the random numbers' seed
 * @param call    the random numbers' call number
 */
public record Attention(double scale, boolean causal, Tensor mask, double dropout, long seed, long call) {
}
