package org.jacobi.app;

import java.util.Map;

import org.jacobi.tensor.Tensor;

/**
 * Everything that a run is continued from.
 *
 * @param config    what the run is
 * @param state     how far it has come
 * @param model     the model's state dict
 * @param optimizer the optimizer's
 */
record Checkpoint(RunConfig config, RunState state, Map<String, Tensor> model, Map<String, Tensor> optimizer) {
}
