/** Image data sets, images from and to files, and image augmentation: torchvision's datasets, io and transforms. */
package org.jacobi.layers.vision;
