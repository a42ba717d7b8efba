package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

/**
 * Decompositions of LAPACK (Anderson et al., LAPACK Users' Guide, 3rd edition, 1999) on raw addresses, column-major.
 *
 * <p>OpenBLAS's library contains LAPACK, whose Fortran functions are called directly: JavaCPP's binding of it is 24 MB of
 * code. Each call runs on one thread; concurrent calls are safe. Methods return LAPACK's info where it can be positive: 0,
 * or what went wrong. Matrices must be there in full: nothing here checks an address.
 */
public final class Lapack {
    private static final boolean AVAILABLE = OpenBlas.available() && OpenBlas.library() != null
            && OpenBlas.library().find("dgesdd_").isPresent() && OpenBlas.library().find("sgesdd_").isPresent();
    private static final ThreadLocal<Arguments> ARGUMENTS = ThreadLocal.withInitial(Arguments::new);

    private final boolean single;
    private final MethodHandle getrf;
    private final MethodHandle trsm;
    private final MethodHandle potrf;
    private final MethodHandle geqrf;
    private final MethodHandle orgqr;
    private final MethodHandle gesdd;
    private final MethodHandle syevd;

    private Lapack(boolean single) {
        this.single = single;
        String type = single ? "s" : "d";
        // The number of arguments, with the lengths of texts that Fortran compilers append.
        getrf = function(type + "getrf_", 6);
        trsm = function(type + "trsm_", 11 + 4);
        potrf = function(type + "potrf_", 5 + 1);
        geqrf = function(type + "geqrf_", 8);
        orgqr = function(type + "orgqr_", 9);
        gesdd = function(type + "gesdd_", 14 + 1);
        syevd = function(type + "syevd_", 11 + 2);
    }

    /** The two sets of functions, made on first use. */
    private static final class Sets {
        static final Lapack SINGLE = new Lapack(true);
        static final Lapack DOUBLE = new Lapack(false);
    }

    /** Whether the library is there and contains LAPACK. */
    public static boolean available() {
        return AVAILABLE;
    }

    /**
     * The functions for f32 or f64.
     *
     * @throws IllegalStateException when LAPACK is not available
     */
    public static Lapack of(boolean single) {
        if (!AVAILABLE) {
            throw new IllegalStateException("LAPACK is not available: " + (OpenBlas.available()
                    ? "this OpenBLAS was built without it"
                    : OpenBlas.unavailableReason()));
        }
        return single ? Sets.SINGLE : Sets.DOUBLE;
    }

