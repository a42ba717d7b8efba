package org.jacobi.natives;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An allocator that knows who made each block, and on demand guards their surroundings.
 *
 * <p>Guarded blocks lie between two red zones, hold poison when they are handed out (so that reading what was never
 * written shows as NaN) and again when they are freed. Whoever writes outside a block is found when the block is freed, or
 * by {@link #check}; whoever writes into a freed block when it is handed out again or goes back to the system.
 *
 * <p>One lock guards everything here: it is for finding defects, not for speed. What the figures count is what a plain
 * allocator would count; red zones are left out of them.
 */
final class WatchedAllocator extends SlabAllocator {
    /** Before a block, and at least behind it; a cache line keeps the block aligned. */
    private static final long ZONE = SizeClasses.UNIT;

    private static final class Block {
        private final String op;
        private final String site;
        private final long bytes;
        /** The line that freed it; null while it is live. */
        private String freedAt;

        Block(String op, String site, long bytes) {
            this.op = op;
            this.site = site;
            this.bytes = bytes;
        }

        @Override
        public String toString() {
            return "a block of " + bytes + " bytes made by " + op + " at " + site;
        }
    }

    /** The system, which takes blocks back only after a look at them. */
    private static final class CheckedSystem implements SystemMemory {
        private final SystemMemory system;
        private WatchedAllocator watch;

        CheckedSystem(SystemMemory system) {
            this.system = system;
        }

        @Override
        public String name() {
            return system.name();
        }

        @Override
        public long map(long bytes) {
            return system.map(bytes);
        }

        @Override
        public void unmap(long address, long bytes) {
            watch.note(watch.writtenAfterFree(address, watch.freed.remove(address)));
            system.unmap(address, bytes);
        }
    }

    private final boolean guarded;
    private final long zone;
    private final Ledger ledger = new Ledger();
    /** Live blocks by the address that was handed out. */
    private final Map<Long, Block> live = new HashMap<>();
    /** Freed blocks that wait for reuse, by the address at which their front zone begins; kept when guarded. */
    private final Map<Long, Block> freed = new HashMap<>();
    /** What the current call has found; thrown when its books are in order. */
    private MemoryViolation found;

    WatchedAllocator(long slabBytes, long slackBytes, SystemMemory system, long limit, boolean guarded) {
        CheckedSystem checked = new CheckedSystem(system);
        super(slabBytes, slackBytes, checked, limit);
        checked.watch = this;
        this.guarded = guarded;
        zone = guarded ? ZONE : 0;
    }

    @Override
    public long allocate(long bytes) {
        return allocate(bytes, "scratch of " + CallSite.caller());
    }

    @Override
    long take(long bytes, String op) {
        if (bytes > SizeClasses.LARGEST_REQUEST - 2 * zone) {
            return 0;
        }
        Block block = new Block(op, CallSite.outside(), bytes);
        synchronized (this) {
            long start = super.take(bytes + 2 * zone, op);
            if (start != 0 && guarded) {
                note(writtenAfterFree(start, freed.remove(start)));
                Poison.RED_ZONE.fill(start, held(bytes + 2 * zone));
                Poison.FRESH.fill(start + zone, bytes);
            }
            if (start != 0 && found == null) {
                live.put(start + zone, block);
                ledger.add(op, block.site, bytes);
                return start + zone;
            }
            if (start != 0) {
                super.giveBack(start, bytes + 2 * zone);
            }
            raise();
            return 0;
        }
    }

    @Override
    void giveBack(long address, long bytes) {
        String here = guarded ? CallSite.outside() : null;
        synchronized (this) {
            Block block = live.get(address);
            if (block == null || block.bytes != bytes) {
                throw new MemoryViolation(wrongFree(address, bytes, here, block));
            }
            live.remove(address);
            ledger.remove(block.op, block.site, bytes);
            if (guarded) {
                note(outsideOf(address, block));
                block.freedAt = here;
                Poison.FREED.fill(address - zone, held(bytes + 2 * zone));
                freed.put(address - zone, block);
            }
            super.giveBack(address - zone, bytes + 2 * zone);
        }
    }

    @Override
    public synchronized void free(long address, long bytes) {
        super.free(address, bytes);
        raise();
    }

    @Override
    public synchronized void trim() {
        super.trim();
        raise();
    }

    @Override
    public synchronized void check() {
        freed.forEach((start, block) -> note(writtenAfterFree(start, block)));
        checkLive();
    }

    @Override
    public synchronized void checkLive() {
        if (guarded) {
            live.forEach((address, block) -> note(outsideOf(address, block)));
        }
        raise();
    }

    private void note(MemoryViolation violation) {
        if (found == null) {
            found = violation;
        } else if (violation != null) {
            found.addSuppressed(violation);
        }
    }

    /** Throws what the current call has found; it holds the lock from the first look on. */
    private void raise() {
        if (found != null) {
            MemoryViolation violation = found;
            found = null;
            throw violation;
        }
    }

    @Override
    public boolean recordsSites() {
        return true;
    }

    @Override
    public synchronized List<Holding> holdings() {
        return ledger.holdings();
    }

    private String wrongFree(long address, long bytes, String here, Block block) {
        String call = "free(0x" + Long.toHexString(address) + ", " + bytes + ")" + (here == null ? "" : " at " + here);
        if (block != null) {
            return call + ": there is " + block + "; free it with the size of its allocation";
        }
        Block before = freed.get(address - zone);
        return before != null
                ? "double free: " + call + " of " + before + ", which was freed before at " + before.freedAt
                : call + ": no block begins there; it was freed before, or never handed out";
    }

    /** What is wrong around a live block, or null. */
    private MemoryViolation outsideOf(long address, Block block) {
        long before = Poison.RED_ZONE.firstDamage(address - zone, zone);
        if (before >= 0) {
            return new MemoryViolation("write before the start of " + block + ": the byte at offset "
                    + (before - zone) + " was changed");
        }
        long end = address + block.bytes;
        long behind = Poison.RED_ZONE.firstDamage(end, address - zone + held(block.bytes + 2 * zone) - end);
        return behind < 0
                ? null
                : new MemoryViolation("write past the end of " + block + ": the byte at offset "
                        + (block.bytes + behind) + " was changed");
    }

    /** What is wrong inside a block that was freed, or null; null also for memory that was never handed out. */
    private MemoryViolation writtenAfterFree(long start, Block block) {
        if (block == null) {
            return null;
        }
        long at = Poison.FREED.firstDamage(start, held(block.bytes + 2 * zone));
        return at < 0
                ? null
                : new MemoryViolation("write after free of " + block + ": the byte at offset " + (at - zone)
                        + " was changed after it was freed at " + block.freedAt);
    }
}
