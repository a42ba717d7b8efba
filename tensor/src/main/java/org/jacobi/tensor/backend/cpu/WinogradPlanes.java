package org.jacobi.tensor.backend.cpu;

/**
 * 36 matrices in memory, of which none begins where another one's cache lines would have to go, too.
 *
 * @param row     elements from one row to the next
 * @param plane   elements from one matrix to the next
 */
record WinogradPlanes(int row, long plane) {
    static WinogradPlanes of(int rows, int columns) {
        int row = columns + Winograd.ALIGNMENT;
        return new WinogradPlanes(row, (long) rows * row + Winograd.ALIGNMENT);
    }

    long elements() {
        return Winograd.POINTS * plane;
    }

    long at(long base, int point, long row, int column) {
        return base + (point * plane + row * this.row + column) * Float.BYTES;
    }
}
