package dev.baton.handoff.contact;

import dev.baton.handoff.trust.Admission;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MPING;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.dns.DNS_PING;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;
import org.jgroups.util.DefaultThreadFactory;
import org.jgroups.util.ExtendedUUID;
import org.jgroups.util.Util;
import org.jspecify.annotations.Nullable;

/**
 * The group as JGroups sees it: who is there, the eldest first, and messages among them, in the
 * order in which each sends them to each.
 *
 * <p>A process that dies is seen at once, by the end of its connections. A host that is cut off, or
 * a process that stands still, is suspected after {@value #SILENCE_MILLIS} ms without a heartbeat,
 * looked at a second time, and only then given up: 650 to 750 ms after its last sign of life. So a
 * JVM that stands still for half a second stays in the group. A death takes the second look, too.
 */
final class Membership implements Closeable {
  private static final int HEARTBEAT_MILLIS = 100;
  private static final int SILENCE_MILLIS = 400;
  private static final int SECOND_LOOK_MILLIS = 250;

  private static final int CONNECT_MILLIS = 250;
  private static final int JOIN_MILLIS = 1_500;

  /**
   * How often others are asked who is there, within that time: of two nodes that call each other at
   * once, one loses its connection, and what it has asked.
   */
  private static final int QUESTIONS = 3;

  private static final int MERGE_LEAST_MILLIS = 500;
  private static final int MERGE_MOST_MILLIS = 1_500;
  private static final int LONGEST_MESSAGE = 32 << 20;
  private static final String NAME = "node";
  private static final String PLACE = "at";

  /** Hears of the group, on threads of JGroups. */
  interface Listener {

    /** The members' names, the eldest first. */
    void view(List<String> members);

    /** A member has sent something. */
    void received(String from, byte[] bytes);
  }

  private final JChannel channel;
  private final Map<String, Address> heard = new ConcurrentHashMap<>();
  private volatile Map<String, Address> members = Map.of();
  private volatile Map<String, InetAddress> places = Map.of();

  private Membership(JChannel channel) {
    this.channel = channel;
  }

  /**
   * Joins, or begins a group if there is nobody to join.
   *
   * @param admission this node's keys, and whom it talks to; stays the caller's
   * @param executor for handshakes
   * @param priority what each thread does first
   * @param turnedAway is told who was not let in, and why, if it is no node of the group
   */
  static Membership join(
      ContactOffice.Setup setup,
      Admission admission,
      Executor executor,
      Runnable priority,
      BiConsumer<String, Exception> turnedAway,
      Listener listener)
      throws IOException {
    SilentLog.begin();
    Util.resetCachedAddresses(true, true); // those of now: the node may have been elsewhere before
    try {
      JChannel channel =
          new JChannel(stack(setup, new MemberSockets(admission, executor, turnedAway), priority));
      Membership membership = new Membership(channel);
      channel.addAddressGenerator(
          () ->
              ExtendedUUID.randomUUID(setup.node())
                  .put(NAME, setup.node().getBytes(StandardCharsets.UTF_8))
                  .put(PLACE, setup.at().getAddress().getAddress()));
      channel.setName(setup.node());
      channel.setDiscardOwnMessages(true);
      channel.setReceiver(membership.receiver(listener));
      try {
        channel.connect(setup.group());
      } catch (Exception e) {
        channel.close();
        throw e;
      }
      return membership;
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception | LinkageError e) { // JGroups declares no other
      throw new IOException("this node cannot join its group: " + e, e);
    }
  }

  private static Protocol[] stack(
      ContactOffice.Setup setup, MemberSockets sockets, Runnable priority) {
    TCP tcp = new TCP();
    tcp.setBindAddress(setup.at().getAddress());
    tcp.setBindPort(setup.at().getPort());
    tcp.setPortRange(0);
    tcp.setSocketFactory(sockets);
    tcp.setThreadFactory(new Threads(priority));
    tcp.setBundlerType("no-bundler"); // one who does not answer keeps only his caller waiting
    tcp.useVirtualThreads(false);
    tcp.disableDiagnostics();
    tcp.setSockConnTimeout(CONNECT_MILLIS);
    tcp.setMaxLength(LONGEST_MESSAGE);
    tcp.tcpNodelay(true);
    tcp.logDetails(false);
    tcp.enableSuspectEvents(true);
    tcp.getThreadPool().setMinThreads(2).setMaxThreads(16);
    return new Protocol[] {
      tcp,
      discovery(setup).numDiscoveryRuns(QUESTIONS),
      new MERGE3().setMinInterval(MERGE_LEAST_MILLIS).setMaxInterval(MERGE_MOST_MILLIS),
      new FD_ALL3().setInterval(HEARTBEAT_MILLIS).setTimeout(SILENCE_MILLIS),
      new VERIFY_SUSPECT2().setTimeout(SECOND_LOOK_MILLIS),
      new NAKACK2().useMcastXmit(false),
      new UNICAST3(),
      new STABLE(),
      new GMS().setJoinTimeout(JOIN_MILLIS).printLocalAddress(false),
      new FRAG4()
    };
  }

