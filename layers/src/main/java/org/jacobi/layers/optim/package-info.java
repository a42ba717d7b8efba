/** How parameters learn from their gradients: optimizers, learning rate schedules and clipping. */
package org.jacobi.layers.optim;
