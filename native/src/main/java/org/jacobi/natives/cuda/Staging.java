package org.jacobi.natives.cuda;

import org.jacobi.natives.NativeMemory;

/**
 * Copies between the host and a device through pinned buffers, which the device reads and writes by itself.
 *
 * <p>What goes in is laid into a ring of buffers, small copies side by side, so that the caller's memory is its own again
 * at once and nobody waits, unless the ring is full. What comes out goes through two buffers in turn: while one is filled,
 * the other is emptied.
 */
final class Staging {
    private static final int IN_BUFFERS = 4;
    private static final long ALIGNMENT = 256;

    private final Driver driver;
    private final long bufferBytes;
    private final Buffer[] in = new Buffer[IN_BUFFERS];
    private final Buffer[] out = new Buffer[2];
    private int current;
    private long used;

    private static final class Buffer {
        final long address;
        final Driver.Mark mark;

        Buffer(Driver driver, long bytes) {
            address = driver.allocatePinned(bytes);
            mark = driver.newMark();
        }
    }

    Staging(Driver driver, long bufferBytes) {
        this.driver = driver;
        this.bufferBytes = bufferBytes;
    }

    synchronized void copyIn(long device, long host, long bytes) {
        for (long done = 0; done < bytes;) {
            if (used == bufferBytes) {
                nextBuffer();
            }
            if (in[current] == null) {
                in[current] = new Buffer(driver, bufferBytes);
            }
            long part = Math.min(bytes - done, bufferBytes - used);
            long place = in[current].address + used;
            NativeMemory.copy(host + done, place, part);
            driver.copyIn(device + done, place, part);
            used = Math.min(bufferBytes, (used + part + ALIGNMENT - 1) & -ALIGNMENT);
            done += part;
        }
    }

    /** Goes on to the buffer that was filled longest ago, once the device has read it. */
    private void nextBuffer() {
        in[current].mark.set();
        current = (current + 1) % IN_BUFFERS;
        used = 0;
        if (in[current] != null) {
            in[current].mark.await();
        }
    }

    synchronized void copyOut(long host, long device, long bytes) {
        long parts = (bytes + bufferBytes - 1) / bufferBytes;
        for (long part = 0; part <= parts; part++) {
            if (part < parts) {
                int i = (int) (part % 2);
                if (out[i] == null) {
                    out[i] = new Buffer(driver, bufferBytes);
                }
                driver.copyOut(out[i].address, device + part * bufferBytes, length(part, bytes));
                out[i].mark.set();
            }
            if (part > 0) {
                Buffer filled = out[(int) ((part - 1) % 2)];
                filled.mark.await();
                NativeMemory.copy(filled.address, host + (part - 1) * bufferBytes, length(part - 1, bytes));
            }
        }
    }

    private long length(long part, long bytes) {
        return Math.min(bufferBytes, bytes - part * bufferBytes);
    }
}
