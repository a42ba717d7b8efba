package org.jacobi.natives;

/**
 * Memory was written that belongs to nobody, or freed twice: a defect of a kernel or of whoever works with raw addresses.
 *
 * <p>Found in guarded mode only ({@code -Djacobi.memory=guarded}). An {@link Error}, because the numbers of the program
 * can no longer be trusted and nothing should carry on by catching exceptions.
 */
public final class MemoryViolation extends Error {
    MemoryViolation(String message) {
        super(message);
    }
}
