package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A contact address of the group, put on an interface of this host for as long as this object is
 * open: by itself (/32, /128), at once and without asking whether somebody else has it. No
 * connection of this host is made from it unasked. An address that was there before stays there
 * afterwards.
 *
 * <p>The contact node has it on the interface where its subnet is, and {@linkplain #announce()
 * announces} it; all others on the link of the tunnel (see {@link TunnelEnd}), where the network
 * does not get to know of it. A host can have both at the same time, so the role can change without
 * a gap: first take the new place, then close the old one.
 *
 * <p>Several nodes in one network namespace can have the same one; the last to close it removes it.
 * Thread-safe; all methods must be called by a thread in the namespace that is meant.
 */
public final class ContactAddress implements AutoCloseable {

  private static final String THING_PREFIX = "address/";
  private static final int USABLE_TIMEOUT_SECONDS = 2;
  private static final char AT = '@';

  private final InetAddress address;
  private final Rtnetlink.Link link;
  private final Installation installation;
  private boolean closed;

  private ContactAddress(InetAddress address, Rtnetlink.Link link, Installation installation) {
    this.address = address;
    this.link = link;
    this.installation = installation;
  }

  /**
   * Puts it on an interface, as the contact node does.
   *
   * @param contact neither a multicast nor a link-local address
   * @param interfaceName as {@link #interfaceFor} finds it, or as somebody has decided
   * @throws LinuxException if there is no such interface, or CAP_NET_ADMIN is missing
   */
  public static ContactAddress on(InetAddress contact, String interfaceName) throws IOException {
    InetAddress address = Addresses.plain(contact);
    return Installation.of(
        into -> new ContactAddress(address, install(into, address, interfaceName), into));
  }

  /** Puts it on the tunnel link, as all nodes but the contact node do. */
  static void install(Installation into, InetAddress contact, TunnelLink tunnel)
      throws IOException {
    install(into, Addresses.plain(contact), tunnel.link().name());
  }

  private static Rtnetlink.Link install(
      Installation into, InetAddress address, String interfaceName) throws IOException {
    if (address.isMulticastAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()) {
      throw new IllegalArgumentException(address + " cannot be a contact address");
    }
    Rtnetlink network = into.network();
    Rtnetlink.Link link = network.link(interfaceName);
    into.claim(thing(address, link));
    if (network.addresses().stream()
        .noneMatch(each -> each.link() == link.index() && each.address().equals(address))) {
      network.addAddress(link, address, Steering.METRIC);
      awaitUsable(network, address, link);
    }
    into.protect();
    return link;
  }

  /** The kernel finishes an IPv6 address in the background, even if nobody is asked about it. */
  private static void awaitUsable(Rtnetlink network, InetAddress address, Rtnetlink.Link link)
      throws LinuxException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(USABLE_TIMEOUT_SECONDS);
    while (!network.isLocal(address)) {
      if (System.nanoTime() - deadline > 0) {
        throw new LinuxException(
            "use the address " + address.getHostAddress() + " on " + link.name(),
            Calls.EADDRNOTAVAIL);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Removes the addresses of ours that nobody claims. */
  static void sweep(Rtnetlink network, Claim.Claims claimed) throws LinuxException {
    for (Rtnetlink.Address each : network.addresses()) {
      if (each.metric() == Steering.METRIC) {
        for (Rtnetlink.Link link : network.links()) {
          if (link.index() == each.link() && !claimed.include(thing(each.address(), link))) {
            network.deleteAddress(link, each.address());
          }
        }
      }
    }
  }

  /** The contact addresses that are claimed on tunnel links, or on all others. */
  static Set<InetAddress> claimed(Claim.Claims claims, boolean onTunnels) throws IOException {
    Set<InetAddress> claimed = new HashSet<>();
    for (String name : claims.names()) {
      int at = name.indexOf(AT);
      if (name.startsWith(THING_PREFIX)
          && name.startsWith(TunnelPoint.LINK_PREFIX, at + 1) == onTunnels) {
        claimed.add(InetAddress.getByName(name.substring(THING_PREFIX.length(), at)));
      }
    }
    return claimed;
  }

  private static String thing(InetAddress address, Rtnetlink.Link link) {
    return THING_PREFIX + address.getHostAddress() + AT + link.name();
  }

  /**
   * Finds the interface on which the contact node should have an address: the one in whose subnet
   * it is, else the one that has the node's own address.
   *
   * @param contact the address
   * @param own the address of this node by which the others reach it
   * @return the interface's name
   * @throws LinuxException if neither is found
   */
  public static String interfaceFor(InetAddress contact, InetAddress own) throws IOException {
    try (Rtnetlink network = Rtnetlink.open()) {
      InetAddress plain = Addresses.plain(own);
      int best = -1;
      int index = -1;
      for (Rtnetlink.Address each : network.addresses()) {
        boolean itself = each.prefix() == each.address().getAddress().length * 8;
        int fit =
            !itself && Addresses.inSubnet(contact, each.address(), each.prefix())
                ? each.prefix() + 1
                : each.address().equals(plain) ? 0 : -1;
        if (fit > best) {
          best = fit;
          index = each.link();
        }
      }
      for (Rtnetlink.Link link : network.links()) {
        if (link.index() == index) {
          return link.name();
        }
      }
      throw new LinuxException(
          "find an interface for " + contact.getHostAddress(), Calls.EADDRNOTAVAIL);
    }
  }

  /**
   * Whether this host is in the subnet of an address, so that the subnet believes it if it says
   * that it has the address.
   */
  public static boolean isAtHome(InetAddress contact) throws IOException {
    try (Rtnetlink network = Rtnetlink.open()) {
      return network.addresses().stream()
          .anyMatch(
              each ->
                  each.prefix() < each.address().getAddress().length * 8
                      && Addresses.inSubnet(contact, each.address(), each.prefix()));
    }
  }

  /**
   * Tells the subnet that the address is here now: by an unsolicited neighbour advertisement, or a
   * gratuitous ARP request and reply. Nobody acknowledges these: call it again after a second or
   * so. Does nothing on an interface that is not an Ethernet.
   *
   * @throws LinuxException if CAP_NET_RAW is missing
   */
  public synchronized void announce() throws LinuxException {
    if (closed) {
      throw new IllegalStateException("the contact address is closed");
    }
    Announcement.send(link, address);
  }

  /** Takes the address off. Does nothing the second time. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      installation.close();
    }
  }

  @Override
  public String toString() {
    return address.getHostAddress() + " on " + link.name();
  }
}
