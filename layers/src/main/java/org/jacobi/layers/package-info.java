/**
 * The building blocks of models: layers, which know their parameters by name.
 *
 * <p>A {@link org.jacobi.layers.Layer} is what PyTorch calls a module, a {@link org.jacobi.layers.Param} what it calls
 * a parameter. How parameters start is in {@code init}, how they learn in {@code optim}.
 */
package org.jacobi.layers;
