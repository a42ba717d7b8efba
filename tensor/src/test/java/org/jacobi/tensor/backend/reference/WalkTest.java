package org.jacobi.tensor.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

class WalkTest {
    @Test
    void visitsEveryPositionInRowMajorOrder() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            long[] sizes = random.longs(random.nextInt(5), 1, 5).toArray();
            long[][] strides = {regular(sizes, 4), random.longs(sizes.length, 0, 3).toArray(), regular(sizes, 8)};
            Walk walk = new Walk(sizes, strides);
            // Starting again must begin from the first position.
            for (int round = 0; round < 2; round++) {
                List<List<Long>> visited = new ArrayList<>();
                for (boolean row = walk.start(100, 200, 300); row; row = walk.next()) {
                    for (long i = 0; i < walk.length(); i++) {
                        visited.add(List.of(walk.address(0) + i * walk.step(0), walk.address(1) + i * walk.step(1),
                                walk.address(2) + i * walk.step(2)));
                    }
                }
                List<List<Long>> expected = new ArrayList<>();
                visit(expected, sizes, strides, 0, 100, 200, 300);
                assertEquals(expected, visited, "seed " + seed);
            }
        }
    }

    private static long[] regular(long[] sizes, long bytes) {
        long[] strides = new long[sizes.length];
        long stride = bytes;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
        return strides;
    }

    private static void visit(List<List<Long>> out, long[] sizes, long[][] strides, int axis, long a, long b, long c) {
        if (axis == sizes.length) {
            out.add(List.of(a, b, c));
            return;
        }
        for (long i = 0; i < sizes[axis]; i++) {
            visit(out, sizes, strides, axis + 1, a + i * strides[0][axis], b + i * strides[1][axis],
                    c + i * strides[2][axis]);
        }
    }

    @Test
    void contiguousOperandsMakeOneRow() {
        long[] sizes = {2, 3, 1, 4};
        Walk walk = new Walk(sizes, regular(sizes, 8), new long[4]);
        assertTrue(walk.start(0, 0));
        assertEquals(24, walk.length());
        assertEquals(8, walk.step(0));
        assertEquals(0, walk.step(1));
        assertFalse(walk.next());
    }

    @Test
    void anEmptyAxisLeavesNothingToVisit() {
        assertFalse(new Walk(new long[] {2, 0, 3}, new long[] {0, 4, 4}).start(0));
        assertFalse(new Walk(new long[] {3, 0}, new long[] {4, 4}).start(0));
        assertTrue(new Walk(new long[] {}, new long[] {}).start(0));
    }
}
