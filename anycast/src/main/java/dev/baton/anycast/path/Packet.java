package dev.baton.anycast.path;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.baton.anycast.Ip6;
import dev.baton.linux.steer.Complaints;
import dev.baton.linux.steer.TunDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An IPv6 packet that is changed in place: memory with room in front of it, so that headers go on
 * and off by moving what stands before them, never what follows. Beside it is what the TUN device
 * says of it ({@code struct virtio_net_hdr}). Offsets count from the packet's first byte. For one
 * thread.
 */
final class Packet {

  /** The length of an IPv6 header. */
  static final int HEADER = 40;

  static final int PAYLOAD_LENGTH = 4;
  static final int NEXT_HEADER = 6;
  static final int HOP_LIMIT = 7;
  static final int SOURCE = 8;
  static final int DESTINATION = 24;

  /** The longest packet that can be, without jumbograms. */
  static final int LONGEST = HEADER + 0xffff;

  /** Where a packet begins that has just come: room for what is put on, and aligned. */
  private static final int START = 192;

  private static final int NEEDS_CHECKSUM = 1;
  private static final int CHECKSUM_VALID = 2;
  private static final int GSO_NONE = 0;
  private static final int GSO_TCP6 = 4;
  private static final int GSO_ECN = 0x80;
  private static final int TCP_CHECKSUM = 16;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(START + LONGEST + 1);
  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(memory));
  private int start = START;
  private int end = START;

  private int flags;
  private int gsoType;
  private int gsoHeaders;
  private int gsoSize;
  private int checksumStart;
  private int checksumOffset;

  /**
   * Reads the next packet from a device.
   *
   * @return what {@link TunDevice#read} returns
   */
  int readFrom(TunDevice device) {
    int length =
        device.read(
            address + START - TunDevice.HEADER, memory.capacity() - START + TunDevice.HEADER);
    if (length > 0) {
      start = START;
      end = START - TunDevice.HEADER + length;
      ByteBuffer header = memory.order(ByteOrder.nativeOrder());
      int at = START - TunDevice.HEADER;
      flags = header.get(at);
      gsoType = header.get(at + 1) & 0xff;
      gsoHeaders = header.getShort(at + 2) & 0xffff;
      gsoSize = header.getShort(at + 4) & 0xffff;
      checksumStart = header.getShort(at + 6) & 0xffff;
      checksumOffset = header.getShort(at + 8) & 0xffff;
      memory.order(ByteOrder.BIG_ENDIAN);
    }
    return length;
  }

  /**
   * Reads what a router complains of.
   *
   * @return its length, or 0 if there is nothing now
   */
  int readFrom(Complaints complaints) {
    int length = complaints.read(address + START, LONGEST);
    clear(length);
    return length;
  }

  /**
   * Writes the packet to a device.
   *
   * @return what {@link TunDevice#write} returns
   */
  int writeTo(TunDevice device) {
    int at = start - TunDevice.HEADER;
    memory
        .order(ByteOrder.nativeOrder())
        .put(at, (byte) flags)
        .put(at + 1, (byte) gsoType)
        .putShort(at + 2, (short) gsoHeaders)
        .putShort(at + 4, (short) gsoSize)
        .putShort(at + 6, (short) checksumStart)
        .putShort(at + 8, (short) checksumOffset)
        .order(ByteOrder.BIG_ENDIAN);
    return device.write(address + at, length() + TunDevice.HEADER);
  }

  /** Becomes a packet of some length that needs nothing of the device; its content is up to you. */
  void clear(int length) {
    start = START;
    end = START + length;
    flags = 0;
    gsoType = GSO_NONE;
    gsoHeaders = 0;
    gsoSize = 0;
    checksumStart = 0;
    checksumOffset = 0;
  }

  /** Becomes a copy of a whole packet, whose checksum is there. */
  void set(byte[] packet) {
    clear(packet.length);
    memory.put(start, packet);
  }

  /** A copy, of its own. */
  ByteBuffer copy() {
    byte[] bytes = new byte[length()];
    memory.get(start, bytes);
    return ByteBuffer.wrap(bytes);
  }

  int length() {
    return end - start;
  }

  /** Where it is in memory. */
  long address() {
    return address + start;
  }

  int get(int offset) {
    return memory.get(start + offset) & 0xff;
  }

  int getShort(int offset) {
    return memory.getShort(start + offset) & 0xffff;
  }

  int getInt(int offset) {
    return memory.getInt(start + offset);
  }

  long getLong(int offset) {
    return memory.getLong(start + offset);
  }

  void put(int offset, int value) {
    memory.put(start + offset, (byte) value);
  }

  void putShort(int offset, int value) {
    memory.putShort(start + offset, (short) value);
  }

  void putInt(int offset, int value) {
    memory.putInt(start + offset, value);
  }

  void putLong(int offset, long value) {
    memory.putLong(start + offset, value);
  }

  void putAddress(int offset, Ip6 value) {
    putLong(offset, value.high());
    putLong(offset + Long.BYTES, value.low());
  }

  boolean hasAddress(int offset, Ip6 value) {
    return getLong(offset) == value.high() && getLong(offset + Long.BYTES) == value.low();
  }

  Ip6 address(int offset) {
    return new Ip6(getLong(offset), getLong(offset + Long.BYTES));
  }

  void copyAddress(int from, int to) {
    putLong(to, getLong(from));
    putLong(to + Long.BYTES, getLong(from + Long.BYTES));
  }

  /** Copies bytes to other memory, without moving its position. */
  void copyTo(ByteBuffer target, int index, int offset, int length) {
    target.put(index, memory, start + offset, length);
  }

  /** Copies bytes of another packet into this one. */
  void copyFrom(Packet other, int from, int to, int length) {
    memory.put(start + to, other.memory, other.start + from, length);
  }

  /** Adds bytes of another packet at the end. */
  void append(Packet other, int from, int length) {
    memory.put(end, other.memory, other.start + from, length);
    end += length;
  }

  /** The sum of some bytes, as {@link Checksum} wants it. */
  long sum(int offset, int length) {
    return Checksum.sum(memory, start + offset, length);
  }

  /** Ends it earlier, where the IPv6 header says that it ends. */
  void truncate(int length) {
    end = start + length;
  }

  /**
   * Makes room for a header.
   *
   * @param offset what stands before it moves
   * @param length how much room; what is there is undefined
   */
  void open(int offset, int length) {
    if (start - length < TunDevice.HEADER) {
      throw new IllegalStateException("no room for another header");
    }
    memory.put(start - length, memory, start, offset);
    start -= length;
    shift(length);
  }

  /**
   * Takes a header out.
   *
   * @param offset where it begins
   */
  void remove(int offset, int length) {
    memory.put(start + length, memory, start, offset);
    start += length;
    shift(-length);
  }

  private void shift(int length) {
    if ((flags & NEEDS_CHECKSUM) != 0) {
      checksumStart += length;
    }
    if (gsoType != GSO_NONE) {
      gsoHeaders += length;
    }
  }

  /** Whether its TCP or UDP checksum is only that of the pseudo-header. */
  boolean needsChecksum() {
    return (flags & NEEDS_CHECKSUM) != 0;
  }

  /** Whether its TCP or UDP checksum need not be looked at: the kernel has, or vouches for it. */
  boolean isChecked() {
    return (flags & (NEEDS_CHECKSUM | CHECKSUM_VALID)) != 0;
  }

  /**
   * Is to become several TCP segments from now on; the checksum is that of the pseudo-header.
   *
   * @param tcp where the TCP header is
   * @param checksum where in it the checksum is
   * @param headers where the data begins
   * @param size how many bytes each segment is to have
   */
  void becomeLarge(int tcp, int checksum, int headers, int size) {
    flags = NEEDS_CHECKSUM;
    gsoType = GSO_TCP6;
    gsoHeaders = headers;
    gsoSize = size;
    checksumStart = tcp;
    checksumOffset = checksum;
  }

  /** Whether it is a TCP segment whose checksum is still to be made. */
  boolean isUncheckedTcp() {
    return needsChecksum() && checksumOffset == TCP_CHECKSUM && !isStrange();
  }

  /** Where the checksum begins to count. */
  int checksumStart() {
    return checksumStart;
  }

  /** Where the checksum is. */
  int checksumAt() {
    return checksumStart + checksumOffset;
  }

  /** Whether it is to become several TCP segments. */
  boolean isLarge() {
    return (gsoType & ~GSO_ECN) == GSO_TCP6;
  }

  /** Whether it is to become several packets of a kind that is not known here. */
  boolean isStrange() {
    return gsoType != GSO_NONE && !isLarge();
  }

  /** How many bytes of the stream each segment is to have. */
  int segmentSize() {
    return gsoSize;
  }
}
