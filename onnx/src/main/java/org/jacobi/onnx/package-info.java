/** ONNX models: {@link org.jacobi.onnx.OnnxModel} reads a file and runs its graph on tensors. */
package org.jacobi.onnx;
