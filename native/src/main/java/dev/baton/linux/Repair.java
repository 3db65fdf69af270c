package dev.baton.linux;

import static dev.baton.linux.Option.TCP_QUEUE_SEQ;
import static dev.baton.linux.Option.TCP_REPAIR;
import static dev.baton.linux.Option.TCP_REPAIR_OPTIONS;
import static dev.baton.linux.Option.TCP_REPAIR_QUEUE;
import static dev.baton.linux.Option.TCP_REPAIR_WINDOW;
import static dev.baton.linux.Option.TCP_TIMESTAMP;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * The kernel's TCP_REPAIR interface, one method for each thing it can do, on raw descriptors. The
 * order in which they make sense is {@link TcpConnection}'s business.
 *
 * <p>Never call any of it on a socket whose owner does not expect it: under repair a socket refuses
 * ordinary calls.
 */
final class Repair {

  static final int NO_QUEUE = 0;
  static final int RECEIVE_QUEUE = 1;
  static final int SEND_QUEUE = 2;

  private static final int ON = 1;
  private static final int OFF = 0;
  private static final int OFF_WITHOUT_PROBE = -1;

  private static final int OPTION_MSS = 2;
  private static final int OPTION_WINDOW_SCALE = 3;
  private static final int OPTION_SACK_PERMITTED = 4;
  private static final int OPTION_TIMESTAMPS = 8;

  private static final int WINDOW_SIZE = 20;

  /**
   * The kernel frees only whole segments: the first one in the send queue may begin before the
   * first byte that is not acknowledged, by less than this.
   */
  private static final int LARGEST_SEGMENT = 1 << 16;

  /** The least the kernel takes as TCP_MAXSEG. */
  private static final int SMALLEST_MSS = 88;

  /**
   * The most the kernel takes as TCP_MAXSEG, and the largest segments of a re-created connection.
   * Larger ones exist on loopback only, and there is a reason not to want them: the kernel lets
   * segments grow to half the largest window it ever saw, and the larger ones may make the client
   * shrink its window below two of them. Then neither end moves before the sender's window probe,
   * and the connection gives one window every 200 ms.
   */
  private static final int LARGEST_MSS = 32_767;

  private static final int LARGEST_UNSCALED_WINDOW = 0xffff;

  /** A window up to this is filled with one segment (tcp_bound_to_half_wnd). */
  private static final int SMALL_WINDOW = 536;

  static final byte[] EMPTY = {};

  /** The filter that drops everything, laid out once: freezing must be quick. */
  private static final Memory DROP_ALL = dropAll();

  private Repair() {}

  private static Memory dropAll() {
    Memory memory = new Memory(64);
    new BpfProgram().give(BpfProgram.DROP).write(memory);
    return memory;
  }

  /** Makes the socket deaf: every segment for it vanishes, unanswered. */
  static void deafen(int fd) throws LinuxException {
    RawSocket.set(fd, Option.SO_ATTACH_FILTER, Pointer.nativeValue(DROP_ALL), 16);
  }

