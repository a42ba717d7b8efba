/** Losses as objects, under the names they have in torch.nn: what a training makes small. */
package org.jacobi.layers.loss;
