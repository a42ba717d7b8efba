package org.jacobi.app;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jacobi.tensor.io.FileErrors;

/**
 * Draws pictures of a training for as long as that is possible: Java needs fonts of the system for it. Where they are missing,
 * training goes on without pictures; where there is no room for one, with the last one.
 */
final class Pictures {
    private final Consumer<String> warn;
    private final BooleanSupplier stopRequested;
    private boolean drawable = true;

    /** Draws and saves a picture. */
    @FunctionalInterface
    interface Drawing {
        /** Draws and saves it. */
        void draw() throws IOException;
    }

    /**
     * Makes a painter.
     *
     * @param warn          is told why there is no picture
     * @param stopRequested whether the program is about to end
     */
    Pictures(Consumer<String> warn, BooleanSupplier stopRequested) {
        this.warn = warn;
        this.stopRequested = stopRequested;
    }

    /** Draws a picture, if it can be drawn. */
    void draw(String file, Drawing drawing) {
        if (!drawable) {
            return;
        }
        try {
            drawing.draw();
        } catch (IOException e) {
            warn.accept(file + " is not brought up to date: " + FileErrors.describe(e));
        } catch (LinkageError | InternalError | RuntimeException e) {
            if (stopRequested.getAsBoolean()) {
                return; // Java's graphics cannot be loaded while the JVM shuts down; whoever resumes draws again
            }
            drawable = false;
            warn.accept(file + " cannot be drawn on this machine: " + e);
        }
    }
}
