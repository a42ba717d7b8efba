package org.jacobi.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * Computes cases on both sides, from the same numbers, in one JVM, before anything is measured: nobody shall say that
 * the sides do different work.
 *
 * @param peer               what the peer says of itself
 * @param largestDifferences between the numbers of both sides, by case
 */
record SameWork(Map<String, String> peer, Map<String, Double> largestDifferences) {
    /** Absolute for numbers up to 1, relative to the largest number of a result beyond. */
    static final double TOLERANCE = 1e-4;

    /** What the JVM of {@link #check} runs: writes a file with the answer, given the file and the names of the cases. */
    public static void main(String[] args) throws IOException {
        SameWork answer;
        try {
            answer = compute(List.of(args).subList(1, args.length).stream().map(Case::named).toList());
        } catch (RuntimeException | LinkageError e) {
            System.err.println(e instanceof IllegalStateException ? e.getMessage() : firstLine(e));
            System.exit(1);
            return;
        }
        Files.writeString(Path.of(args[0]), new JsonMapper().writeValueAsString(answer));
    }

    /**
     * Computes cases on both sides in this JVM.
     *
     * @throws IllegalStateException naming the case of which the sides compute different numbers, or saying why the
     *                               peer is not fit for a comparison
     */
    static SameWork compute(List<Case> cases) {
        Peer peer = Peer.find();
        Map<String, String> description = peer.describe();
        Map<String, Double> differences = new LinkedHashMap<>();
        for (Case which : cases) {
            // Both work on inputs of their own, for an optimizer changes them.
            List<float[]> theirs = results(peer.name(), which, () -> peer.work(which, Input.make(which.inputs())));
            List<float[]> ours = results("Jacobi", which, () -> which.ours(Input.make(which.inputs())));
            double difference = largestDifference(which.name(), ours, theirs);
            if (!(difference <= TOLERANCE)) {
                throw new IllegalStateException(which.name() + ": Jacobi and " + peer.name()
                        + " compute different numbers, the largest difference is " + difference + ", allowed is "
                        + TOLERANCE);
            }
            differences.put(which.name(), difference);
        }
        return new SameWork(description, differences);
    }

    private static List<float[]> results(String side, Case which, Supplier<Work> work) {
        try {
            return work.get().results();
        } catch (RuntimeException e) {
            throw new IllegalStateException(which.name() + ": " + side + " failed: " + firstLine(e), e);
        }
    }

    /** What is said of a failure is one line; a peer's exceptions may have many more, and end with an empty one. */
    private static String firstLine(Throwable e) {
        return e.toString().lines().findFirst().orElseThrow();
    }

    static double largestDifference(String name, List<float[]> ours, List<float[]> theirs) {
        if (ours.size() != theirs.size()) {
            throw new IllegalStateException(name + ": one side gives " + ours.size() + " results, the other "
                    + theirs.size());
        }
        double largest = 0;
        for (int i = 0; i < ours.size(); i++) {
            float[] a = ours.get(i);
            float[] b = theirs.get(i);
            if (a.length != b.length) {
                throw new IllegalStateException(
                        name + ": result " + i + " has " + a.length + " numbers on one side and "
                                + b.length + " on the other");
            }
            double scale = 1;
            double difference = 0;
            for (int k = 0; k < a.length; k++) {
                scale = Math.max(scale, Math.abs(b[k]));
                difference = Math.max(difference, Math.abs((double) a[k] - b[k])); // NaN stays
            }
            largest = Math.max(largest, difference / scale);
        }
        return largest;
    }

    /**
     * Does {@link #compute} in a JVM of its own, for the peer's libraries need flags, and are asked to tell what they
     * choose for this processor.
     *
     * @param folder where that JVM leaves its answer and its words
     */
    static SameWork check(List<Case> cases, Path folder) throws Failure {
        Path answer = folder.resolve("same-work.json");
        Path words = folder.resolve("same-work.log");
        Path errors = folder.resolve("same-work.err");
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(Side.PEER.jvmFlags());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), SameWork.class.getName(), answer.toString()));
        cases.forEach(which -> command.add(which.name()));
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(words.toFile())
                    .redirectError(errors.toFile());
            builder.environment().putAll(Peer.find().talkativeEnvironment());
            int exitCode = builder.start().waitFor();
            if (exitCode != 0) {
                throw new Failure("the sides cannot be compared: " + Files.readAllLines(errors).stream()
                        .filter(line -> !line.isBlank()).reduce((_, line) -> line).orElse("exit code " + exitCode));
            }
            SameWork same = new JsonMapper().readValue(answer.toFile(), SameWork.class);
            same.peer().putAll(Peer.find().choices(Files.readAllLines(words)));
            return same;
        } catch (IOException e) {
            throw new Failure("the sides cannot be compared: " + e, e);
        } catch (InterruptedException e) {
            throw new Failure("interrupted", e);
        }
    }
}
