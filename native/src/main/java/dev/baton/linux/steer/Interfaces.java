package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The network interfaces of the calling thread's network namespace, as the kernel has them now. */
public final class Interfaces {

  private Interfaces() {}

  /**
   * The interfaces by which packets come from elsewhere: those that are up, but the loopback
   * interface, ports of a bridge or bond, which has the packets too, and devices of Baton's own.
   *
   * @return their names
   * @throws LinuxException if the kernel does not tell
   */
  public static List<String> outside() throws LinuxException {
    try (Rtnetlink network = Rtnetlink.open()) {
      return network.outsideLinks().stream()
          .map(Rtnetlink.Link::name)
          .filter(name -> !name.startsWith(TunnelPoint.LINK_PREFIX))
          .toList();
    }
  }

  /**
   * Whether there is an interface of that name.
   *
   * @throws LinuxException if the kernel does not tell
   */
  public static boolean exists(String name) throws LinuxException {
    try (Rtnetlink network = Rtnetlink.open()) {
      return network.findLink(name) != null;
    }
  }

  /**
   * Whether an interface forwards IPv6 packets, as a home agent's must.
   *
   * @throws IOException if there is no such interface
   */
  public static boolean forwards(String name) throws IOException {
    return ProxiedAddress.isOn(name, "forwarding");
  }

  /**
   * All addresses of this host, of both families.
   *
   * @throws LinuxException if the kernel does not tell
   */
  public static Set<InetAddress> addresses() throws LinuxException {
    try (Rtnetlink network = Rtnetlink.open()) {
      Set<InetAddress> addresses = new HashSet<>();
      network.addresses().forEach(each -> addresses.add(each.address()));
      return addresses;
    }
  }

  /**
   * An IPv6 address that packets for it can reach this host by: nobody is being asked any more
   * whether he has it, and nobody had.
   *
   * @param deprecated whether it is not for anything new, such as one that will be gone soon
   * @param temporary whether it will be replaced before long, for privacy
   */
  public record Ready(Inet6Address address, boolean deprecated, boolean temporary) {}

  /**
   * The IPv6 addresses of an interface that can be used now, link-local ones among them.
   *
   * @return in the kernel's order; none if there is no such interface
   * @throws LinuxException if the kernel does not tell
   */
  public static List<Ready> ready(String name) throws LinuxException {
    try (Rtnetlink network = Rtnetlink.open()) {
      Rtnetlink.Link link = network.findLink(name);
      List<Ready> ready = new ArrayList<>();
      for (Rtnetlink.Address each : network.addresses()) {
        if (link != null
            && each.link() == link.index()
            && each.address() instanceof Inet6Address address
            && !each.is(Rtnetlink.IFA_F_TENTATIVE | Rtnetlink.IFA_F_DADFAILED)) {
          ready.add(
              new Ready(
                  address,
                  each.is(Rtnetlink.IFA_F_DEPRECATED),
                  each.is(Rtnetlink.IFA_F_TEMPORARY)));
        }
      }
      return ready;
    }
  }
}
