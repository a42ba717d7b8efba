package org.jacobi.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Where in a model the current thread is: the parts whose forward is running, outermost first.
 *
 * <p>Names are looked up when somebody asks, which is when something went wrong or is being watched.
 */
public final class ModelPath {
    /** A part of a model, which knows the names of those inside it. */
    public interface Part {
        /** Returns the full name that a part has inside this one, or null if it is not there. */
        String nameOf(Part inner);
    }

    /** How an exception of each of these types is made anew, with more to say. */
    private static final Map<Class<?>, Function<String, RuntimeException>> TYPES = Map.of(
            IllegalArgumentException.class, IllegalArgumentException::new,
            IllegalStateException.class, IllegalStateException::new,
            IndexOutOfBoundsException.class, IndexOutOfBoundsException::new,
            UnsupportedOperationException.class, UnsupportedOperationException::new);
    private static final ThreadLocal<ModelPath> CURRENT = ThreadLocal.withInitial(ModelPath::new);

    private final List<Part> parts = new ArrayList<>();
    /** The exception on its way out that has been given its path already. */
    private RuntimeException located;

    private ModelPath() {
    }

    /** Goes into a part, until {@link #leave}; returns the thread's path. */
    public static ModelPath enter(Part part) {
        ModelPath path = CURRENT.get();
        path.parts.add(part);
        return path;
    }

    /** Goes back to where the last {@link #enter} was called. */
    public void leave() {
        parts.removeLast();
        if (parts.isEmpty()) {
            located = null;
        }
    }

    /**
     * Returns the innermost part by its name in the outermost one, and its type, as in {@code h.2.attn (Attention)}. The
     * outermost one itself has its type only, and outside of all parts the path is empty.
     */
    public static String current() {
        return CURRENT.get().toString();
    }

    /**
     * Returns an exception with the path before its message; of the same type, from the same line. What has a path already,
     * is thrown by the outermost part itself, or is of a type that cannot be made anew is returned as it is.
     */
    public RuntimeException located(RuntimeException e) {
        Function<String, RuntimeException> type = TYPES.get(e.getClass());
        if (e == located || type == null || parts.size() < 2) {
            located = e;
            return e;
        }
        located = type.apply(this + ": " + e.getMessage());
        located.setStackTrace(e.getStackTrace());
        located.initCause(e.getCause());
        for (Throwable suppressed : e.getSuppressed()) {
            located.addSuppressed(suppressed);
        }
        return located;
    }

    @Override
    public String toString() {
        if (parts.isEmpty()) {
            return "";
        }
        List<String> names = new ArrayList<>();
        for (int i = 1; i < parts.size(); i++) {
            String name = parts.get(i - 1).nameOf(parts.get(i));
            names.add(name == null ? parts.get(i).getClass().getSimpleName() : name);
        }
        String type = parts.getLast().getClass().getSimpleName();
        return names.isEmpty() ? type : String.join(".", names) + " (" + type + ")";
    }
}
