package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeInstruction;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jacobi.natives.SystemLibrary;
import org.junit.jupiter.api.Test;

/** The lists of functions are what is called, and the libraries have them. */
class CudaFunctionsTest {
    private static final String BINDINGS = "org/bytedeco/cuda/global/";

    /** Every method of the bindings that a class of this module calls, as binding.method. */
    private static TreeSet<String> called() throws IOException, URISyntaxException {
        Path classes = Path.of(Cuda.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        var calls = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(name -> name.toString().endsWith(".class")).toList()) {
                ClassFile.of().parse(file).methods()
                        .forEach(method -> method.code().ifPresent(code -> code.forEach(element -> {
                            if (element instanceof InvokeInstruction call
                                    && call.owner().asInternalName().startsWith(BINDINGS)) {
                                calls.add(call.owner().asInternalName().substring(BINDINGS.length()) + "."
                                        + call.name().stringValue());
                            }
                        })));
            }
        }
        return calls;
    }

    @Test
    void whatIsCalledIsListedAndWhatIsListedIsCalled() throws IOException, URISyntaxException {
        var listed = new TreeSet<String>();
        CudaFunctions.DRIVER.keySet().forEach(name -> listed.add("cudart." + name));
        CudaFunctions.RUNTIME.forEach(name -> listed.add("cudart." + name));
        CudaFunctions.NVRTC.forEach(name -> listed.add("nvrtc." + name));
        CudaFunctions.CUBLASLT.forEach(name -> listed.add("cublas." + name));
        assertEquals(listed, called());
    }

    private static void assertHasAll(String library, List<String> functions) {
        Path file;
        try {
            file = new CudaLibraries().open(library);
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, e.getMessage());
            return;
        }
        SystemLibrary loaded = SystemLibrary.open(file.toString());
        assertEquals(List.of(), functions.stream().filter(function -> !loaded.has(function)).toList(), file.toString());
    }

    @Test
    void theRuntimeHasWhatIsCalled() {
        assertHasAll(CudaLibraries.RUNTIME, CudaFunctions.RUNTIME);
    }

    @Test
    void theCompilerHasWhatIsCalled() {
        assertHasAll(CudaLibraries.NVRTC, CudaFunctions.NVRTC);
    }

    @Test
    void cublasLtHasWhatIsCalled() {
        assertHasAll(CudaLibraries.CUBLASLT, CudaFunctions.CUBLASLT);
    }

    @Test
    void theDriverHasWhatIsCalled() {
        SystemLibrary driver;
        try {
            driver = new CudaLibraries().openDriver();
        } catch (UnsatisfiedLinkError e) {
            assumeTrue(false, e.getMessage());
            return;
        }
        assertEquals(List.of(),
                CudaFunctions.DRIVER.values().stream().filter(function -> !driver.has(function)).toList());
    }

    /** A symbol is the header's meaning of a name, which the binding was compiled with. */
    @Test
    void theBindingMeansTheSymbolsThatAreLookedUp() throws IOException {
        String binding = "/org/bytedeco/cuda/linux-x86_64/libjnicudart.so";
        try (InputStream in = CudaFunctionsTest.class.getResourceAsStream(binding)) {
            assumeTrue(in != null, "no binding for this platform");
            String bytes = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            for (String symbol : CudaFunctions.DRIVER.values()) {
                assertTrue(bytes.contains(symbol + "\0"), symbol);
            }
        }
    }
}
