package org.jacobi.tests;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What {@link FunctionalTest} tests, with operands on a device beside the CPU. */
class StandInFunctionalTest extends FunctionalTest {
    private static Backend before;

    @BeforeAll
    static void operandsAreElsewhere() {
        before = Device.CPU.use(CheckedBackend.onCpu(new CpuBackend(), false));
        device = CheckedBackend.standIn(new CpuBackend(), false).device();
    }

    @AfterAll
    static void operandsAreOnTheCpu() {
        device = Device.CPU;
        Device.CPU.use(before);
    }
}
