package org.jacobi.natives.cuda;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.CUDA_R_16BF;
import static org.bytedeco.cuda.global.cudart.CUDA_R_16F;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;
import static org.bytedeco.cuda.global.cudart.CUDA_R_64F;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jacobi.natives.cuda.CudaDriver.At;

/**
 * Matrix products by cuBLASLt (NVIDIA, cuBLAS library).
 *
 * <p>cuBLASLt counts columns first: a row-major matrix is to it the transposed one, so that out^T = b^T a^T is asked for,
 * with b in the first place. What it calls rows of the result are our columns; its first operand is our b.
 *
 * <p>For each shape the library offers algorithms; they are timed once, the first time a product of that shape is asked
 * for, and the fastest is kept. Small products, and those of a step that is being captured, take the first one offered.
 */
final class Products {
    private static final int OFFERS = 8;
    private static final int TIMED_RUNS = 3;
    /** Products with fewer multiplications take less time than the launch of a kernel. */
    private static final double TIMED_FROM = 1 << 24;
    private static final long WORKSPACE_BYTES = 32L << 20;
    private static final int ALIGNMENT = 256;
    /** Partial sums are added in the type of sums, in a fixed order: not in the result's, nor by whoever comes first. */
    private static final int REDUCTIONS = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;

    /** What an algorithm is chosen for: a call without its addresses, but with what they are multiples of. */
    private record Key(MatmulCall.Type type, boolean tf32, long m, long n, long k, boolean transposedA,
            boolean transposedB, boolean beta, long lda, long strideA, long ldb, long strideB, long ldOut,
            long strideOut, long batch, MatmulCall.Epilogue epilogue, int alignA, int alignB, int alignOut) {
    }

    private final CudaDriver driver;
    private final DeviceMemory memory;
    private final cublasLtContext handle = new cublasLtContext();
    private final Map<Key, Plan> plans = new ConcurrentHashMap<>();
    private final long workspace;

    Products(CudaDriver driver, DeviceMemory memory) {
        this.driver = driver;
        this.memory = memory;
        driver.use();
        check(cublasLtCreate(handle), "cublasLtCreate");
        workspace = memory.allocate(WORKSPACE_BYTES, "workspace of cuBLASLt");
    }

    static String version() {
        long version = cublasLtGetVersion();
        return version / 10000 + "." + version / 100 % 100;
    }

    /**
     * Queues a product.
     *
     * @param tf32      whether f32 operands may be rounded to 10 bits of mantissa
     * @param capturing whether nothing may be timed now
     * @return false if cuBLASLt has no algorithm for it
     */
    boolean multiply(MatmulCall call, boolean tf32, boolean capturing) {
        if (call.m() == 0 || call.n() == 0 || call.batch() == 0) {
            return true;
        }
        if (call.k() == 0) {
            return false;
        }
        driver.use();
        Key key = new Key(call.type(), tf32 && call.type() == MatmulCall.Type.F32, call.m(), call.n(), call.k(),
                call.transposedA(), call.transposedB(), call.beta() != 0, call.lda(), call.strideA(), call.ldb(),
                call.strideB(), call.ldOut(), call.strideOut(), call.batch(), call.epilogue(), alignment(call.a()),
                alignment(call.b()), alignment(call.out()));
        Plan plan = plans.computeIfAbsent(key, Plan::new);
        return plan.run(call, capturing);
    }

    /** The largest power of two up to 256 that an address is a multiple of. */
    private static int alignment(long address) {
        return (int) Math.min(ALIGNMENT, address & -address);
    }

    /** What cuBLASLt needs to know of all products of one shape. They live as long as the process. */
    private final class Plan {
        private final Key key;
        private final cublasLtMatmulDescOpaque_t product;
        private final cublasLtMatrixLayoutOpaque_t first;
        private final cublasLtMatrixLayoutOpaque_t second;
        private final cublasLtMatrixLayoutOpaque_t result;
        private final cublasLtMatmulHeuristicResult_t offers = new cublasLtMatmulHeuristicResult_t(OFFERS);
        private final int offered;
        private final At a = new At(0);
        private final At b = new At(0);
        private final At out = new At(0);
        private final At target = new At(0);
        private final At space = new At(workspace);
        private final Pointer alpha;
        private final Pointer beta;
        private final LongPointer address = new LongPointer(1);
        private cublasLtMatmulAlgo_t algorithm;
        private boolean chosen;

