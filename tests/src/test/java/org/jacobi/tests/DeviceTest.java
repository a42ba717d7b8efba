package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.optim.SGD;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.jacobi.tensor.io.Npy;
import org.jacobi.tensor.io.Safetensors;
import org.jacobi.tensor.profile.Profiler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users do with devices: move tensors and models, make tensors there, and mix them up. */
class DeviceTest {
    private static final Device OTHER = CheckedBackend.standIn(new CpuBackend(), false).device();
    private static final Device THIRD = new Device("third", new CpuBackend());

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static String refused(Runnable call) {
        return assertThrows(IllegalArgumentException.class, call::run).getMessage();
    }

    // ---- tensors ---------------------------------------------------------------------------------------------------

    @Test
    void aTensorIsMovedAndKnowsWhereItIs() {
        Tensor x = Tensor.arange(12).reshape(3, 4);
        assertSame(Device.CPU, x.device());
        assertSame(x, x.to(Device.CPU));
        assertSame(x, x.cpu());
        Tensor moved = x.t().to(OTHER);
        assertSame(OTHER, moved.device());
        assertTrue(moved.isContiguous());
        assertEquals(Shape.of(4, 3), moved.shape());
        assertArrayEquals(x.t().toLongArray(), moved.toLongArray());
        assertArrayEquals(x.t().toLongArray(), moved.cpu().toLongArray());
        assertArrayEquals(x.t().toLongArray(), moved.to(THIRD).toLongArray());
        assertSame(OTHER, moved.t().narrow(0, 1, 2).device());
        assertEquals(0, Tensor.empty(DType.F32, 0, 3).to(OTHER).numel());
    }

    @Test
    void tensorsAreMadeOnADevice() {
        assertArrayEquals(new double[] {0, 0}, Tensor.zeros(OTHER, DType.I32, 2).toDoubleArray());
        assertArrayEquals(new double[] {1, 1}, Tensor.ones(OTHER, DType.F64, 2).toDoubleArray());
        assertArrayEquals(new double[] {2.5}, Tensor.full(OTHER, 2.5, DType.F32, 1).toDoubleArray());
        assertEquals(3, Tensor.scalar(OTHER, 3, DType.I64).item());
        assertArrayEquals(new long[] {0, 1, 2}, Tensor.arange(OTHER, 3).toLongArray());
        assertSame(OTHER, Tensor.empty(OTHER, DType.F32, 2, 3).device());
        Tensor x = Tensor.arange(OTHER, 1, 2, 0.25, DType.F32);
        for (Tensor like : new Tensor[] {Tensor.zerosLike(x), Tensor.onesLike(x), Tensor.fullLike(x, 7),
            Tensor.emptyLike(x), Tensor.randLike(x, new Generator(1))}) {
            assertSame(OTHER, like.device());
            assertEquals(x.shape(), like.shape());
        }
    }

