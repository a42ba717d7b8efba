/**
 * Networks for images whose parameters have the names and shapes of well-known PyTorch implementations, so that files of
 * their weights load.
 *
 * <p>In the comments B is the number of images, C channels, H height and W width.
 */
package org.jacobi.layers.vision.models;
