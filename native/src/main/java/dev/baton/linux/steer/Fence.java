package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import dev.baton.linux.steer.Expressions.Base;
import dev.baton.linux.steer.Expressions.Meta;
import dev.baton.linux.steer.NfTables.Family;
import dev.baton.linux.steer.NfTables.Table;
import dev.baton.linux.steer.NfTables.ValueType;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Stands between contact addresses and the network: while it is shut, no packet for them comes in,
 * nobody who asks for their hardware address is answered, and nobody is told of it unasked. It is
 * open as long as a timer of the kernel runs, and so it shuts even if this process is stopped,
 * dead, or no longer believes what it should.
 *
 * <p>To open it takes two steps. {@link #arm} starts the timer, and has no other effect; {@link
 * #admit} says that this timer counts. What is asked for between the two, from whoever must agree,
 * is thus answered after the timer has begun to run, however long this process slept in between:
 * and to admit a timer that has run out opens nothing.
 *
 * <p>An nftables table of family {@code netdev}. It has a set of the timers that run, which the
 * kernel itself forgets, and one rule that names the timer that counts. A map would spare replacing
 * that rule; but {@code nft} 1.0.6, and with it every operator who lists his ruleset, fails at a
 * lookup of what was looked up.
 *
 * <p>Thread-safe; {@link #open} and {@link #close} must be called by a thread in the network
 * namespace that is meant.
 */
public final class Fence implements AutoCloseable {

  /** In front of the number of every such table. */
  private static final String NAME_PREFIX = "baton-fence-";

  private static final String THING = "fence";
  private static final String RUNNING = "running";
  private static final String GATE = "gate";
  private static final int INGRESS = 0;
  private static final int EGRESS = 1;

  /** Before packets are steered. */
  private static final int PRIORITY = -200;

  private static final int REGISTER = 0;
  private static final byte ICMPV6 = 58;
  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;

  /** What of the rules depends on the version of IP; offsets are in bytes. */
  private enum Ip {
    FOUR("contact4", ValueType.IPV4, 0x0800, 16),
    SIX("contact6", ValueType.IPV6, 0x86dd, 24);

    final String contacts;
    final ValueType address;
    final int etherType;
    final int destination;

    Ip(String contacts, ValueType address, int etherType, int destination) {
      this.contacts = contacts;
      this.address = address;
      this.etherType = etherType;
      this.destination = destination;
    }

    static Ip of(InetAddress address) {
      return Addresses.isIpv4(address) ? FOUR : SIX;
    }
  }

  /** Loads an address from a packet of a kind, or ends the rule. */
  private interface Place {
    Expressions load(Expressions rule);
  }

  private final Installation installation;
  private final Table table;
  private final Set<InetAddress> contacts;
  private boolean closed;

  private Fence(Installation installation, Table table, Set<InetAddress> contacts) {
    this.installation = installation;
    this.table = table;
    this.contacts = contacts;
  }

  /**
   * Puts it up, shut.
   *
   * @param contacts the addresses; they need not be on an interface yet, and should not be
   * @param interfaces the names of those by which packets for them come in
   * @throws LinuxException if an interface does not exist, the kernel lacks something, or
   *     CAP_NET_ADMIN is missing
   */
  public static Fence open(Collection<InetAddress> contacts, Collection<String> interfaces)
      throws IOException {
    if (interfaces.isEmpty() || contacts.isEmpty()) {
      throw new IllegalArgumentException("nothing to stand between");
    }
    return Installation.of(
        into -> {
          for (String name : interfaces) {
            into.network().link(name); // a recent kernel would wait for one that does not exist
          }
          Table table = new Table(Family.NETDEV, NAME_PREFIX + into.claim(THING));
          Fence fence = new Fence(into, table, plain(contacts));
          fence.install(interfaces);
          return fence;
        });
  }

  private static Set<InetAddress> plain(Collection<InetAddress> contacts) {
    Set<InetAddress> plain = new TreeSet<>(java.util.Comparator.comparing(InetAddress::toString));
    contacts.forEach(contact -> plain.add(Addresses.plain(contact)));
    return plain;
  }

  /** Removes the tables that nobody claims. */
  static void sweep(NfTables nfTables, Claim.Claims claimed) throws LinuxException {
    for (String name : nfTables.tables(Family.NETDEV)) {
      if (name.matches(NAME_PREFIX + "\\d{1,9}")
          && !claimed.include(THING, Integer.parseInt(name.substring(NAME_PREFIX.length())))) {
        nfTables.commit(
            "remove the table " + name, List.of(NfTables.delete(new Table(Family.NETDEV, name))));
      }
    }
  }

  private void install(Collection<String> links) throws LinuxException {
    String doing = "put up a fence at " + String.join(", ", links);
    List<NetlinkMessage> all = new ArrayList<>();
    all.add(NfTables.add(table));
    all.add(NfTables.addTimedSet(table, RUNNING, ValueType.MARK));
    for (Ip ip : Ip.values()) {
      all.add(NfTables.addSet(table, ip.contacts, ip.address));
    }
    for (InetAddress contact : contacts) {
      all.add(NfTables.addElement(table, Ip.of(contact).contacts, contact.getAddress()));
    }
    all.add(NfTables.addChain(table, GATE));
    all.addAll(gate(0));
    String in = "in";
    all.add(NfTables.addChain(table, in, INGRESS, PRIORITY, links));
    for (Ip ip : Ip.values()) {
      int length = ip.address.length();
      guard(
          all,
          in,
          ip,
          rule ->
              protocol(rule, ip.etherType).load(Base.NETWORK, ip.destination, length, REGISTER));
    }
    guard(all, in, Ip.FOUR, rule -> protocol(rule, 0x0806).load(Base.NETWORK, 24, 4, REGISTER));
    guard(all, in, Ip.SIX, rule -> icmp(rule, SOLICITATION).load(Base.TRANSPORT, 8, 16, REGISTER));

    List<NetlinkMessage> both = new ArrayList<>(all);
    String out = "out";
    both.add(NfTables.addChain(table, out, EGRESS, PRIORITY, links));
    guard(both, out, Ip.FOUR, rule -> protocol(rule, 0x0806).load(Base.NETWORK, 14, 4, REGISTER));
    guard(both, out, Ip.SIX, rule -> icmp(rule, SOLICITATION).load(Base.NETWORK, 8, 16, REGISTER));
    guard(
        both, out, Ip.SIX, rule -> icmp(rule, ADVERTISEMENT).load(Base.TRANSPORT, 8, 16, REGISTER));
    try {
      installation.nfTables().commit(doing, both);
    } catch (LinuxException e) {
      if (e.errno() != Calls.EOPNOTSUPP) {
        throw e;
      }
      installation.nfTables().commit(doing, all); // before Linux 5.16 there is no egress
    }
  }

  /** Sends packets for or about contact addresses to the gate. */
  private void guard(List<NetlinkMessage> all, String chain, Ip ip, Place place) {
    all.add(
        place.load(NfTables.addRule(table, chain)).require(ip.contacts, REGISTER).go(GATE).end());
  }

  /** Lets packets pass as long as a timer runs. */
  private List<NetlinkMessage> gate(int timer) {
    return List.of(running(timer).accept().end(), NfTables.addRule(table, GATE).drop().end());
  }

  /** Begins a rule for as long as a timer runs. */
  private Expressions running(int timer) {
    return NfTables.addRule(table, GATE).set(REGISTER, timer(timer)).require(RUNNING, REGISTER);
  }

  private static Expressions protocol(Expressions rule, int etherType) {
    return rule.load(Meta.PROTOCOL, REGISTER)
        .requireEqual(REGISTER, (byte) (etherType >> 8), (byte) etherType);
  }

  private static Expressions icmp(Expressions rule, int type) {
    return protocol(rule, Ip.SIX.etherType)
        .load(Meta.L4_PROTOCOL, REGISTER)
        .requireEqual(REGISTER, ICMPV6)
        .load(Base.TRANSPORT, 0, 1, REGISTER)
        .requireEqual(REGISTER, (byte) type);
  }

  private static byte[] timer(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  /**
   * Starts a timer.
   *
   * @param timer unlike any before that may still run; not 0
   * @param millis how long it runs; the kernel adds up to one of its ticks, at most 10 ms
   */
  public synchronized void arm(int timer, long millis) throws LinuxException {
    requireOpen();
    installation
        .nfTables()
        .commit("start a timer", List.of(NfTables.addTimed(table, RUNNING, timer(timer), millis)));
  }

  /**
   * The fence is open from now on until a timer runs out; which is not at all if it has.
   *
   * @param timer an armed one
   */
  public synchronized void admit(int timer) throws LinuxException {
    requireOpen();
    List<NetlinkMessage> changes = new ArrayList<>(gate(timer));
    changes.add(0, NfTables.empty(table, GATE));
    installation.nfTables().commit("admit packets", changes);
  }

  /** Shuts it at once. */
  public void shut() throws LinuxException {
    admit(0);
  }

  /**
   * Shuts it at once, and lets it be open again after a time, for good: the address is somewhere
   * else, but the network may not know yet, and packets of connections that are not here would be
   * answered with a reset.
   *
   * @param timer unlike any before that may still run; not 0
   * @param millis how long, at least
   */
  public synchronized void linger(int timer, long millis) throws LinuxException {
    requireOpen();
    installation
        .nfTables()
        .commit(
            "keep packets out for a while",
            List.of(
                NfTables.addTimed(table, RUNNING, timer(timer), millis),
                NfTables.empty(table, GATE),
                running(timer).drop().end()));
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the fence is gone");
    }
  }

  /** Takes it away. Does nothing the second time. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      installation.close();
    }
  }
}
