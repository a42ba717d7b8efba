package org.jacobi.tensor;

/** How rows vary together. */
final class Statistics {
    private Statistics() {
    }

    static Tensor cov(String op, Tensor x, double correction) {
        Reductions.floating(op, x);
        if (x.rank() > 2) {
            throw new IllegalArgumentException(
                    op + ": needs a matrix whose rows are variables, or a vector, got shape " + x.shape());
        }
        Tensor rows = x.rank() == 2 ? x : x.reshape(1, -1);
        Tensor centered = rows.sub(rows.mean(true, 1));
        Tensor cov = centered.matmul(centered.t()).div(Math.max(0, rows.size(1) - correction));
        return x.rank() == 2 ? cov : cov.reshape();
    }

    static Tensor corrcoef(Tensor x) {
        Tensor cov = cov("corrcoef", x, 1);
        if (cov.rank() == 0) {
            return cov.div(cov);
        }
        Tensor diagonal = cov.mul(Matrices.eye(cov.size(0), cov)).sum(1).sqrt();
        return cov.div(diagonal.unsqueeze(1)).div(diagonal).clamp(-1, 1);
    }
}
