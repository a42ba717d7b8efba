/** The numbers that parameters start from. */
package org.jacobi.layers.init;
