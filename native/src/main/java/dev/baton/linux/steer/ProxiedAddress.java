package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An IPv6 address that is elsewhere, and for which this router answers its subnet as long as this
 * object is open: proxy neighbour discovery (RFC 4861 §7.2.8), as home agents do it.
 *
 * <p>Several processes in one network namespace can have the same one; the last to close it removes
 * it. Thread-safe; all methods must be called by a thread in the namespace that is meant.
 */
public final class ProxiedAddress implements AutoCloseable {

  private static final String THING_PREFIX = "proxied/";
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv6/conf");
  private static final String SWITCH = "proxy_ndp";

  private final InetAddress address;
  private final Rtnetlink.Link link;
  private final Installation installation;
  private boolean closed;

  private ProxiedAddress(InetAddress address, Rtnetlink.Link link, Installation installation) {
    this.address = address;
    this.link = link;
    this.installation = installation;
  }

  /**
   * Begins to answer, and {@linkplain #announce() announces} it.
   *
   * @param address nobody on the subnet has it; see {@link DuplicateAddress}
   * @param interfaceName where its subnet is
   * @throws LinuxException if there is no such interface or it does not forward IPv6, for then the
   *     kernel does not answer for others; or if CAP_NET_ADMIN or CAP_NET_RAW is missing
   */
  public static ProxiedAddress on(InetAddress address, String interfaceName) throws IOException {
    InetAddress plain = Addresses.plain(address);
    return Installation.of(into -> install(into, plain, interfaceName));
  }

  private static ProxiedAddress install(Installation into, InetAddress address, String name)
      throws IOException {
    Rtnetlink network = into.network();
    Rtnetlink.Link link = network.link(name);
    if (!isOn(name, "forwarding")) {
      throw new LinuxException(
          "answer for " + address.getHostAddress() + " on " + name + ", which forwards no IPv6",
          Calls.EOPNOTSUPP);
    }
    if (!isOn(name, SWITCH)) {
      LinkSettings.set("ipv6", name, SWITCH, "1"); // without entries it does nothing
    }
    into.claim(thing(address, link));
    new Routing(network).addProxy(link, address);
    Announcement.send(link, address);
    return new ProxiedAddress(address, link, into);
  }

  static boolean isOn(String link, String setting) throws IOException {
    return !Files.readString(SETTINGS.resolve(link).resolve(setting)).strip().equals("0");
  }

  /** Removes the entries of ours that nobody claims. */
  static void sweep(Rtnetlink network, Claim.Claims claimed) throws LinuxException {
    Routing routing = new Routing(network);
    for (Routing.Proxy entry : routing.proxies()) {
      for (Rtnetlink.Link link : network.links()) {
        if (link.index() == entry.link() && !claimed.include(thing(entry.address(), link))) {
          routing.deleteProxy(link, entry.address());
        }
      }
    }
  }

  private static String thing(InetAddress address, Rtnetlink.Link link) {
    return THING_PREFIX + address.getHostAddress() + "@" + link.name();
  }

  /**
   * Tells the subnet that packets for the address are to come here, by an unsolicited neighbour
   * advertisement. Nobody acknowledges it: call it again after a second or so.
   *
   * @throws LinuxException if CAP_NET_RAW is missing
   */
  public synchronized void announce() throws LinuxException {
    if (closed) {
      throw new IllegalStateException("the proxied address is closed");
    }
    Announcement.send(link, address);
  }

  /** Stops answering. Does nothing the second time. */
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
