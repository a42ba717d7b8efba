package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnsTest {
    @Test
    void playersNeverComputeAtOnceAndTakeTurnsUntilBothHaveLeft() throws Exception {
        List<String> played = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger computing = new AtomicInteger();
        try (var turns = new Turns(); var threads = Executors.newFixedThreadPool(2)) {
            for (String player : List.of("a", "b")) {
                threads.submit(() -> {
                    try (var seat = new Turns.Seat(turns.port())) {
                        for (int i = 0; i < (player.equals("a") ? 5 : 7); i++) {
                            seat.await();
                            played.add(computing.incrementAndGet() == 1 ? player : "both");
                            Thread.sleep(2);
                            computing.decrementAndGet();
                            seat.pass();
                        }
                    }
                    return null;
                });
            }
            turns.give(2);
        }
        assertEquals(12, played.size(), played::toString);
        assertEquals(5, Collections.frequency(played, "a"), played::toString);
        assertEquals(7, Collections.frequency(played, "b"), played::toString);
        for (int i = 1; i < 10; i++) {
            assertNotEquals(played.get(i - 1), played.get(i), played::toString);
        }
    }

    @Test
    void whoWaitsForASideThatHasFailedGetsAnError() throws Exception {
        Turns turns = new Turns();
        try (var threads = Executors.newFixedThreadPool(2)) {
            Future<?> giving = threads.submit(() -> turns.give(2));
            var seat = new Turns.Seat(turns.port());
            Future<?> waiting = threads.submit(seat::await);
            Thread.sleep(50);
            turns.close();
            giving.get();
            var error = assertThrows(Exception.class, waiting::get);
            assertTrue(error.getMessage().contains("the other side has failed"), error::toString);
        }
    }
}
