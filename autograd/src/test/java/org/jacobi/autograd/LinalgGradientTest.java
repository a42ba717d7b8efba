package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.LinAlgException;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Gradients of linear algebra and spectra at points that the table of samples does not meet. */
class LinalgGradientTest {
    private static Variable leaf(double[] numbers, long... shape) {
        return Variable.leaf(Tensor.of(numbers, shape));
    }

    @Test
    void aDeterminantOfZeroHasItsCofactorsAsGradient() {
        Variable a = leaf(new double[] {1, 2, 2, 4}, 2, 2);
        a.det().backward();
        assertArrayEquals(new double[] {4, -2, -2, 1}, a.grad().value().toDoubleArray(), 1e-14);
        // Rank 2 of 3, and beside it a regular matrix; rank 1 of 3, where all cofactors are 0.
        GradCheck.check(in -> in[0].det(),
                leaf(new double[] {1, 2, 3, 4, 5, 6, 5, 7, 9, 2, 1, 0, 1, 3, 1, 0, 1, 4}, 2, 3, 3));
        GradCheck.check(in -> in[0].det(), leaf(new double[] {1, 2, 3, 2, 4, 6, 4, 8, 12}, 3, 3));
        GradCheck.checkSecond(in -> in[0].det(), leaf(new double[] {1, 2, 2, 4}, 2, 2));
    }

    @Test
    void singularValuesAloneMayBeEqual() {
        Variable a = Variable.leaf(Tensor.eye(3).to(DType.F64));
        a.svdvals().sum().backward();
        assertArrayEquals(Tensor.eye(3).toDoubleArray(), a.grad().value().toDoubleArray(), 1e-14);
        Variable b = Variable.leaf(Tensor.eye(3).to(DType.F64));
        b.eigvalsh().sum().backward();
        assertArrayEquals(Tensor.eye(3).toDoubleArray(), b.grad().value().toDoubleArray(), 1e-14);
    }

    @Test
    void vectorsThatAreNotDeterminedHaveNoGradient() {
        Variable tall = leaf(new double[] {1, 2, 3, 4, 5, 7}, 3, 2);
        String text = assertThrows(IllegalStateException.class, () -> tall.svd().u().sum().backward()).getMessage();
        assertTrue(text.contains("svd beyond the first 2"), text);
        text = assertThrows(IllegalStateException.class, () -> tall.qr(true).r().sum().backward()).getMessage();
        assertTrue(text.contains("use qr(false)"), text);
        tall.svd().s().sum().backward();
    }

    @Test
    void oneOutputOfADecompositionIsEnough() {
        Variable a = leaf(new double[] {3, 1, 0.5, 2, 5, 1, 0.1, 0.3, 8, 1, 0, 2}, 4, 3);
        GradCheck.checkSecond(in -> in[0].qr().q(), a);
        GradCheck.checkSecond(in -> in[0].qr().r(), a);
        GradCheck.checkSecond(in -> in[0].svd(false).u().square(), a);
        GradCheck.checkSecond(in -> in[0].svd(false).vh().square(), a);
        GradCheck.checkSecond(in -> in[0].transpose(0, 1).qr().r(), a);
    }

    @Test
    void absoluteValueAndAngleOfZeroHaveGradientZero() {
        Variable z = leaf(new double[] {0, 0, 3, 4}, 2, 2);
        z.complexAbs().sum().backward();
        assertArrayEquals(new double[] {0, 0, 0.6, 0.8}, z.grad().value().toDoubleArray(), 1e-15);
        z.zeroGrad();
        z.complexAngle().sum().backward();
        assertArrayEquals(new double[] {0, 0, -0.16, 0.12}, z.grad().value().toDoubleArray(), 1e-15);
    }

    @Test
    void aSpectralLossTeachesAFrequency() {
        // A loss on spectra, as audio models have it: the phase of a sine is found by descent.
        int n = 32;
        Tensor t = Tensor.arange(0, n, 1, DType.F64).mul(2 * Math.PI * 3 / n);
        Tensor target = t.add(0.7).sin().rfft();
        Variable phase = leaf(new double[] {0}, 1);
        for (int step = 0; step < 200; step++) {
            Variable loss = phase.add(t).sin().rfft().sub(target).square().mean();
            loss.backward();
            phase.value().sub_(phase.grad().value().mul(0.02));
            phase.zeroGrad();
        }
        assertEquals(0.7, phase.item(), 1e-6);
    }

    @Test
    void slogdetOfASingularMatrixHasNoGradient() {
        Variable log = leaf(new double[] {1, 1, 1, 1}, 2, 2).slogdet().logabsdet();
        assertEquals(Double.NEGATIVE_INFINITY, log.item());
        String message = assertThrows(LinAlgException.class, log::backward).getMessage();
        assertTrue(message.startsWith("slogdet:") && message.contains("singular"), message);
    }
}
