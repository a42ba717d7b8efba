package org.jacobi.tests;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

import org.jacobi.autograd.Variable;
import org.jacobi.natives.OutOfNativeMemoryError;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.LinAlgException;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Calls public methods of Tensor and Variable, found by reflection, with random operands of any shape and type and with
 * extreme numbers, and prints what goes wrong otherwise than by an exception that names the op: the program that
 * {@link RandomCallsTest} runs in a JVM of its own, as a wrong call could stop it.
 */
public final class RandomCalls {
    private static final DType[] TYPES = DType.values();
    private static final long[] ODD_LONGS = {Long.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE + 1, Integer.MAX_VALUE,
        Integer.MIN_VALUE, 1L << 31, 1L << 32, 1L << 40, 1L << 61, -(1L << 40)};
    private static final int[] ODD_INTS = {Integer.MIN_VALUE, Integer.MAX_VALUE, 255, 1 << 20};
    private static final double[] DOUBLES = {0, 1, -1, 0.5, 2, 3, -2.5, 1e300, -1e300, Double.NaN,
        Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, 300, 1e19};
    private static final String[] STRINGS = {"", "ij", "xy", "ij,jk->ik", "i,i", "ii->i", "...i->...", "ij", "i->ij",
        "a,b->", "->", ",", "ij,jk", "..."};
    /** What ends or exposes a handle, or is told raw addresses, is no op. */
    private static final Set<String> EXCLUDED = Set.of("release", "handOff", "adopt", "unscope", "keep", "foreign",
            "address", "hostAddress", "backend", "record", "recordAll", "toString", "getDouble", "getLong", "changing",
            "requireIndex",
            "requireMask");

    private final Random random;

    private RandomCalls(long seed) {
        random = new Random(seed);
    }

    /** Takes a seed and how often to call each method; prints one line for each kind of finding. */
    public static void main(String[] args) {
        new RandomCalls(Long.parseLong(args[0])).run(Long.parseLong(args[1]), args.length > 2 ? args[2] : "");
        System.out.println("done");
    }

    private void run(long rounds, String only) {
        List<Method> methods = methods(only);
        Map<String, String> findings = new TreeMap<>();
        long calls = 0;
        long refused = 0;
        for (long round = 0; round < rounds; round++) {
            for (Method method : methods) {
                try (var _ = TensorScope.open()) {
                    Object self = Modifier.isStatic(method.getModifiers()) ? null
                            : argument(method.getDeclaringClass().getSimpleName().startsWith("Variable")
                                    || method.getDeclaringClass() == Variable.class ? Variable.class : Tensor.class);
                    Object[] arguments = new Object[method.getParameterCount()];
                    Arrays.setAll(arguments, i -> argument(method.getParameterTypes()[i]));
                    calls++;
                    Object[] result = new Object[1];
                    Throwable thrown = thrown(method, self, arguments, result);
                    if (thrown == null && result[0] instanceof Variable out && out.requiresGrad()) {
                        String failure = failureOfBackward(out);
                        if (failure != null) {
                            findings.putIfAbsent("backward of " + method.getName() + " " + failure.split(" ")[0],
                                    failure + "\n      of " + describe(self) + ": " + describe(arguments));
                        }
                    }
                    if (thrown != null) {
                        refused++;
                        String bad = verdict(method, thrown);
                        if (bad != null) {
                            findings.putIfAbsent(
                                    method.getDeclaringClass().getSimpleName() + "." + method.getName() + " "
                                            + bad,
                                    thrown + " at " + where(thrown) + "\n      of " + describe(self) + ": "
                                            + describe(arguments));
                        }
                    }
                }
            }
        }
        findings.forEach((key, value) -> System.out.println("FOUND " + key + "\n      " + value));
        System.out.println(calls + " calls, " + refused + " refused, " + methods.size() + " methods");
    }

