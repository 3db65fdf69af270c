package dev.baton.linux;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes the socket filter of a listener. It lets everything pass except
 *
 * <ul>
 *   <li>the SYN of a knock that is meant for another node, so that a knock that went to the wrong
 *       listener of a group is as if lost;
 *   <li>segments without SYN from a guarded peer: its connection is between two sockets, and the
 *       listener would answer with a reset.
 * </ul>
 *
 * <p>Accepted connections inherit the program, so it is kept quick: the peers' ports are searched
 * by halving.
 */
final class ListenerFilter {

  private static final int ETH_P_IP = 0x0800;
  private static final int ADDRESS_SLOT = 0;

  /** So few ports are compared one after the other. */
  private static final int LEAF = 4;

  private ListenerFilter() {}

  /**
   * @param tag the node whose knocks pass
   * @param guarded the peers whose segments vanish
   */
  static BpfProgram of(int tag, Collection<InetSocketAddress> guarded) {
    BpfProgram knocks =
        new BpfProgram()
            .loadWord(BpfProgram.MARK)
            .shiftRight(Mark.PREFIX_SHIFT)
            .jumpIfEqual(Mark.PREFIX, 1, 0)
            .give(BpfProgram.ACCEPT)
            .loadWord(BpfProgram.MARK)
            .and(Mark.TAG_MASK)
            .jumpIfEqual(tag << Mark.TAG_SHIFT, 0, 1)
            .give(BpfProgram.ACCEPT)
            .give(BpfProgram.DROP);
    return new BpfProgram()
        .loadByte(BpfProgram.TCP_FLAGS)
        .jumpIfAnySet(BpfProgram.TCP_SYN, 0, knocks.length())
        .append(knocks)
        .append(guards(guarded));
  }

  private static BpfProgram guards(Collection<InetSocketAddress> guarded) {
    if (guarded.isEmpty()) {
      return new BpfProgram().give(BpfProgram.ACCEPT);
    }
    TreeMap<Integer, Set<Integer>> addressesByPort = new TreeMap<>();
    for (InetSocketAddress peer : guarded) {
      addressesByPort
          .computeIfAbsent(peer.getPort(), port -> new TreeSet<>())
          .add(SocketAddresses.last32Bits(peer.getAddress()));
    }
    return new BpfProgram()
        .loadWord(BpfProgram.PROTOCOL)
        .jumpIfEqual(ETH_P_IP, 0, 2)
        .loadWord(BpfProgram.IPV4_SOURCE)
        .jump(1)
        .loadWord(BpfProgram.IPV6_SOURCE_LAST_32)
        .storeSlot(ADDRESS_SLOT)
        .loadHalf(BpfProgram.SOURCE_PORT)
        .append(search(List.copyOf(addressesByPort.entrySet())));
  }

  /** With the port in the accumulator, gives the verdict. */
  private static BpfProgram search(List<Map.Entry<Integer, Set<Integer>>> ports) {
    BpfProgram program = new BpfProgram();
    if (ports.size() <= LEAF) {
      for (Map.Entry<Integer, Set<Integer>> port : ports) {
        BpfProgram addresses = addresses(port.getValue());
        program.jumpIfEqual(port.getKey(), 1, 0).jump(addresses.length()).append(addresses);
      }
      return program.give(BpfProgram.ACCEPT);
    }
    int middle = ports.size() / 2;
    BpfProgram lower = search(ports.subList(0, middle));
    return program
        .jumpIfAtLeast(ports.get(middle).getKey(), 0, 1)
        .jump(lower.length())
        .append(lower)
        .append(search(ports.subList(middle, ports.size())));
  }

  private static BpfProgram addresses(Set<Integer> addresses) {
    BpfProgram program = new BpfProgram().loadSlot(ADDRESS_SLOT);
    for (int address : addresses) {
      program.jumpIfEqual(address, 0, 1).give(BpfProgram.DROP);
    }
    return program.give(BpfProgram.ACCEPT);
  }
}
