package dev.baton.linux.steer;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
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
  private static final int ADDRESS = 16;
  private static final int NEXT_HEADER = 6;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int DESTINATION = 24;

  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_WORD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int CHOSEN = -1;
  private static final int OTHER = 0;

  /** In front of TCP, UDP or ICMPv6, where all implementations put it alone. */
  private static final int DESTINATION_OPTIONS = 60;

  private static final int OPTIONS = 40;
  private static final int HOME = 48;
  private static final int SOURCE = 8;
  private static final int LENGTH_AND_PADDING = 0x020102;
  private static final int HOME_ADDRESS_OPTION = 0xc910;

  private static final int MOST = 512;
  private static final int MOST_PER_BINDING = 25;

  private final ByteBuffer program;

  /**
   * Writes the program.
   *
   * @param link where the packets come in
   * @param headers which next headers, at least one
   * @param destinations which addresses, at most 40; none for all
   * @param served bindings whose packets are not chosen: those with their home address option, as
   *     it is usually written, in front of TCP, UDP or ICMPv6
   */
  DiversionFilter(
      Rtnetlink.Link link,
      List<Integer> headers,
      Collection<? extends InetAddress> destinations,
      Collection<RouteOptimization.Binding> served) {
    program =
        ByteBuffer.allocate((MOST + served.size() * MOST_PER_BINDING) * INSTRUCTION)
            .order(ByteOrder.nativeOrder());
    boolean ethernet = link.hardware() == ARPHRD_ETHER || link.hardware() == ARPHRD_LOOPBACK;
    int ip = ethernet ? ETHERNET : 0;
    if (!served.isEmpty()) {
      leave(ip, served);
    }
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

  private void leave(int ip, Collection<RouteOptimization.Binding> served) {
    List<Integer> jumps = new ArrayList<>();
    add(LOAD_BYTE, 0, 0, ip + NEXT_HEADER);
    jumps.add(unless(DESTINATION_OPTIONS));
    add(LOAD_WORD, 0, 0, ip + OPTIONS);
    add(AND, 0, 0, 0xffffff);
    jumps.add(unless(LENGTH_AND_PADDING));
    add(LOAD_WORD, 0, 0, ip + OPTIONS + 4);
    jumps.add(unless(HOME_ADDRESS_OPTION));
    add(LOAD_BYTE, 0, 0, ip + OPTIONS);
    add(JUMP_EQUAL, 3, 0, TCP);
    add(JUMP_EQUAL, 2, 0, UDP);
    jumps.add(unless(Calls.IPPROTO_ICMPV6));
    for (RouteOptimization.Binding binding : served) {
      ByteBuffer expected =
          ByteBuffer.allocate(3 * ADDRESS)
              .put(binding.home().getAddress())
              .put(binding.careOf().getAddress())
              .put(binding.own().getAddress());
      int[] places = {HOME, SOURCE, DESTINATION};
      int left = 3 * ADDRESS / 4;
      for (int which = 0; which < places.length; which++) {
        for (int word = ADDRESS - 4; word >= 0; word -= 4) { // the last ones differ most
          add(LOAD_WORD, 0, 0, ip + places[which] + word);
          left--;
          add(JUMP_EQUAL, 0, 2 * left + 1, expected.getInt(which * ADDRESS + word));
        }
      }
      add(RETURN, 0, 0, OTHER);
    }
    int here = program.position() / INSTRUCTION;
    for (int jump : jumps) {
      program.putInt(jump * INSTRUCTION + 4, here - jump - 1);
    }
  }

  /** Goes on if it is that value; else jumps, whereto is filled in later. */
  private int unless(int value) {
    add(JUMP_EQUAL, 1, 0, value);
    add(JUMP, 0, 0, 0);
    return program.position() / INSTRUCTION - 1;
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
