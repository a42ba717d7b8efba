package org.jacobi.tensor.profile;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Backend;

/**
 * A backend that notes every call of another one's kernels.
 *
 * <p>It is a proxy of the interface, so that a kernel that is added to {@link Backend} is measured without a line here. The
 * calls that a backend makes to itself are part of the kernel that makes them.
 */
final class ProfiledBackend implements InvocationHandler {
    private final Backend target;
    private final Profiler profiler;

    private ProfiledBackend(Backend target, Profiler profiler) {
        this.target = target;
        this.profiler = profiler;
    }

    static Backend of(Backend target, Profiler profiler) {
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class},
                new ProfiledBackend(target, profiler));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] operands) throws Throwable {
        if (method.getName().equals("allocate")) {
            profiler.recorder().allocated((long) operands[0]);
        }
        List<Class<?>> types = List.of(method.getParameterTypes());
        boolean isKernel = types.contains(Tensor.class) || types.contains(List.class); // of tensors
        return isKernel ? kernel(method, operands) : call(method, operands);
    }

    private Object kernel(Method method, Object[] operands) throws Throwable {
        Recorder recorder = profiler.recorder();
        int before = recorder.begin(Activity.KERNEL, name(method, operands));
        try {
            return call(method, operands);
        } finally {
            recorder.end(before, Work.flop(method.getName(), operands), Work.moved(operands));
        }
    }

    private Object call(Method method, Object[] operands) throws Throwable {
        try {
            return method.invoke(target, operands);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Returns the kernel's name; a function that it applies is part of it, as in "unary exp". */
    private static String name(Method method, Object[] operands) {
        return operands[0] instanceof Enum<?> function
                ? method.getName() + " " + function.name().toLowerCase(Locale.ROOT)
                : method.getName();
    }
}
