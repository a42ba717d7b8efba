/** What an ONNX file says, as records, and the reader that makes them. */
package org.jacobi.onnx.graph;
