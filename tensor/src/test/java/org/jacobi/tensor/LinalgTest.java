package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;

import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the table of samples does not reach: errors, empty matrices, ranks below full, NaN, and sizes that are cut up. */
class LinalgTest {
    /** Which kernels a test runs on. */
    enum Kernels {
        CPU, REFERENCE
    }

    private TensorScope scope;
    private Backend before;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        before = Device.CPU.backend();
    }

    @AfterEach
    void close() {
        Device.CPU.use(before);
        scope.close();
    }

    private void run(Kernels kernels) {
        if (kernels == Kernels.REFERENCE) {
            Device.CPU.use(new ReferenceBackend());
        }
    }

    private static Tensor random(long... sizes) {
        return Tensor.make("random", DType.F64, Shape.of(sizes)).normal_(0, 1, new Generator(5));
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double difference = expected.numel() == 0 ? 0 : expected.sub(actual).abs().amax().item();
        assertTrue(difference <= tolerance, () -> "they differ by " + difference);
    }

    private static String message(Class<? extends RuntimeException> type, Supplier<?> wrong) {
        return assertThrows(type, wrong::get).getMessage();
    }

    // ---- what the numbers make impossible -----------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void aSingularMatrixIsNamed(Kernels kernels) {
        run(kernels);
        Tensor a = Tensor.eye(3).expand(2, 2, 3, 3).copy();
        a.select(0, 1).select(0, 0).select(0, 2).fill_(0);
        String text = message(LinAlgException.class, () -> a.solve(Tensor.ones(3, 1)));
        assertTrue(text.startsWith("solve: matrix [1, 0] of the batch (2, 2) is singular: pivot 3 is 0"), text);
        text = message(LinAlgException.class, () -> Tensor.zeros(2, 2).inv());
        assertTrue(text.startsWith("inv: the matrix is singular: pivot 1 is 0"), text);
        assertArrayEquals(new double[] {1, 1, 0, 1}, a.det().toDoubleArray());
        Slogdet<Tensor> slogdet = a.slogdet();
        assertArrayEquals(new double[] {1, 1, 0, 1}, slogdet.sign().toDoubleArray());
        assertArrayEquals(new double[] {0, 0, Double.NEGATIVE_INFINITY, 0}, slogdet.logabsdet().toDoubleArray());
    }

    @ParameterizedTest
    @EnumSource
    void aMatrixThatIsNotPositiveDefiniteIsNamed(Kernels kernels) {
        run(kernels);
        Tensor a = Tensor.of(new float[] {1, 0, 0, 1, 4, 2, 2, 1}, 2, 2, 2);
        for (boolean upper : new boolean[] {false, true}) {
            String text = message(LinAlgException.class, () -> a.cholesky(upper));
            assertTrue(text
                    .startsWith("cholesky: matrix [1] of the batch (2) is not positive-definite: its leading minor of"
                            + " order 2 is not positive"),
                    text);
        }
        String text = message(LinAlgException.class, () -> Tensor.full(Double.NaN, DType.F64, 2, 2).cholesky());
        assertTrue(text.contains("leading minor of order 1"), text);
    }

    @ParameterizedTest
    @EnumSource
    void numbersThatAreNotFiniteAreRefusedWhereTheyCouldGoOnForever(Kernels kernels) {
        run(kernels);
        Tensor a = Tensor.ones(3, 2, 2);
        a.select(0, 2).select(0, 0).select(0, 1).fill_(Double.POSITIVE_INFINITY);
        for (Supplier<?> op : List.<Supplier<?>>of(a::svd, a::svdvals, a::eigh, a::eigvalsh, a::pinv,
                a::matrixRank, () -> a.lstsq(Tensor.ones(2, 1)))) {
            String text = message(LinAlgException.class, op);
            assertTrue(text.contains("matrix [2] of the batch (3) has numbers that are not finite"), text);
        }
        Tensor nan = Tensor.full(Double.NaN, DType.F32, 2, 2);
        assertTrue(Double.isNaN(nan.det().item()));
        assertTrue(nan.solve(Tensor.ones(2)).isNaN().all().item() == 1);
        assertTrue(nan.qr().r().isNaN().any().item() == 1);
        assertTrue(nan.matrixExp().isNaN().all().item() == 1);
    }

    // ---- what shapes and types make impossible ------------------------------------------------------------------------

    @Test
    void wrongShapesAndTypesAreNamed() {
        Tensor square = Tensor.eye(3);
        Tensor wide = Tensor.ones(2, 3);
        assertEquals("inv: needs square matrices, got shape (2, 3)",
                message(IllegalArgumentException.class, wide::inv));
        assertEquals("det: needs a matrix or a batch of them, got shape (3)",
                message(IllegalArgumentException.class, () -> Tensor.ones(3).det()));
        assertTrue(message(IllegalArgumentException.class, () -> square.solve(wide))
                .startsWith("solve: shapes (3, 3) and (2, 3) do not fit"));
        assertTrue(message(IllegalArgumentException.class, () -> square.solve(Tensor.ones(2)))
                .startsWith("solve: shapes (3, 3) and (2, 1) do not fit"));
        assertTrue(message(IllegalArgumentException.class, () -> square.solve(Tensor.scalar(1)))
                .startsWith("solve: shapes (3, 3) and () do not fit"));
        assertTrue(message(IllegalArgumentException.class, () -> square.solveTriangular(Tensor.ones(3), true))
                .startsWith("solveTriangular: shapes (3, 3) and (3) do not fit"));
        assertTrue(message(IllegalArgumentException.class,
                () -> square.expand(2, 3, 3).solve(Tensor.ones(4, 3, 1))).contains("do not broadcast"));
        assertTrue(message(IllegalArgumentException.class, () -> wide.lstsq(Tensor.ones(3, 1))).startsWith("lstsq:"));
        assertTrue(message(IllegalArgumentException.class, () -> square.to(DType.I64).inv())
                .startsWith("inv: needs a tensor of F32 or F64, got I64"));
        assertTrue(message(IllegalArgumentException.class, () -> square.to(DType.BF16).svd())
                .startsWith("svd: needs a tensor of F32 or F64, got BF16"));
        for (Supplier<?> op : List.<Supplier<?>>of(wide::cholesky, wide::eigh, wide::eigvalsh,
                wide::matrixExp, wide::slogdet, () -> wide.matrixPower(2), () -> wide.solve(wide),
                () -> wide.solveTriangular(wide, true))) {
            assertTrue(message(IllegalArgumentException.class, op).contains("needs square matrices"));
        }
    }

    // ---- nothing to compute ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void emptyMatricesAndBatchesHaveEmptyResults(Kernels kernels) {
        run(kernels);
        Tensor none = Tensor.zeros(0, 0);
        assertEquals(1, none.det().item());
        assertEquals(1, none.slogdet().sign().item());
        assertEquals(0, none.slogdet().logabsdet().item());
        assertEquals(Shape.of(0, 0), none.inv().shape());
        assertEquals(Shape.of(0, 0), none.cholesky().shape());
        assertEquals(Shape.of(0, 0), none.matrixExp().shape());
        assertEquals(Shape.of(0, 0), none.matrixPower(3).shape());
        assertEquals(Shape.of(0, 2), none.solve(Tensor.zeros(0, 2)).shape());
        assertEquals(Shape.of(0), none.eigh().eigenvalues().shape());
        assertEquals(0, Tensor.zeros(0, 3).matrixRank().item());
        assertEquals(Shape.of(3, 0), Tensor.zeros(0, 3).pinv().shape());
        assertEquals(Shape.of(3, 0), Tensor.eye(3).solve(Tensor.zeros(3, 0)).shape());
        assertClose(Tensor.zeros(3, 2), Tensor.zeros(0, 3).lstsq(Tensor.zeros(0, 2)), 0);
        Tensor noBatch = Tensor.zeros(0, 3, 3);
        assertEquals(Shape.of(0), noBatch.det().shape());
        assertEquals(Shape.of(0, 3, 3), noBatch.inv().shape());
        assertEquals(Shape.of(0, 3), noBatch.eigvalsh().shape());
        assertEquals(Shape.of(0, 3, 3), noBatch.svd().u().shape());
        Tensor flat = Tensor.zeros(2, 3, 0);
        assertClose(Tensor.eye(3).expand(2, 3, 3), flat.qr(true).q(), 0);
        assertEquals(Shape.of(2, 3, 0), flat.qr(true).r().shape());
        assertEquals(Shape.of(2, 3, 0), flat.qr().q().shape());
        assertClose(Tensor.eye(3).expand(2, 3, 3), flat.svd().u(), 0);
        assertEquals(Shape.of(2, 0, 0), flat.svd().vh().shape());
        assertEquals(Shape.of(2, 0), flat.svdvals().shape());
    }

    // ---- decompositions multiply to what was decomposed -----------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"CPU,5,5", "CPU,9,4", "CPU,4,9", "CPU,130,90", "CPU,1,6", "REFERENCE,5,5", "REFERENCE,9,4",
        "REFERENCE,4,9", "REFERENCE,1,6"})
    void factorsMultiplyToTheMatrix(Kernels kernels, long m, long n) {
        run(kernels);
        Tensor a = random(2, m, n);
        for (boolean full : new boolean[] {false, true}) {
            Qr<Tensor> qr = a.qr(full);
            assertClose(a, qr.q().matmul(qr.r()), 1e-12);
            assertOrthonormal(qr.q());
            Svd<Tensor> svd = a.svd(full);
            long k = Math.min(m, n);
            Tensor product = svd.u().narrow(-1, 0, k).mul(svd.s().unsqueeze(-2)).matmul(svd.vh().narrow(-2, 0, k));
            assertClose(a, product, 1e-12);
            assertOrthonormal(svd.u());
            assertOrthonormal(svd.vh().transpose(-2, -1));
            assertClose(svd.s(), a.svdvals(), 1e-12);
        }
        Tensor symmetric = a.transpose(-2, -1).matmul(a);
        Eigh<Tensor> eigh = symmetric.eigh();
        Tensor v = eigh.eigenvectors();
        assertClose(symmetric, v.mul(eigh.eigenvalues().unsqueeze(-2)).matmul(v.transpose(-2, -1)), 1e-11);
        assertOrthonormal(v);
        assertClose(eigh.eigenvalues(), symmetric.eigvalsh(), 1e-11);
    }

    private static void assertOrthonormal(Tensor q) {
        Tensor product = q.transpose(-2, -1).matmul(q);
        assertClose(Matrices.eye(q.size(-1), q).expandTo(product.shape()), product, 1e-12);
    }

    @ParameterizedTest
    @EnumSource
    void aMatrixOfLowRankHasAFullSetOfVectors(Kernels kernels) {
        run(kernels);
        Tensor a = random(6, 2).matmul(random(2, 4));
        Svd<Tensor> svd = a.svd();
        assertOrthonormal(svd.u());
        assertOrthonormal(svd.vh());
        assertEquals(2, a.matrixRank().item());
        assertEquals(0, Tensor.zeros(3, 2).matrixRank().item());
        assertClose(a, a.matmul(a.pinv()).matmul(a), 1e-12);
        assertClose(Tensor.zeros(2, 3), Tensor.zeros(3, 2).pinv(), 0);
        Tensor zeros = Tensor.zeros(DType.F64, 3, 3);
        assertOrthonormal(zeros.svd().u());
        assertOrthonormal(zeros.eigh().eigenvectors());
    }

    @ParameterizedTest
    @EnumSource
    void onlyOneTriangleIsRead(Kernels kernels) {
        run(kernels);
        Tensor a = Tensor.of(new double[] {4, Double.NaN, 2, 3}, 2, 2);
        Tensor l = a.cholesky();
        assertClose(Tensor.of(new double[] {2, 0, 1, Math.sqrt(2)}, 2, 2), l, 1e-15);
        assertClose(l.t(), a.t().cholesky(true), 1e-15);
        assertClose(Tensor.of(new double[] {0.5, 1}), Tensor.of(new double[] {2, Double.NaN, 1, 3}, 2, 2)
                .solveTriangular(Tensor.of(new double[] {1, 3.5}, 2, 1), false).squeeze(-1), 1e-15);
        assertClose(Tensor.of(new double[] {1, 2.5}), Tensor.of(new double[] {Double.NaN, Double.NaN, 1, 0}, 2, 2)
                .solveTriangular(Tensor.of(new double[] {1, 3.5}, 2, 1), false, true, true).squeeze(-1), 1e-15);
    }

    @Test
    void operandsAreLeftAsTheyWere() {
        Tensor a = random(4, 4);
        Tensor b = random(4, 2);
        double[] as = a.toDoubleArray();
        double[] bs = b.toDoubleArray();
        a.solve(b);
        a.solveTriangular(b, true);
        a.svd();
        a.eigh();
        a.qr();
        a.matrixExp();
        assertArrayEquals(as, a.toDoubleArray());
        assertArrayEquals(bs, b.toDoubleArray());
    }

    @Test
    void typesArePromoted() {
        assertEquals(DType.F64, Tensor.eye(2).solve(random(2, 1)).dtype());
        assertEquals(DType.F64, random(2, 2).lstsq(Tensor.eye(2)).dtype());
    }

    // ---- functions ------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void theExponentialOfARotationsGeneratorIsTheRotation(Kernels kernels) {
        run(kernels);
        double[] angles = {0, 1e-8, 0.5, 3, 40, 300};
        for (double angle : angles) {
            Tensor generator = Tensor.of(new double[] {0, -angle, angle, 0}, 2, 2);
            double c = Math.cos(angle);
            double s = Math.sin(angle);
            assertClose(Tensor.of(new double[] {c, -s, s, c}, 2, 2), generator.matrixExp(), 1e-11);
        }
        Tensor nilpotent = Tensor.of(new double[] {0, 1e6, 0, 0}, 2, 2);
        // Each of 18 squarings doubles the relative error.
        assertClose(Tensor.of(new double[] {1, 1e6, 0, 1}, 2, 2), nilpotent.matrixExp(), 1e-3);
    }

    @Test
    void entriesOfABatchAreScaledEachByItself() {
        Tensor a = random(3, 4, 4).mul(Tensor.of(new double[] {0.01, 1, 30}).reshape(3, 1, 1));
        Tensor together = a.matrixExp();
        for (int i = 0; i < 3; i++) {
            Tensor alone = a.select(0, i).matrixExp();
            assertClose(Tensor.zeros(4, 4), alone.sub(together.select(0, i)).div(alone.abs().amax()), 1e-10);
        }
    }

    @Test
    void powersOfTheInverseUndoPowers() {
        Tensor a = random(3, 3);
        assertClose(Tensor.eye(3).to(DType.F64), a.matrixPower(7).matmul(a.matrixPower(-7)), 1e-6);
        assertArrayEquals(a.toDoubleArray(), a.matrixPower(1).toDoubleArray());
        assertThrows(IllegalArgumentException.class, () -> a.matrixPower(Integer.MIN_VALUE));
    }

    @Test
    void largeBatchesAreCutUpAndNothingIsMixedUp() {
        Tensor a = random(3000, 3, 3).add(Tensor.eye(3).mul(4));
        assertClose(Tensor.eye(3).to(DType.F64).expandTo(a.shape()), a.matmul(a.inv()), 1e-9);
        Tensor symmetric = a.add(a.transpose(-2, -1));
        assertClose(symmetric.select(0, 2999).eigvalsh(), symmetric.eigvalsh().select(0, 2999), 1e-12);
    }
}
