package org.jacobi.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AddressTableTest {
    @Test
    void agreesWithAHashMapOverManyInsertionsAndRemovals() {
        var random = new SplittableRandom(1);
        var table = new AddressTable();
        Map<Long, Integer> expected = new HashMap<>();
        List<Long> keys = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            boolean growing = i / 10_000 % 2 == 0;
            if (keys.isEmpty() || random.nextInt(10) < (growing ? 7 : 3)) {
                long key = 4096L * random.nextInt(1, 1 << 20);
                if (expected.putIfAbsent(key, i) == null) {
                    keys.add(key);
                    table.put(key, i);
                }
            } else {
                int at = random.nextInt(keys.size());
                long key = keys.get(at);
                keys.set(at, keys.getLast());
                keys.removeLast();
                assertEquals(expected.remove(key), table.get(key));
                table.remove(key);
                assertEquals(-1, table.get(key));
            }
            assertEquals(keys.size(), table.size());
        }
        expected.forEach((key, value) -> assertEquals(value, table.get(key)));
    }
}
