package org.jacobi.onnx.ops;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators on strings, and on sequences of words. */
final class Texts {
    private Texts() {
    }

    static void register() {
        Operators.add("StringConcat", call -> {
            Shape shape = Shape.broadcast("StringConcat", call.tensor(0).shape(), call.tensor(1).shape());
            String[] a = expanded(call.tensor(0), shape);
            String[] b = expanded(call.tensor(1), shape);
            Arrays.setAll(a, i -> a[i] + b[i]);
            return OnnxTensor.ofStrings(a, shape);
        });
        Operators.addMany("StringSplit", Texts::split);
        Operators.add("StringNormalizer", Texts::normalize);
        Operators.add("RegexFullMatch", call -> {
            Pattern pattern = Pattern.compile(call.text("pattern"));
            return OnnxTensor.of(truths(Arrays.stream(call.tensor(0).strings())
                    .map(text -> pattern.matcher(text).matches())
                    .toList(), call.tensor(0).shape()));
        });
        Operators.add("TfIdfVectorizer", Texts::vectorize);
    }

    private static String[] expanded(OnnxTensor x, Shape shape) {
        return x.move(t -> t.expandTo(shape)).strings();
    }

    private static Tensor truths(List<Boolean> values, Shape shape) {
        boolean[] out = new boolean[values.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = values.get(i);
        }
        return Tensor.of(out).reshape(shape.toArray());
    }

    /** Returns where two arrays of strings are equal; they broadcast. */
    static Tensor equal(OnnxTensor x, OnnxTensor y) {
        Shape shape = Shape.broadcast("Equal", x.shape(), y.shape());
        String[] a = expanded(x, shape);
        String[] b = expanded(y, shape);
        return truths(IntStream.range(0, a.length).mapToObj(i -> a[i].equals(b[i])).toList(), shape);
    }

    // ---- numbers as strings ----------------------------------------------------------------------------------------

    /** Reads strings as numbers; infinity is INF, with a sign or without. */
    static OnnxTensor parse(OnnxTensor x, ElementType target) {
        String[] strings = x.strings();
        if (target.isInteger()) {
            long[] values = new long[strings.length];
            for (int i = 0; i < values.length; i++) {
                String text = strings[i].strip();
                values[i] = target == ElementType.UINT64 ? Long.parseUnsignedLong(text) : Long.parseLong(text);
            }
            return Numbers.narrow(target, Numbers.like(x.shape(), values));
        }
        double[] values = new double[strings.length];
        for (int i = 0; i < values.length; i++) {
            String text = strings[i].strip();
            values[i] = switch (text.toUpperCase(Locale.ROOT)) {
                case "INF", "+INF", "INFINITY" -> Double.POSITIVE_INFINITY;
                case "-INF", "-INFINITY" -> Double.NEGATIVE_INFINITY;
                case "NAN" -> Double.NaN;
                default -> Double.parseDouble(text);
            };
        }
        return Casts.cast(OnnxTensor.of(Numbers.like(x.shape(), values)), target);
    }

    /** Writes numbers as the shortest strings that read as the same numbers. */
    static OnnxTensor format(OnnxTensor x) {
        String[] out = new String[(int) x.numel()];
        if (x.type() == ElementType.BOOL) {
            boolean[] values = x.data().toBooleanArray();
            Arrays.setAll(out, i -> values[i] ? "True" : "False");
        } else if (x.type() == ElementType.DOUBLE) {
            double[] values = x.data().toDoubleArray();
            Arrays.setAll(out, i -> format(values[i], Double.toString(values[i])));
        } else if (x.type().isFloating()) {
            float[] values = x.data().toFloatArray();
            UnaryOperator<String> shortened =
                    x.type() == ElementType.FLOAT16 ? Texts::asHalf : UnaryOperator.identity();
            Arrays.setAll(out, i -> format(values[i], shortened.apply(Float.toString(values[i]))));
        } else {
            long[] values = Numbers.longs(x);
            Arrays.setAll(out, i -> x.type() == ElementType.UINT64 ? Long.toUnsignedString(values[i])
                    : Long.toString(values[i]));
        }
        return OnnxTensor.ofStrings(out, x.shape());
    }

    /** Returns the fewest digits that an f16 reads as the same number. */
    private static String asHalf(String text) {
        float value = Float.parseFloat(text);
        short bits = Float.floatToFloat16(value);
        for (int digits = 1; digits < 6 && Float.isFinite(value) && value != 0; digits++) {
            String shorter = Float.toString(new BigDecimal(value)
                    .round(new MathContext(digits)).floatValue());
            if (Float.floatToFloat16(Float.parseFloat(shorter)) == bits) {
                return shorter;
            }
        }
        return text;
    }

