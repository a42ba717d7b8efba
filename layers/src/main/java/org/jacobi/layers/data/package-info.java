/** Data sets, and loaders that shuffle, transform and collate them: torch.utils.data. */
package org.jacobi.layers.data;
