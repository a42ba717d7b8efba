package org.jacobi.layers.metrics;

/** Means, squared deviations and their products of pairs, added up one by one without cancellation (Welford, 1962). */
final class Moments {
    private long count;
    private double meanX;
    private double meanY;
    private double squaresX;
    private double squaresY;
    private double products;

    void add(double x, double y) {
        count++;
        double dx = x - meanX;
        double dy = y - meanY;
        meanX += dx / count;
        meanY += dy / count;
        squaresX += dx * (x - meanX);
        squaresY += dy * (y - meanY);
        products += dx * (y - meanY);
    }

    /** Returns Σ (x - mean)². */
    double squaresX() {
        return squaresX;
    }

    /** Returns Σ (y - mean)². */
    double squaresY() {
        return squaresY;
    }

    /** Returns Pearson's correlation; NaN if one of the two never changes. */
    double correlation() {
        return squaresX == 0 || squaresY == 0 ? Double.NaN
                : Math.clamp(products / Math.sqrt(squaresX) / Math.sqrt(squaresY), -1, 1);
    }
}
