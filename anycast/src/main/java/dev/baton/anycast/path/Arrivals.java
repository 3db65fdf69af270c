package dev.baton.anycast.path;

import dev.baton.linux.steer.TunDevice;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way into this host. Neighbouring segments of one TCP stream that came in pieces
 * go in as one, as they do from network interfaces (generic receive offload): the kernel takes one
 * in the time it needs for a small one, and acknowledges it once. For one thread.
 */
final class Arrivals {

  private static final int TCP_AT = Packet.HEADER;
  private static final int SEQUENCE = TCP_AT + 4;
  private static final int ACKNOWLEDGED = TCP_AT + 8;
  private static final int DATA_OFFSET = TCP_AT + 12;
  private static final int FLAGS = TCP_AT + 13;
  private static final int WINDOW = TCP_AT + 14;
  private static final int CHECKSUM = TCP_AT + 16;
  private static final int OPTIONS = TCP_AT + 20;
  private static final int ACK = 0x10;
  private static final int PSH = 0x08;

  /** As long as what the kernel itself makes of segments. */
  private static final int LONGEST = 65_000;

  private final TunDevice device;
  private final Counters counters;
  private @Nullable Packet held;
  private int headers;
  private int size;
  private boolean several;

  Arrivals(TunDevice device, Counters counters) {
    this.device = device;
    this.counters = counters;
  }

  /** Adds a packet, which must stay as it is until the next {@link #flush}. */
  void add(Packet packet) {
    int dataAt = dataAt(packet);
    if (held != null && continues(held, packet, dataAt)) {
      int length = packet.length() - dataAt;
      held.append(packet, dataAt, length);
      held.put(FLAGS, held.get(FLAGS) | packet.get(FLAGS));
      several = true;
      if (length < size || (packet.get(FLAGS) & PSH) != 0) {
        flush();
      }
      return;
    }
    flush();
    if (dataAt == 0 || (packet.get(FLAGS) & PSH) != 0) {
      write(packet);
      return;
    }
    held = packet;
    headers = dataAt;
    size = packet.length() - dataAt;
  }

  /** Where the data of a segment begins that others may follow; 0 if it is something else. */
  private static int dataAt(Packet packet) {
    if (packet.length() < OPTIONS
        || packet.get(Packet.NEXT_HEADER) != HeaderChain.TCP
        || packet.isLarge()
        || packet.isStrange()
        || (packet.get(FLAGS) & ~PSH) != ACK) {
      return 0;
    }
    int dataAt = TCP_AT + (packet.get(DATA_OFFSET) >>> 4) * 4;
    boolean data = dataAt >= OPTIONS && dataAt < packet.length();
    return data && (packet.isChecked() || isRight(packet)) ? dataAt : 0;
  }

  private static boolean isRight(Packet packet) {
    int length = packet.length() - TCP_AT;
    return Checksum.fold(pseudo(packet, length) + packet.sum(TCP_AT, length)) == 0xffff;
  }

  private static long pseudo(Packet packet, int length) {
    long addresses = packet.sum(Packet.SOURCE, Packet.HEADER - Packet.SOURCE);
    return addresses + length + HeaderChain.TCP;
  }

  private boolean continues(Packet before, Packet packet, int dataAt) {
    if (dataAt != headers
        || packet.length() - dataAt > size
        || before.length() + packet.length() > LONGEST
        || packet.getInt(SEQUENCE) - before.getInt(SEQUENCE) != before.length() - headers
        || packet.getInt(0) != before.getInt(0)
        || packet.get(Packet.HOP_LIMIT) != before.get(Packet.HOP_LIMIT)
        || packet.getInt(TCP_AT) != before.getInt(TCP_AT)
        || packet.getInt(ACKNOWLEDGED) != before.getInt(ACKNOWLEDGED)
        || packet.getShort(WINDOW) != before.getShort(WINDOW)) {
      return false;
    }
    for (int at = Packet.SOURCE; at < Packet.HEADER; at += Long.BYTES) {
      if (packet.getLong(at) != before.getLong(at)) {
        return false;
      }
    }
    for (int at = OPTIONS; at < headers; at += Integer.BYTES) {
      if (packet.getInt(at) != before.getInt(at)) {
        return false;
      }
    }
    return true;
  }

  /** Writes what is held back. */
  void flush() {
    Packet packet = held;
    if (packet == null) {
      return;
    }
    held = null;
    if (several) {
      several = false;
      int length = packet.length() - TCP_AT;
      packet.putShort(Packet.PAYLOAD_LENGTH, length);
      packet.putShort(CHECKSUM, Checksum.fold(pseudo(packet, length)));
      packet.becomeLarge(TCP_AT, CHECKSUM - TCP_AT, headers, size);
    }
    write(packet);
  }

  private void write(Packet packet) {
    if (packet.writeTo(device) <= TunDevice.EMPTY) {
      counters.count(Reason.NOT_DELIVERED);
    }
  }
}
