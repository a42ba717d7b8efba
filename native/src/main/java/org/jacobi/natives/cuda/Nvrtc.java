package org.jacobi.natives.cuda;

import static org.bytedeco.cuda.global.nvrtc.*;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** NVIDIA's run-time compiler, which makes machine code for one architecture: that suits an older driver too. */
final class Nvrtc implements KernelCompiler {
    private final int major;
    private final int minor;

    Nvrtc() {
        int[] majors = new int[1];
        int[] minors = new int[1];
        check(nvrtcVersion(majors, minors), "nvrtcVersion");
        major = majors[0];
        minor = minors[0];
    }

    @Override
    public String version() {
        return "nvrtc " + major + "." + minor;
    }

    @Override
    public byte[] compile(String file, String source, Map<String, String> headers, int capability) {
        requireSupport(capability);
        List<BytePointer> texts = new ArrayList<>();
        try (PointerPointer<BytePointer> contents = array(headers.values(), texts);
                PointerPointer<BytePointer> names = array(headers.keySet(), texts);
                PointerPointer<BytePointer> options = array(
                        List.of("--gpu-architecture=sm_" + capability, "--std=c++17"), texts);
                BytePointer code = text(source);
                BytePointer name = text(file)) {
            _nvrtcProgram program = new _nvrtcProgram();
            check(nvrtcCreateProgram(program, code, name, headers.size(), contents, names), "nvrtcCreateProgram");
            try {
                int result = nvrtcCompileProgram(program, 2, options);
                if (result != 0) {
                    throw new CudaException(
                            file + " does not compile for sm_" + capability + " with " + version() + " ("
                                    + nvrtcGetErrorString(result).getString() + "):\n" + log(program).strip());
                }
                return cubin(program);
            } finally {
                check(nvrtcDestroyProgram(program), "nvrtcDestroyProgram");
            }
        } finally {
            texts.forEach(BytePointer::close);
        }
    }

    private void requireSupport(int capability) {
        int[] count = new int[1];
        check(nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
        int[] known = new int[count[0]];
        check(nvrtcGetSupportedArchs(known), "nvrtcGetSupportedArchs");
        if (Arrays.stream(known).noneMatch(arch -> arch == capability)) {
            throw new CudaException(
                    version() + " does not compile for sm_" + capability + ", which this device needs; it knows "
                            + Arrays.stream(known).mapToObj(arch -> "sm_" + arch).collect(Collectors.joining(", "))
                            + "; install a toolkit that knows the device");
        }
    }

    private static String log(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
            byte[] text = new byte[(int) size.get()];
            check(nvrtcGetProgramLog(program, text), "nvrtcGetProgramLog");
            return new String(text, 0, Math.max(0, text.length - 1), StandardCharsets.UTF_8); // it ends with a zero
        }
    }

    private static byte[] cubin(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
            byte[] code = new byte[(int) size.get()];
            check(nvrtcGetCUBIN(program, code), "nvrtcGetCUBIN");
            return code;
        }
    }

    private static BytePointer text(String text) {
        return new BytePointer((text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    /** Puts texts into an array of C strings, and adds them to a list of what is to be closed. */
    private static PointerPointer<BytePointer> array(Iterable<String> texts, List<BytePointer> toClose) {
        List<BytePointer> pointers = new ArrayList<>();
        texts.forEach(text -> pointers.add(text(text)));
        toClose.addAll(pointers);
        return new PointerPointer<>(pointers.toArray(new BytePointer[0]));
    }

    private static void check(int result, String call) {
        if (result != 0) {
            throw new CudaException(call + " failed: " + nvrtcGetErrorString(result).getString());
        }
    }
}
