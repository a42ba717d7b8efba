package org.jacobi.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every case of the ONNX project's suite that lies beside the project, and the list of what passes, docs/onnx-coverage.md,
 * which this test writes anew when it has changed. {@code -Djacobi.onnx=conv} runs the cases whose names match, and writes
 * nothing.
 */
class OnnxNodeTest {
    /** The size of the table that the two counts below are for. */
    private static final int KNOWN = 1510;
    /** How many cases that onnxruntime computes as expected pass at least; raise it when more do. */
    private static final int FLOOR = 1148;
    /** How many of the others do. */
    private static final int OTHERS_FLOOR = 339;

    /** Passed and all. */
    private record Count(int passed, int total) {
        Count plus(boolean passes) {
            return new Count(passed + (passes ? 1 : 0), total + 1);
        }

        @Override
        public String toString() {
            return passed + " / " + total;
        }
    }

    private record Failure(NodeSuite.Case it, String reason) {
    }

    @Test
    void theSuitesCasesPass() throws IOException {
        List<NodeSuite.Case> cases = NodeSuite.cases(SharedData.file("onnx-node-tests/CASES.csv"));
        Pattern chosen = Pattern.compile(System.getProperty("jacobi.onnx", ""));
        boolean all = chosen.pattern().isEmpty();
        Count ok = new Count(0, 0);
        Count others = new Count(0, 0);
        Map<String, Count> operators = new TreeMap<>();
        List<Failure> failures = new ArrayList<>();
        for (NodeSuite.Case it : cases) {
            if (!chosen.matcher(it.name()).find()) {
                continue;
            }
            String wrong = NodeSuite.run(it);
            if (wrong != null) {
                failures.add(new Failure(it, wrong));
            }
            ok = it.ok() ? ok.plus(wrong == null) : ok;
            others = it.ok() ? others : others.plus(wrong == null);
            for (String operator : it.operators()) {
                operators.merge(operator, new Count(wrong == null ? 1 : 0, 1),
                        (a, b) -> new Count(a.passed + b.passed, a.total + b.total));
            }
        }
        if (all) {
            write(report(ok, others, operators, failures));
        }
        String failed = String.join("\n", failures.stream().map(f -> f.it.name() + ": " + f.reason).toList());
        Assumptions.assumeTrue(all, () -> "only some cases were run; failed:\n" + failed);
        assertTrue(ok.passed >= 0.9 * ok.total, ok + " cases pass:\n" + failed);
        if (cases.size() == KNOWN) { // another table has other counts
            assertTrue(ok.passed >= FLOOR, ok + " cases pass, " + FLOOR + " did before:\n" + failed);
            assertTrue(others.passed >= OTHERS_FLOOR,
                    others + " of the others pass, " + OTHERS_FLOOR + " did before:\n" + failed);
        }
    }

    private static void write(String report) throws IOException {
        Path file = SharedData.root().resolve("docs").resolve("onnx-coverage.md");
        if (!Files.exists(file) || !Files.readString(file).equals(report)) {
            Files.writeString(file, report);
            System.out.println("OnnxNodeTest: " + file + " has changed; commit it");
        }
    }

    private static String report(Count ok, Count others, Map<String, Count> operators, List<Failure> failures) {
        StringBuilder out = new StringBuilder();
        out.append("# ONNX: what runs\n\n");
        out.append("`OnnxNodeTest` writes this page. It runs the cases of the ONNX project's own suite that lie in\n");
        out.append(
                "`../shared/data/onnx-node-tests`: models, inputs and expected outputs. Types and shapes must be the same,\n");
        out.append("integers and strings equal, other numbers within 10^-3 of their size (and 10^-7).\n\n");
        out.append("| cases | passed / all |\n|---|---|\n");
        out.append("| that onnxruntime 1.30 computes as expected | ").append(ok).append(" |\n");
        out.append("| that it does not | ").append(others).append(" |\n\n");
        Map<String, Count> lacking = new TreeMap<>();
        for (Failure failure : failures) {
            if (failure.reason.contains("no such operator")) {
                OnnxModel model = OnnxModel.read(failure.it.folder().resolve("model.onnx"));
                model.missingOperators().forEach(name -> lacking.merge(name, new Count(0, 1), (a, _) -> a.plus(false)));
            }
        }
        out.append("## Operators that Jacobi lacks\n\n| operator | cases |\n|---|---|\n");
        lacking.forEach(
                (name, count) -> out.append("| ").append(name).append(" | ").append(count.total).append(" |\n"));
        out.append("\n## Cases that fail\n\n| case | why |\n|---|---|\n");
        new TreeSet<>(failures.stream().map(f -> "| " + f.it.name() + " | " + reason(f.reason) + " |\n").toList())
                .forEach(out::append);
        out.append(
                "\n## All operators\n\nCases in whose graphs an operator stands.\n\n| operator | passed / all |\n|---|---|\n");
        operators.forEach((name, count) -> out.append("| ").append(name).append(" | ").append(count).append(" |\n"));
        return out.toString();
    }

    /** Returns why a case fails without numbers that differ from run to run. */
    private static String reason(String text) {
        return text.contains("no such operator") ? "an operator is missing"
                : text.contains("expected") ? "another result"
                        : text.replaceFirst("^/model.onnx: ", "").replace("|", "/");
    }
}
