package org.jacobi.app;

import picocli.CommandLine.Command;

/** {@code jacobi train}: what can be trained. */
@Command(name = "train", description = "Trains a model.")
final class TrainCommand {
}
