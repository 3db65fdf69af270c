package dev.baton.linux.steer;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;

/**
 * A classic BPF program that chooses IPv6 packets by their first next header and by where they go.
 * What goes to a multicast or link-local address is never chosen: it only makes sense where it has
 * come.
 */
final class DiversionFilter {

  /** {@code sizeof(struct sock_filter)} */
  static final int INSTRUCTION = 8;

  private static final int ARPHRD_ETHER = 1;
  private static final int ARPHRD_LOOPBACK = 772;
  private static final int ETHERNET = 14;
  private static final int NEXT_HEADER = 6;
  private static final int DESTINATION = 24;

  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_WORD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int CHOSEN = -1;
  private static final int OTHER = 0;

  private final ByteBuffer program =
      ByteBuffer.allocate(512 * INSTRUCTION).order(ByteOrder.nativeOrder());

  /**
   * Writes the program.
   *
   * @param link where the packets come in
   * @param headers which next headers, at least one
   * @param destinations which addresses, at most 40; none for all
   */
  DiversionFilter(
      Rtnetlink.Link link, List<Integer> headers, Collection<? extends InetAddress> destinations) {
    boolean ethernet = link.hardware() == ARPHRD_ETHER || link.hardware() == ARPHRD_LOOPBACK;
    int ip = ethernet ? ETHERNET : 0;
    add(LOAD_BYTE, 0, 0, ip + NEXT_HEADER);
    for (int i = 0; i < headers.size(); i++) {
      add(JUMP_EQUAL, headers.size() - i, 0, headers.get(i));
    }
    add(RETURN, 0, 0, OTHER);
    for (InetAddress destination : destinations) {
      ByteBuffer address = ByteBuffer.wrap(destination.getAddress());
      for (int word = 0; word < 4; word++) {
        add(LOAD_WORD, 0, 0, ip + DESTINATION + 4 * word);
        add(JUMP_EQUAL, 0, 2 * (3 - word) + 1, address.getInt()); // else on to the next address
      }
      add(RETURN, 0, 0, CHOSEN);
    }
    if (destinations.isEmpty()) {
      add(LOAD_WORD, 0, 0, ip + DESTINATION);
      add(AND, 0, 0, 0xffc00000);
      add(JUMP_EQUAL, 3, 0, 0xfe800000);
      add(AND, 0, 0, 0xff000000);
      add(JUMP_EQUAL, 1, 0, 0xff000000);
      add(RETURN, 0, 0, CHOSEN);
    }
    add(RETURN, 0, 0, OTHER);
  }

  /** One {@code struct sock_filter} */
  private void add(int code, int ifTrue, int ifFalse, int k) {
    program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(k);
  }

  byte[] instructions() {
    byte[] bytes = new byte[program.position()];
    program.get(0, bytes);
    return bytes;
  }
}
