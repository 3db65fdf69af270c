package dev.baton.anycast.message;

import org.jspecify.annotations.Nullable;

/** A packet that is no mobility message one may act upon, and what RFC 6275 §9.2 wants then. */
public final class MalformedPacketException extends Exception {

  /** What is wrong, by what it is counted as. */
  public enum Fault {
    /** Too short, lengths that do not fit, headers or options that make no sense. */
    FORMAT,
    /** The checksum is wrong. */
    CHECKSUM,
    /** The type of the mobility header is not known: a binding error is the answer. */
    UNKNOWN_TYPE,
    /** A field has a value it must not have: a parameter problem is the answer. */
    FIELD
  }

  private final Fault fault;
  private final int code;
  private final int pointer;
  private final @Nullable MobilityPacket answer;

  private MalformedPacketException(
      Fault fault, String message, int code, int pointer, @Nullable MobilityPacket answer) {
    // Hostile packets come by the thousand: nobody looks at where they were refused.
    super(message, null, false, false);
    this.fault = fault;
    this.code = code;
    this.pointer = pointer;
    this.answer = answer;
  }

  static MalformedPacketException format(String message) {
    return new MalformedPacketException(Fault.FORMAT, message, 0, -1, null);
  }

  static MalformedPacketException checksum() {
    return new MalformedPacketException(
        Fault.CHECKSUM, "the mobility header's checksum is wrong", 0, -1, null);
  }

  static MalformedPacketException unknownType(int type, MobilityPacket answer) {
    return new MalformedPacketException(
        Fault.UNKNOWN_TYPE, "mobility header of unknown type " + type, 0, -1, answer);
  }

  static MalformedPacketException field(String message, int code, int pointer) {
    return new MalformedPacketException(Fault.FIELD, message, code, pointer, null);
  }

  /** What is wrong. */
  public Fault fault() {
    return fault;
  }

  /** The code of the ICMPv6 parameter problem that answers a {@link Fault#FIELD}. */
  public int code() {
    return code;
  }

  /** Which byte of the IPv6 packet is wrong, or -1 if no parameter problem is to be sent. */
  public int pointer() {
    return pointer;
  }

  /** The binding error that answers a {@link Fault#UNKNOWN_TYPE}, or null. */
  public @Nullable MobilityPacket answer() {
    return answer;
  }
}
