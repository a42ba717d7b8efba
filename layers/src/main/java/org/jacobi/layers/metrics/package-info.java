/** How good predictions are, added up batch after batch: torchmetrics. */
package org.jacobi.layers.metrics;
