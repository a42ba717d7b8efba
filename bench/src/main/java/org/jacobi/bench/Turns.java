package org.jacobi.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Lets the JVMs of two sides compute in turns, an iteration each, while the other waits: a machine that gets slower for
 * some minutes does so for both.
 */
final class Turns implements AutoCloseable {
    private final ServerSocket door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());

    /** Of the players that have come, in the order of their turns. */
    private final List<Socket> seats = new CopyOnWriteArrayList<>();

    Turns() throws IOException {
    }

    /** Returns what {@link Seat} needs to find this. */
    int port() {
        return door.getLocalPort();
    }

    /**
     * Gives turns until all players have left or this is closed.
     *
     * @param players how many there are; the first turn waits for all of them
     */
    void give(int players) {
        for (int i = 0; i < players; i++) {
            if (!admitted()) {
                return;
            }
        }
        var waiting = new ArrayDeque<>(seats);
        while (!waiting.isEmpty()) {
            Socket next = waiting.remove();
            if (hasTaken(next)) {
                waiting.add(next);
            }
        }
    }

    private boolean admitted() {
        try {
            seats.add(door.accept());
            return true;
        } catch (IOException _) {
            return false; // closed
        }
    }

    /** Gives a turn and waits for its end; false if the player has left. */
    private static boolean hasTaken(Socket seat) {
        try {
            seat.getOutputStream().write(1);
            return seat.getInputStream().read() >= 0;
        } catch (IOException _) {
            return false;
        }
    }

    /** Ends the turns; whoever waits for one gets an error. */
    @Override
    public void close() {
        try {
            door.close();
            for (Socket seat : seats) {
                seat.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A player's place, in the JVM that computes. */
    static final class Seat implements AutoCloseable {
        private final Socket socket;

        /** Takes a place. */
        Seat(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
        }

        /** Waits for this side's turn. */
        void await() {
            try {
                if (socket.getInputStream().read() < 0) {
                    throw new IllegalStateException("the other side has failed");
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the other side has failed", e);
            }
        }

        /** Ends this side's turn. */
        void pass() {
            try {
                socket.getOutputStream().write(1);
            } catch (IOException e) {
                throw new UncheckedIOException("the other side has failed", e);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
