package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.junit.jupiter.api.Test;

/** What runs where the Vector API or OpenBLAS is missing conforms as well: every sample, in JVMs without them. */
class FallbackTest {
    /** Checks the table and prints what it ran on. */
    static final class Conformance {
        private Conformance() {
        }

        public static void main(String[] args) {
            CpuBackend cpu = (CpuBackend) Device.CPU.backend();
            System.out.println(cpu.describe());
            System.out.println(cpu.gemm());
            for (OpSample sample : OpSamples.all()) {
                ConformanceTest.check(sample, 1, 7, 16, 17, 67);
            }
        }
    }

    @Test
    void theMatrixProductInJavaConforms() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.run(List.of("-Djacobi.blas=none"), Conformance.class.getName()).succeeded();
        List<String> lines = result.out().lines().toList();
        assertFalse(lines.get(1).startsWith("OpenBLAS"), result::toString);
    }

    @Test
    void plainLoopsConform() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.startBare(List.of("-Djacobi.blas=none"), Conformance.class.getName()).result()
                .succeeded();
        assertTrue(result.out().startsWith("plain loops"), result::toString);
        List<String> said = result.err().lines().filter(line -> line.startsWith("jacobi:")).toList();
        assertEquals(1, said.size(), result::toString);
        assertTrue(said.getFirst().contains("--add-modules jdk.incubator.vector"), result::toString);
    }
}
