package org.jacobi.tests;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Backend;

/**
 * Another backend's kernels that refuse every operand whose memory is not their device's: what would stop the machine, or give
 * garbage, on a device whose memory the host cannot see.
 *
 * <p>It is a proxy, so that a kernel that is added to {@link Backend} is checked without a line here.
 */
final class CheckedBackend implements InvocationHandler {
    /** The kernels that take scalars in the host's memory for numbers. */
    private static final Set<String> TAKE_NUMBERS = Set.of("binary", "ternary", "where");

    private final Backend target;
    private final boolean definitions;
    /** Null for the CPU, whose memory comes from others too. */
    private final ConcurrentSkipListMap<Long, Long> blocks;
    private final AtomicLong copiesOut = new AtomicLong();
    private volatile Device device;

    private CheckedBackend(Backend target, boolean definitions, ConcurrentSkipListMap<Long, Long> blocks) {
        this.target = target;
        this.definitions = definitions;
        this.blocks = blocks;
    }

    /** A device, and how often something was copied from it to the host. */
    record StandIn(Device device, AtomicLong copiesOut) {
    }

    /**
     * Makes a device beside the CPU.
     *
     * @param definitions whether fused kernels run as they are defined, of primitives, each of which is checked again
     */
    static StandIn standIn(Backend target, boolean definitions) {
        CheckedBackend checked = new CheckedBackend(target, definitions, new ConcurrentSkipListMap<>());
        checked.device = new Device("stand-in", checked.proxy());
        return new StandIn(checked.device, checked.copiesOut);
    }

    /** Makes kernels for the CPU that refuse what is elsewhere, and otherwise do what a stand-in's do. */
    static Backend onCpu(Backend target, boolean definitions) {
        CheckedBackend checked = new CheckedBackend(target, definitions, null);
        checked.device = Device.CPU;
        return checked.proxy();
    }

    private Backend proxy() {
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, this);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] operands) throws Throwable {
        for (int i = 0; operands != null && i < operands.length; i++) {
            check(method.getName(), i, operands[i], operands[0]);
        }
        try {
            Object result = definitions && !Modifier.isAbstract(method.getModifiers())
                    && method.getDeclaringClass().isInterface()
                            ? InvocationHandler.invokeDefault(proxy, method, operands)
                            : method.invoke(target, operands);
            note(method.getName(), operands, result);
            return result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void note(String kernel, Object[] operands, Object result) {
        if (blocks != null) {
            switch (kernel) {
                case "allocate" -> blocks.put((Long) result, Math.max(1, (Long) operands[0]));
                case "free" -> blocks.remove((Long) operands[0]);
                case "copyOut" -> copiesOut.incrementAndGet();
                default -> {
                }
            }
        }
    }

    private void check(String kernel, int position, Object operand, Object first) throws ReflectiveOperationException {
        if (operand instanceof Tensor tensor) {
            boolean isOutput = tensor == first || position == 0 || first instanceof Enum<?> && position == 1;
            if (tensor.device() == Device.CPU && device != Device.CPU && TAKE_NUMBERS.contains(kernel) && !isOutput
                    && isScalar(tensor)) {
                return;
            }
            if (tensor.device() != device || tensor.numel() > 0 && !isOwn(tensor.address())) {
                throw new AssertionError(kernel + " on " + device + ": operand " + position + ", made by "
                        + tensor.origin() + " with shape " + tensor.shape() + ", is on " + tensor.device());
            }
        } else if (operand instanceof Tensor[] tensors) {
            for (Tensor tensor : tensors) {
                check(kernel, position, tensor, first);
            }
        } else if (operand instanceof Record record) {
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                if (component.getType() == Tensor.class) {
                    check(kernel, position, component.getAccessor().invoke(record), first);
                }
            }
        }
    }

    private static boolean isScalar(Tensor tensor) {
        for (int axis = 0; axis < tensor.rank(); axis++) {
            if (tensor.stride(axis) != 0) {
                return false;
            }
        }
        return true;
    }

    private boolean isOwn(long address) {
        if (blocks == null) {
            return true;
        }
        Map.Entry<Long, Long> block = blocks.floorEntry(address);
        return block != null && address < block.getKey() + block.getValue();
    }
}
