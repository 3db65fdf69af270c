package dev.baton.it.net;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * One machine of a {@link Network}: a network namespace, with interfaces, addresses, ports and
 * connections of its own. Files, users and processes it shares with this machine.
 */
public final class Host {

  private final String name;
  private final String namespace;
  private final List<InetAddress> addresses = new CopyOnWriteArrayList<>();

  /** Takes over a new namespace. */
  Host(String name, String namespace) throws IOException, InterruptedException {
    this.name = name;
    this.namespace = namespace;
    // An address can be used at once, and nobody asks for routers that are not there.
    sysctl("net.ipv6.conf.default.accept_dad", "0");
    sysctl("net.ipv6.conf.default.router_solicitations", "0");
  }

  /** What is done inside a host. */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it. */
    T run() throws Exception;
  }

  /** Its name in its network. */
  public String name() {
    return name;
  }

  /** The name of its namespace, for {@code ip netns}. */
  public String namespace() {
    return namespace;
  }

  /** The command that ends by executing, in this host and in the same process, what follows it. */
  public List<String> enter() {
    return List.of("nsenter", "--net=" + Namespaces.path(namespace));
  }

  /**
   * The first IPv6 address it was given.
   *
   * @throws IllegalStateException if it has not been joined to anything
   */
  public Inet6Address ipv6() {
    return first(Inet6Address.class);
  }

  /**
   * The first IPv4 address it was given.
   *
   * @throws IllegalStateException if it has not been joined to anything
   */
  public Inet4Address ipv4() {
    return first(Inet4Address.class);
  }

  /** A port at its first IPv6 address. */
  public InetSocketAddress ipv6(int port) {
    return new InetSocketAddress(ipv6(), port);
  }

  /** A port at its first IPv4 address. */
  public InetSocketAddress ipv4(int port) {
    return new InetSocketAddress(ipv4(), port);
  }

  private <T extends InetAddress> T first(Class<T> family) {
    return addresses.stream()
        .filter(family::isInstance)
        .map(family::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " has no address yet"));
  }

  /** Remembers what an interface was given. */
  void gets(InetAddress... more) {
    addresses.addAll(List.of(more));
  }

  /**
   * Does something in a thread of its own inside this host, and waits for it. Sockets and processes
   * made there belong to this host for good, whoever uses them later.
   *
   * @throws IOException if the host cannot be entered, and whatever the action throws; wrapped in
   *     this, if it is a checked exception of another kind
   */
  public <T> T call(Action<T> action) throws IOException, InterruptedException {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              Namespaces.enter(namespace);
              return action.run();
            });
    new Thread(task, "in " + name).start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw itsFailure(e);
    }
  }

  private static IOException itsFailure(ExecutionException e) throws InterruptedException {
    Throwable failure = e.getCause();
    if (failure instanceof InterruptedException interrupted) {
      throw interrupted;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof IOException io ? io : new IOException(failure);
  }

  /** A program to be started in this host. Those that still run are ended with the network. */
  public ProcessBuilder program(String... command) {
    return new ProcessBuilder(Stream.concat(enter().stream(), Stream.of(command)).toList());
  }

  /**
   * Runs a program to its end.
   *
   * @return what it said, on stdout and stderr
   * @throws IOException if its exit status is not 0, or it takes more than a minute
   */
  public String run(String... command) throws IOException, InterruptedException {
    return Commands.run(program(command).command(), "");
  }

  /** Runs lines of {@code ip}: {@code link set eth0 down}, for example. Stops at one that fails. */
  public void ip(String... lines) throws IOException, InterruptedException {
    List<String> input = new ArrayList<>(List.of(lines));
    input.add("");
    Commands.run(List.of("ip", "-n", namespace, "-batch", "-"), String.join("\n", input));
  }

  /** Sets one of this host's {@code net.…} sysctls; an interface's name in it has no dots. */
  public void sysctl(String key, String value) throws IOException, InterruptedException {
    Path file = Path.of("/proc/sys", key.split("\\.", -1));
    call(() -> Files.writeString(file, value));
  }

  /** Makes it a router, for both families. */
  void forward() throws IOException, InterruptedException {
    sysctl("net.ipv4.ip_forward", "1");
    sysctl("net.ipv6.conf.all.forwarding", "1");
  }

  @Override
  public String toString() {
    return name;
  }
}
