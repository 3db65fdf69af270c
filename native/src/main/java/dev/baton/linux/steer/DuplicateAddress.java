package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Duplicate address detection (RFC 4862 §5.4) for an address that this host is not going to have
 * itself, as home agents do it. Needs CAP_NET_RAW.
 */
public final class DuplicateAddress {

  /** How long whoever has the address may take to say so (RetransTimer). */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int NEIGHBOUR_SOLICITATION = 135;
  private static final int SOLICITATION_LENGTH = 24;
  private static final int HOP_LIMIT = 255;
  private static final int FRAME = 2048;
  private static final int SOCKADDR_LL_LENGTH = 20;
  private static final int NEXT_HEADER_AT = Announcement.ETHERNET_LENGTH + 6;
  private static final int SOURCE_AT = Announcement.ETHERNET_LENGTH + 8;
  private static final int MESSAGE_AT = Announcement.ETHERNET_LENGTH + Announcement.IPV6_LENGTH;
  private static final int TARGET_AT = MESSAGE_AT + 8;
  private static final int ADDRESS_LENGTH = 16;
  private static final int MAC_LENGTH = 6;

  private DuplicateAddress() {}

  /**
   * Asks who has an IPv6 address. On an interface that is not an Ethernet nobody is asked.
   *
   * @return completes after a second at most, with whether somebody has it or is asking too;
   *     exceptionally with a {@link LinuxException} if it cannot be asked
   * @throws LinuxException if there is no such interface, or CAP_NET_RAW is missing
   */
  public static CompletableFuture<Boolean> probe(InetAddress address, String interfaceName)
      throws IOException {
    Rtnetlink.Link link;
    try (Rtnetlink network = Rtnetlink.open()) {
      link = network.link(interfaceName);
    }
    if (link.hardware() != Announcement.ARPHRD_ETHER) {
      return CompletableFuture.completedFuture(false);
    }
    String doing = "ask who has " + address.getHostAddress() + " on " + interfaceName;
    int protocol = Addresses.networkOrder16(Announcement.ETH_P_IPV6);
    int fd = Calls.open(Calls.AF_PACKET, Calls.SOCK_RAW, protocol, doing);
    try {
      bind(fd, link, protocol, doing);
      byte[] mac = HexFormat.of().parseHex(link.mac());
      Announcement.send(fd, solicitation(mac, address.getAddress()), link.index(), doing);
      CompletableFuture<Boolean> answer = new CompletableFuture<>();
      Thread thread =
          new Thread(() -> listen(fd, mac, address.getAddress(), doing, answer), "baton probe");
      thread.setDaemon(true);
      thread.start();
      return answer;
    } catch (LinuxException | RuntimeException e) {
      Calls.close(fd);
      throw e;
    }
  }

  private static void bind(int fd, Rtnetlink.Link link, int protocol, String doing)
      throws LinuxException {
    try (Memory address = new Memory(SOCKADDR_LL_LENGTH)) {
      address.clear();
      address.setShort(0, (short) Calls.AF_PACKET);
      address.setShort(2, (short) protocol);
      address.setInt(4, link.index());
      if (!Calls.bind(fd, address, SOCKADDR_LL_LENGTH, doing)) {
        throw new LinuxException(doing, Calls.EADDRINUSE);
      }
    }
  }

  /** From nobody to whoever would have the address. */
  private static byte[] solicitation(byte[] mac, byte[] address) {
    byte[] group = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, 0, 0, 0};
    System.arraycopy(address, 13, group, 13, 3);
    byte[] groupMac = {0x33, 0x33, (byte) 0xff, address[13], address[14], address[15]};
    byte[] frame =
        Announcement.ethernet(
                groupMac,
                mac,
                Announcement.ETH_P_IPV6,
                Announcement.IPV6_LENGTH + SOLICITATION_LENGTH)
            .putInt(6 << 28)
            .putShort((short) SOLICITATION_LENGTH)
            .put(Announcement.ICMPV6)
            .put((byte) HOP_LIMIT)
            .put(new byte[ADDRESS_LENGTH])
            .put(group)
            .put((byte) NEIGHBOUR_SOLICITATION)
            .put((byte) 0)
            .putShort((short) 0)
            .putInt(0)
            .put(address)
            .array();
    return ByteBuffer.wrap(frame)
        .putShort(MESSAGE_AT + Announcement.CHECKSUM_AT, Announcement.checksum(frame))
        .array();
  }

  private static void listen(
      int fd, byte[] mac, byte[] address, String doing, CompletableFuture<Boolean> answer) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    try (Memory memory = new Memory(FRAME)) {
      long at = Pointer.nativeValue(memory);
      long left = PATIENCE_NANOS;
      while (left > 0 && !answer.isDone()) {
        memory.setInt(0, fd);
        memory.setInt(4, 1); // POLLIN
        int ready = Calls.poll(at, 1, (int) (left / 1_000_000) + 1);
        if (ready < 0 && Calls.errno() != Calls.EINTR) {
          throw Calls.failure(doing + ": poll");
        }
        long length = ready > 0 ? Calls.recv(fd, at, FRAME, Calls.MSG_DONTWAIT) : 0;
        if (length >= TARGET_AT + ADDRESS_LENGTH
            && contradicts(memory.getByteArray(0, (int) length), mac, address)) {
          answer.complete(true);
        }
        left = deadline - System.nanoTime();
      }
      answer.complete(false);
    } catch (LinuxException | RuntimeException e) {
      answer.completeExceptionally(e);
    } finally {
      Calls.close(fd);
    }
  }

  /** Whether a frame says that another host has the address, or wants it now. */
  private static boolean contradicts(byte[] frame, byte[] mac, byte[] address) {
    if (frame[NEXT_HEADER_AT] != Announcement.ICMPV6
        || frame[NEXT_HEADER_AT + 1] != (byte) HOP_LIMIT
        || !Arrays.equals(frame, TARGET_AT, TARGET_AT + ADDRESS_LENGTH, address, 0, ADDRESS_LENGTH)
        || Arrays.equals(frame, MAC_LENGTH, 2 * MAC_LENGTH, mac, 0, MAC_LENGTH)) {
      return false;
    }
    byte[] nobody = new byte[ADDRESS_LENGTH];
    int type = Byte.toUnsignedInt(frame[MESSAGE_AT]);
    return frame[MESSAGE_AT] == Announcement.NEIGHBOUR_ADVERTISEMENT
        || (type == NEIGHBOUR_SOLICITATION
            && Arrays.equals(
                frame, SOURCE_AT, SOURCE_AT + ADDRESS_LENGTH, nobody, 0, ADDRESS_LENGTH));
  }
}
