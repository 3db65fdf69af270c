package dev.baton.linux.steer;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What concerns steering as a whole. */
public final class Steering {

  /** Where the tunnels end on every node; firewalls between nodes must let it pass. */
  public static final int UDP_PORT = 19819;

  /**
   * The metric ({@code ip address} shows it) of the addresses that are put on interfaces; it has no
   * effect but that they are recognised by it.
   */
  public static final int METRIC = 198_198_198;

  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;
  private static final int VXLAN_HEADER = 8;
  private static final int ETHERNET_HEADER = 14;

  private Steering() {}

  /**
   * Tells how much of each packet the tunnel takes. By so much the listeners on the contact address
   * must make their maximum segment size (TCP_MAXSEG) smaller than their interface would allow, and
   * before a client connects: a packet that does not fit into the tunnel is lost, and the client is
   * not told.
   *
   * @param own an address by which nodes reach each other
   * @return the number of bytes
   */
  public static int tunnelBytes(InetAddress own) {
    int outer = Addresses.isIpv4(own) ? IPV4_HEADER : IPV6_HEADER;
    return outer + UDP_HEADER + VXLAN_HEADER + ETHERNET_HEADER;
  }

  /**
   * Removes from the calling thread's network namespace what processes that died have left there.
   * What is in use stays. The same is done whenever something of this package is opened or closed.
   *
   * @throws IOException if the kernel refuses
   */
  public static void sweep() throws IOException {
    Installation.of(empty -> empty).close();
  }

  /**
   * Tries what a contact node needs, on the loopback interface; it is gone afterwards.
   *
   * @return null if all is there; otherwise one line for an operator, saying what is missing
   */
  public static @Nullable String missing() {
    try {
      InetAddress own = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      SteeringTable.open(own, List.of("lo")).close();
      return null;
    } catch (IOException e) {
      return "connections cannot be steered: " + e.getMessage();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      return "the native library cannot be loaded: " + e;
    }
  }
}
