package org.jacobi.tests;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

import org.jacobi.natives.Platform;
import org.jacobi.natives.cuda.Cuda;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs {@link GpuTest} without Maven, for a machine that has a GPU and little else, and writes what came of it to
 * {@code gpu-check.md} in the current folder. It ends with 0 if all passed, 1 if not, 2 if there is no GPU.
 */
final class GpuCheck {
    private static final int MOST_FAILURES = 200;

    private GpuCheck() {
    }

    public static void main(String[] args) throws IOException {
        if (!Cuda.available()) {
            System.err.println("gpu-check: no GPU can be used: " + Cuda.unavailableReason());
            System.exit(2);
        }
        var summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(
                LauncherDiscoveryRequestBuilder.request().selectors(selectClass(GpuTest.class)).build(), summary);
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        TestExecutionSummary tests = summary.getSummary();
        out.printf("# Tests on a GPU, %s%n%n    %s%n", Instant.now(), Platform.cuda());
        Cuda.describe().forEach(line -> out.printf("    %s%n", line));
        out.printf("%n%d tests: %d passed, %d failed, %d skipped.%n%n", tests.getTestsFoundCount(),
                tests.getTestsSucceededCount(), tests.getTestsFailedCount(),
                tests.getTestsAbortedCount() + tests.getTestsSkippedCount());
        tests.getFailures().stream().limit(MOST_FAILURES).forEach(failure -> out.printf("- %s: %s%n",
                failure.getTestIdentifier().getDisplayName(),
                String.valueOf(failure.getException()).lines().findFirst().orElse("")));
        Files.writeString(Path.of("gpu-check.md"), text.toString());
        System.out.print(text);
        System.exit(tests.getTotalFailureCount() == 0 ? 0 : 1);
    }
}
