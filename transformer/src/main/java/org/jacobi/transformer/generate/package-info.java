/** Writing text with a trained model. */
package org.jacobi.transformer.generate;
