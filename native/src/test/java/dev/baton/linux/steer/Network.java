package dev.baton.linux.steer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.baton.linux.Descriptors;
import dev.baton.linux.TcpConnection;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Hosts in network namespaces of their own around a router, each host a thread:
 *
 * <pre>
 *   client  fd00:1::2, 10.0.1.2 ─┐
 *   contact fd00:2::2, 10.0.2.2 ─┤        fd00:2::c and 10.0.2.99, the contact addresses,
 *   first   fd00:3::2, 10.0.3.2 ─┼ router  are in the subnet of the contact node
 *   second  fd00:4::2, 10.0.4.2 ─┘
 * </pre>
 *
 * They end with the threads and the sockets made in them.
 */
public final class Network implements AutoCloseable {

  private static final String CONTACT_6 = "fd00:2::c";
  private static final String CONTACT_4 = "10.0.2.99";

  public static InetAddress contactAddress(boolean six) throws IOException {
    return InetAddress.getByName(contactText(six));
  }

  /** As programs print it. */
  static String contactText(boolean six) {
    return six ? CONTACT_6 : CONTACT_4;
  }

  final Host router = new Host(0);
  public final Host client = new Host(1);
  public final Host contact = new Host(2);
  public final Host first = new Host(3);
  public final Host second = new Host(4);

  private static final class Namespaces {
    static {
      Native.register(Namespaces.class, NativeLibrary.getProcess());
    }

    private Namespaces() {}

    static native int unshare(int flags);
  }

  /** One host: whatever it does, one thread does. */
  public static final class Host {
    private static final String STATE =
        """
        for what in rule 'route show table all' link addr; do
          ip -j -4 $what; ip -j -6 $what
        done
        nft list ruleset
        tc qdisc
        tc filter show dev eth0 ingress
        grep -r . /proc/sys/net/ipv[46]/conf --exclude=stable_secret | sort
        """;
    private static final int CLONE_NEWNET = 0x40000000;

    private final int number;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    Host(int number) {
      this.number = number;
    }

    String address6() {
      return "fd00:" + number + "::2";
    }

    String address4() {
      return "10.0." + number + ".2";
    }

    /** Starts a program of these tests here: a process that can be killed. */
    Process java(Class<?> program, String... arguments) throws Exception {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-cp");
      command.add(
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
              .replace(' ', File.pathSeparatorChar));
      command.add(program.getName());
      command.addAll(List.of(arguments));
      return call(
          () -> new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** As the next process here does at its start. */
    void sweep() throws Exception {
      call(
          () -> {
            Steering.sweep();
            return null;
          });
    }

    public InetAddress address(boolean six) throws IOException {
      return InetAddress.getByName(six ? address6() : address4());
    }

    /** Bytes that an interface has sent. */
    long sent(String link) throws Exception {
      return call(
          () -> {
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/dev"))) {
              if (line.strip().startsWith(link + ":")) {
                return Long.parseLong(line.strip().split(" +", -1)[9]);
              }
            }
            throw new IllegalArgumentException(link);
          });
    }

    /** How many packets were taken to pieces here, or should have been. */
    long fragments() throws Exception {
      return call(
          () -> {
            long count = 0;
            for (String line : Files.readAllLines(Path.of("/proc/thread-self/net/snmp6"))) {
              if (line.startsWith("Ip6Frag")) {
                count += Long.parseLong(line.split("\\s+", -1)[1]);
              }
            }
            List<String> four = Files.readAllLines(Path.of("/proc/thread-self/net/snmp"));
            List<String> names = List.of(four.get(0).split(" ", -1));
            for (String name : List.of("FragOKs", "FragFails", "FragCreates")) {
              count += Long.parseLong(four.get(1).split(" ", -1)[names.indexOf(name)]);
            }
            return count;
          });
    }

    public <T> T call(Callable<T> action) throws Exception {
      try {
        return thread.submit(action).get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw (Error) e.getCause();
      }
    }

    /** Runs a program there and gives what it prints. */
    String run(String... command) throws Exception {
      return call(() -> runHere(command));
    }

    /** What the programs of the kernel's configuration print: the whole state. */
    String state() throws Exception {
      return run("sh", "-ec", STATE);
    }

    public void close(AutoCloseable what) throws Exception {
      call(
          () -> {
            what.close();
            return null;
          });
    }

    private String start() throws Exception {
      return call(
          () -> {
            if (Namespaces.unshare(CLONE_NEWNET) != 0) {
              throw new IllegalStateException("no network namespace: " + Native.getLastError());
            }
            Files.writeString(Path.of("/proc/sys/net/ipv6/conf/default/accept_dad"), "0");
            // As strict as can be, but for the router: acceptors answer from an address of
            // elsewhere.
            String strict = number == 0 ? "0" : "1";
            Files.writeString(Path.of("/proc/sys/net/ipv4/conf/all/rp_filter"), strict);
            Files.writeString(Path.of("/proc/sys/net/ipv4/conf/default/rp_filter"), strict);
            runHere("ip", "link", "set", "lo", "up");
            return Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
          });
    }

    private void connect(Host router, String routerThread) throws Exception {
      String far = "to" + number;
      run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", far, "netns", routerThread);
      run("ip", "addr", "add", address6() + "/64", "dev", "eth0", "nodad");
      run("ip", "addr", "add", address4() + "/24", "dev", "eth0");
      run("ip", "link", "set", "eth0", "up");
      router.run("ip", "addr", "add", "fd00:" + number + "::1/64", "dev", far, "nodad");
      router.run("ip", "addr", "add", "10.0." + number + ".1/24", "dev", far);
      router.run("ip", "link", "set", far, "up");
      run("ip", "route", "add", "default", "via", "fd00:" + number + "::1");
      run("ip", "route", "add", "default", "via", "10.0." + number + ".1");
    }

    private void end() {
      thread.shutdown();
    }
  }

