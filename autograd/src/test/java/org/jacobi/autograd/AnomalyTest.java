package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The first NaN or infinity is found where it appears, and told with the op and the line. */
class AnomalyTest {
    private static Variable leaf(double... values) {
        return Variable.leaf(Tensor.of(values));
    }

    private static Variable logOfLine(Variable x) {
        return x.log();
    }

    private static void assertSays(ArithmeticException e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), () -> part + " is missing in: " + e.getMessage());
        }
    }

    @Test
    void anInfinityOfTheForwardNamesTheOpAndTheLine() {
        Variable x = leaf(1, 0);
        try (var _ = Anomaly.detect()) {
            Variable y = x.mul(2);
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> logOfLine(y));
            assertSays(e, "forward of log", "infinity", "F64(2)", "input 0 F64(2): finite", "AnomalyTest.logOfLine");
            assertEquals("logOfLine", e.getCause().getStackTrace()[0].getMethodName());
        }
    }

    @Test
    void aNaNOfTheForwardTellsTheStateOfTheInputs() {
        Variable x = leaf(-1, 4);
        Variable nan = leaf(Double.NaN, 1);
        try (var _ = Anomaly.detect(); var _ = NoGrad.open()) {
            assertSays(assertThrows(ArithmeticException.class, x::sqrt), "forward of sqrt", "NaN", "0 F64(2): finite");
            assertSays(assertThrows(ArithmeticException.class, () -> x.add(nan)), "forward of add",
                    "0 F64(2): finite, 1 F64(2): NaN");
        }
    }

    @Test
    void oneOfSeveralResultsIsNamed() {
        Variable x = leaf(1, 2, 3, Double.NaN);
        try (var _ = Anomaly.detect()) {
            assertSays(assertThrows(ArithmeticException.class, () -> x.split(0, 2, 2)), "forward of split", "result 1");
        }
    }

    @Test
    void aMaskOfInfinitiesMayPass() {
        Variable x = leaf(1, 2, 3);
        Variable mask = Variable.constant(Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY, 0}));
        try (var _ = Anomaly.detect()) {
            x.add(mask).softmax(0).square().sum().backward();
        }
        assertNotNull(x.grad());
        Tensor half = Tensor.of(new float[] {1, Float.NaN}).to(DType.BF16);
        try (var _ = Anomaly.detect()) {
            Variable narrow = Variable.leaf(half);
            assertThrows(ArithmeticException.class, () -> narrow.to(DType.F32));
        }
    }

    @Test
    void aGradientNamesTheNodeTheInputAndWhereItsForwardWas() {
        Variable x = leaf(0, 4);
        try (var _ = Anomaly.detect()) {
            Variable loss = leaf(1, 1).add(x.sqrt()).sum();
            ArithmeticException e = assertThrows(ArithmeticException.class, loss::backward);
            assertSays(e, "backward of sqrt", "infinity", "gradient of input 0", "output 0 F64(2): finite",
                    "AnomalyTest.aGradientNamesTheNode");
            assertEquals("aGradientNamesTheNodeTheInputAndWhereItsForwardWas",
                    e.getCause().getStackTrace()[0].getMethodName());
        }
        assertNull(x.grad());
    }

    @Test
    void aNodeThatWasMadeOutsideSaysSo() {
        Variable loss = leaf(0).sqrt().sum();
        try (var _ = Anomaly.detect()) {
            assertSays(assertThrows(ArithmeticException.class, loss::backward), "sqrt", "outside anomaly mode");
        }
    }

    @Test
    void itIsOnInItsThreadAndUntilItIsClosed() throws Exception {
        Variable x = leaf(0);
        try (var _ = Anomaly.detect()) {
            try (var _ = Anomaly.detect()) {
                assertThrows(ArithmeticException.class, x::log);
            }
            assertThrows(ArithmeticException.class, x::log);
            assertEquals(Double.NEGATIVE_INFINITY, CompletableFuture.supplyAsync(() -> x.log().item()).get());
        }
        x.log().sum().backward();
        assertEquals(Double.POSITIVE_INFINITY, x.grad().item());
    }

    @Test
    void aUsersOpIsNamed() {
        Variable x = leaf(2);
        try (var _ = Anomaly.detect()) {
            Variable y = CustomGrad.apply("mine", in -> in[0].copy(),
                    (dout, in, _) -> new Variable[] {dout.div(in[0].sub(in[0]))}, x);
            assertSays(assertThrows(ArithmeticException.class, y::backward), "backward of mine",
                    "AnomalyTest.aUsersOpIsNamed");
        }
    }
}
