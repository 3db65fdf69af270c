package dev.baton.handoff;

import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import dev.baton.linux.Listener;
import dev.baton.linux.NetworkNamespace;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** A node's traffic switches: one for its own host, and perhaps one for other hosts. */
final class Switches implements Closeable {
  private final LocalSwitch here;
  private final @Nullable SteerSwitch elsewhere;
  private final @Nullable MobileSwitch mobile;
  private final Closeable transport;
  private final String namespace;

  private Switches(
      LocalSwitch here,
      @Nullable SteerSwitch elsewhere,
      @Nullable MobileSwitch mobile,
      Closeable transport)
      throws IOException {
    this.here = here;
    this.elsewhere = elsewhere;
    this.mobile = mobile;
    this.transport = transport;
    this.namespace = NetworkNamespace.current().toString();
  }

  /** This host has nothing to do with others. */
  static Switches local(LocalSwitch here) throws IOException {
    return local(here, () -> {});
  }

  /**
   * Connections do not leave this host.
   *
   * @param transport to other hosts; owned by the result
   */
  static Switches local(LocalSwitch here, Closeable transport) throws IOException {
    return new Switches(here, null, null, transport);
  }

  /**
   * The contact node tunnels packets to where connections are.
   *
   * @param elsewhere owned by the result
   * @param transport to other hosts; owned by the result
   */
  static Switches steering(LocalSwitch here, SteerSwitch elsewhere, Closeable transport)
      throws IOException {
    return new Switches(here, elsewhere, null, transport);
  }

  /**
   * Clients follow by Mobile IPv6.
   *
   * @param elsewhere decides whose connections are; owned by the result
   * @param mobile owned by the result
   * @param transport to other hosts; owned by the result
   */
  static Switches mobile(
      LocalSwitch here, SteerSwitch elsewhere, MobileSwitch mobile, Closeable transport)
      throws IOException {
    return new Switches(here, elsewhere, mobile, transport);
  }

  /** The switch for this host. */
  LocalSwitch here() {
    return here;
  }

  /** Whether a connection can go to a node of that network namespace. */
  boolean reach(String otherNamespace) {
    return elsewhere != null || otherNamespace.equals(namespace);
  }

  /** Whether that connection can go to a node of that network namespace. */
  boolean reach(String otherNamespace, Flow flow) {
    return otherNamespace.equals(namespace)
        || (elsewhere != null && elsewhere.objection(flow) == null);
  }

  /**
   * The switch that brings a connection to, or from, a node of that network namespace.
   *
   * @throws IOException if there is none
   */
  TrafficSwitch to(String otherNamespace) throws IOException {
    if (otherNamespace.equals(namespace)) {
      return here;
    }
    if (elsewhere == null) {
      throw new IOException(
          "the node is on another host (another network namespace), and baton.switch=local cannot"
              + " reach it");
    }
    return mobile == null ? elsewhere : mobile;
  }

  /** What became of clients by Mobile IPv6; null if they do not follow that way. */
  NodeInfo.@Nullable Mobility mobility() {
    return mobile == null ? null : mobile.counters();
  }

  /** Whether this is the group's contact node. */
  boolean isContact() {
    return elsewhere != null && elsewhere.isContact();
  }

  /** Makes the packets of a listener's future connections such that they can be switched. */
  void fit(Listener listener) throws IOException {
    if (elsewhere != null) {
      elsewhere.fit(listener);
    }
  }

  /**
   * As {@link Message.Settle} says.
   *
   * @param from where the caller is; null if on this host
   * @return null if this is not the contact node at the moment
   */
  @Nullable String settle(Message.Settle settle, Message.Hello caller, @Nullable InetAddress from)
      throws IOException {
    String asker = caller.node();
    if (elsewhere == null || asker == null) {
      throw new RefusedException("this is not the group's contact node");
    }
    return elsewhere.settle(settle, asker, from);
  }

  /**
   * As {@link Message.Ended} says.
   *
   * @param from where the caller is; null if on this host
   */
  void ended(Message.Ended ended, @Nullable InetAddress from) throws IOException {
    if (elsewhere != null) {
      elsewhere.ended(ended, from);
    }
  }

  /**
   * Forgets connections that have ended. To be called every now and then.
   *
   * @param host whose connections are here
   */
  void tidy(Host host) {
    if (elsewhere != null) {
      elsewhere.tidy(host);
    }
    if (mobile != null) {
      mobile.tidy();
    }
  }

  /** A connection of this node is over, and no packet of it matters any more. */
  void over(Flow flow) {
    if (elsewhere != null) {
      elsewhere.over(flow);
    }
  }

  @Override
  public void close() throws IOException {
    try (transport) {
      if (mobile != null) {
        mobile.close();
      }
      if (elsewhere != null) {
        elsewhere.close();
      }
    }
  }
}
