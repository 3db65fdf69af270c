package dev.baton.linux.steer;

import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one object of ours has in the kernel, with the sockets to change it.
 *
 * <p>Nothing is ever removed by whoever installed it as such: everything that may be there is
 * claimed by those who use it, and what nobody claims any more is swept. So an end, an opening that
 * fails half-way and a death are the same, and things can be shared. Not thread-safe.
 */
final class Installation implements AutoCloseable {

  private final Rtnetlink network;
  private final NfTables nfTables;
  private @Nullable Xfrm xfrm;
  private final List<Claim> claims = new ArrayList<>();

  private Installation(Rtnetlink network, NfTables nfTables) {
    this.network = network;
    this.nfTables = nfTables;
  }

  /** What fills an installation. */
  @FunctionalInterface
  interface Content<T> {
    T install(Installation into) throws IOException;
  }

  /** Sweeps and installs, with the namespace to itself; if that fails, takes back all. */
  static <T> T of(Content<T> content) throws IOException {
    try (Claim lock = Claim.lock()) {
      Installation installation = open();
      try {
        installation.sweep();
        return content.install(installation);
      } catch (IOException | RuntimeException e) {
        try {
          installation.release();
        } catch (IOException failure) {
          e.addSuppressed(failure);
        }
        throw e;
      }
    }
  }

  private static Installation open() throws LinuxException {
    Rtnetlink network = Rtnetlink.open();
    try {
      return new Installation(network, NfTables.open());
    } catch (LinuxException | RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /**
   * Claims a thing until the end.
   *
   * @return the number of the claim, unlike that of any other claim of this thing
   */
  int claim(String thing) throws LinuxException {
    Claim claim = Claim.take(thing);
    claims.add(claim);
    return claim.number();
  }

  Rtnetlink network() {
    return network;
  }

  NfTables nfTables() {
    return nfTables;
  }

  /** The socket for what the kernel does for bindings; few kernels have it. */
  Xfrm xfrm() throws LinuxException {
    Xfrm open = xfrm;
    if (open == null) {
      open = Xfrm.open();
      xfrm = open;
    }
    return open;
  }

  /** Removes everything of ours that nobody claims, under the lock. */
  private void sweep() throws IOException {
    Claim.Claims claimed = Claim.all();
    TunnelLink.sweep(network, claimed);
    ContactAddress.sweep(network, claimed);
    Diversion.sweep(network, claimed);
    ProxiedAddress.sweep(network, claimed);
    RouteOptimization.sweep(this, claimed);
    FlowTable.sweep(nfTables, claimed);
    Fence.sweep(nfTables, claimed); // after what it stands before
    protect();
  }

  /** Makes the rules that keep others out fit what is claimed now, under the lock. */
  void protect() throws IOException {
    Claim.Claims claimed = Claim.all();
    Set<InetAddress> hidden = ContactAddress.claimed(claimed, true);
    TunnelGate.update(nfTables, TunnelLink.claimed(claimed), hidden);
    Set<InetAddress> silent = new HashSet<>(hidden);
    silent.removeAll(ContactAddress.claimed(claimed, false));
    silent.removeIf(address -> !Addresses.isIpv4(address));
    ArpSilence.update(nfTables, silent);
  }

  private void release() throws IOException {
    claims.forEach(Claim::close);
    try {
      sweep();
    } finally {
      nfTables.close();
      network.close();
      if (xfrm != null) {
        xfrm.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (Claim lock = Claim.lock()) {
      release();
    }
  }
}
