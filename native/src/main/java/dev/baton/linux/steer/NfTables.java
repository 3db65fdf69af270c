package dev.baton.linux.steer;

import static dev.baton.linux.steer.NetlinkMessage.ACKNOWLEDGE;
import static dev.baton.linux.steer.NetlinkMessage.CREATE;
import static dev.baton.linux.steer.NetlinkMessage.DUMP;

import dev.baton.linux.LinuxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The kernel's nf_tables in the network namespace of the thread that opened it, spoken to directly:
 * the library that the {@code nft} program uses ends the whole process when it runs out of
 * descriptors. Not thread-safe.
 */
final class NfTables implements AutoCloseable {

  private static final int NETLINK_NETFILTER = 12;
  private static final int NFNL_MSG_BATCH_BEGIN = 0x10;
  private static final int NFNL_MSG_BATCH_END = 0x11;
  private static final int NFNL_SUBSYS_NFTABLES = 10;

  private static final int NFT_MSG_NEWTABLE = 0;
  private static final int NFT_MSG_GETTABLE = 1;
  private static final int NFT_MSG_DELTABLE = 2;
  private static final int NFT_MSG_NEWCHAIN = 3;
  private static final int NFT_MSG_NEWRULE = 6;
  private static final int NFT_MSG_DELRULE = 8;
  private static final int NFT_MSG_NEWSET = 9;
  private static final int NFT_MSG_NEWSETELEM = 12;
  private static final int NFT_MSG_DELSETELEM = 14;

  private static final int APPEND = 0x800;
  private static final int FIXED_LENGTH = 4;
  private static final int NFTA_TABLE_NAME = 1;
  private static final int NFT_SET_MAP = 0x8;
  private static final int NFT_SET_TIMEOUT = 0x10;
  private static final int NF_ACCEPT = 1;

  /** NFPROTO_* */
  enum Family {
    ARP(3),
    NETDEV(5);

    private final int number;

    Family(int number) {
      this.number = number;
    }
  }

  /**
   * A table.
   *
   * @param name has no meaning to the kernel
   */
  record Table(Family family, String name) {}

  /** A type of values, as {@code nft list} knows it, and its length. */
  enum ValueType {
    IPV4(7, 4),
    IPV6(8, 16),
    MARK(19, 4),
    IPV4_FLOW(7 << 18 | 13 << 12 | 7 << 6 | 13, 16),
    IPV6_FLOW(8 << 18 | 13 << 12 | 8 << 6 | 13, 40);

    private final int number;
    private final int length;

    ValueType(int number, int length) {
      this.number = number;
      this.length = length;
    }

    /** In bytes. */
    int length() {
      return length;
    }
  }

  private final Netlink netlink;

  private NfTables(Netlink netlink) {
    this.netlink = netlink;
  }

  static NfTables open() throws LinuxException {
    return new NfTables(Netlink.open(NETLINK_NETFILTER));
  }

  /** Does all or nothing, in one moment. */
  void commit(String doing, Collection<NetlinkMessage> changes) throws LinuxException {
    NetlinkMessage[] batch = new NetlinkMessage[changes.size() + 2];
    int length = 0;
    batch[length++] = limit(NFNL_MSG_BATCH_BEGIN);
    for (NetlinkMessage change : changes) {
      batch[length++] = change;
    }
    batch[length] = limit(NFNL_MSG_BATCH_END);
    netlink.execute(doing, batch);
  }

  /**
   * Makes a table be there, and no other of its kind.
   *
   * @param wanted has a name that says what is in it
   * @param prefix what the names of all of its kind begin with
   * @param creation what makes it; empty if none is wanted
   */
  void replace(Table wanted, String prefix, Collection<NetlinkMessage> creation, String doing)
      throws LinuxException {
    List<NetlinkMessage> changes = new ArrayList<>(creation);
    for (String name : tables(wanted.family)) {
      if (name.equals(wanted.name) && !creation.isEmpty()) {
        changes.removeAll(creation);
      } else if (name.startsWith(prefix)) {
        changes.add(delete(new Table(wanted.family, name)));
      }
    }
    if (!changes.isEmpty()) {
      commit(doing, changes);
    }
  }

  private static NetlinkMessage limit(int type) {
    return new NetlinkMessage(type, 0)
        .putByte(0)
        .putByte(0)
        .putByte(0)
        .putByte(NFNL_SUBSYS_NFTABLES);
  }

  /** Lists the names of the tables of a family. */
  List<String> tables(Family family) throws LinuxException {
    NetlinkMessage message = message(NFT_MSG_GETTABLE, DUMP, family);
    return netlink.dump("list the nftables", FIXED_LENGTH, message).stream()
        .map(answer -> answer.text(NFTA_TABLE_NAME))
        .toList();
  }

  /** What makes a table, or does nothing if it is there. */
  static NetlinkMessage add(Table table) {
    return message(NFT_MSG_NEWTABLE, CREATE | ACKNOWLEDGE, table.family)
        .attribute(NFTA_TABLE_NAME, table.name)
        .bigEndian(2, 0);
  }