    /** Returns Java's digits as others write them: without an exponent from 0.0001 on to below 10^16. */
    private static String format(double value, String java) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "INF" : "-INF";
        }
        int e = java.indexOf('E');
        if (e < 0) {
            return java;
        }
        int exponent = Integer.parseInt(java.substring(e + 1));
        if (exponent >= -4 && exponent < 16) {
            String plain = new BigDecimal(java).toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = java.substring(0, e).replaceFirst("\\.0$", "");
        return digits + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    // ---- words -----------------------------------------------------------------------------------------------------

    /** As Python's split: without a delimiter at runs of white space. The pieces are padded with empty strings. */
    private static List<OnnxValue> split(Call call) {
        OnnxTensor x = call.tensor(0);
        String delimiter = call.text("delimiter", "");
        int most = (int) Math.min(call.integer("maxsplit", Integer.MAX_VALUE - 1), Integer.MAX_VALUE - 1);
        List<List<String>> all = Arrays.stream(x.strings()).map(text -> pieces(text, delimiter, most)).toList();
        int width = all.stream().mapToInt(List::size).max().orElse(0);
        String[] padded = new String[all.size() * width];
        for (int i = 0; i < padded.length; i++) {
            List<String> pieces = all.get(i / width);
            padded[i] = i % width < pieces.size() ? pieces.get(i % width) : "";
        }
        long[] sizes = Arrays.copyOf(x.shape().toArray(), x.rank() + 1);
        sizes[x.rank()] = width;
        long[] counts = all.stream().mapToLong(List::size).toArray();
        return List.of(OnnxTensor.ofStrings(padded, Shape.of(sizes)), OnnxTensor.of(Numbers.like(x.shape(), counts)));
    }

    private static List<String> pieces(String text, String delimiter, int most) {
        if (delimiter.isEmpty()) {
            String stripped = text.stripLeading();
            List<String> pieces = new ArrayList<>();
            while (!stripped.isEmpty()) {
                String[] two = pieces.size() < most ? stripped.split("\\s+", 2) : new String[] {stripped};
                pieces.add(two[0]);
                stripped = two.length > 1 ? two[1] : "";
            }
            return pieces;
        }
        return List.of(text.split(Pattern.quote(delimiter), most < 0 ? -1 : most + 1));
    }

    /** Drops stop words and changes case; where nothing is left, one empty string is. */
    private static OnnxTensor normalize(Call call) {
        OnnxTensor x = call.tensor(0);
        boolean sensitive = call.flag("is_case_sensitive", false);
        Locale locale = Locale.forLanguageTag(call.text("locale", "en_US").replace('_', '-'));
        UnaryOperator<String> key = sensitive ? UnaryOperator.identity() : text -> text.toLowerCase(locale);
        List<String> given = call.texts("stopwords");
        Set<String> stops = given == null ? new HashSet<>() : given.stream().map(key).collect(Collectors.toSet());
        UnaryOperator<String> change = switch (call.text("case_change_action", "NONE")) {
            case "NONE" -> UnaryOperator.identity();
            case "LOWER" -> text -> text.toLowerCase(locale);
            case "UPPER" -> text -> text.toUpperCase(locale);
            default ->
                    throw new IllegalArgumentException("attribute 'case_change_action' must be NONE, LOWER or UPPER");
        };
        String[] kept = Arrays.stream(x.strings())
                .filter(text -> !stops.contains(key.apply(text)))
                .map(change)
                .toArray(String[]::new);
        String[] out = kept.length == 0 ? new String[] {""} : kept;
        return OnnxTensor.ofStrings(out, x.rank() == 2 ? Shape.of(1, out.length) : Shape.of(out.length));
    }

    /**
     * Counts n-grams of a pool in rows of words or numbers: whose words stand next to each other, or with up to
     * max_skip_count others in between.
     */
    private static OnnxTensor vectorize(Call call) {
        OnnxTensor x = call.tensor(0);
        List<?> words = x.type() == ElementType.STRING ? List.of(x.strings())
                : Arrays.stream(Numbers.longs(x)).boxed().toList();
        List<?> pool = call.hasAttribute("pool_strings") ? call.texts("pool_strings")
                : Arrays.stream(call.integers("pool_int64s")).boxed().toList();
        int shortest = (int) call.integer("min_gram_length");
        int longest = (int) call.integer("max_gram_length");
        long[] starts = call.integers("ngram_counts");
        long[] columns = call.integers("ngram_indexes");
        Map<List<?>, Integer> numbers = new HashMap<>();
        int number = 0;
        for (int n = 1; n <= starts.length; n++) {
            int end = n < starts.length ? (int) starts[n] : pool.size();
            for (int at = (int) starts[n - 1]; at < end; at += n, number++) {
                if (n >= shortest && n <= longest) {
                    numbers.put(List.copyOf(pool.subList(at, at + n)), number);
                }
            }
        }
        int width = (int) Arrays.stream(columns).max().orElse(-1) + 1;
        int rows = x.rank() == 2 ? (int) x.size(0) : 1;
        int length = words.size() / Math.max(1, rows);
        double[] counts = new double[rows * width];
        int skips = (int) call.integer("max_skip_count");
        float[] weights = call.reals("weights");
        String mode = call.text("mode");
        for (int row = 0; row < rows; row++) {
            List<?> sentence = words.subList(row * length, (row + 1) * length);
            for (int n = shortest; n <= longest; n++) {
                for (int stride = 1; stride <= (n == 1 ? 1 : skips + 1); stride++) {
                    for (int from = 0; from + (n - 1) * stride < length; from++) {
                        int first = from;
                        int step = stride;
                        Integer gram = numbers.get(IntStream.range(0, n)
                                .mapToObj(i -> (Object) sentence.get(first + i * step))
                                .toList());
                        if (gram != null) {
                            counts[row * width + (int) columns[gram]]++;
                        }
                    }
                }
            }
            for (int gram = 0; gram < columns.length; gram++) {
                int at = row * width + (int) columns[gram];
                double weight = weights == null ? 1 : weights[gram];
                counts[at] = switch (mode) {
                    case "TF" -> counts[at];
                    case "IDF" -> counts[at] > 0 ? weight : 0;
                    case "TFIDF" -> counts[at] * weight;
                    default -> throw new IllegalArgumentException("attribute 'mode' must be TF, IDF or TFIDF");
                };
            }
        }
        Shape shape = x.rank() == 2 ? Shape.of(rows, width) : Shape.of(width);
        return OnnxTensor.of(Numbers.like(shape, counts).to(DType.F32));
    }
}
