package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;

import org.jacobi.bench.Statistics.Ratio;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void theMedianIsTheNumberInTheMiddle() {
        assertEquals(3, Statistics.median(9, 1, 3));
        assertEquals(2.5, Statistics.median(4, 1, 2, 3));
        assertEquals(7, Statistics.median(7));
        assertThrows(IllegalArgumentException.class, Statistics::median);
    }

    @Test
    void forksThatAgreeLeaveNoDoubt() {
        assertEquals(new Ratio(0.5, 0.5, 0.5), Statistics.ratio(new double[] {2, 2, 2}, new double[] {4, 4, 4}));
    }

    @Test
    void theIntervalOfThreePairsIsTheirRange() {
        // The median of three draws is the least of {1, 2, 3} in 7 of 27 cases, and the largest as often.
        assertEquals(new Ratio(2, 1, 3), Statistics.ratio(new double[] {1, 2, 3}, new double[] {1, 1, 1}));
        assertEquals(new Ratio(0.5, 1 / 3.0, 1), Statistics.ratio(new double[] {1, 1, 1}, new double[] {1, 2, 3}));
    }

    @Test
    void aMachineThatChangesBetweenPairsLeavesNoDoubt() {
        assertEquals(new Ratio(0.5, 0.5, 0.5),
                Statistics.ratio(new double[] {1, 2, 5, 3}, new double[] {2, 4, 10, 6}));
    }

    @Test
    void sameNumbersGiveTheSameInterval() {
        double[] a = {1.00, 1.02, 0.98, 1.05, 0.99};
        double[] b = {1.10, 1.12, 1.09, 1.30, 1.11};
        assertEquals(Statistics.ratio(a, b), Statistics.ratio(a.clone(), b.clone()));
    }

    @Test
    void ninetyFivePercentOfIntervalsHoldTheTruth() {
        // Times around 1 with a spread of 5%: the true ratio is 1.
        SplittableRandom random = new SplittableRandom(7);
        int trials = 200;
        int held = 0;
        for (int i = 0; i < trials; i++) {
            Ratio ratio = Statistics.ratio(times(random, 15), times(random, 15));
            assertTrue(ratio.low() <= ratio.value() && ratio.value() <= ratio.high(), ratio::toString);
            held += ratio.low() <= 1 && 1 <= ratio.high() ? 1 : 0;
        }
        assertTrue(held >= 0.90 * trials && held < trials, held + " of " + trials);
    }

    private static double[] times(SplittableRandom random, int count) {
        double[] times = new double[count];
        Arrays.setAll(times, _ -> 1 + 0.05 * random.nextGaussian());
        return times;
    }
}
