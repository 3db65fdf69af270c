package dev.baton.anycast.path;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.baton.linux.steer.RawPackets;
import java.nio.ByteBuffer;

/**
 * Packets on their way out of this host. What the kernel left to whoever has a packet last is done
 * here: checksums, and the division of a TCP stream into segments. Segments share the memory of
 * their bytes; only their headers are copied. For one thread.
 */
final class Departures {

  /** Room for the headers of one segment; a tunnel, both extension headers and TCP take 188. */
  private static final int HEADERS = 256;

  private static final int TCP_SEQUENCE = 4;
  private static final int TCP_DATA_OFFSET = 12;
  private static final int TCP_FLAGS = 13;
  private static final int TCP_CHECKSUM = 16;
  private static final int TCP_LENGTH = 20;
  private static final int FIN_PSH = 0x09;
  private static final int CWR = 0x80;
  private static final int EINTR = 4;

  private final RawPackets out;
  private final ShortPaths shortPaths;
  private final Counters counters;
  private final int mtu;
  private final ByteBuffer headers = ByteBuffer.allocateDirect(RawPackets.BATCH * HEADERS);
  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(headers));
  private int waiting;
  private boolean past;

  /**
   * None yet.
   *
   * @param shortPaths where segments must be even shorter
   * @param mtu no segment is longer
   */
  Departures(RawPackets out, ShortPaths shortPaths, Counters counters, int mtu) {
    this.out = out;
    this.shortPaths = shortPaths;
    this.counters = counters;
    this.mtu = mtu;
  }

  /** Adds a packet, which must stay as it is until the next {@link #flush}. */
  void add(Packet packet) {
    int limit = shortPaths.limit(packet, mtu, System.nanoTime());
    if (packet.isLarge() || (packet.length() > limit && packet.isUncheckedTcp())) {
      divide(packet, limit);
      return;
    }
    if (packet.isStrange()) {
      counters.count(Reason.UNKNOWN_OFFLOAD);
      return;
    }
    if (packet.needsChecksum() && !complete(packet)) {
      counters.count(Reason.UNKNOWN_OFFLOAD);
      return;
    }
    add(packet, packet.address(), packet.length(), 0, 0);
  }

  /** Sends a packet to where others are diverted from, at once. */
  void sendPast(Packet packet) {
    flush();
    past = true;
    add(packet);
    flush();
    past = false;
  }

  private void add(Packet packet, long header, int headerLength, long rest, int restLength) {
    out.set(
        waiting++,
        packet.getLong(Packet.DESTINATION),
        packet.getLong(Packet.DESTINATION + Long.BYTES),
        header,
        headerLength,
        rest,
        restLength);
    if (waiting == RawPackets.BATCH) {
      flush();
    }
  }

  /** Makes a whole checksum of that of the pseudo-header. */
  private static boolean complete(Packet packet) {
    int start = packet.checksumStart();
    int at = packet.checksumAt();
    if (at + 2 > packet.length()) {
      return false;
    }
    int sum = ~Checksum.fold(packet.sum(start, packet.length() - start)) & 0xffff;
    packet.putShort(at, sum == 0 ? 0xffff : sum); // zero would mean none for UDP, the same for TCP
    return true;
  }

  private void divide(Packet packet, int limit) {
    int tcp = packet.checksumStart();
    boolean fits = packet.needsChecksum() && tcp + TCP_LENGTH <= packet.length();
    int tcpLength = fits ? (packet.get(tcp + TCP_DATA_OFFSET) >>> 4) * 4 : 0;
    int head = tcp + tcpLength;
    int size = limit - head;
    if (packet.isLarge()) {
      size = Math.min(size, packet.segmentSize());
    }
    if (!fits || tcpLength < TCP_LENGTH || head > HEADERS || head > packet.length() || size <= 0) {
      counters.count(Reason.UNKNOWN_OFFLOAD);
      return;
    }
    // The pseudo-header's sum has the length of the whole; that of the segment is added each time.
    int whole = packet.length() - tcp;
    long pseudo = (long) packet.getShort(tcp + TCP_CHECKSUM) + 0xffff - Checksum.fold(whole);
    int sequence = packet.getInt(tcp + TCP_SEQUENCE);
    int flags = packet.get(tcp + TCP_FLAGS);
    int end = packet.length();
    for (int at = head; at < end; at += size) {
      int length = Math.min(size, end - at);
      int copy = waiting * HEADERS;
      packet.copyTo(headers, copy, 0, head);
      lengths(copy, head + length);
      int itsFlags = flags & (at == head ? ~0 : ~CWR) & (at + length == end ? ~0 : ~FIN_PSH);
      headers
          .putInt(copy + tcp + TCP_SEQUENCE, sequence + at - head)
          .put(copy + tcp + TCP_FLAGS, (byte) itsFlags)
          .putShort(copy + tcp + TCP_CHECKSUM, (short) 0);
      long sum =
          pseudo
              + tcpLength
              + length
              + Checksum.sum(headers, copy + tcp, tcpLength)
              + packet.sum(at, length);
      headers.putShort(copy + tcp + TCP_CHECKSUM, (short) ~Checksum.fold(sum));
      add(packet, address + copy, head, packet.address() + at, length);
    }
  }

  /** Writes the length into the IPv6 header, and into that within it. */
  private void lengths(int at, int length) {
    headers.putShort(at + Packet.PAYLOAD_LENGTH, (short) (length - Packet.HEADER));
    if (headers.get(at + Packet.NEXT_HEADER) == HeaderChain.IPV6) {
      lengths(at + Packet.HEADER, length - Packet.HEADER);
    }
  }

  /** Sends what has been added. */
  void flush() {
    for (int first = 0; first < waiting; ) {
      int count = waiting - first;
      int sent = past ? out.sendPast(first, count) : out.send(first, count);
      if (sent > 0) {
        first += sent;
      } else if (sent != -EINTR) {
        counters.count(Reason.NOT_SENT);
        first++;
      }
    }
    waiting = 0;
  }
}
