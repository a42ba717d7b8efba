package org.jacobi.tensor.backend.cpu;

import static org.jacobi.tensor.backend.cpu.Winograd.KERNEL;
import static org.jacobi.tensor.backend.cpu.Winograd.PATCH;
import static org.jacobi.tensor.backend.cpu.Winograd.POINTS;
import static org.jacobi.tensor.backend.cpu.Winograd.bytes;
import static org.jacobi.tensor.backend.cpu.Winograd.vector;
import static org.jacobi.tensor.backend.cpu.Winograd.withScratch;

import org.jacobi.natives.WorkerPool;

/**
 * The weights of {@link Winograd} and the 6 x 6 factors of each kernel, from one to the other.
 *
 * @param channels of the inputs that meet the factors
 * @param filters  of the outputs
 */
record WinogradFactors(int channels, int filters) {
    private static final Rows ROWS = Simd.rows();
    private static final WinogradLanes LANES = Simd.winogradLanes();
    private static final int PLACES = KERNEL * KERNEL;
    /** So many channels of a weight are transformed at once, in the first cache. */
    static final int PIECE = 32;

    /** u[point][channel][filter] = the factors of a weight (filters, channels, 3, 3), or, turned, (channels, filters, 3, 3). */
    void transform(long u, WinogradPlanes factors, long weight, boolean turned) {
        int across = filters / LANES.lanes();
        WorkerPool.global().parallelFor((long) Math.ceilDiv(channels, PIECE) * across, across / 4 + 1, (first, end) -> {
            withScratch(elements(), scratch -> {
                for (long task = first; task < end; task++) {
                    // Neighbours one after the other, since factors lie far apart otherwise.
                    int channel = (int) (task / across) * PIECE;
                    transform(u, factors, weight, turned, (int) (task % across) * LANES.lanes(), channel,
                            Math.min(PIECE, channels - channel), scratch);
                }
            });
        });
    }

    /** Returns how much scratch memory the method below needs. */
    static long elements() {
        return (long) PIECE * (PLACES + PATCH * KERNEL) * LANES.lanes();
    }

    /** Does as many filters as there are lanes, for some channels. */
    void transform(long u, WinogradPlanes factors, long weight, boolean turned, int filter, int channel,
            int count,
            long scratch) {
        long place = vector();
        long kernel = PLACES * place;
        long half = scratch + PIECE * kernel;
        long halfKernel = PATCH * KERNEL * place;
        for (int c = 0; turned && c < count; c++) {
            LANES.transpose(scratch + c * kernel, place,
                    weight + bytes(((long) (channel + c) * filters + filter) * PLACES), bytes(PLACES), LANES.lanes(),
                    PLACES);
        }
        if (!turned) {
            LANES.transpose(scratch, place, weight + bytes(((long) filter * channels + channel) * PLACES),
                    bytes((long) channels * PLACES), LANES.lanes(), count * PLACES);
        }
        for (int j = 0; j < KERNEL; j++) {
            LANES.weight(scratch + (turned ? PLACES - 1 - j : j) * place, (turned ? -KERNEL : KERNEL) * place, kernel,
                    half + j * place, KERNEL * place, halfKernel, count);
        }
        for (int i = 0; i < PATCH; i++) {
            LANES.weight(half + i * KERNEL * place, place, halfKernel, factors.at(u, i * PATCH, channel, filter),
                    bytes(factors.plane()), bytes(factors.row()), count);
        }
    }

    /** Returns how much scratch memory {@link #transformBack} needs. */
    long backElements() {
        return (long) channels * (POINTS + KERNEL * PATCH + PLACES);
    }

    /** weight[filter][channel][place] = the sum of the parts of a filter's u[point][channel], transformed. */
    void transformBack(long weight, long filter, long u, WinogradPlanes factors, int parts, long scratch) {
        long place = bytes(channels);
        int vectors = channels / LANES.lanes();
        long half = scratch + POINTS * place;
        long kernels = half + KERNEL * PATCH * place;
        for (int point = 0; point < POINTS; point++) {
            ROWS.sumRows(scratch + point * place, factors.at(u, point, 0, 0), bytes(factors.elements()), parts,
                    channels);
        }
        for (int j = 0; j < PATCH; j++) {
            LANES.weightBack(scratch + j * place, PATCH * place, vector(), half + j * place, PATCH * place, vector(),
                    vectors);
        }
        for (int i = 0; i < KERNEL; i++) {
            LANES.weightBack(half + i * PATCH * place, place, vector(), kernels + i * KERNEL * place, place, vector(),
                    vectors);
        }
        LANES.transpose(weight + filter * PLACES * place, bytes(PLACES), kernels, place, PLACES, channels);
    }
}
