/** The graph of a value, written as DOT or Mermaid and drawn as SVG. */
package org.jacobi.autograd.graph;
