/** Recurrent networks: layers for whole sequences, of one length or packed, and cells for one time step. */
package org.jacobi.layers.recurrent;
