package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

import org.junit.jupiter.api.Test;

/** Tensors from and to Java's arrays, buffers and segments. */
class ExchangeTest {
    private static String messageOf(Runnable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong::run).getMessage();
    }

    // ---- nested arrays ---------------------------------------------------------------------------------------------

    @Test
    void nestedArraysOfEveryTypeGoInAndOut() {
        float[][][] floats = {{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
        Tensor x = Tensor.from(floats);
        assertEquals(Shape.of(2, 3, 2), x.shape());
        assertEquals(DType.F32, x.dtype());
        assertEquals(8, x.getDouble(1, 0, 1));
        assertArrayEquals(floats, (float[][][]) x.toNestedArray());
        assertArrayEquals(new float[][] {{1, 7}, {3, 9}, {5, 11}}, (float[][]) x.select(2, 0).t().toNestedArray());
        double[][] doubles = {{1, -0.1}, {Double.NaN, 1e300}};
        assertArrayEquals(doubles, (double[][]) Tensor.from(doubles).toNestedArray());
        long[] longs = {Long.MIN_VALUE, 3};
        assertArrayEquals(longs, (long[]) Tensor.from(longs).toNestedArray());
        int[][] ints = {{1}, {2}};
        assertArrayEquals(ints, (int[][]) Tensor.from(ints).toNestedArray());
        byte[][] bytes = {{-1, 2}};
        assertEquals(255, Tensor.from(bytes).getLong(0, 0));
        assertArrayEquals(bytes, (byte[][]) Tensor.from(bytes).toNestedArray());
        short[][] shorts = {{-30000, 2}};
        assertEquals(DType.I16, Tensor.from(shorts).dtype());
        assertArrayEquals(shorts, (short[][]) Tensor.from(shorts).toNestedArray());
        assertArrayEquals(new byte[] {3}, (byte[]) Tensor.full(3.9, DType.U8, 1).toNestedArray());
        assertArrayEquals(new byte[] {-1}, (byte[]) Tensor.full(-1, DType.U8, 1).toNestedArray());
        assertArrayEquals(new byte[] {-3}, (byte[]) Tensor.full(-3, DType.I8, 1).toNestedArray());
        boolean[][] truths = {{true, false}, {false, false}};
        assertEquals(DType.BOOL, Tensor.from(truths).dtype());
        assertArrayEquals(truths, (boolean[][]) Tensor.from(truths).toNestedArray());
        assertArrayEquals(new float[] {0.5f, -2},
                (float[]) Tensor.of(new float[] {0.5f, -2}).to(DType.F16).toNestedArray());
    }

    @Test
    void scalarsAndEmptyArrays() {
        assertEquals(Shape.of(), Tensor.from(2.5f).shape());
        assertEquals(2.5f, Tensor.from(2.5f).toNestedArray());
        assertEquals(7L, Tensor.from(7L).toNestedArray());
        assertEquals(true, Tensor.from(true).toNestedArray());
        assertEquals(Shape.of(0), Tensor.from(new int[0]).shape());
        assertEquals(Shape.of(2, 0), Tensor.from(new float[2][0]).shape());
        assertEquals(Shape.of(0, 0), Tensor.from(new float[0][3]).shape());
        assertArrayEquals(new float[2][0], (float[][]) Tensor.zeros(2, 0).toNestedArray());
    }

    @Test
    void raggedArraysAreRefusedWithTheirPosition() {
        String message = messageOf(() -> Tensor.from(new float[][][] {{{1, 2}, {3, 4}}, {{5, 6}, {7}}}));
        assertTrue(message.contains("[1][1]") && message.contains("length 1") && message.contains("length 2"), message);
        message = messageOf(() -> Tensor.from(new int[][] {{1}, null}));
        assertTrue(message.contains("[1]") && message.contains("null"), message);
        message = messageOf(() -> Tensor.from(new int[][] {null, {1}}));
        assertTrue(message.contains("[0]") && message.contains("null"), message);
        message = messageOf(() -> Tensor.from(new int[][][] {{{1}, {2}}, {{3}}}));
        assertTrue(message.contains("[1]") && message.contains("length 1"), message);
        assertTrue(messageOf(() -> Tensor.from(new String[] {"1"})).contains("String[]"));
        assertTrue(messageOf(() -> Tensor.from(new Object[] {new float[1]})).contains("float[][]"));
        assertTrue(messageOf(() -> Tensor.from(null)).contains("null"));
        assertTrue(messageOf(() -> Tensor.from('c')).contains("Character"));
    }

    // ---- memory that others hold -----------------------------------------------------------------------------------

    @Test
    void aSegmentAndItsTensorShareTheirElements() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(24, 8);
            Tensor x = Tensor.wrap(segment, DType.F32, 2, 3);
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, 4, 2.5f);
            assertEquals(2.5, x.getDouble(1, 1));
            x.t().select(0, 0).fill_(-1);
            assertEquals(-1, segment.getAtIndex(ValueLayout.JAVA_FLOAT, 3));
            assertEquals(1, x.version());
            assertEquals(Shape.of(3), Tensor.wrap(segment, DType.I64).shape());
            assertEquals(Shape.of(0), Tensor.wrap(segment.asSlice(0, 0), DType.F64).shape());
            // The way back is the segment itself.
            assertEquals(segment.address() + 12, x.select(0, 1).asMemorySegment().address());
        }
    }

    @Test
    void aTensorOfAClosedArenaIsRefused() {
        Tensor x;
        Tensor view;
        MemorySegment back;
        try (Arena arena = Arena.ofShared()) {
            x = Tensor.wrap(arena.allocate(16, 4), DType.F32);
            view = x.narrow(0, 1, 2);
            back = x.asMemorySegment();
        }
        String message = assertThrows(IllegalStateException.class, x::sum).getMessage();
        assertTrue(message.contains("Arena") && message.contains("closed"), message);
        assertThrows(IllegalStateException.class, view::toFloatArray);
        assertThrows(IllegalStateException.class, () -> x.fill_(1));
        assertThrows(IllegalStateException.class, () -> back.get(ValueLayout.JAVA_BYTE, 0));
        x.release();
    }

    @Test
    void segmentsThatCannotBeWrappedAreRefusedWithAdvice() {
        assertTrue(messageOf(() -> Tensor.wrap(MemorySegment.ofArray(new float[4]), DType.F32)).contains("copyOf"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(32, 8);
            assertTrue(
                    messageOf(() -> Tensor.wrap(segment.asSlice(2, 8), DType.F32)).contains("multiple of the 4 bytes"));
            assertTrue(messageOf(() -> Tensor.wrap(segment.asSlice(0, 10), DType.F32)).contains("10 bytes"));
            assertTrue(messageOf(() -> Tensor.wrap(segment, DType.F32, 3, 3)).contains("(3, 3)"));
            assertTrue(messageOf(() -> Tensor.wrap(segment, DType.F32, 2, 3)).contains("asSlice"));
            Tensor protectedOne = Tensor.wrap(segment.asReadOnly(), DType.F32);
            assertTrue(messageOf(() -> protectedOne.fill_(1)).contains("cannot be changed"));
            assertTrue(protectedOne.asMemorySegment().isReadOnly());
        }
        Arena closed = Arena.ofConfined();
        MemorySegment gone = closed.allocate(4);
        closed.close();
        assertTrue(messageOf(() -> Tensor.wrap(gone, DType.U8)).contains("closed"));
        assertTrue(messageOf(() -> Tensor.copyOf(gone, DType.U8)).contains("closed"));
    }

    @Test
    void buffersAreWrappedInTheMachinesByteOrderOnly() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        buffer.putInt(1).putInt(2).putInt(3).putInt(4).position(4);
        Tensor x = Tensor.wrap(buffer, DType.I32);
        assertArrayEquals(new int[] {2, 3, 4}, x.toIntArray());
        buffer.putInt(4, 9);
        assertEquals(9, x.getLong(0));
        x.fill_(5);
        assertEquals(5, buffer.getInt(8));
        assertEquals(4, buffer.position());
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer turned = ByteBuffer.allocateDirect(8).order(other);
        assertTrue(messageOf(() -> Tensor.wrap(turned, DType.F32)).contains("byte order"));
        assertEquals(8, Tensor.wrap(turned, DType.U8).numel());
        assertTrue(messageOf(() -> Tensor.wrap(ByteBuffer.allocate(8), DType.U8)).contains("copyOf"));
        assertTrue(messageOf(
                () -> Tensor.wrap(buffer.asReadOnlyBuffer().order(ByteOrder.nativeOrder()), DType.I32).zero_())
                .contains("cannot be changed"));
    }

    @Test
    void copiesTakeHeapMemoryAndAnyByteOrder() {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            ByteBuffer buffer = ByteBuffer.allocate(24).order(order);
            buffer.putDouble(1.5).putLong(-7).putInt(3).putShort((short) 0x3C00).putShort((short) 0xC000);
            assertEquals(1.5, Tensor.copyOf(buffer.slice(0, 8).order(order), DType.F64).item());
            assertEquals(-7, Tensor.copyOf(buffer.slice(8, 8).order(order), DType.I64).getLong(0));
            assertEquals(3, Tensor.copyOf(buffer.slice(16, 4).order(order), DType.I32).getLong(0));
            assertArrayEquals(new double[] {1, -2},
                    Tensor.copyOf(buffer.slice(20, 4).order(order), DType.F16).toDoubleArray());
        }
        assertArrayEquals(new float[] {2, 3},
                Tensor.copyOf(MemorySegment.ofArray(new float[] {1, 2, 3}).asSlice(4), DType.F32).toFloatArray());
        FloatBuffer part = FloatBuffer.wrap(new float[] {1, 2, 3, 4}).position(1).limit(3);
        assertArrayEquals(new float[] {2, 3}, Tensor.of(part).toFloatArray());
        assertEquals(1, part.position());
        FloatBuffer turned = ByteBuffer.allocate(8).order(ByteOrder.BIG_ENDIAN).asFloatBuffer().put(1).put(2).flip();
        assertArrayEquals(new float[] {1, 2}, Tensor.of(turned).toFloatArray());
    }

    @Test
    void aTensorsMemoryIsSeenAsLongAsAnybodyHoldsIt() {
        MemorySegment segment;
        ByteBuffer buffer;
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.arange(0, 6, 1, DType.F32).view(2, 3);
            segment = x.select(0, 1).asMemorySegment();
            buffer = x.asByteBuffer();
            x.add_(Tensor.scalar(1));
            assertFalse(x.isExclusive());
            assertTrue(messageOf(() -> x.t().asMemorySegment()).contains("contiguous()"));
        }
        // The scope is closed, others allocate, and the numbers are still there.
        for (int i = 0; i < 100; i++) {
            Tensor.full(-1, DType.F32, 2, 3).release();
        }
        assertArrayEquals(new float[] {4, 5, 6}, segment.toArray(ValueLayout.JAVA_FLOAT));
        assertEquals(12, segment.byteSize());
        assertEquals(2, buffer.getFloat(4));
        assertEquals(ByteOrder.nativeOrder(), buffer.order());
        assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_FLOAT, 12));
    }
}
