package org.jacobi.natives.cuda;

/**
 * A batch of row-major products on a device: out (M, N) = alpha a (M, K) b (K, N) + beta out, and what follows at once.
 *
 * @param type        the operands' and the result's type; sums are f32, or f64 for {@link Type#F64}
 * @param transposedA whether a is stored as (K, M)
 * @param transposedB whether b is stored as (N, K)
 * @param ldOut       elements from one row as stored to the next; likewise lda and ldb
 * @param batch       how many products
 * @param strideOut   elements from one product's out to the next; likewise strideA and strideB, 0 for a shared operand
 * @param epilogue    what is done with the result before it is written
 * @param bias        the address of N numbers for an epilogue with bias, or where {@link Epilogue#BIAS_GRADIENT} goes; else 0
 * @param auxiliary   the address of (M, N) numbers before GELU, written by {@link Epilogue#BIAS_GELU} and read by
 *                    {@link Epilogue#DGELU}; else 0
 */
public record MatmulCall(Type type, long m, long n, long k, boolean transposedA, boolean transposedB, double alpha,
        long a,
        long lda, long strideA, long b, long ldb, long strideB, double beta, long out, long ldOut, long strideOut,
        long batch,
        Epilogue epilogue, long bias, long auxiliary) {

    /** Types of matrices. */
    public enum Type {
        F32, F64, F16, BF16
    }

    /** What is fused with a product. */
    public enum Epilogue {
        /** Nothing. */
        NONE,
        /** The bias is added to each row. */
        BIAS,
        /** The bias is added, the sum written to auxiliary, and GELU (in its tanh form) taken. */
        BIAS_GELU,
        /** The product is multiplied by GELU's derivative at auxiliary. */
        DGELU,
        /** The column sums of b's operand, the gradient of a bias, are written to bias. */
        BIAS_GRADIENT
    }
}
