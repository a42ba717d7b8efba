package org.jacobi.tests;

import java.util.List;
import java.util.stream.Stream;

import org.jacobi.autograd.GradCheck;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every gradient, and every gradient's gradient, against central differences in f64. */
class GradientTest {
    private static final int N = 3;

    @TestFactory
    Stream<DynamicTest> gradientsAreThoseOfCentralDifferences() {
        return OpSamples.selected().filter(sample -> sample.variables != null && sample.gradCheck)
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> check(sample)));
    }

    private static void check(OpSample sample) {
        for (Layout layout : List.of(Layout.CONTIGUOUS, Layout.TRANSPOSED)) {
            try (var _ = TensorScope.open()) {
                Variable[] in = sample.variables(N, sample.make(N, DType.F64, layout, false));
                if (sample.secondGradCheck && layout == Layout.CONTIGUOUS) {
                    GradCheck.checkSecond(sample.variables::apply, in);
                } else {
                    GradCheck.check(sample.variables::apply, in);
                }
            }
        }
    }
}
