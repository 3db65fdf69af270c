package dev.baton.linux.steer;

import static dev.baton.linux.steer.NetlinkMessage.ACKNOWLEDGE;
import static dev.baton.linux.steer.NetlinkMessage.CREATE;
import static dev.baton.linux.steer.NetlinkMessage.DUMP;
import static dev.baton.linux.steer.NetlinkMessage.EXCLUSIVE;
import static dev.baton.linux.steer.NetlinkMessage.REPLACE;

import dev.baton.linux.LinuxException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Links, addresses and neighbours of the network namespace of the thread that opened it. Not
 * thread-safe.
 */
final class Rtnetlink implements AutoCloseable {

  private static final int NETLINK_ROUTE = 0;

  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_NEWNEIGH = 28;

  private static final int IFINFO_LENGTH = 16;
  private static final int IFINFO_FLAGS_AT = 8;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int IFLA_VXLAN_ID = 1;
  private static final int IFLA_VXLAN_LOCAL = 4;
  private static final int IFLA_VXLAN_LEARNING = 7;
  private static final int IFLA_VXLAN_PORT = 15;
  private static final int IFLA_VXLAN_LOCAL6 = 17;
  private static final int IFF_UP = 1;
  private static final int IFF_LOOPBACK = 8;

  private static final int IFADDR_LENGTH = 8;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_CACHEINFO = 6;
  private static final int IFA_FLAGS = 8;
  private static final int IFA_RT_PRIORITY = 9;
  static final int IFA_F_TEMPORARY = 0x01;
  private static final int IFA_F_NODAD = 0x02;
  static final int IFA_F_DADFAILED = 0x08;
  static final int IFA_F_DEPRECATED = 0x20;
  static final int IFA_F_TENTATIVE = 0x40;
  private static final int IFA_F_NOPREFIXROUTE = 0x200;
  private static final int FOREVER = -1;

  private static final int RTMSG_LENGTH = 12;
  private static final int RTM_TYPE_AT = 7;
  private static final int RTA_DST = 1;
  private static final int RTN_LOCAL = 2;

  private static final int NDA_DST = 1;
  private static final int NDA_LLADDR = 2;
  private static final int NDA_VNI = 7;
  private static final int NUD_PERMANENT = 0x80;
  private static final int NTF_SELF = 0x02;

  private static final int ENODEV = 19;
  private static final int ENETUNREACH = 101;
  private static final int EHOSTUNREACH = 113;

  private final Netlink netlink;

  private Rtnetlink(Netlink netlink) {
    this.netlink = netlink;
  }

  static Rtnetlink open() throws LinuxException {
    return new Rtnetlink(Netlink.open(NETLINK_ROUTE));
  }

  /**
   * A link.
   *
   * @param hardware ARPHRD_*
   * @param mac its address of whatever length, in hexadecimal
   * @param mtu the longest packet it takes, in bytes
   */
  record Link(int index, String name, int hardware, String mac, int mtu) {}

  /**
   * An address on a link.
   *
   * @param metric of the route to its subnet; 0 if none was given
   * @param flags IFA_F_*
   */
  record Address(int link, InetAddress address, int prefix, int metric, int flags) {

    boolean is(int flag) {
      return (flags & flag) != 0;
    }
  }

  List<Link> links() throws LinuxException {
    return links(answer -> true);
  }

  /** Those that are up and neither loopback nor a port of another. */
  List<Link> outsideLinks() throws LinuxException {
    return links(
        answer ->
            (answer.fixed().getInt(IFINFO_FLAGS_AT) & (IFF_UP | IFF_LOOPBACK)) == IFF_UP
                && !answer.attributes().containsKey(IFLA_MASTER));
  }

