package org.jacobi.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StepTimesTest {
    private static StepTimes of(int... seconds) {
        StepTimes times = new StepTimes();
        for (int each : seconds) {
            times.add(each);
        }
        return times;
    }

    @Test
    void quantilesAreNearestRanks() {
        assertEquals(3, of(5, 1, 4, 2, 3).quantile(0.5));
        assertEquals(9, of(1, 2, 3, 10, 4, 5, 9, 6, 7, 8).quantile(0.9));
        assertEquals(7, of(7).quantile(0.5));
        assertTrue(Double.isNaN(of().quantile(0.5)));
    }

    @Test
    void takesMoreThanItStartsWithRoomFor() {
        StepTimes times = new StepTimes();
        for (int i = 1; i <= 1000; i++) {
            times.add(i);
        }
        assertEquals(1000, times.count());
        assertEquals(500500, times.total());
        assertEquals(500, times.quantile(0.5));
    }
}