  static void undeafen(int fd) throws LinuxException {
    try {
      RawSocket.set(fd, Option.SO_DETACH_FILTER, 0);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  static void on(int fd) throws LinuxException {
    RawSocket.set(fd, TCP_REPAIR, ON);
  }

  /** Ends repair and has the kernel send a window probe, so that the peer tells where it stands. */
  static void off(int fd) throws LinuxException {
    RawSocket.set(fd, TCP_REPAIR, OFF);
  }

  static void offSilently(int fd) throws LinuxException {
    RawSocket.set(fd, TCP_REPAIR, OFF_WITHOUT_PROBE);
  }

  static void select(int fd, int queue) throws LinuxException {
    RawSocket.set(fd, TCP_REPAIR_QUEUE, queue);
  }

  /** The sequence number behind the last byte of the selected queue. */
  static int sequence(int fd) throws LinuxException {
    return RawSocket.get(fd, TCP_QUEUE_SEQ);
  }

  /** Sets where the selected queue begins; only while the socket is closed. */
  static void setSequence(int fd, int sequence) throws LinuxException {
    RawSocket.set(fd, TCP_QUEUE_SEQ, sequence);
  }

  static TcpImage.Window window(int fd) throws LinuxException {
    Scratch scratch = Scratch.get();
    RawSocket.get(fd, TCP_REPAIR_WINDOW, scratch, WINDOW_SIZE);
    ByteBuffer memory = scratch.memory();
    return new TcpImage.Window(
        memory.getInt(0), memory.getInt(4), memory.getInt(8), memory.getInt(12), memory.getInt(16));
  }

  static void setWindow(int fd, TcpImage.Window window) throws LinuxException {
    setWindow(fd, window, window.sndWnd());
  }

  /**
   * Lets the kernel believe that the peer's window is closed. A frozen socket may still have
   * segments in the device's queue, and when these leave, the kernel would send new ones behind our
   * back; with a closed window it does not, and {@code snd_nxt} stands still.
   */
  static void holdSending(int fd, TcpImage.Window window) throws LinuxException {
    setWindow(fd, window, 0);
  }

  private static void setWindow(int fd, TcpImage.Window window, int sndWnd) throws LinuxException {
    Scratch scratch = Scratch.get();
    scratch
        .memory()
        .putInt(0, window.sndWl1())
        .putInt(4, sndWnd)
        .putInt(8, window.maxWindow())
        .putInt(12, window.rcvWnd())
        .putInt(16, window.rcvWup());
    RawSocket.set(fd, TCP_REPAIR_WINDOW, scratch.address(), WINDOW_SIZE);
  }

  static int timestamp(int fd) throws LinuxException {
    return RawSocket.get(fd, TCP_TIMESTAMP);
  }

  /**
   * Sets the segment size that {@code connect} computes with. It would take 536 otherwise, and go
   * on with that after {@link #negotiate} has set the right one, until the peer's window happens to
   * grow beyond its largest ever. For the same reason the kernel's own rule is followed here, that
   * a segment is at most half the largest window: of a client with a small receive buffer {@code
   * connect} does not know yet.
   */
  static void announceSegmentSize(int fd, TcpImage image) throws LinuxException {
    int window = image.window().maxWindow();
    int most = window > SMALL_WINDOW ? window / 2 : window;
    int mss = Math.max(Math.min(segmentSize(image.negotiated()), most), SMALLEST_MSS);
    RawSocket.set(fd, Option.TCP_MAXSEG, mss);
  }

  /**
   * Keeps {@code connect} from scaling the windows of a connection whose ends have not agreed on
   * that. It decides by the sysctl of this host, and {@link #negotiate} cannot take it back: the
   * peer would be told a hundredth of the window. Without scaling no window is larger than this.
   */
  static void limitWindow(int fd, TcpImage.Negotiated negotiated) throws LinuxException {
    if (!negotiated.windowScaling()) {
      RawSocket.set(fd, Option.TCP_WINDOW_CLAMP, LARGEST_UNSCALED_WINDOW);
    }
  }

  private static int segmentSize(TcpImage.Negotiated negotiated) {
    return Math.min(negotiated.mss(), LARGEST_MSS);
  }

  /**
   * Sets what the handshake settled; only while established. The values of SACK and timestamps must
   * be 0.
   */
  static void negotiate(int fd, TcpImage.Negotiated negotiated) throws LinuxException {
    Scratch scratch = Scratch.get();
    ByteBuffer memory = scratch.memory();
    int end = put(memory, 0, OPTION_MSS, segmentSize(negotiated));
    if (negotiated.windowScaling()) {
      int scales = negotiated.receiveWindowScale() << 16 | negotiated.sendWindowScale();
      end = put(memory, end, OPTION_WINDOW_SCALE, scales);
    }
    if (negotiated.sack()) {
      end = put(memory, end, OPTION_SACK_PERMITTED, 0);
    }
    if (negotiated.timestamps()) {
      end = put(memory, end, OPTION_TIMESTAMPS, 0);
    }
    RawSocket.set(fd, TCP_REPAIR_OPTIONS, scratch.address(), end);
    if (negotiated.timestamps()) {
      RawSocket.set(fd, TCP_TIMESTAMP, negotiated.timestamp());
    }
  }

  private static int put(ByteBuffer memory, int at, int code, int value) {
    memory.putInt(at, code).putInt(at + 4, value);
    return at + 8;
  }

  /** Copies the receive queue, which must be selected and {@code length} bytes long. */
  static byte[] peekReceiveQueue(int fd, int length) throws LinuxException, NotMovableException {
    try (QueueRoom room = new QueueRoom()) {
      return room.copy(peek(fd, room, length, length), length);
    }
  }

  /**
   * Looks at the last {@code length} bytes of the send queue, which must be selected.
   *
   * @return where in the room they begin
   */
  static int peekSendQueue(int fd, QueueRoom room, int length)
      throws LinuxException, NotMovableException {
    return peek(fd, room, length + LARGEST_SEGMENT, length);
  }

  private static int peek(int fd, QueueRoom room, int most, int wanted)
      throws LinuxException, NotMovableException {
    if (wanted == 0) {
      return 0;
    }
    int got = RawSocket.receive(fd, room.address(most), most, SystemCalls.MSG_PEEK);
    if (got < wanted) {
      throw new NotMovableException("a queue of " + wanted + " bytes gave only " + got);
    }
    return got - wanted;
  }

  /** Puts bytes at the end of the selected queue, as already received or already sent. */
  static void fill(int fd, byte[] bytes) throws LinuxException, NotMovableException {
    sendAll(fd, bytes);
  }

  /** Sends all bytes without blocking; the buffer must have room for them. */
  static void sendAll(int fd, byte[] bytes) throws LinuxException, NotMovableException {
    if (bytes.length == 0) {
      return;
    }
    try (Memory memory = new Memory(bytes.length)) {
      memory.write(0, bytes, 0, bytes.length);
      int done = 0;
      while (done < bytes.length) {
        int taken = RawSocket.send(fd, Pointer.nativeValue(memory) + done, bytes.length - done);
        if (taken == 0) {
          throw new NotMovableException(
              "no room in the socket's buffer for "
                  + (bytes.length - done)
                  + " of "
                  + bytes.length
                  + " bytes");
        }
        done += taken;
      }
    }
  }
}
