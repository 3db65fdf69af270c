package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has the kernel do for bindings of this host, a correspondent node, what else goes through a
 * {@link Diversion}: packets to the home address get a type 2 routing header and go to the care-of
 * address, and those from there lose their home address option. Few kernels can: {@code
 * CONFIG_IPV6_MIP6}.
 *
 * <p>The diversion stays, and gets what is not the plain case: mobility messages, options written
 * in another way, whatever agrees with no binding that is here. What its {@link RawPackets} send is
 * left alone.
 *
 * <p>For the thread of the diversion; the opening and the end are for one in the namespace that is
 * meant.
 */
public final class RouteOptimization implements AutoCloseable {

  /** How many bindings there can be; each makes the filter of what comes in longer. */
  public static final int MOST = 64;

  private static final String THING = "routes";
  private static final String LACK =
      "the kernel's own data path for Mobile IPv6 (CONFIG_IPV6_MIP6) cannot be had: ";

  private final Installation installation;
  private final int number;
  private final Xfrm xfrm;
  private final Diversion diversion;
  private final Map<Ends, Binding> bindings = new HashMap<>();

  private RouteOptimization(Installation installation, int number, Xfrm xfrm, Diversion diversion) {
    this.installation = installation;
    this.number = number;
    this.xfrm = xfrm;
    this.diversion = diversion;
  }

  /** A binding, without where it leads. */
  private record Ends(InetAddress own, InetAddress home) {}

  /** A binding: what goes from {@code own} to {@code home} goes to {@code careOf}. */
  record Binding(InetAddress own, InetAddress home, InetAddress careOf) {}

  /**
   * Begins, without bindings.
   *
   * @param diversion gives up to the kernel what this serves; stays the caller's, and is closed
   *     after this
   * @throws LinuxException if the kernel cannot, or CAP_NET_ADMIN is missing
   */
  public static RouteOptimization beside(Diversion diversion) throws IOException {
    diversion.packets().passPolicies();
    return Installation.of(
        into -> new RouteOptimization(into, into.claim(THING), into.xfrm(), diversion));
  }

  /**
   * Tries what it needs, with addresses that nobody has; it is gone afterwards.
   *
   * @return null if all is there; otherwise one line for an operator, saying what is missing
   */
  public static @Nullable String missing() {
    try {
      Installation.of(RouteOptimization::probe).close(); // what is there is swept
      return null;
    } catch (IOException e) {
      return LACK + e.getMessage();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      return "the native library cannot be loaded: " + e;
    }
  }

  private static Installation probe(Installation into) throws IOException {
    int number = into.claim(THING);
    InetAddress own = nobodys(1);
    InetAddress home = nobodys(2);
    into.xfrm().bind(own, home, nobodys(3), number);
    into.xfrm().move(own, home, nobodys(4), number);
    return into;
  }

  /** In the prefix that is for discarding (RFC 6666): it is routed nowhere. */
  private static InetAddress nobodys(int last) {
    byte[] bytes = new byte[16];
    bytes[0] = 1;
    bytes[15] = (byte) last;
    return Addresses.of(bytes);
  }

  /** Removes what nobody claims. */
  static void sweep(Installation installation, Claim.Claims claimed) throws LinuxException {
    Xfrm xfrm;
    try {
      xfrm = installation.xfrm();
    } catch (LinuxException e) {
      return; // a kernel that has none of it has nothing of ours
    }
    xfrm.sweep(number -> !claimed.include(THING, number));
  }

  /**
   * Serves a binding from now on, or at another care-of address. Connections that there are follow.
   *
   * @param own an address of this host
   * @return false if there is no room for it
   * @throws LinuxException if the kernel refuses; then it is not served, wherever it was before
   */
  public boolean bind(InetAddress own, InetAddress home, InetAddress careOf) throws LinuxException {
    Ends ends = new Ends(own, home);
    Binding binding = new Binding(own, home, careOf);
    Binding before = bindings.get(ends);
    if (binding.equals(before)) {
      return true;
    }
    if (before == null && bindings.size() >= MOST) {
      return false;
    }
    try {
      if (before == null) {
        xfrm.bind(own, home, careOf, number);
      } else {
        xfrm.move(own, home, careOf, number);
      }
      bindings.put(ends, binding);
      diversion.leave(bindings.values());
      return true;
    } catch (LinuxException e) {
      try {
        unbind(own, home);
      } catch (LinuxException failure) {
        e.addSuppressed(failure);
      }
      throw e;
    }
  }

  /**
   * Serves a binding no longer. Does nothing if it does not.
   *
   * @throws LinuxException if the kernel refuses
   */
  public void unbind(InetAddress own, InetAddress home) throws LinuxException {
    if (bindings.remove(new Ends(own, home)) != null) {
      diversion.leave(bindings.values());
      xfrm.unbind(own, home, number);
    }
  }

  /**
   * What has passed by a binding.
   *
   * @param routed packets that got a routing header since it was made
   * @param received packets that lost their home address option
   */
  public record Traffic(InetAddress own, InetAddress home, long routed, long received) {}

  /**
   * What has passed by all that there are.
   *
   * @throws LinuxException if the kernel refuses
   */
  public List<Traffic> traffic() throws LinuxException {
    Map<Ends, Long> routed = new HashMap<>();
    Map<Ends, Long> received = new HashMap<>();
    for (Xfrm.Passed passed : xfrm.passed(number)) {
      if (passed.header() == Xfrm.ROUTING) {
        routed.put(new Ends(passed.from(), passed.to()), passed.packets());
      } else {
        received.put(new Ends(passed.to(), passed.from()), passed.packets());
      }
    }
    List<Traffic> all = new ArrayList<>();
    for (Ends ends : bindings.keySet()) {
      all.add(
          new Traffic(
              ends.own, ends.home, routed.getOrDefault(ends, 0L), received.getOrDefault(ends, 0L)));
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    installation.close();
  }
}
