/** Training: a loop with checkpoints, early stopping and a guard against NaN, and what can watch it. */
package org.jacobi.layers.train;