  public static Network start() throws Exception {
    Network network = new Network();
    String routerThread = network.router.start();
    network.router.call(
        () -> {
          Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1");
          Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
          return null;
        });
    for (Host host : List.of(network.client, network.contact, network.first, network.second)) {
      host.start();
      host.connect(network.router, routerThread);
    }
    await().until(network::settled);
    return network;
  }

  /** Whether the kernel has given all interfaces their link-local addresses. */
  private boolean settled() throws Exception {
    for (Host host : List.of(router, client, contact, first, second)) {
      String links = host.run("ip", "-o", "link", "show", "up", "type", "veth");
      String addresses = host.run("ip", "-o", "-6", "addr", "show", "scope", "link");
      if (addresses.contains("tentative") || links.lines().count() != addresses.lines().count()) {
        return false;
      }
    }
    return true;
  }

  /** The configuration of the contact node and the acceptors. */
  Map<Host, String> states() throws Exception {
    Map<Host, String> states = new LinkedHashMap<>();
    for (Host host : List.of(contact, first, second)) {
      states.put(host, host.state());
    }
    return states;
  }

  /** Listens on the contact node. */
  ServerSocketChannel listen(InetAddress address, int port, int segment) throws Exception {
    return contact.call(
        () -> {
          ServerSocketChannel listener =
              address.getAddress().length == 4
                  ? ServerSocketChannel.open(StandardProtocolFamily.INET)
                  : ServerSocketChannel.open();
          listener.bind(new InetSocketAddress(address, port));
          limitSegments(Descriptors.of(listener), segment);
          return listener;
        });
  }

  private static void limitSegments(int fd, int bytes) {
    int tcp = 6;
    int maxSegment = 2;
    try (Memory memory = new Memory(4)) {
      memory.setInt(0, bytes);
      assertThat(Calls.setsockopt(fd, tcp, maxSegment, Pointer.nativeValue(memory), 4)).isZero();
    }
  }

  /** Connects the client. */
  MovingConnection connect(ServerSocketChannel listener) throws Exception {
    SocketChannel channel = client.call(() -> SocketChannel.open(listener.getLocalAddress()));
    try (SocketChannel accepted = listener.accept()) {
      return new MovingConnection(channel, TcpConnection.of(Descriptors.of(accepted)));
    }
  }

  private static String runHere(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    List.of(client, contact, first, second, router).forEach(Host::end);
  }
}
