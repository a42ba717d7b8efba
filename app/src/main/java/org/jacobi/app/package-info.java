/** The {@code jacobi} command: one class a subcommand, and what a training run consists of. */
package org.jacobi.app;
