/** Speech and other sequences without an alignment: connectionist temporal classification and its decoders. */
package org.jacobi.layers.audio;
