/** Sound files and data sets, spectrograms, and augmentation of sound: what torchaudio has for them. */
package org.jacobi.layers.audio;
