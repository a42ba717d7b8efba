package org.jacobi.natives;

/**
 * The blocks that one op made at one line of the program.
 *
 * @param op           what made them
 * @param site         the line, as {@code class.method(file:line)}
 * @param bytes        how many bytes live ones were asked for
 * @param blocks       how many are live
 * @param bytesAtPeak  the same when most bytes were live
 * @param blocksAtPeak the same when most bytes were live
 */
public record Holding(String op, String site, long bytes, long blocks, long bytesAtPeak, long blocksAtPeak) {
}
