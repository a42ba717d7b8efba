package org.jacobi.tensor.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

/** Keeps operations out of the kernels whose bits change when the JIT compiler takes over, and what would slow them down. */
class KernelBytecodeTest {
    private static final String VECTORS = "jdk/incubator/vector/";
    private static final Set<String> BANNED_OPERATORS =
            Set.of("SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "ATAN2", "SINH",
                    "COSH", "TANH", "EXP", "EXPM1", "LOG", "LOG10", "LOG1P", "POW", "CBRT", "HYPOT");

    private static List<Path> kernels() throws Exception {
        Path classes = Path.of(CpuBackend.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path folder = classes.resolve(CpuBackend.class.getPackageName().replace('.', '/'));
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    private static Set<String> banned(Path file) throws IOException {
        ClassModel model = ClassFile.of().parse(file);
        Set<String> found = new TreeSet<>();
        for (MethodModel method : model.methods()) {
            if (method.code().isEmpty()) {
                continue;
            }
            for (CodeElement element : method.code().get()) {
                String use = switch (element) {
                    case FieldInstruction field when isOperator(field) ->
                            "VectorOperators." + field.name().stringValue();
                    case InvokeInstruction call when isLaneSum(call) ->
                            call.owner().name().stringValue() + ".reduceLanes";
                    default -> null;
                };
                if (use != null) {
                    found.add(file.getFileName() + " " + method.methodName().stringValue() + ": " + use);
                }
            }
        }
        return found;
    }

    private static boolean isOperator(FieldInstruction field) {
        return field.owner().name().equalsString(VECTORS + "VectorOperators")
                && BANNED_OPERATORS.contains(field.name().stringValue());
    }

    private static boolean isLaneSum(InvokeInstruction call) {
        String owner = call.owner().name().stringValue();
        return call.name().stringValue().startsWith("reduceLanes")
                && (owner.equals(VECTORS + "FloatVector") || owner.equals(VECTORS + "DoubleVector")
                        || owner.equals(VECTORS + "Vector"));
    }

    @Test
    void noTranscendentalLanesAndNoLaneSums() throws Exception {
        List<Path> kernels = kernels();
        assertTrue(kernels.size() > 10, "only " + kernels.size() + " classes found");
        Set<String> found = new TreeSet<>();
        for (Path kernel : kernels) {
            found.addAll(banned(kernel));
        }
        assertEquals(Set.of(), found, "other bits before JIT compilation than after; use VectorMath");
    }

    /** What HotSpot takes as {@code FreqInlineSize}: a longer method is compiled on its own, with a budget of its own. */
    private static final int INLINED_BYTECODES = 325;

    @Test
    void transformsOfWinogradAreNotInlined() throws Exception {
        Path file = kernels().stream().filter(path -> path.endsWith("VectorWinograd.class")).findAny().orElseThrow();
        List<MethodModel> transforms = ClassFile.of().parse(file).methods().stream()
                .filter(method -> method.methodType().stringValue().startsWith("(JJJJJJI")).toList();
        assertEquals(5, transforms.size());
        for (MethodModel transform : transforms) {
            int length = transform.findAttribute(Attributes.code()).orElseThrow().codeLength();
            assertTrue(length > INLINED_BYTECODES, transform.methodName() + " has " + length
                    + " bytecodes and is inlined: beside another one in a caller, its vectors become objects");
        }
    }
}