    private static MethodHandle function(String name, int arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments];
        Arrays.fill(layouts, JAVA_LONG);
        SymbolLookup library = OpenBlas.library();
        return Foreign.function(library, name, FunctionDescriptor.ofVoid(layouts));
    }

    private int bytes() {
        return single ? Float.BYTES : Double.BYTES;
    }

    /**
     * Overwrites A (m x n) with L and U of A = P L U.
     *
     * @param ipiv min(m, n) 32-bit integers: row i was exchanged with row ipiv[i], counted from 1, in order
     */
    public void getrf(int m, int n, long a, long ipiv) {
        Arguments args = ARGUMENTS.get().start();
        try {
            getrf.invokeExact(args.of(m), args.of(n), a, args.of(Math.max(1, m)), ipiv, args.info());
        } catch (Throwable e) {
            throw failed("getrf", e);
        }
        args.result("getrf");
    }

    /** Overwrites B (n x k) with the solution of op(A) X = B, for a triangular A (n x n), with op the transpose if asked. */
    public void trsm(boolean upper, boolean transposed, boolean unit, int n, int k, long a, long b) {
        Arguments args = ARGUMENTS.get().start();
        int lead = Math.max(1, n);
        try {
            trsm.invokeExact(args.of('L'), args.of(upper ? 'U' : 'L'), args.of(transposed ? 'T' : 'N'),
                    args.of(unit ? 'U' : 'N'), args.of(n), args.of(k), args.one(single), a, args.of(lead), b,
                    args.of(lead), 1L, 1L, 1L, 1L);
        } catch (Throwable e) {
            throw failed("trsm", e);
        }
        Reference.reachabilityFence(args);
    }

    /** Overwrites a triangle of A (n x n) with its Cholesky factor; returns the order of a leading minor that is not positive. */
    public int potrf(boolean upper, int n, long a) {
        Arguments args = ARGUMENTS.get().start();
        try {
            potrf.invokeExact(args.of(upper ? 'U' : 'L'), args.of(n), a, args.of(Math.max(1, n)), args.info(), 1L);
        } catch (Throwable e) {
            throw failed("potrf", e);
        }
        return args.result("potrf");
    }

    /** Overwrites A (m x n) with R and the Householder vectors of Q, whose min(m, n) factors go to tau. */
    public void geqrf(int m, int n, long a, long tau) {
        Arguments args = ARGUMENTS.get().start();
        int length = blockedWork(n);
        long work = allocate(length);
        try {
            geqrf.invokeExact(args.of(m), args.of(n), a, args.of(Math.max(1, m)), tau, work, args.of(length),
                    args.info());
        } catch (Throwable e) {
            throw failed("geqrf", e);
        } finally {
            free(work, length);
        }
        args.result("geqrf");
    }

    /** Overwrites what {@link #geqrf} left of k columns with the first n columns of Q (m x n). */
    public void orgqr(int m, int n, int k, long a, long tau) {
        Arguments args = ARGUMENTS.get().start();
        int length = blockedWork(n);
        long work = allocate(length);
        try {
            orgqr.invokeExact(args.of(m), args.of(n), args.of(k), a, args.of(Math.max(1, m)), tau, work,
                    args.of(length), args.info());
        } catch (Throwable e) {
            throw failed("orgqr", e);
        } finally {
            free(work, length);
        }
        args.result("orgqr");
    }

    /** The workspace that lets LAPACK work in blocks of 64 columns, more than its blocks have. */
    private static int blockedWork(int n) {
        return Math.multiplyExact(Math.max(1, n), 64);
    }

    /**
     * Singular value decomposition of A (m x n), which is destroyed, by divide and conquer.
     *
     * @param job 'A' for all columns of U and rows of V^T, 'S' for the first min(m, n), 'N' for neither
     * @return 0, or more when it did not converge
     */
    public int gesdd(char job, int m, int n, long a, long s, long u, long vt) {
        int k = Math.min(m, n);
        int rows = Math.max(1, job == 'A' ? n : k);
        long integers = SlabAllocator.global().allocate(8L * k * Integer.BYTES + 1);
        long query = allocate(1);
        try {
            gesdd(job, m, n, a, s, u, vt, rows, query, -1, integers);
            int length = (int) (single ? NativeMemory.ALL.get(JAVA_FLOAT, query) * (1 + 0x1p-22f)
                    : NativeMemory.ALL.get(JAVA_DOUBLE, query)) + 1;
            long work = allocate(length);
            try {
                return gesdd(job, m, n, a, s, u, vt, rows, work, length, integers);
            } finally {
                free(work, length);
            }
        } finally {
            free(query, 1);
            SlabAllocator.global().free(integers, 8L * k * Integer.BYTES + 1);
        }
    }

    private int gesdd(char job, int m, int n, long a, long s, long u, long vt, int ldvt, long work, int length,
            long integers) {
        Arguments args = ARGUMENTS.get().start();
        int lead = Math.max(1, m);
        try {
            gesdd.invokeExact(args.of(job), args.of(m), args.of(n), a, args.of(lead), s, u, args.of(lead), vt,
                    args.of(ldvt), work, args.of(length), integers, args.info(), 1L);
        } catch (Throwable e) {
            throw failed("gesdd", e);
        }
        return args.result("gesdd");
    }

    /**
     * Eigenvalues, ascending, and if asked for eigenvectors of a symmetric A (n x n), by divide and conquer. The lower
     * triangle is read; the vectors overwrite A, which is destroyed otherwise.
     *
     * @return 0, or more when it did not converge
     */
    public int syevd(boolean vectors, int n, long a, long w) {
        // LAPACK's bounds, and enough for the reduction to work in blocks.
        int length = Math.toIntExact(vectors ? 1 + 70L * n + 2L * n * n : 1 + 70L * n);
        int integersLength = vectors ? 3 + 5 * n : 1;
        long work = allocate(length);
        long integers = SlabAllocator.global().allocate((long) integersLength * Integer.BYTES);
        Arguments args = ARGUMENTS.get().start();
        try {
            syevd.invokeExact(args.of(vectors ? 'V' : 'N'), args.of('L'), args.of(n), a, args.of(Math.max(1, n)), w,
                    work, args.of(length), integers, args.of(integersLength), args.info(), 1L, 1L);
        } catch (Throwable e) {
            throw failed("syevd", e);
        } finally {
            free(work, length);
            SlabAllocator.global().free(integers, (long) integersLength * Integer.BYTES);
        }
        return args.result("syevd");
    }

    private long allocate(int numbers) {
        return SlabAllocator.global().allocate((long) numbers * bytes());
    }

    private void free(long address, int numbers) {
        SlabAllocator.global().free(address, (long) numbers * bytes());
    }

    private static AssertionError failed(String name, Throwable e) {
        return new AssertionError("calling " + name + " of LAPACK failed", e);
    }

    /** The arguments of one call, which Fortran takes by address, in memory that belongs to the calling thread. */
    private static final class Arguments {
        private final MemorySegment memory = Arena.ofAuto().allocate(16 * Long.BYTES, Long.BYTES);
        private final long address = memory.address();
        private int count;
        private long info;

        Arguments start() {
            count = 0;
            return this;
        }

        private long next() {
            return (long) count++ * Long.BYTES;
        }

        long of(int value) {
            long at = next();
            memory.set(JAVA_INT, at, value);
            return address + at;
        }

        long of(char letter) {
            long at = next();
            memory.set(JAVA_BYTE, at, (byte) letter);
            return address + at;
        }

        long one(boolean single) {
            long at = next();
            if (single) {
                memory.set(JAVA_FLOAT, at, 1);
            } else {
                memory.set(JAVA_DOUBLE, at, 1);
            }
            return address + at;
        }

        long info() {
            info = next();
            return address + info;
        }

        /** LAPACK's answer; a negative one names an argument that we passed wrongly. */
        int result(String name) {
            int result = memory.get(JAVA_INT, info);
            if (result < 0) {
                throw new IllegalStateException(name + " of LAPACK refused argument " + -result);
            }
            return result;
        }
    }
}
