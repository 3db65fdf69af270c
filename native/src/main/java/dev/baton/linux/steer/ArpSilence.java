package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Expressions.Base;
import dev.baton.linux.steer.NfTables.Family;
import dev.baton.linux.steer.NfTables.Table;
import dev.baton.linux.steer.NfTables.ValueType;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Keeps IPv4 contact addresses on tunnel links secret from the network. Otherwise the kernel
 * answers ARP requests for any of its addresses on every interface, and asks for the hardware
 * addresses of routers in the name of whatever address a packet comes from: both would teach the
 * subnet that the contact address is here. (Neighbour discovery of IPv6 keeps to the addresses of
 * the interface.)
 *
 * <p>An nftables table of family {@code arp} for the whole namespace: it says what all claims
 * together demand.
 */
final class ArpSilence {

  /** In front of a number that is the same for the same addresses. */
  private static final String NAME_PREFIX = "baton-";

  private static final String SET = "contact";
  private static final int IN = 0;
  private static final int OUT = 1;

  private static final int REQUEST = 1;
  private static final int OPERATION_AT = 6;
  private static final int SENDER_AT = 14;
  private static final int TARGET_AT = 24;
  private static final int ADDRESS_LENGTH = 4;
  private static final int REGISTER = 0;

  private ArpSilence() {}

  /** Makes the table what it should be, in one moment; does nothing if it is that already. */
  static void update(NfTables nfTables, Set<InetAddress> silent) throws LinuxException {
    Table wanted = new Table(Family.ARP, NAME_PREFIX + Integer.toHexString(Addresses.hash(silent)));
    nfTables.replace(
        wanted,
        NAME_PREFIX,
        silent.isEmpty() ? List.of() : create(wanted, silent),
        "keep contact addresses out of ARP");
  }

  private static List<NetlinkMessage> create(Table table, Collection<InetAddress> silent) {
    List<NetlinkMessage> changes = new ArrayList<>();
    changes.add(NfTables.add(table));
    changes.add(NfTables.addSet(table, SET, ValueType.IPV4));
    for (InetAddress address : silent) {
      changes.add(NfTables.addElement(table, SET, address.getAddress()));
    }
    changes.add(NfTables.addChain(table, "answer", IN, 0, List.of()));
    changes.add(
        NfTables.addRule(table, "answer")
            .load(Base.NETWORK, OPERATION_AT, 2, REGISTER)
            .requireEqual(REGISTER, (byte) 0, (byte) REQUEST)
            .load(Base.NETWORK, TARGET_AT, ADDRESS_LENGTH, REGISTER)
            .require(SET, REGISTER)
            .drop()
            .end());
    changes.add(NfTables.addChain(table, "ask", OUT, 0, List.of()));
    changes.add(
        NfTables.addRule(table, "ask")
            .load(Base.NETWORK, SENDER_AT, ADDRESS_LENGTH, REGISTER)
            .require(SET, REGISTER)
            .set(REGISTER, new byte[ADDRESS_LENGTH]) // a probe: it is answered and not remembered
            .store(Base.NETWORK, SENDER_AT, ADDRESS_LENGTH, REGISTER)
            .end());
    return changes;
  }
}
