package org.jacobi.tensor;

/** Functions of square matrices: powers and the exponential. */
final class MatrixFunctions {
    /** Coefficients of the [13/13] Pade approximant of e^x, and of [7/7] for f32 (Higham, 2005, table 2.3 and (2.2)). */
    private static final double[] PADE_13 = {64764752532480000d, 32382376266240000d, 7771770303897600d,
        1187353796428800d, 129060195264000d, 10559470521600d, 670442572800d, 33522128640d, 1323241920d, 40840800d,
        960960d, 16380d, 182d, 1d};
    private static final double[] PADE_7 = {17297280d, 8648640d, 1995840d, 277200d, 25200d, 1512d, 56d, 1d};
    /** The largest 1-norm for which the approximant is exact up to rounding. */
    private static final double THETA_13 = 5.371920351148152;
    private static final double THETA_7 = 3.925724783138660;

    private MatrixFunctions() {
    }

    static Tensor power(Tensor x, int n) {
        Matrices.requireSquare("matrixPower", x);
        if (n == Integer.MIN_VALUE) {
            throw new IllegalArgumentException(
                    "matrixPower: n is " + n + "; it must be at least " + -Integer.MAX_VALUE);
        }
        if (n < 0) {
            return power(x.inv(), -n);
        }
        return Matrices.tidy(() -> {
            // By repeated squaring, from the highest bit of n on.
            Tensor power = Matrices.eye(x.size(-1), x).expandTo(x.shape()).copy();
            for (int bit = 31 - Integer.numberOfLeadingZeros(n); bit >= 0; bit--) {
                power = power.matmul(power);
                power = (n >> bit & 1) == 1 ? power.matmul(x) : power;
            }
            return power;
        });
    }

    /**
     * Scaling and squaring: e^A = (e^(A / 2^s))^(2^s), with s so large that the inner exponential is a Pade approximant
     * r = q(-A)^-1 q(A) up to rounding. Each entry of a batch is squared as often as it was halved.
     */
    static Tensor exp(Tensor x) {
        Matrices.requireSquare("matrixExp", x);
        return x.numel() == 0 ? x.copy() : Matrices.tidy(() -> scaledAndSquared(x));
    }

    private static Tensor scaledAndSquared(Tensor x) {
        boolean single = x.dtype() == DType.F32;
        double theta = single ? THETA_7 : THETA_13;
        Tensor norms = x.abs().sum(-2).amax(-1).to(DType.F64);
        double[] halvings = norms.toDoubleArray();
        double most = 0;
        for (int i = 0; i < halvings.length; i++) {
            // A NaN or an infinity spreads by itself; no halving helps.
            double times = Math.ceil(Math.log(halvings[i] / theta) / Math.log(2));
            halvings[i] = times > 0 && times < 2000 ? times : 0;
            most = Math.max(most, halvings[i]);
        }
        Tensor counts = Tensor.of(halvings).to(x.device()).reshape(norms.shape().toArray()).unsqueeze(-1).unsqueeze(-1);
        Tensor a = x.mul(Tensor.scalar(2, DType.F64).pow(counts.neg()).to(x.dtype()));
        Tensor result = pade(a, single ? PADE_7 : PADE_13);
        for (int i = 0; i < most; i++) {
            result = Tensor.where(counts.gt(i), result.matmul(result), result);
        }
        return result;
    }

    /** Even powers make V, odd ones make U = A (...): q(A) = V + U, q(-A) = V - U. */
    private static Tensor pade(Tensor a, double[] b) {
        Tensor square = a.matmul(a);
        Tensor power = Matrices.eye(a.size(-1), a);
        Tensor even = power.mul(b[0]);
        Tensor odd = power.mul(b[1]);
        for (int i = 2; i < b.length; i += 2) {
            power = i == 2 ? square : power.matmul(square);
            even = even.add(power.mul(b[i]));
            odd = odd.add(power.mul(b[i + 1]));
        }
        Tensor u = a.matmul(odd);
        return even.sub(u).solve(even.add(u));
    }
}
