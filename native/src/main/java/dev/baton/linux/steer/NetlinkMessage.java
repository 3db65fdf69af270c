package dev.baton.linux.steer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A netlink message under construction: {@code struct nlmsghdr}, then the fixed part of its kind,
 * written with the {@code put} methods, then attributes, some of which have attributes in them.
 */
final class NetlinkMessage {

  static final int HEADER = 16;

  static final int REQUEST = 0x1;
  static final int ACKNOWLEDGE = 0x4;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int EXCLUSIVE = 0x200;
  static final int CREATE = 0x400;

  private static final int ATTRIBUTE_HEADER = 4;
  private static final int SEQUENCE = 8;

  /** For the longest rule of a firewall; only a filter program can be longer. */
  private static final int ROOM = 4096;

  private final int flags;
  private final ByteBuffer buffer;

  /**
   * @param type what is asked
   * @param flags besides REQUEST
   */
  NetlinkMessage(int type, int flags) {
    this(type, flags, ROOM);
  }

  /**
   * As the other one.
   *
   * @param room for the whole message, in bytes
   */
  NetlinkMessage(int type, int flags, int room) {
    this.flags = flags;
    this.buffer = ByteBuffer.allocate(room).order(ByteOrder.nativeOrder());
    buffer.putInt(0).putShort((short) type).putShort((short) (flags | REQUEST)).putLong(0);
  }

  /** Whether the kernel says when this is done, or answers with a table. */
  boolean isAnswered() {
    return (flags & (ACKNOWLEDGE | DUMP)) != 0;
  }

  NetlinkMessage putByte(int value) {
    buffer.put((byte) value);
    return this;
  }

  NetlinkMessage putShort(int value) {
    buffer.putShort((short) value);
    return this;
  }

  NetlinkMessage putInt(int value) {
    buffer.putInt(value);
    return this;
  }

  NetlinkMessage putLong(long value) {
    buffer.putLong(value);
    return this;
  }

  NetlinkMessage putBytes(byte... value) {
    buffer.put(value);
    return this;
  }

  NetlinkMessage attribute(int type, byte... value) {
    int start = open(type);
    buffer.put(value);
    return close(start);
  }

  NetlinkMessage attribute(int type, int value) {
    int start = open(type);
    buffer.putInt(value);
    return close(start);
  }

  NetlinkMessage attribute(int type, String value) {
    int start = open(type);
    buffer.put(value.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    return close(start);
  }

  /**
   * Begins an attribute, whose content is what is written until it is closed.
   *
   * @return what to give to {@link #close}
   */
  int open(int type) {
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) type);
    return start;
  }

  /** Ends the attribute that {@link #open} began. */
  NetlinkMessage close(int start) {
    buffer.putShort(start, (short) (buffer.position() - start));
    while (buffer.position() % ATTRIBUTE_HEADER != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }

  /** A number in network byte order. */
  NetlinkMessage bigEndian(int type, int value) {
    return attribute(type, Integer.reverseBytes(value));
  }

  /**
   * Finishes the message.
   *
   * @param sequence by which its answer is known
   */
  byte[] toBytes(int sequence) {
    byte[] bytes = new byte[buffer.position()];
    buffer.putInt(0, bytes.length).putInt(SEQUENCE, sequence).get(0, bytes);
    return bytes;
  }
}
