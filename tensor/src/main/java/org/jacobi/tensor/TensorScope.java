package org.jacobi.tensor;

import java.lang.StackWalker.StackFrame;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Set;
import java.util.stream.Stream;

import org.jacobi.natives.SlabAllocator;

/**
 * Owns the tensors that are made while it is the innermost open scope of its thread, and gives their memory back when closed.
 *
 * <pre>{@code
 * Tensor result;
 * try (var scope = TensorScope.open()) {
 *     Tensor big = x.matmul(w);
 *     result = scope.keep(big.sum());     // outlives the scope
 * }                                       // big's memory is free again
 * }</pre>
 *
 * <p>A scope belongs to the thread that opened it. Reading a tensor after its scope was closed is an exception that names
 * the op that made the tensor and the line that closed the scope. Without any open scope, tensors live until the garbage
 * collector finds them unreachable.
 *
 * <p>Other threads may read a scope's tensors, but must be done before it closes: wait for them (join, Future.get) inside
 * the scope. A kernel that still runs in another thread when its operand is released reads memory that is somebody else's
 * by then. A tensor that another thread is to own is passed with {@link Tensor#handOff} and {@link Tensor#adopt}.
 */
public final class TensorScope implements AutoCloseable {
    private static final ThreadLocal<TensorScope> INNERMOST = new ThreadLocal<>();
    /** Two frames are all that is looked at: half of what closing a scope with few tensors takes is spent here. */
    private static final StackWalker WALKER = StackWalker.getInstance(Set.of(), 2);

    private final TensorScope parent;
    private final Members members = new Members();
    private final Runnable unwatch;

    private TensorScope(TensorScope parent) {
        this.parent = parent;
        if (parent == null) {
            unwatch = Reaper.track(this, members);
        } else {
            // An inner scope is abandoned together with its outermost one.
            unwatch = null;
            parent.members.inner = members;
        }
    }

    /** Opens a scope inside the thread's innermost open one. */
    public static TensorScope open() {
        TensorScope scope = new TensorScope(INNERMOST.get());
        INNERMOST.set(scope);
        return scope;
    }

    /** Returns the members of the thread's innermost open scope, or null. */
    static Members current() {
        TensorScope scope = INNERMOST.get();
        return scope == null ? null : scope.members;
    }

    /** Hands a tensor that the thread's innermost scope owns to that scope's parent. */
    static void keepInnermost(Tensor tensor) {
        TensorScope scope = INNERMOST.get();
        if (scope != null) {
            scope.keep(tensor);
        }
    }

    /**
     * Hands a tensor to the parent scope, or to the garbage collector when this is the outermost one.
     *
     * @return the same tensor
     */
    public Tensor keep(Tensor tensor) {
        check("keep");
        if (tensor.owner() == members) {
            tensor.moveTo(parent == null ? null : parent.members);
        }
        return tensor;
    }

    /** Releases every tensor that this scope owns so far, and stays open: what a loop's round made, without a new scope. */
    public void clear() {
        check("clear");
        members.clear();
    }

    /** Releases every tensor that this scope still owns. Closing twice does nothing. */
    @Override
    public void close() {
        if (members.closedAt != null) {
            return;
        }
        check("close");
        if (parent == null) {
            INNERMOST.remove();
            unwatch.run();
        } else {
            INNERMOST.set(parent);
            parent.members.inner = null;
        }
        members.release(WALKER.walk(TensorScope::caller));
        if (parent == null) {
            SlabAllocator.global().checkLive();
        }
    }

    private void check(String what) {
        members.checkThread("TensorScope." + what);
        if (members.closedAt != null) {
            throw new IllegalStateException("TensorScope." + what + ": the scope was closed at " + members.closedAt());
        }
        if (what.equals("close") && INNERMOST.get() != this) {
            throw new IllegalStateException("TensorScope.close: a scope inside this one is still open; "
                    + "open scopes with try (var _ = TensorScope.open()) so that they close in order");
        }
    }

    /** Returns the second frame: the one that called the method which walks. */
    private static StackFrame caller(Stream<StackFrame> frames) {
        Iterator<StackFrame> each = frames.iterator();
        each.next();
        return each.next();
    }

    /** The handles a scope owns; apart from the scope, so that the handles do not keep an abandoned scope alive. */
    static final class Members {
        private Tensor[] tensors = new Tensor[16];
        private int count;
        /** The frame that closed the scope, whose line is looked up when it is asked for, or words; null while open. */
        private volatile Object closedAt;
        private Members inner;
        private final Thread thread = Thread.currentThread();

        /** Refuses what only the thread of the scope may do. */
        void checkThread(String what) {
            if (thread != Thread.currentThread()) {
                throw new IllegalStateException(what + ": the scope was opened by thread " + thread.getName()
                        + " and used by thread " + Thread.currentThread().getName() + "; a scope serves one thread");
            }
        }

        /** Gathers the storages of this scope and those inside it, as far as another thread can see them. */
        void storages(Set<Storage> seen) {
            for (Tensor tensor : tensors) {
                if (tensor != null) {
                    seen.add(tensor.storage());
                }
            }
            Members next = inner;
            if (next != null) {
                next.storages(seen);
            }
        }

        void add(Tensor tensor) {
            if (count == tensors.length) {
                tensors = Arrays.copyOf(tensors, 2 * count);
            }
            tensors[count++] = tensor;
        }

        /** Drops a handle that was given up, so that this scope does not keep its storage reachable. */
        void remove(Tensor tensor) {
            int i = count - 1;
            while (tensors[i] != tensor) {
                i--;
            }
            tensors[i] = tensors[--count];
            tensors[count] = null;
        }

        /** Tells which line closed the scope; null while it is open. */
        String closedAt() {
            Object by = closedAt;
            return by instanceof StackFrame frame ? frame.getFileName() + ":" + frame.getLineNumber() : (String) by;
        }

        /** Releases what is left, for the frame that closes the scope or, in words, something else. */
        void release(Object by) {
            closedAt = by;
            try {
                if (inner != null) {
                    inner.release(by);
                }
            } finally {
                clear();
            }
        }

        void clear() {
            Throwable failure = null;
            for (int i = 0; i < count; i++) {
                try {
                    if (tensors[i].owner() == this) {
                        tensors[i].release();
                    }
                } catch (Throwable e) {
                    // What one block's free finds wrong must not leave the others behind.
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
                tensors[i] = null;
            }
            count = 0;
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure != null) {
                throw (RuntimeException) failure;
            }
        }
    }
}
