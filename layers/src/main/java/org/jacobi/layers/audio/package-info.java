/**
 * Sound files and data sets, spectrograms, augmentation of sound, and decoders of connectionist temporal classification:
 * what torchaudio has for them.
 */
package org.jacobi.layers.audio;
