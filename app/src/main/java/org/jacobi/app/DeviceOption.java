package org.jacobi.app;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Device;

import picocli.CommandLine.Option;

/** The option that says where to compute. */
final class DeviceOption {
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,4}))?");

    @Option(names = "--device", paramLabel = "NAME",
            description = "Where to compute: cpu, or cuda or cuda:N for an NVIDIA GPU. Default: cpu.")
    private String name = "cpu";

    /** Returns what computes, as trainings tell it. */
    static String describe(Device device) {
        return device == Device.CPU ? WorkerPool.global().threads() + " threads" : device.toString();
    }

    /**
     * Returns the device.
     *
     * @throws CommandFailure if there is none of that name, or if it cannot be used, saying why
     */
    Device get() {
        if (name.equals("cpu")) {
            return Device.CPU;
        }
        Matcher cuda = CUDA.matcher(name);
        if (!cuda.matches()) {
            throw CommandFailure
                    .usage("--device " + name + ": there is no such device; known are cpu, cuda and cuda:N");
        }
        try {
            return Device.cuda(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
        } catch (IllegalStateException e) {
            throw CommandFailure.usage("--device " + name + ": " + e.getMessage(), e);
        }
    }
}
