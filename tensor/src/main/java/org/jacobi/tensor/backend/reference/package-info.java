/** Every kernel in plain loops: slow, easy to read, and what the fast backends are measured against. */
package org.jacobi.tensor.backend.reference;
