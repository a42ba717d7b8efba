package org.jacobi.tensor.backend;

/** How the elements up to a position become one: the running reductions. */
public enum ScanOp {
    /** The sum. */
    SUM(0) {
        @Override
        public double apply(double total, double x) {
            return total + x;
        }

        @Override
        public long apply(long total, long x) {
            return total + x;
        }
    },
    /** The product. */
    PROD(1) {
        @Override
        public double apply(double total, double x) {
            return total * x;
        }

        @Override
        public long apply(long total, long x) {
            return total * x;
        }
    },
    /** The logarithm of the sum of e^x, which stays finite where the sum would not: of floating-point numbers only. */
    LOG_SUM_EXP(Double.NEGATIVE_INFINITY) {
        @Override
        public double apply(double total, double x) {
            double larger = Math.max(total, x);
            // Equal infinities have no difference.
            return Double.isInfinite(larger) ? larger : larger + Math.log1p(Math.exp(Math.min(total, x) - larger));
        }

        @Override
        public long apply(long total, long x) {
            throw new IllegalArgumentException("logcumsumexp: is not defined for integers; convert with to(DType.F32)");
        }
    };

    private final double initial;

    ScanOp(double initial) {
        this.initial = initial;
    }

    /** Returns what a scan begins with. */
    public double initial() {
        return initial;
    }

    /** Returns what the next element makes of the total so far. */
    public abstract double apply(double total, double x);

    /** Returns what the next integer makes of the total so far; overflows wrap around. */
    public abstract long apply(long total, long x);
}