    private static List<Method> methods(String only) {
        List<Method> methods = new ArrayList<>();
        for (Class<?> type : List.of(Tensor.class, Variable.class)) {
            for (Method method : type.getMethods()) {
                if (method.getDeclaringClass() != Object.class && !method.isBridge() && !method.isSynthetic()
                        && !EXCLUDED.contains(method.getName())
                        && (only.isEmpty() || method.getName().matches(only))
                        && Arrays.stream(method.getParameterTypes()).allMatch(RandomCalls::canMake)) {
                    methods.add(method);
                }
            }
        }
        methods.sort(Comparator.comparing(Method::toString));
        return methods;
    }

    private static boolean canMake(Class<?> type) {
        Class<?> leaf = type.isArray() ? type.getComponentType() : type;
        return leaf.isPrimitive() || leaf.isEnum() || Set.of(Tensor.class, Variable.class, String.class, Shape.class,
                Generator.class, Index.class, Object.class, MemorySegment.class, ByteBuffer.class, FloatBuffer.class,
                DoubleBuffer.class, IntBuffer.class, LongBuffer.class).contains(leaf);
    }

    /** Returns what the backward of a call that went well throws, or null. */
    private String failureOfBackward(Variable out) {
        try {
            out.backward(Tensor.ones(out.dtype(), out.shape().toArray()), false, chance(4));
            return null;
        } catch (OutOfNativeMemoryError | LinAlgException e) {
            return null;
        } catch (RuntimeException | Error e) {
            return e + " at " + where(e);
        }
    }

    private static Throwable thrown(Method method, Object self, Object[] arguments, Object[] result) {
        try {
            result[0] = method.invoke(self, arguments);
            return null;
        } catch (InvocationTargetException e) {
            return e.getCause();
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new AssertionError(method + " " + Arrays.toString(arguments), e);
        }
    }

    /** Returns what is wrong with an exception, or null. */
    private static String verdict(Method method, Throwable thrown) {
        boolean proper = thrown.getClass() == IllegalArgumentException.class
                || thrown.getClass() == IllegalStateException.class
                || thrown.getClass() == UnsupportedOperationException.class || thrown instanceof LinAlgException;
        if (thrown instanceof OutOfNativeMemoryError) {
            return null;
        }
        if (!proper) {
            return thrown.getClass().getSimpleName();
        }
        // In-place pow finds in its kernel that a negative power of an integer is none.
        String name = method.getName().equals("pow_") ? "pow" : method.getName();
        String message = String.valueOf(thrown.getMessage());
        // Composed transforms and decompositions may name the op that they are composed of.
        boolean composed = method.getDeclaringClass().getSimpleName().matches(".*(Linalg|Spectral)");
        return message.contains(name) || composed && message.matches("(?s)\\w+: .*") ? null : "does not say so";
    }

