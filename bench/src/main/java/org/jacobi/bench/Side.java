package org.jacobi.bench;

import java.util.List;

import org.jacobi.tensor.Tensor;

/** Whose computation is measured. */
enum Side {
    OURS {
        @Override
        Work work(Case which, Tensor[] inputs) {
            return which.ours(inputs);
        }

        @Override
        List<String> jvmFlags() {
            return List.of();
        }
    },
    PEER {
        @Override
        Work work(Case which, Tensor[] inputs) {
            return Peer.find().work(which, inputs);
        }

        @Override
        List<String> jvmFlags() {
            return Peer.find().jvmFlags();
        }
    };

    /** Makes a case ready to be computed, in a JVM that computes nothing of the other side. */
    abstract Work work(Case which, Tensor[] inputs);

    /** Returns what this side's JVMs need to be started with, beside this JVM's own flags. */
    abstract List<String> jvmFlags();
}
