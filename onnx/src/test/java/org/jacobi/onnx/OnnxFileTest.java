package org.jacobi.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.jacobi.onnx.Message.entry;
import static org.jacobi.onnx.Message.model;
import static org.jacobi.onnx.Message.node;
import static org.jacobi.onnx.Message.opset;
import static org.jacobi.onnx.Message.tensor;
import static org.jacobi.onnx.Message.value;
import static org.jacobi.onnx.Nodes.floats;
import static org.jacobi.onnx.Nodes.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Files as writers of all ages make them, and as nobody should. */
class OnnxFileTest {
    @TempDir
    Path folder;

    private Path write(Message message) throws IOException {
        Path file = folder.resolve("model.onnx");
        Files.write(file, message.toBytes());
        return file;
    }

    private OnnxModel read(Message message) throws IOException {
        return OnnxModel.read(write(message));
    }

    private String run(Message model) throws IOException {
        return text((OnnxTensor) read(model).run(Map.of()).get("y"));
    }

    /** A model whose output is its only constant. */
    private static Message constant(Message tensor) {
        return model(new Message().message(1, node("Identity", "c", "y")).message(5, tensor).message(12, value("y")));
    }

    private String failure(Message model) {
        return assertThrows(OnnxException.class, () -> run(model)).getMessage();
    }