    private static String where(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace()).limit(6)
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber()).toList().toString();
    }

    private static String describe(Object object) {
        return switch (object) {
            case Tensor tensor -> "" + tensor.dtype() + tensor.shape();
            case Variable variable -> "Variable " + variable.dtype() + variable.shape();
            case long[] longs -> Arrays.toString(longs);
            case int[] ints -> Arrays.toString(ints);
            case double[] doubles -> Arrays.toString(doubles);
            case Object[] objects -> Arrays.toString(Arrays.stream(objects).map(RandomCalls::describe).toArray());
            case null, default -> "" + object;
        };
    }

    // ---- operands --------------------------------------------------------------------------------------------------

    private Object argument(Class<?> type) {
        if (type == int.class) {
            return chance(20) ? ODD_INTS[random.nextInt(ODD_INTS.length)]
                    : chance(3) ? random.nextInt(11) - 5 : random.nextInt(4) - 2;
        } else if (type == long.class) {
            return chance(8) ? ODD_LONGS[random.nextInt(ODD_LONGS.length)]
                    : (long) random.nextInt(chance(3) ? 11 : 4) - 2;
        } else if (type == double.class) {
            return DOUBLES[random.nextInt(DOUBLES.length)];
        } else if (type == float.class) {
            return (float) DOUBLES[random.nextInt(DOUBLES.length)];
        } else if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class) {
            return (byte) random.nextInt();
        } else if (type == short.class) {
            return (short) random.nextInt();
        } else if (type.isArray()) {
            Object array = Array.newInstance(type.getComponentType(), random.nextInt(random.nextInt(5) + 1));
            for (int i = 0; i < Array.getLength(array); i++) {
                Array.set(array, i, argument(type.getComponentType()));
            }
            return array;
        } else if (type.isEnum()) {
            return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
        } else if (type == String.class) {
            return STRINGS[random.nextInt(STRINGS.length)];
        } else if (type == Shape.class) {
            return shape();
        } else if (type == Tensor.class) {
            return tensor();
        } else if (type == Variable.class) {
            Tensor value = tensor();
            return value.dtype().isFloating() && !chance(3) ? Variable.leaf(value) : Variable.constant(value);
        } else if (type == Generator.class) {
            return new Generator(random.nextLong());
        } else if (type == Index.class) {
            return index();
        } else if (type == MemorySegment.class) {
            return Arena.ofAuto().allocate(random.nextInt(20), 1);
        } else if (type == ByteBuffer.class) {
            return chance(2) ? ByteBuffer.allocateDirect(random.nextInt(20)) : ByteBuffer.allocate(random.nextInt(20));
        } else if (type == FloatBuffer.class) {
            return FloatBuffer.allocate(random.nextInt(5));
        } else if (type == DoubleBuffer.class) {
            return DoubleBuffer.allocate(random.nextInt(5));
        } else if (type == IntBuffer.class) {
            return IntBuffer.allocate(random.nextInt(5));
        } else if (type == LongBuffer.class) {
            return LongBuffer.allocate(random.nextInt(5));
        }
        return switch (random.nextInt(4)) {
            case 0 -> new float[random.nextInt(3)][random.nextInt(3)];
            case 1 -> new Object[] {1};
            case 2 -> 3;
            default -> new int[][] {{1}, {2, 3}, null};
        };
    }

    private boolean chance(int oneOf) {
        return random.nextInt(oneOf) == 0;
    }

    private Shape shape() {
        long[] sizes = new long[chance(8) ? 5 : random.nextInt(4)];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = chance(10) ? 0 : 1 + random.nextInt(3);
        }
        return Shape.of(sizes);
    }

    private DType type() {
        return chance(2) ? DType.F32 : chance(3) ? DType.I64 : TYPES[random.nextInt(TYPES.length)];
    }

    private Tensor tensor() {
        Shape shape = shape();
        DType type = type();
        if (chance(12)) {
            return Tensor.full(DOUBLES[random.nextInt(7)], DType.F64, shape.toArray()).to(type);
        }
        if (type == DType.I64 && chance(10)) {
            return Tensor.full(0, type, shape.toArray()).add(ODD_LONGS[random.nextInt(ODD_LONGS.length)]);
        }
        Tensor numbers = Tensor.randint(new Generator(random.nextLong()), type.isFloating() || chance(4) ? -3 : 0, 4,
                shape.toArray()).to(type);
        return switch (random.nextInt(6)) {
            case 0 -> numbers.rank() < 2 ? numbers : numbers.transpose(0, -1);
            case 1 -> numbers.rank() == 0 || numbers.size(0) < 2 ? numbers : numbers.narrow(0, 1, numbers.size(0) - 1);
            case 2 -> numbers.rank() == 0 || numbers.size(0) != 1 ? numbers
                    : numbers.expandTo(numbers.shape().with(0, 3));
            default -> numbers;
        };
    }

    private Index index() {
        return switch (random.nextInt(7)) {
            case 0 -> Index.at((Long) argument(long.class));
            case 1 -> {
                long step = Math.max(1, (Long) argument(long.class));
                yield Index.range((Long) argument(long.class), (Long) argument(long.class), step);
            }
            case 2 -> Index.ellipsis();
            case 3 -> Index.newAxis();
            case 4 -> Index.of(tensor().to(DType.I64));
            case 5 -> Index.mask(tensor().to(DType.BOOL));
            default -> Index.all();
        };
    }
}
