package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A netlink socket in the network namespace of the thread that opened it. Owns its descriptor. Not
 * thread-safe.
 */
final class Netlink implements AutoCloseable {

  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_DUMP_INTR = 0x10;

  /** The kernel answers at once; this is only lest a thread hangs if it does not. */
  private static final long TIMEOUT_SECONDS = 10;

  /** {@code struct nlmsgerr}; with CAP_ACK it has of the message in question only the header. */
  private static final int ERROR_LENGTH = 4 + NetlinkMessage.HEADER;

  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int TYPE_MASK = 0x3fff;

  /** The kernel sends no larger piece at once. */
  private static final int ROOM = 32 << 10;

  private final int fd;
  private final Memory memory = new Memory(ROOM);
  private int sequence;

  private Netlink(int fd) {
    this.fd = fd;
  }

  /**
   * Opens a socket.
   *
   * @param protocol NETLINK_*
   */
  static Netlink open(int protocol) throws LinuxException {
    Netlink netlink =
        new Netlink(Calls.open(Calls.AF_NETLINK, Calls.SOCK_RAW, protocol, "open netlink"));
    // What fails here makes errors less clear, and nothing else depends on it.
    netlink.memory.setInt(0, 1);
    netlink.set(SOL_NETLINK, NETLINK_CAP_ACK, 4);
    netlink.set(SOL_NETLINK, NETLINK_EXT_ACK, 4);
    netlink.memory.setLong(0, TIMEOUT_SECONDS);
    netlink.memory.setLong(8, 0);
    netlink.set(SOL_SOCKET, SO_RCVTIMEO, 16);
    return netlink;
  }

  private void set(int level, int option, int length) {
    Calls.setsockopt(fd, level, option, Pointer.nativeValue(memory), length);
  }

  /**
   * One message of an answer.
   *
   * @param fixed the part before the attributes, in native byte order
   * @param attributes by type; of several of one type the last
   */
  record Answer(ByteBuffer fixed, Map<Integer, byte[]> attributes) {

    /** An attribute's text, or the empty one. */
    String text(int type) {
      byte[] bytes = attributes.getOrDefault(type, new byte[1]);
      return new String(bytes, 0, bytes.length - 1, StandardCharsets.UTF_8);
    }

    /** An attribute's number, or 0. */
    int number(int type) {
      byte[] bytes = attributes.getOrDefault(type, new byte[4]);
      return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
    }
  }

  /**
   * Has something done.
   *
   * @param doing what, for the exception
   * @param messages go to the kernel together; the last that is to be answered asks for an
   *     acknowledgment
   */
  void execute(String doing, NetlinkMessage... messages) throws LinuxException {
    ask(doing, 0, messages);
  }

  /**
   * Reads a table, or what is asked for.
   *
   * @param message has the flag DUMP or asks for an acknowledgment
   * @param fixed the length of the part before the attributes
   */
  List<Answer> dump(String doing, int fixed, NetlinkMessage message) throws LinuxException {
    while (true) {
      List<Answer> answers = ask(doing, fixed, message);
      if (answers != null) {
        return answers;
      }
    }
  }

  /** Gives null if a table changed while it was read. */
  private @Nullable List<Answer> ask(String doing, int fixed, NetlinkMessage... messages)
      throws LinuxException {
    int first = sequence + 1;
    int awaited = send(doing, messages);
    List<Answer> answers = new ArrayList<>();
    boolean whole = true;
    while (true) {
      ByteBuffer received = receive(doing);
      while (received.remaining() >= NetlinkMessage.HEADER) {
        int start = received.position();
        int length = received.getInt(start);
        int type = received.getShort(start + 4);
        int answered = received.getInt(start + 8);
        if (answered - first >= 0) { // else of a question that failed earlier
          whole &= (received.getShort(start + 6) & NLM_F_DUMP_INTR) == 0;
          ByteBuffer body =
              received
                  .slice(start + NetlinkMessage.HEADER, length - NetlinkMessage.HEADER)
                  .order(ByteOrder.nativeOrder());
          if (type == NLMSG_ERROR) {
            requireNoError(doing, body);
          }
          if (type == NLMSG_DONE || (type == NLMSG_ERROR && answered == awaited)) {
            return whole ? answers : null;
          }
          if (type != NLMSG_ERROR) {
            answers.add(
                new Answer(body.slice(0, fixed).order(body.order()), attributes(body, fixed)));
          }
        }
        received.position(Math.min(received.limit(), start + aligned(length)));
      }
    }
  }

  /** Gives the number of the message whose answer is the last. */
  private int send(String doing, NetlinkMessage... messages) throws LinuxException {
    int length = 0;
    int awaited = 0;
    for (NetlinkMessage message : messages) {
      sequence++;
      byte[] bytes = message.toBytes(sequence);
      memory.write(length, bytes, 0, bytes.length);
      length += bytes.length;
      awaited = message.isAnswered() ? sequence : awaited;
    }
    if (Calls.send(fd, Pointer.nativeValue(memory), length, 0) != length) {
      throw Calls.failure(doing + ": send");
    }
    return awaited;
  }

  private ByteBuffer receive(String doing) throws LinuxException {
    while (true) {
      long length = Calls.recv(fd, Pointer.nativeValue(memory), ROOM, Calls.MSG_TRUNC);
      if (length > ROOM) {
        throw new LinuxException(doing + ": an answer of " + length + " bytes", Calls.EMSGSIZE);
      }
      if (length >= 0) {
        byte[] copy = memory.getByteArray(0, (int) length);
        return ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
      }
      if (Calls.errno() != Calls.EINTR) {
        throw Calls.failure(doing + ": recv");
      }
    }
  }

  private static void requireNoError(String doing, ByteBuffer body) throws LinuxException {
    int error = -body.getInt(0);
    if (error != 0) {
      Map<Integer, byte[]> attributes =
          body.limit() > ERROR_LENGTH ? attributes(body, ERROR_LENGTH) : Map.of();
      String why = new Answer(body, attributes).text(NLMSGERR_ATTR_MSG);
      throw new LinuxException(why.isEmpty() ? doing : doing + " (" + why + ")", error);
    }
  }

  private static Map<Integer, byte[]> attributes(ByteBuffer body, int from) {
    Map<Integer, byte[]> attributes = new HashMap<>();
    int at = from;
    while (at + 4 <= body.limit()) {
      int length = body.getShort(at) & 0xffff;
      byte[] value = new byte[length - 4];
      body.get(at + 4, value);
      attributes.put(body.getShort(at + 2) & TYPE_MASK, value);
      at += aligned(length);
    }
    return attributes;
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }

  @Override
  public void close() {
    Calls.close(fd);
    memory.close();
  }
}
