package org.jacobi.natives;

/**
 * A hash table from addresses to small numbers in plain arrays, so that looking up a block makes no garbage.
 *
 * <p>Open addressing with linear probing; removal moves later entries of the run back, so there are no tombstones and
 * the table does not age. Not thread safe. (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm
 * R.)
 */
final class AddressTable {
    private long[] keys = new long[64]; // 0 marks a free place: no block lies at address 0
    private int[] values = new int[64];
    private int size;

    /** Enters an address that is not in the table. */
    void put(long address, int value) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        int place = place(address);
        keys[place] = address;
        values[place] = value;
        size++;
    }

    /** The number entered for the address, or -1. */
    int get(long address) {
        int place = place(address);
        return keys[place] == address ? values[place] : -1;
    }

    /** Takes out an address that is in the table. */
    void remove(long address) {
        int hole = place(address);
        int mask = keys.length - 1;
        for (int i = (hole + 1) & mask; keys[i] != 0; i = (i + 1) & mask) {
            // An entry may move to the hole unless its home lies behind the hole, on the way to where it stands.
            if (((i - home(keys[i])) & mask) >= ((i - hole) & mask)) {
                keys[hole] = keys[i];
                values[hole] = values[i];
                hole = i;
            }
        }
        keys[hole] = 0;
        size--;
    }

    int size() {
        return size;
    }

    /** Where the address stands, or the free place where it would be entered. */
    private int place(long address) {
        int mask = keys.length - 1;
        int i = home(address);
        while (keys[i] != 0 && keys[i] != address) {
            i = (i + 1) & mask;
        }
        return i;
    }

    /** The first place to look: Fibonacci hashing, the high bits of a product with 2^64 divided by the golden ratio. */
    private int home(long address) {
        return (int) (address * 0x9E3779B97F4A7C15L >>> Long.numberOfLeadingZeros(keys.length - 1));
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new int[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                int place = place(oldKeys[i]);
                keys[place] = oldKeys[i];
                values[place] = oldValues[i];
            }
        }
    }
}