    @Test
    void numbersComeBackToWhoAsks() {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).to(OTHER);
        assertEquals(3, x.getDouble(1, 0));
        assertEquals(4, x.getLong(-1, -1));
        assertEquals(Long.MAX_VALUE, Tensor.of(new long[] {Long.MAX_VALUE}).to(OTHER).getLong(0));
        assertEquals(2.5, x.mean().item());
        assertArrayEquals(new float[] {1, 3, 2, 4}, x.t().toFloatArray());
        assertArrayEquals(new float[][] {{1, 2}, {3, 4}}, (float[][]) x.toNestedArray());
        assertEquals("tensor([[1.0000, 2.0000],\n        [3.0000, 4.0000]], shape=(2, 2), dtype=F32, device=stand-in)",
                x.toString().replace("\r", ""));
        assertArrayEquals(new boolean[] {false, false, true, true}, x.flatten().gt(2).toBooleanArray());
    }

    @Test
    void filesAreWrittenFromAnyDevice(@TempDir Path folder) throws IOException {
        Tensor x = Tensor.arange(OTHER, 0, 6, 1, DType.F32).reshape(2, 3).t();
        Npy.save(folder.resolve("x.npy"), x);
        assertArrayEquals(x.toFloatArray(), Npy.load(folder.resolve("x.npy")).toFloatArray());
        Safetensors.save(folder.resolve("x.safetensors"), Map.of("x", x));
        Tensor back = Safetensors.load(folder.resolve("x.safetensors")).get("x");
        assertArrayEquals(x.toFloatArray(), back.toFloatArray());
        assertSame(Device.CPU, back.device());
    }

    @Test
    void aGraphThatWasRecordedBeforeAMoveIsRefused() {
        Layer model = new Linear(3, 4);
        Variable loss = model.forward(Tensor.ones(2, 3)).square().sum();
        Variable product = model.namedParameters().get("weight").square().sum();
        model.to(OTHER);
        assertTrue(
                assertThrows(IllegalStateException.class, product::backward).getMessage().contains("changed in place"));
        assertTrue(loss.item() >= 0);
    }

    @Test
    void copiesInPlaceCrossDevices() {
        Tensor there = Tensor.zeros(OTHER, DType.F32, 2, 2);
        there.copy_(Tensor.of(new long[] {1, 2}));
        assertArrayEquals(new float[] {1, 2, 1, 2}, there.toFloatArray());
        Tensor here = Tensor.zeros(2);
        here.copy_(there.select(0, 0));
        assertArrayEquals(new float[] {1, 2}, here.toFloatArray());
    }

    @Test
    void scalarsOfTheCpuStandBesideAnyTensor() {
        Tensor x = Tensor.of(new float[] {1, 2, 3}).to(OTHER);
        Tensor two = Tensor.scalar(2);
        for (Tensor out : new Tensor[] {x.mul(two), two.mul(x)}) {
            assertSame(OTHER, out.device());
            assertArrayEquals(new float[] {2, 4, 6}, out.toFloatArray());
        }
        assertArrayEquals(new float[] {2, 2, 3}, Tensor.where(x.gt(two), x, two).toFloatArray());
        assertArrayEquals(new float[] {1, 2, 2}, x.clamp(1, 2).toFloatArray());
        assertArrayEquals(new float[] {3, 4, 5}, x.add_(two).toFloatArray());
        assertSame(Device.CPU, two.mul(Tensor.scalar(3)).device());
        assertEquals("mul_: operands are on cpu and stand-in; move one with to(device)",
                refused(() -> Tensor.scalar(1).mul_(x.sum())));
    }

    @Test
    void otherMixturesAreRefusedByTheOp() {
        Tensor here = Tensor.ones(2, 2);
        Tensor there = here.to(OTHER);
        assertEquals("add: operands are on cpu and stand-in; move one with to(device)", refused(() -> here.add(there)));
        assertEquals("add_: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.add_(here)));
        assertEquals("lerp: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.lerp(here, 0.5)));
        assertEquals("where: operands are on cpu and stand-in; move one with to(device)",
                refused(() -> Tensor.where(here.gt(0), there, 0)));
        assertEquals("matmul: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.matmul(here)));
        assertEquals("cat: operands are on cpu and stand-in; move one with to(device)",
                refused(() -> Tensor.cat(0, here, there)));
        assertEquals("gather: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.gather(0, Tensor.zeros(DType.I64, 2, 2))));
        assertEquals("scatterAdd: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.scatterAdd(0, Tensor.zeros(OTHER, DType.I64, 2, 2), here)));
        assertEquals("solve: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> there.solve(here)));
        assertEquals("linear: operands are on cpu and stand-in; move one with to(device)",
                refused(() -> Variable.constant(here).linear(Variable.constant(there), null)));
        assertEquals("crossEntropy: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> Variable.constant(there).crossEntropy(Tensor.zeros(DType.I64, 2))));
        assertEquals("backward: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> Variable.leaf(there).mul(2).backward(here, false, false)));
    }

    @Test
    void positionsOnTheCpuSelectAnywhere() {
        Tensor x = Tensor.arange(OTHER, 6).reshape(3, 2);
        assertArrayEquals(new long[] {4, 5, 0, 1}, x.get(Index.of(2, 0)).toLongArray());
        assertArrayEquals(new long[] {2, 3}, x.get(Index.mask(Tensor.of(new boolean[] {false, true, false})))
                .toLongArray());
        assertArrayEquals(new long[] {9, 1, 2, 3, 9, 5}, x.set(9, Index.of(0, 2), Index.at(0)).toLongArray());
    }

    @Test
    void theHostIsRefusedAnAddressThatIsNotItsOwn() {
        Tensor x = Tensor.ones(OTHER, DType.F32, 2);
        assertEquals("peek: the numbers of this tensor, made by ones with shape (2), are on stand-in and not in the "
                + "host's memory; take cpu() first", refused(() -> x.hostAddress("peek")));
        assertTrue(refused(x::asMemorySegment).startsWith("asMemorySegment: the numbers of this tensor"));
        assertTrue(x.address() != 0);
    }

    @Test
    void thereIsNoGpuAndTheMessageSaysWhy() {
        assertTrue(assertThrows(IllegalStateException.class, () -> Device.cuda(0)).getMessage()
                .startsWith("cuda: there is no device cuda:0, since "));
    }

    @Test
    void movingInPlaceKeepsTheHandle() {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).t();
        Tensor view = x.select(0, 0);
        int version = x.version();
        assertSame(x, x.to_(OTHER));
        assertSame(OTHER, x.device());
        assertTrue(x.isContiguous());
        assertTrue(x.version() > version);
        assertArrayEquals(new float[] {1, 3, 2, 4}, x.toFloatArray());
        assertSame(Device.CPU, view.device());
        assertArrayEquals(new float[] {1, 3}, view.toFloatArray());
        assertFalse(x.sharesStorage(view));
        Tensor inner;
        try (var _ = TensorScope.open()) {
            inner = Tensor.ones(3);
            inner.to_(OTHER);
        }
        assertTrue(inner.isReleased());
    }

    @Test
    void reportsAndProfilesTellOfAllDevices() {
        Device own = CheckedBackend.standIn(new CpuBackend(), false).device();
        assertSame(Device.CPU, Device.all().getFirst());
        assertTrue(Device.all().contains(own));
        Tensor held = Tensor.zeros(own, DType.F32, 1000);
        MemoryReport report = MemoryReport.now();
        MemoryReport.Elsewhere there = report.elsewhere().stream().filter(each -> each.device() == own).findFirst()
                .orElseThrow();
        assertEquals(4000, there.held().bytes());
        assertEquals("zeros", there.holders().getFirst().op());
        assertTrue(report.toString().contains("live now on stand-in"), report::toString);
        Backend kernels = own.backend();
        try (Profiler profiler = Profiler.start()) {
            held.exp_();
            assertTrue(profiler.rows().stream().anyMatch(row -> row.name().equals("unary exp") && row.calls() == 1));
        }
        assertSame(kernels, own.backend());
        held.release();
        assertTrue(MemoryReport.now().elsewhere().stream().noneMatch(each -> each.device() == own));
    }

    // ---- variables and layers --------------------------------------------------------------------------------------

    @Test
    void aGradientComesBackToWhereItsVariableIs() {
        Variable x = Variable.leaf(Tensor.of(new float[] {1, 2, 3}));
        Variable scale = Variable.leaf(Tensor.scalar(2));
        Variable moved = x.to(OTHER);
        assertSame(moved, moved.to(OTHER));
        moved.square().mul(scale).sum().backward();
        assertSame(Device.CPU, x.grad().device());
        assertArrayEquals(new float[] {4, 8, 12}, x.grad().value().toFloatArray());
        assertSame(Device.CPU, scale.grad().device());
        assertEquals(14, scale.grad().item());
    }

    @Test
    void aLayerIsMovedInPlace() {
        Layer model = new Sequential(new ReLU(), new Linear(3, 4), new BatchNorm1d(4));
        assertSame(Device.CPU, model.device());
        SGD before = new SGD(model.parameters(), 0.1).momentum(0.9);
        Param weight = model.namedParameters().get("1.weight");
        Tensor value = weight.value();
        model.forward(Tensor.ones(2, 3)).sum().backward();
        Variable grad = weight.grad();
        assertSame(model, model.to(OTHER));
        assertSame(OTHER, model.device());
        assertSame(weight, model.namedParameters().get("1.weight"));
        assertSame(value, weight.value());
        assertSame(grad, weight.grad());
        model.namedParameters().values().forEach(param -> {
            assertSame(OTHER, param.device());
            assertSame(OTHER, param.grad().device());
        });
        model.namedBuffers().values().forEach(buffer -> assertSame(OTHER, buffer.device()));
        before.step();
        before.zeroGrad();
        model.forward(Tensor.randn(new Generator(1), 5, 3).to(OTHER)).square().sum().backward();
        assertSame(OTHER, weight.grad().device());
        before.step();
        model.to(Device.CPU);
        before.step();
        assertSame(Device.CPU, before.stateDict().get("0.momentum_buffer").device());
        assertEquals("1 (Linear): linear: operands are on stand-in and cpu; move one with to(device)",
                refused(() -> model.forward(Tensor.ones(OTHER, DType.F32, 2, 3))));
    }

    @Test
    void aLayerWithoutNumbersIsOnTheCpu() {
        assertSame(Device.CPU, new Sequential(new ReLU()).to(OTHER).device());
        assertNotSame(new Device("twin", new CpuBackend()), new Device("twin", new CpuBackend()));
        assertNull(Variable.leaf(Tensor.ones(2)).to(OTHER).grad());
    }
}
