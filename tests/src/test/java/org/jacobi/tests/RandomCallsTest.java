package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

/** Whatever Tensor's and Variable's methods are called with, the JVM goes on, and what they refuse names the op. */
class RandomCallsTest {
    @Test
    void whateverIsRefusedNamesTheOp() throws Exception {
        ChildJvm.Result result = ChildJvm.run(List.of("-Xmx512m", "-Djacobi.memory.limit=512m"),
                RandomCalls.class.getName(), "1", "60").succeeded();
        assertTrue(result.out().endsWith("done" + System.lineSeparator()), result.out());
        assertFalse(result.out().contains("FOUND"), result.out());
    }
}
