package org.jacobi.natives;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Adds up blocks by the op and line that made them, now and at the moment of the peak. Not thread safe. */
final class Ledger {
    private record Maker(String op, String site) {
    }

    private static final class Account {
        private long bytes;
        private long blocks;
        private long bytesAtPeak;
        private long blocksAtPeak;
        /** The peak at which the last two were right. */
        private long peak;

        /** Before a change: what has not changed since the last peak is what was held at it. */
        void settle(long currentPeak) {
            if (peak != currentPeak) {
                bytesAtPeak = bytes;
                blocksAtPeak = blocks;
                peak = currentPeak;
            }
        }
    }

    private final Map<Maker, Account> accounts = new HashMap<>();
    private long live;
    private long most;
    private long peaks;

    void add(String op, String site, long bytes) {
        Account account = accounts.computeIfAbsent(new Maker(op, site), _ -> new Account());
        account.settle(peaks);
        account.bytes += bytes;
        account.blocks++;
        live += bytes;
        if (live > most) {
            most = live;
            peaks++;
        }
    }

    void remove(String op, String site, long bytes) {
        Account account = accounts.get(new Maker(op, site));
        account.settle(peaks);
        account.bytes -= bytes;
        account.blocks--;
        live -= bytes;
    }

    List<Holding> holdings() {
        return accounts.entrySet().stream().map(entry -> {
            Account account = entry.getValue();
            account.settle(peaks);
            return new Holding(entry.getKey().op, entry.getKey().site, account.bytes, account.blocks,
                    account.bytesAtPeak, account.blocksAtPeak);
        }).toList();
    }
}