        Plan(Key key) {
            this.key = key;
            boolean f64 = key.type == MatmulCall.Type.F64;
            int type = switch (key.type) {
                case F32 -> CUDA_R_32F;
                case F64 -> CUDA_R_64F;
                case F16 -> CUDA_R_16F;
                case BF16 -> CUDA_R_16BF;
            };
            alpha = f64 ? new DoublePointer(1) : new FloatPointer(1);
            beta = f64 ? new DoublePointer(1) : new FloatPointer(1);
            int compute = f64 ? CUBLAS_COMPUTE_64F
                    : key.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
            product = new cublasLtMatmulDescOpaque_t(made(
                    at -> cublasLtMatmulDescCreate(at, compute, f64 ? CUDA_R_64F : CUDA_R_32F),
                    "cublasLtMatmulDescCreate"));
            describe(CUBLASLT_MATMUL_DESC_TRANSA, key.transposedB ? CUBLAS_OP_T : CUBLAS_OP_N);
            describe(CUBLASLT_MATMUL_DESC_TRANSB, key.transposedA ? CUBLAS_OP_T : CUBLAS_OP_N);
            describe(CUBLASLT_MATMUL_DESC_EPILOGUE, switch (key.epilogue) {
                case NONE -> CUBLASLT_EPILOGUE_DEFAULT;
                case BIAS -> CUBLASLT_EPILOGUE_BIAS;
                case BIAS_GELU -> CUBLASLT_EPILOGUE_GELU_AUX_BIAS;
                case DGELU -> CUBLASLT_EPILOGUE_DGELU;
                case DGELU_BIAS_GRADIENT -> CUBLASLT_EPILOGUE_DGELU_BGRAD;
                case BIAS_GRADIENT -> CUBLASLT_EPILOGUE_BGRADB;
            });
            // What is offered may depend on where the epilogue's numbers lie; until a call says so, somewhere aligned.
            if (usesBias()) {
                describe(CUBLASLT_MATMUL_DESC_BIAS_POINTER, workspace);
            }
            if (usesAuxiliary()) {
                describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, workspace);
                describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, key.n);
                describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE, key.m * key.n);
            }
            first = layout(type, key.transposedB ? key.k : key.n, key.transposedB ? key.n : key.k, key.ldb,
                    key.strideB);
            second = layout(type, key.transposedA ? key.m : key.k, key.transposedA ? key.k : key.m, key.lda,
                    key.strideA);
            result = layout(type, key.n, key.m, key.ldOut, key.strideOut);
            offered = ask();
            algorithm = offered == 0 ? null : offers.getPointer(0).algo();
        }

        private boolean usesBias() {
            return switch (key.epilogue) {
                case BIAS, BIAS_GELU, DGELU_BIAS_GRADIENT, BIAS_GRADIENT -> true;
                case NONE, DGELU -> false;
            };
        }

        private boolean usesAuxiliary() {
            return switch (key.epilogue) {
                case BIAS_GELU, DGELU, DGELU_BIAS_GRADIENT -> true;
                default -> false;
            };
        }

        private void describe(int attribute, int value) {
            try (IntPointer pointer = new IntPointer(1)) {
                pointer.put(value);
                check(cublasLtMatmulDescSetAttribute(product, attribute, pointer, Integer.BYTES),
                        "cublasLtMatmulDescSetAttribute");
            }
        }

        private void describe(int attribute, long value) {
            address.put(value);
            check(cublasLtMatmulDescSetAttribute(product, attribute, address, Long.BYTES),
                    "cublasLtMatmulDescSetAttribute");
        }

        /** A matrix as cuBLASLt sees it; the stride of a single row or column does not matter, and is made valid. */
        private cublasLtMatrixLayoutOpaque_t layout(int type, long rows, long columns, long ld, long stride) {
            var layout = new cublasLtMatrixLayoutOpaque_t(
                    made(at -> cublasLtMatrixLayoutCreate(at, type, rows, columns, Math.max(ld, rows)),
                            "cublasLtMatrixLayoutCreate"));
            if (key.batch > 1) {
                try (IntPointer count = new IntPointer(1); LongPointer offset = new LongPointer(1)) {
                    count.put(Math.toIntExact(key.batch));
                    offset.put(stride);
                    check(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count,
                            Integer.BYTES), "cublasLtMatrixLayoutSetAttribute");
                    check(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                            offset, Long.BYTES), "cublasLtMatrixLayoutSetAttribute");
                }
            }
            return layout;
        }

        /** Asks for algorithms, and returns how many were offered. */
        private int ask() {
            var wishes = new cublasLtMatmulPreferenceOpaque_t(
                    made(at -> cublasLtMatmulPreferenceCreate(at), "cublasLtMatmulPreferenceCreate"));
            try {
                wish(wishes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, WORKSPACE_BYTES, Long.BYTES);
                wish(wishes, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, REDUCTIONS, Integer.BYTES);
                wish(wishes, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.alignB, Integer.BYTES);
                wish(wishes, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.alignA, Integer.BYTES);
                wish(wishes, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.alignOut, Integer.BYTES);
                wish(wishes, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.alignOut, Integer.BYTES);
                int[] count = new int[1];
                int status = cublasLtMatmulAlgoGetHeuristic(handle, product, first, second, result, result, wishes,
                        OFFERS, offers, count);
                if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE) {
                    return 0;
                }
                check(status, "cublasLtMatmulAlgoGetHeuristic");
                return count[0];
            } finally {
                check(cublasLtMatmulPreferenceDestroy(wishes), "cublasLtMatmulPreferenceDestroy");
            }
        }

        private void wish(cublasLtMatmulPreferenceOpaque_t wishes, int attribute, long value, int bytes) {
            address.put(value); // little-endian: its first half is the value as an int
            check(cublasLtMatmulPreferenceSetAttribute(wishes, attribute, address, bytes),
                    "cublasLtMatmulPreferenceSetAttribute");
        }

        synchronized boolean run(MatmulCall call, boolean capturing) {
            if (offered == 0) {
                return false;
            }
            if (alpha instanceof DoublePointer) {
                ((DoublePointer) alpha).put(call.alpha());
                ((DoublePointer) beta).put(call.beta());
            } else {
                ((FloatPointer) alpha).put((float) call.alpha());
                ((FloatPointer) beta).put((float) call.beta());
            }
            a.to(call.a());
            b.to(call.b());
            out.to(call.out());
            target.to(call.out());
            if (usesBias()) {
                describe(CUBLASLT_MATMUL_DESC_BIAS_POINTER, call.bias());
            }
            if (usesAuxiliary()) {
                describe(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, call.auxiliary());
            }
            if (!chosen && !capturing) {
                chosen = true;
                if (offered > 1 && 1.0 * key.m * key.n * key.k * key.batch >= TIMED_FROM) {
                    choose();
                }
            }
            int status = start(algorithm);
            if (status == CUBLAS_STATUS_NOT_SUPPORTED) {
                return false; // these addresses are none of those that it was offered for
            }
            if (status != 0) {
                throw failure(status, "cublasLtMatmul of " + key);
            }
            return true;
        }

        private int start(cublasLtMatmulAlgo_t how) {
            return cublasLtMatmul(handle, product, alpha, b, first, a, second, beta, out, result, target, result, how,
                    space, WORKSPACE_BYTES, driver.stream());
        }

        /**
         * Times what was offered. Running a product again changes nothing, unless it adds to what is there: then the
         * results go elsewhere.
         */
        private void choose() {
            long bytes = !key.beta ? 0 : ((key.batch - 1) * key.strideOut + (key.m - 1) * key.ldOut + key.n)
                    * (key.type == MatmulCall.Type.F64 ? 8 : key.type == MatmulCall.Type.F32 ? 4 : 2);
            if (bytes > 0) {
                target.to(memory.allocate(bytes, "choice of a product's algorithm"));
            }
            try {
                CudaDriver.Event begin = driver.newMark();
                CudaDriver.Event end = driver.newMark();
                float best = Float.POSITIVE_INFINITY;
                for (int i = 0; i < offered; i++) {
                    cublasLtMatmulAlgo_t candidate = offers.getPointer(i).algo();
                    if (start(candidate) != 0) {
                        continue; // offered, and yet refused
                    }
                    begin.set();
                    for (int run = 0; run < TIMED_RUNS; run++) {
                        start(candidate);
                    }
                    end.set();
                    end.await();
                    float time = end.millisecondsSince(begin);
                    if (time < best) {
                        best = time;
                        algorithm = candidate;
                    }
                }
            } finally {
                if (bytes > 0) {
                    memory.free(target.address(), bytes);
                    target.to(out.address());
                }
            }
        }
    }

    private interface Maker {
        int make(PointerPointer<Pointer> at);
    }

    /** Returns what a function made that writes an address. */
    private static Pointer made(Maker maker, String call) {
        try (PointerPointer<Pointer> at = new PointerPointer<>(1)) {
            check(maker.make(at), call);
            return at.get(Pointer.class, 0);
        }
    }

    private static void check(int status, String call) {
        if (status != 0) {
            throw failure(status, call);
        }
    }

    private static CudaException failure(int status, String call) {
        return new CudaException(call + " failed: " + cublasLtGetStatusName(status).getString() + " (" + status + ")");
    }
}