  /** What removes a table and all in it. */
  static NetlinkMessage delete(Table table) {
    return message(NFT_MSG_DELTABLE, ACKNOWLEDGE, table.family)
        .attribute(NFTA_TABLE_NAME, table.name);
  }

  /** What makes a set. */
  static NetlinkMessage addSet(Table table, String name, ValueType key) {
    return set(table, name, key, 0);
  }

  /** What makes a set whose keys go by themselves after a time. */
  static NetlinkMessage addTimedSet(Table table, String name, ValueType key) {
    return set(table, name, key, NFT_SET_TIMEOUT);
  }

  /** What makes a map. */
  static NetlinkMessage addMap(Table table, String name, ValueType key, ValueType value) {
    return set(table, name, key, NFT_SET_MAP).bigEndian(6, value.number).bigEndian(7, value.length);
  }

  private static NetlinkMessage set(Table table, String name, ValueType key, int flags) {
    return message(NFT_MSG_NEWSET, CREATE | ACKNOWLEDGE, table.family)
        .attribute(1, table.name)
        .attribute(2, name)
        .bigEndian(3, flags)
        .bigEndian(4, key.number)
        .bigEndian(5, key.length)
        .bigEndian(10, 1); // NFTA_SET_ID: must be there, but rules call sets by their names
  }

  /**
   * What makes a chain that lets pass what none of its rules takes.
   *
   * @param hook the family's number for the place where it is run
   * @param links whose packets it is run for; none if the hook is not of a link
   */
  static NetlinkMessage addChain(
      Table table, String name, int hook, int priority, Collection<String> links) {
    NetlinkMessage message =
        message(NFT_MSG_NEWCHAIN, CREATE | ACKNOWLEDGE, table.family)
            .attribute(1, table.name)
            .attribute(3, name)
            .bigEndian(5, NF_ACCEPT)
            .attribute(7, "filter");
    int place = message.open(4);
    message.bigEndian(1, hook).bigEndian(2, priority);
    if (!links.isEmpty()) {
      int devices = message.open(4);
      links.forEach(link -> message.attribute(1, link));
      message.close(devices);
    }
    return message.close(place);
  }

  /** What makes a chain to which rules of others lead. */
  static NetlinkMessage addChain(Table table, String name) {
    return message(NFT_MSG_NEWCHAIN, CREATE | ACKNOWLEDGE, table.family)
        .attribute(1, table.name)
        .attribute(3, name);
  }

  /** What removes the rules of a chain. */
  static NetlinkMessage empty(Table table, String chain) {
    return message(NFT_MSG_DELRULE, ACKNOWLEDGE, table.family)
        .attribute(1, table.name)
        .attribute(2, chain);
  }

  /** What adds a rule at the end of a chain, to be completed with its expressions. */
  static Expressions addRule(Table table, String chain) {
    return new Expressions(
        message(NFT_MSG_NEWRULE, CREATE | APPEND | ACKNOWLEDGE, table.family)
            .attribute(1, table.name)
            .attribute(2, chain));
  }

  /** What adds a key to a set, or to a map if there is a value. */
  static NetlinkMessage addElement(Table table, String set, byte[] key, byte... value) {
    return element(NFT_MSG_NEWSETELEM, CREATE | ACKNOWLEDGE, table, set, key, 0, value);
  }

  /** What adds a key to a timed set, for so long. */
  static NetlinkMessage addTimed(Table table, String set, byte[] key, long millis) {
    return element(NFT_MSG_NEWSETELEM, CREATE | ACKNOWLEDGE, table, set, key, millis);
  }

  /** What takes a key out of a set or map; it must be there. */
  static NetlinkMessage deleteElement(Table table, String set, byte[] key) {
    return element(NFT_MSG_DELSETELEM, ACKNOWLEDGE, table, set, key, 0);
  }

  private static NetlinkMessage element(
      int type, int flags, Table table, String set, byte[] key, long millis, byte... value) {
    NetlinkMessage message =
        message(type, flags, table.family).attribute(1, table.name).attribute(2, set);
    int list = message.open(3);
    int element = message.open(1);
    int data = message.open(1);
    message.attribute(1, key).close(data);
    if (value.length > 0) {
      data = message.open(2);
      message.attribute(1, value).close(data);
    }
    if (millis > 0) {
      message.attribute(4, ByteBuffer.allocate(Long.BYTES).putLong(millis).array());
    }
    return message.close(element).close(list);
  }

  /** {@code struct nfgenmsg} */
  private static NetlinkMessage message(int type, int flags, Family family) {
    return new NetlinkMessage(NFNL_SUBSYS_NFTABLES << 8 | type, flags)
        .putByte(family.number)
        .putByte(0)
        .putShort(0);
  }

  @Override
  public void close() {
    netlink.close();
  }
}