  /** Daemons, and ranked like all threads of the node. */
  private static final class Threads extends DefaultThreadFactory {
    private final Runnable priority;

    Threads(Runnable priority) {
      super("baton-group", true, true);
      this.priority = priority;
    }

    @Override
    protected Thread newThread(Runnable task, String name, String address, String cluster) {
      Runnable ranked =
          () -> {
            priority.run();
            task.run();
          };
      return super.newThread(ranked, name, address, cluster);
    }
  }

  private static org.jgroups.protocols.Discovery discovery(ContactOffice.Setup setup) {
    Discovery how = setup.discovery();
    if (how instanceof Discovery.Dns dns) {
      DNS_PING ping = new DNS_PING();
      ping.setValue("dns_query", dns.name());
      ping.setValue("port_range", 0);
      return ping;
    }
    if (how instanceof Discovery.Multicast) {
      MPING ping = new MPING();
      ping.setValue("bind_addr", setup.at().getAddress());
      return ping;
    }
    return new TCPPING().setInitialHosts(setup.peers()).setPortRange(0);
  }

  private Receiver receiver(Listener listener) {
    return new Receiver() {
      @Override
      public void viewAccepted(View view) {
        Map<String, Address> now = new LinkedHashMap<>();
        for (Address member : view.getMembers()) {
          String name = name(member);
          now.remove(name); // one that died a moment ago, and has come again
          now.put(name, member);
        }
        Map<String, Address> before = members;
        members = now;
        places = places(now);
        List<String> stayed = new ArrayList<>();
        now.forEach(
            (name, address) -> {
              if (before.getOrDefault(name, address).equals(address)) {
                stayed.add(name);
              }
            });
        if (stayed.size() < now.size()) {
          listener.view(stayed); // whoever has come again was away
        }
        listener.view(List.copyOf(now.keySet()));
      }

      @Override
      public void receive(Message message) {
        String from = name(message.getSrc());
        heard.put(from, message.getSrc());
        listener.received(
            from,
            Arrays.copyOfRange(
                message.getArray(),
                message.getOffset(),
                message.getOffset() + message.getLength()));
      }
    };
  }

  /** Where the members are, by their names. */
  Map<String, InetAddress> places() {
    return places;
  }

  private static Map<String, InetAddress> places(Map<String, Address> members) {
    Map<String, InetAddress> places = new HashMap<>();
    members.forEach(
        (name, address) -> {
          byte[] place = address instanceof ExtendedUUID known ? known.get(PLACE) : null;
          if (place != null) {
            try {
              places.put(name, InetAddress.getByAddress(place));
            } catch (UnknownHostException e) {
              return; // it has said something that is no address: nobody will send there
            }
          }
        });
    return Map.copyOf(places);
  }

  private static String name(Address member) {
    byte[] name = member instanceof ExtendedUUID named ? named.get(NAME) : null;
    return name == null ? member.toString() : new String(name, StandardCharsets.UTF_8);
  }

  /**
   * Sends a message. That it arrives is not certain.
   *
   * @param to a member, or somebody who has sent something; null for all other members
   */
  void tell(@Nullable String to, byte[] bytes) throws IOException {
    if (to != null) {
      Address member = members.getOrDefault(to, heard.get(to));
      if (member != null) {
        send(member, bytes);
      }
      return;
    }
    IOException failure = null;
    for (Address member : members.values()) {
      if (!member.equals(channel.getAddress())) {
        try {
          send(member, bytes);
        } catch (IOException e) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void send(Address member, byte[] bytes) throws IOException {
    try {
      channel.send(new BytesMessage(member, bytes));
    } catch (Exception e) { // JGroups declares no other
      throw new IOException("node " + name(member) + " cannot be told: " + e.getMessage(), e);
    }
  }

  /** Leaves. */
  @Override
  public void close() {
    channel.close();
  }
}