  private List<Link> links(Predicate<Netlink.Answer> wanted) throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_GETLINK, DUMP);
    List<Link> links = new ArrayList<>();
    for (Netlink.Answer answer :
        netlink.dump("list the links", IFINFO_LENGTH, link(message, 0, 0))) {
      if (wanted.test(answer)) {
        links.add(
            new Link(
                answer.fixed().getInt(4),
                answer.text(IFLA_IFNAME),
                answer.fixed().getShort(2),
                HexFormat.of()
                    .formatHex(answer.attributes().getOrDefault(IFLA_ADDRESS, new byte[0])),
                answer.number(IFLA_MTU)));
      }
    }
    return links;
  }

  @Nullable Link findLink(String name) throws LinuxException {
    return links().stream().filter(each -> each.name().equals(name)).findAny().orElse(null);
  }

  Link link(String name) throws LinuxException {
    Link link = findLink(name);
    if (link == null) {
      throw new LinuxException("find the link " + name, ENODEV);
    }
    return link;
  }

  List<Address> addresses() throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_GETADDR, DUMP);
    message.putInt(0).putInt(0);
    List<Address> addresses = new ArrayList<>();
    for (Netlink.Answer answer : netlink.dump("list the addresses", IFADDR_LENGTH, message)) {
      byte[] peer = answer.attributes().getOrDefault(IFA_ADDRESS, new byte[0]);
      byte[] own = answer.attributes().getOrDefault(IFA_LOCAL, peer);
      if (own.length > 0) {
        addresses.add(
            new Address(
                answer.fixed().getInt(4),
                Addresses.of(own),
                Byte.toUnsignedInt(answer.fixed().get(1)),
                answer.number(IFA_RT_PRIORITY),
                answer.number(IFA_FLAGS)));
      }
    }
    return addresses;
  }

  /** Whether packets for an address are for this host. */
  boolean isLocal(InetAddress address) throws LinuxException {
    byte[] bytes = address.getAddress();
    NetlinkMessage message =
        new NetlinkMessage(RTM_GETROUTE, ACKNOWLEDGE)
            .putByte(Addresses.family(bytes))
            .putByte(bytes.length * 8)
            .putShort(0)
            .putInt(0)
            .putInt(0)
            .attribute(RTA_DST, bytes);
    try {
      return netlink
          .dump("find the route to " + address.getHostAddress(), RTMSG_LENGTH, message)
          .stream()
          .anyMatch(answer -> answer.fixed().get(RTM_TYPE_AT) == RTN_LOCAL);
    } catch (LinuxException e) {
      if (e.errno() == ENETUNREACH || e.errno() == EHOSTUNREACH) {
        return false;
      }
      throw e;
    }
  }

  /** Makes a VXLAN link that learns nothing by itself and sends nothing unasked. It is down. */
  void addVxlan(String name, byte[] mac, int vni, InetAddress own, int port) throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_NEWLINK, ACKNOWLEDGE | CREATE | EXCLUSIVE);
    link(message, 0, 0).attribute(IFLA_IFNAME, name).attribute(IFLA_ADDRESS, mac);
    int info = message.open(IFLA_LINKINFO);
    message.attribute(IFLA_INFO_KIND, "vxlan");
    int data = message.open(IFLA_INFO_DATA);
    byte[] local = own.getAddress();
    message
        .attribute(IFLA_VXLAN_ID, vni)
        .attribute(local.length == 4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local)
        .attribute(IFLA_VXLAN_LEARNING, (byte) 0)
        .attribute(IFLA_VXLAN_PORT, (byte) (port >> 8), (byte) port)
        .close(data)
        .close(info);
    netlink.execute("add the VXLAN link " + name, message);
  }

  void setUp(Link link) throws LinuxException {
    netlink.execute(
        "set the link " + link.name() + " up",
        link(new NetlinkMessage(RTM_NEWLINK, ACKNOWLEDGE), link.index(), IFF_UP));
  }

  /** Sets the largest packet that a link takes, in bytes. */
  void setMtu(Link link, int mtu) throws LinuxException {
    netlink.execute(
        "set the MTU of the link " + link.name() + " to " + mtu,
        link(new NetlinkMessage(RTM_NEWLINK, ACKNOWLEDGE), link.index(), 0)
            .attribute(IFLA_MTU, mtu));
  }

  void deleteLink(Link link) throws LinuxException {
    netlink.execute(
        "delete the link " + link.name(),
        link(new NetlinkMessage(RTM_DELLINK, ACKNOWLEDGE), link.index(), 0));
  }

  /** {@code struct ifinfomsg} */
  private static NetlinkMessage link(NetlinkMessage message, int index, int flags) {
    return message.putInt(0).putInt(index).putInt(flags).putInt(flags);
  }

  /**
   * Puts an address on a link at once, by itself (/32, /128). The kernel chooses an IPv6 one for no
   * connection by itself: it is deprecated.
   *
   * @param metric only serves to recognise the address: without a subnet there is no route
   */
  void addAddress(Link link, InetAddress address, int metric) throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_NEWADDR, ACKNOWLEDGE | CREATE | EXCLUSIVE);
    address(message, link, address)
        .attribute(IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE)
        .attribute(IFA_RT_PRIORITY, metric);
    if (address.getAddress().length == 16) {
      int cache = message.open(IFA_CACHEINFO);
      message.putInt(0).putInt(FOREVER).putInt(0).putInt(0).close(cache);
    }
    netlink.execute("add the address " + address.getHostAddress() + " to " + link.name(), message);
  }

  void deleteAddress(Link link, InetAddress address) throws LinuxException {
    netlink.execute(
        "delete the address " + address.getHostAddress() + " from " + link.name(),
        address(new NetlinkMessage(RTM_DELADDR, ACKNOWLEDGE), link, address));
  }

  /** {@code struct ifaddrmsg} and the address */
  private static NetlinkMessage address(NetlinkMessage message, Link link, InetAddress address) {
    byte[] bytes = address.getAddress();
    return message
        .putByte(Addresses.family(bytes))
        .putByte(bytes.length * 8)
        .putShort(0)
        .putInt(link.index())
        .attribute(IFA_LOCAL, bytes)
        .attribute(IFA_ADDRESS, bytes);
  }

  /** Says at which hardware address of a link a neighbour is; it is not asked. */
  void setNeighbour(Link link, byte[] neighbour, byte[] mac) throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_NEWNEIGH, ACKNOWLEDGE | CREATE | REPLACE);
    neighbour(message, Addresses.family(neighbour), link, 0)
        .attribute(NDA_DST, neighbour)
        .attribute(NDA_LLADDR, mac);
    netlink.execute("add a neighbour to " + link.name(), message);
  }

  /** Says to which host a VXLAN link sends what is for a hardware address. */
  void setRemote(Link link, byte[] mac, InetAddress remote, int vni) throws LinuxException {
    NetlinkMessage message = new NetlinkMessage(RTM_NEWNEIGH, ACKNOWLEDGE | CREATE | REPLACE);
    neighbour(message, Calls.AF_BRIDGE, link, NTF_SELF)
        .attribute(NDA_LLADDR, mac)
        .attribute(NDA_DST, remote.getAddress())
        .attribute(NDA_VNI, vni);
    netlink.execute("add the tunnel to " + remote.getHostAddress() + " to " + link.name(), message);
  }

  /** {@code struct ndmsg} */
  static NetlinkMessage neighbour(NetlinkMessage message, int family, Link link, int flags) {
    return message
        .putInt(family)
        .putInt(link.index())
        .putShort(NUD_PERMANENT)
        .putByte(flags)
        .putByte(0);
  }

  /** The socket, for {@link Routing} and {@link TrafficControl}. */
  Netlink netlink() {
    return netlink;
  }

  @Override
  public void close() {
    netlink.close();
  }
}
