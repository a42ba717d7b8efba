/** Between text and the numbers that models read and write. */
package org.jacobi.transformer.tokenizer;
