package org.jacobi.bench;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

import org.jacobi.tensor.Tensor;

/** Another engine, to compare with. It is on the class path if the build had the Maven profile {@code peers}. */
interface Peer {
    /** The name under which reports show it. */
    String name();

    /** Why the peer does not compute a case, or null if it does. */
    String whyNot(Case which);

    /** Returns what JVMs must be started with that load the peer's libraries. */
    List<String> jvmFlags();

    /** Makes a case ready to be computed, with {@link org.jacobi.natives.WorkerPool}'s number of threads. */
    Work work(Case which, Tensor[] inputs);

    /**
     * Loads the engine and says what it is: versions, and what it computes with, by name.
     *
     * @throws IllegalStateException if this build of it is not at full strength, so that a comparison would mislead
     */
    Map<String, String> describe();

    /** Returns the environment in which the peer's libraries print what they choose for this processor. */
    Map<String, String> talkativeEnvironment();

    /** Returns what they chose, by name, from the lines that they printed. */
    Map<String, String> choices(List<String> lines);

    /** Returns the peer of this build, if there is one. */
    static Optional<Peer> installed() {
        return ServiceLoader.load(Peer.class).findFirst();
    }

    /** Returns the peer of this build. */
    static Peer find() {
        return installed().orElseThrow(() -> new IllegalStateException("this build of the benchmarks has no peer"));
    }
}
