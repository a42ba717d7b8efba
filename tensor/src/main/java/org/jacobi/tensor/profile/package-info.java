/** Where the time goes: calls, times, memory and arithmetic by op. */
package org.jacobi.tensor.profile;
