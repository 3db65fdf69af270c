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

  private static final Table TABLE = new Table(Family.ARP, "baton");
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

  /** Makes the table what it should be, in one moment. */
  static void update(NfTables nfTables, Collection<InetAddress> silent) throws LinuxException {
    boolean present = nfTables.tables(Family.ARP).contains(TABLE.name());
    if (silent.isEmpty() && !present) {
      return;
    }
    List<NetlinkMessage> changes = new ArrayList<>();
    if (present) {
      changes.add(NfTables.delete(TABLE));
    }
    if (!silent.isEmpty()) {
      changes.addAll(create(silent));
    }
    nfTables.commit("keep contact addresses out of ARP", changes);
  }

  private static List<NetlinkMessage> create(Collection<InetAddress> silent) {
    List<NetlinkMessage> changes = new ArrayList<>();
    changes.add(NfTables.add(TABLE));
    changes.add(NfTables.addSet(TABLE, SET, ValueType.IPV4));
    for (InetAddress address : silent) {
      changes.add(NfTables.addElement(TABLE, SET, address.getAddress()));
    }
    changes.add(NfTables.addChain(TABLE, "answer", IN, 0, List.of()));
    changes.add(
        NfTables.addRule(TABLE, "answer")
            .load(Base.NETWORK, OPERATION_AT, 2, REGISTER)
            .requireEqual(REGISTER, (byte) 0, (byte) REQUEST)
            .load(Base.NETWORK, TARGET_AT, ADDRESS_LENGTH, REGISTER)
            .require(SET, REGISTER)
            .drop()
            .end());
    changes.add(NfTables.addChain(TABLE, "ask", OUT, 0, List.of()));
    changes.add(
        NfTables.addRule(TABLE, "ask")
            .load(Base.NETWORK, SENDER_AT, ADDRESS_LENGTH, REGISTER)
            .require(SET, REGISTER)
            .set(REGISTER, new byte[ADDRESS_LENGTH]) // a probe: it is answered and not remembered
            .store(Base.NETWORK, SENDER_AT, ADDRESS_LENGTH, REGISTER)
            .end());
    return changes;
  }
}