    private static byte[] littleEndian(int bytes, double... values) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            switch (bytes) {
                case 1 -> buffer.put((byte) value);
                case 2 -> buffer.putShort((short) value);
                case 4 -> buffer.putFloat((float) value);
                default -> buffer.putDouble(value);
            }
        }
        return buffer.array();
    }

    // ---- what there may be -----------------------------------------------------------------------------------------

    @Test
    void elementsInFieldsOfTheirOwn() throws IOException {
        assertEquals("float[2][1.5, -2.0]", run(constant(tensor("c", ElementType.FLOAT, 2).real(4, 1.5f).real(4, -2))));
        assertEquals("float[2][1.5, -2.0]", run(constant(tensor("c", ElementType.FLOAT, 2)
                .bytes(4, littleEndian(4, 1.5, -2)))));
        assertEquals("double[1][2.5]",
                run(constant(tensor("c", ElementType.DOUBLE, 1).bytes(10, littleEndian(8, 2.5)))));
        assertEquals("int8[2][-1, 5]", run(constant(tensor("c", ElementType.INT8, 2).packed(5, -1, 5))));
        assertEquals("uint16[1][65535]", run(constant(tensor("c", ElementType.UINT16, 1).integer(5, 65535))));
        assertEquals("bool[2][1, 0]", run(constant(tensor("c", ElementType.BOOL, 2).packed(5, 1, 0))));
        assertEquals("float16[1][1.0]", run(constant(tensor("c", ElementType.FLOAT16, 1).packed(5, 0x3C00))));
        assertEquals("bfloat16[1][1.0]", run(constant(tensor("c", ElementType.BFLOAT16, 1).packed(5, 0x3F80))));
        assertEquals("int64[][-7]", run(constant(tensor("c", ElementType.INT64).packed(7, -7))));
        assertEquals("uint32[1][4294967295]",
                run(constant(tensor("c", ElementType.UINT32, 1).packed(11, 0xFFFFFFFFL))));
        assertEquals("uint64[1][-1]", run(constant(tensor("c", ElementType.UINT64, 1).packed(11, -1))));
        assertEquals("string[1][h\u00e9]", run(constant(tensor("c", ElementType.STRING, 1).text(6, "h\u00e9"))));
        assertEquals("int4[3][-1, 7, -8]", run(constant(tensor("c", ElementType.INT4, 3).packed(5, 0x7F, 0x08))));
        assertEquals("uint2[3][3, 0, 2]", run(constant(tensor("c", ElementType.UINT2, 3).bytes(9, (byte) 0x23))));
        assertEquals("int16[2][-2, 3]",
                run(constant(tensor("c", ElementType.INT16, 2).bytes(9, littleEndian(2, -2, 3)))));
        assertEquals("float[0, 3][]", run(constant(tensor("c", ElementType.FLOAT, 0, 3))));
    }

    @Test
    void sparseTensors() throws IOException {
        Message values = tensor("c", ElementType.FLOAT, 2).bytes(4, littleEndian(4, 5, 7));
        Message linear = tensor("", ElementType.INT64, 2).packed(7, 1, 5);
        Message pairs = tensor("", ElementType.INT64, 2, 2).packed(7, 0, 1, 1, 2);
        for (Message indices : new Message[] {linear, pairs}) {
            Message sparse = new Message().message(1, values).message(2, indices).packed(3, 2, 3);
            Message graph = new Message().message(1, node("Identity", "c", "y")).message(15, sparse)
                    .message(12, value("y"));
            assertEquals("float[2, 3][0.0, 5.0, 0.0, 0.0, 0.0, 7.0]", run(model(graph)));
        }
        Message beyond = tensor("", ElementType.INT64, 2).packed(7, 1, 6);
        Message sparse = new Message().message(1, values).message(2, beyond).packed(3, 2, 3);
        String message = failure(model(new Message().message(1, node("Identity", "c", "y")).message(15, sparse)
                .message(12, value("y"))));
        assertTrue(message.contains("6 is out of range"), message);
    }

    @Test
    void inputsMayHaveDefaults() throws IOException {
        Message add = new Message().text(1, "x").text(1, "b").text(2, "y").text(4, "Add");
        OnnxModel model = read(model(new Message().message(1, add)
                .message(5, tensor("b", ElementType.FLOAT, 1).real(4, 10))
                .message(11, value("x")).message(11, value("b")).message(12, value("y"))));
        assertEquals(List.of("x"), model.inputs());
        assertEquals("float[1][11.0]", text((OnnxTensor) model.run(Map.of("x", floats(1))).get("y")));
        assertEquals("float[1][3.0]", text((OnnxTensor) model.run(Map.of("x", floats(1), "b", floats(2))).get("y")));
        assertTrue(assertThrows(OnnxException.class, () -> model.run(Map.of())).getMessage().contains("input 'x'"));
        assertTrue(assertThrows(OnnxException.class, () -> model.run(Map.of("x", floats(1), "z", floats(1))))
                .getMessage().contains("[z]"));
    }

    /** leaky(x; slope = 0.5) = LeakyRelu(x; alpha = slope); outer(x, missing) = leaky(Clip(x, missing, missing)). */
    private static Message functions() {
        Message refers = new Message().text(1, "alpha").integer(20, 1).text(21, "slope");
        Message leaky = new Message().text(1, "leaky").text(4, "a").text(5, "b").text(10, "mine")
                .message(7, node("LeakyRelu", "a", "b").message(5, refers))
                .message(9, opset("", 17))
                .message(11, new Message().text(1, "slope").real(2, 0.5f).integer(20, 1));
        Message clip = new Message().text(1, "x").text(1, "low").text(2, "t").text(4, "Clip");
        Message outer = new Message().text(1, "outer").text(4, "x").text(4, "low").text(5, "r").text(10, "mine")
                .message(7, clip)
                .message(7, node("leaky", "t", "r").text(7, "mine"))
                .message(9, opset("", 17)).message(9, opset("mine", 1));
        return new Message().message(8, opset("mine", 1)).message(25, leaky).message(25, outer);
    }

    @Test
    void functionsOfTheModel() throws IOException {
        Message slope = new Message().text(1, "slope").real(2, 0.1f).integer(20, 1);
        Message graph = new Message()
                .message(1, node("outer", "x", "y").text(7, "mine"))
                .message(1, node("leaky", "x", "z").text(7, "mine").message(5, slope))
                .message(11, value("x")).message(12, value("y")).message(12, value("z"));
        Path file = folder.resolve("functions.onnx");
        byte[] first = model(graph).toBytes();
        byte[] second = functions().toBytes();
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        Files.write(file, both);
        Map<String, OnnxValue> out = OnnxModel.read(file).run(Map.of("x", floats(-2, 4)));
        assertEquals("float[2][-1.0, 4.0]", text((OnnxTensor) out.get("y")));
        assertEquals("float[2][-0.2, 4.0]", text((OnnxTensor) out.get("z")));
    }

    @Test
    void aFunctionMustNotCallItself() throws IOException {
        Message self = new Message().text(1, "self").text(4, "a").text(5, "b").text(10, "mine")
                .message(7, node("self", "a", "b").text(7, "mine")).message(9, opset("mine", 1));
        Message graph = new Message().message(1, node("self", "c", "y").text(7, "mine"))
                .message(5, tensor("c", ElementType.FLOAT, 1).real(4, 1)).message(12, value("y"));
        String message = failure(model(graph).message(8, opset("mine", 1)).message(25, self));
        assertTrue(message.contains("100 deep"), message);
    }

    // ---- data in other files ---------------------------------------------------------------------------------------

    private static Message elsewhere(String location, String offset, String length) {
        return constant(tensor("c", ElementType.FLOAT, 2).message(13, entry("location", location))
                .message(13, entry("offset", offset)).message(13, entry("length", length)).integer(14, 1));
    }

    @Test
    void dataBesideTheModel() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.write(folder.resolve("data/weights.bin"), littleEndian(4, 9, 1, 2, 9));
        assertEquals("float[2][1.0, 2.0]", run(elsewhere("data/weights.bin", "4", "8")));
        assertTrue(failure(elsewhere("data/weights.bin", "12", "8")).contains("do not lie in"));
        assertTrue(failure(elsewhere("data/weights.bin", "-4", "8")).contains("do not lie in"));
        assertTrue(failure(elsewhere("data/weights.bin", "0", "4")).contains("has 4 bytes"));
        assertTrue(failure(elsewhere("data/weights.bin", "0", "9223372036854775807")).contains("do not lie in"));
        assertTrue(failure(elsewhere("data/weights.bin", "four", "8")).contains("'four' is not a number"));
        assertTrue(failure(elsewhere("absent.bin", "0", "8")).contains("there is no file 'absent.bin'"));
    }

    @Test
    void dataOutsideOfTheModelsFolderIsRefused(@TempDir Path other) throws IOException {
        Path secret = other.resolve("secret.bin");
        Files.write(secret, littleEndian(4, 1, 2));
        Files.createSymbolicLink(folder.resolve("link.bin"), secret);
        Path inside = folder.relativize(secret);
        for (String location : new String[] {secret.toString(), inside.toString(), "x/../../secret.bin", "link.bin"}) {
            String message = failure(elsewhere(location, "0", "8"));
            assertTrue(message.contains("leads out of the model's folder"), message);
        }
        assertTrue(failure(elsewhere("nul\0byte", "0", "8")).contains("is not a path"));
    }

    // ---- damaged files ---------------------------------------------------------------------------------------------

    @Test
    void errorsNameTheFileAndTheNode() throws IOException {
        Path absent = folder.resolve("absent.onnx");
        assertTrue(assertThrows(OnnxException.class, () -> OnnxModel.read(absent)).getMessage()
                .equals(absent + ": there is no such file"));
        Path text = Files.writeString(folder.resolve("readme.txt"), "No model at all, but words.");
        assertTrue(assertThrows(OnnxException.class, () -> OnnxModel.read(text)).getMessage().startsWith(text + ": "));
        Path empty = Files.write(folder.resolve("empty.onnx"), new byte[0]);
        assertTrue(assertThrows(OnnxException.class, () -> OnnxModel.read(empty)).getMessage().contains("no graph"));
        Message c = tensor("c", ElementType.FLOAT, 2).real(4, 3).real(4, 2);
        Message reshape = new Message().text(1, "c").text(1, "c").text(2, "y").text(3, "shaper").text(4, "Reshape");
        Message graph = new Message().message(5, c).message(12, value("y"));
        String message = failure(model(new Message().message(1, node("Frobnicate", "c", "y")).message(5, c)
                .message(12, value("y"))));
        assertEquals(folder.resolve("model.onnx") + ": node 'y' (Frobnicate): there is no such operator in Jacobi, at"
                + " version 17", message);
        assertTrue(failure(model(graph.message(1, reshape))).contains("node 'shaper' (Reshape): "), message);
        assertTrue(failure(model(new Message().message(1, node("Abs", "nothing", "y")).message(12, value("y"))))
                .contains("'nothing' is made by no node before it"));
        assertTrue(failure(model(new Message().message(1, node("Abs", "c", "x")).message(5, c).message(12, value("y"))))
                .contains("output 'y' is made by no node"));
        assertTrue(failure(model(new Message().message(1, node("Add", "c", "y")).message(5, c).message(12, value("y"))))
                .contains("input 1 is missing"));
        assertEquals("[Frobnicate]", read(model(new Message().message(1, node("Frobnicate", "c", "y"))))
                .missingOperators().toString());
    }

    @Test
    void aShapeIsComparedWithTheBytesThatAreThere() {
        assertTrue(failure(constant(tensor("c", ElementType.FLOAT, 1L << 40).bytes(9, new byte[8])))
                .contains("tensor 'c': has 8 bytes"));
        assertTrue(failure(constant(tensor("c", ElementType.INT4, Long.MAX_VALUE).bytes(9, new byte[8])))
                .contains("has 8 bytes"));
        assertTrue(failure(constant(tensor("c", ElementType.INT64, 1L << 40))).contains("has 0 elements"));
        assertTrue(failure(constant(tensor("c", ElementType.INT4, 1L << 40).packed(5, 1))).contains("has 1 elements"));
        assertTrue(failure(constant(tensor("c", ElementType.FLOAT, -1))).contains("must not be negative"));
        assertTrue(failure(constant(tensor("c", ElementType.FLOAT, 1L << 40, 1L << 40))).contains("more than 2^63"));
        assertTrue(failure(constant(new Message().packed(1, 1).integer(2, 14))).contains("complex"));
        assertTrue(failure(constant(new Message().packed(1, 1).integer(2, 99))).contains("element type 99"));
    }

    @Test
    void graphsInGraphsEndSomewhere() {
        Message graph = new Message();
        for (int i = 0; i < 2000; i++) {
            Message branch = new Message().text(1, "then_branch").message(6, graph).integer(20, 5);
            graph = new Message().message(1, node("If", "c", "y").message(5, branch));
        }
        Message deep = graph;
        assertTrue(failure(model(deep)).contains("nested more than"));
    }

    @Test
    void damagedFilesAreRefusedOrRead() throws IOException {
        Message slope = new Message().text(1, "alpha").real(2, 0.1f).integer(20, 1);
        Message graph = new Message().text(2, "g")
                .message(1, node("LeakyRelu", "c", "t").message(5, slope))
                .message(1, node("Identity", "t", "y"))
                .message(5, tensor("c", ElementType.FLOAT, 2, 2).bytes(9, littleEndian(4, 1, 2, 3, 4)))
                .message(5, tensor("s", ElementType.STRING, 1).text(6, "word"))
                .message(11, value("x")).message(12, value("y"));
        byte[] whole = model(graph).toBytes();
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = Arrays.copyOf(whole, i % 3 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int hits = random.nextInt(4); hits >= 0 && damaged.length > 0; hits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Path file = folder.resolve("damaged.onnx");
            Files.write(file, damaged);
            try {
                OnnxModel.read(file);
            } catch (OnnxException e) {
                refused++;
                assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
            }
        }
        assertTrue(refused > 1_000, refused + " of 2,000 were refused");
    }
}
