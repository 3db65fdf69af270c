package dev.baton.linux;

import java.nio.ByteBuffer;

/**
 * What TCP_INFO says about a connection, at one moment: the kernel fills it under the socket's
 * lock. Fields a kernel is too old to know are 0.
 *
 * @param state the connection's state
 * @param timestamps whether timestamps were negotiated
 * @param sack whether selective acknowledgments were negotiated
 * @param windowScaling whether window scaling was negotiated
 * @param sendWindowScale shift of the windows the peer announces, 0 to 14
 * @param receiveWindowScale shift of the windows we announce, 0 to 14
 * @param sendMss the largest segment we send now, in bytes
 * @param unacknowledgedSegments segments sent and not acknowledged; on a listener the length of the
 *     accept queue
 * @param lostSegments segments the kernel believes lost
 * @param rttMicros smoothed round-trip time, in microseconds
 * @param rttVarianceMicros its mean deviation, in microseconds
 * @param congestionWindow in segments
 * @param totalRetransmissions segments sent again in the life of the socket
 * @param bytesAcknowledged bytes of ours the peer has acknowledged since the socket was accepted or
 *     re-created
 * @param bytesReceived bytes of the peer we have acknowledged since the socket was accepted or
 *     re-created
 * @param segmentsReceived segments of any kind taken from the peer; those a filter drops do not
 *     count
 * @param unsentBytes bytes in the send queue that were never sent
 * @param peerWindow the window the peer last announced, in bytes
 * @param millisSinceDataReceived time since data last came, in milliseconds
 * @param millisSinceDataSent time since data was last sent, in milliseconds
 */
public record TcpInfo(
    TcpState state,
    boolean timestamps,
    boolean sack,
    boolean windowScaling,
    int sendWindowScale,
    int receiveWindowScale,
    int sendMss,
    int unacknowledgedSegments,
    int lostSegments,
    int rttMicros,
    int rttVarianceMicros,
    int congestionWindow,
    int totalRetransmissions,
    long bytesAcknowledged,
    long bytesReceived,
    int segmentsReceived,
    int unsentBytes,
    int peerWindow,
    int millisSinceDataReceived,
    int millisSinceDataSent) {

  private static final int SIZE = 232;
  private static final int BYTES_ACKED = 120;
  private static final int SEGS_IN = 140;

  private static final int TIMESTAMPS = 1;
  private static final int SACK = 2;
  private static final int WINDOW_SCALING = 4;

  static TcpInfo of(int fd) throws LinuxException {
    Scratch scratch = fetch(fd, SIZE);
    ByteBuffer info = scratch.memory();
    int options = info.get(5);
    int scales = info.get(6) & 0xff;
    return new TcpInfo(
        TcpState.of(info.get(0)),
        (options & TIMESTAMPS) != 0,
        (options & SACK) != 0,
        (options & WINDOW_SCALING) != 0,
        scales & 0xf,
        scales >> 4,
        info.getInt(16),
        info.getInt(24),
        info.getInt(32),
        info.getInt(68),
        info.getInt(72),
        info.getInt(80),
        info.getInt(100),
        info.getLong(BYTES_ACKED),
        info.getLong(128),
        info.getInt(SEGS_IN),
        info.getInt(144),
        info.getInt(228),
        info.getInt(52),
        info.getInt(44));
  }

  /** Only the number of acknowledged bytes, for those who ask often. */
  static long bytesAcknowledged(int fd) throws LinuxException {
    return fetch(fd, BYTES_ACKED + 8).memory().getLong(BYTES_ACKED);
  }

  /** Only the number of segments taken from the peer. */
  static int segmentsReceived(int fd) throws LinuxException {
    return fetch(fd, SEGS_IN + 4).memory().getInt(SEGS_IN);
  }

  private static Scratch fetch(int fd, int size) throws LinuxException {
    Scratch scratch = Scratch.get();
    int length = RawSocket.get(fd, Option.TCP_INFO, scratch, size);
    for (int i = length; i < size; i++) {
      scratch.memory().put(i, (byte) 0);
    }
    return scratch;
  }
}
