/** ONNX's operators, a file a family, and the runner that calls them. */
package org.jacobi.onnx.ops;
