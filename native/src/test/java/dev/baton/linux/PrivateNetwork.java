package dev.baton.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * A network namespace with nothing but loopback, for one thread and those it starts. Its sysctls
 * are its own; the host's are never touched. It ends with its last thread and socket.
 */
final class PrivateNetwork {

  private static final int CLONE_NEWNET = 0x40000000;

  private PrivateNetwork() {}

  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getProcess());
    }

    private Calls() {}

    static native int unshare(int flags);

    static native int listen(int fd, int backlog);
  }

  /** Runs an action in a new namespace and waits for it. */
  static <T> T run(Callable<T> action) throws Exception {
    NetworkNamespace host = NetworkNamespace.current();
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter(host);
              return action.call();
            });
    Thread thread = new Thread(task, "private network");
    thread.start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) e.getCause();
    } finally {
      thread.join();
    }
  }

  private static void enter(NetworkNamespace host) throws IOException, InterruptedException {
    if (Calls.unshare(CLONE_NEWNET) != 0 || NetworkNamespace.current().equals(host)) {
      throw new IllegalStateException("no private network namespace: errno " + SystemCalls.errno());
    }
    loopback("up");
  }

  /** Sets the size of packets on loopback, in bytes. */
  static void mtu(int bytes) throws IOException, InterruptedException {
    loopback("mtu", Integer.toString(bytes));
  }

  /** Gives the namespace one more address, which is not a loopback address. */
  static InetAddress address(String address) throws IOException, InterruptedException {
    ip("address", "add", address, "dev", "lo", "nodad"); // or it cannot be used quite at once
    return InetAddress.getByName(address);
  }

  private static void loopback(String... setting) throws IOException, InterruptedException {
    ip(Stream.concat(Stream.of("link", "set", "lo"), Stream.of(setting)).toArray(String[]::new));
  }

  private static void ip(String... what) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(what));
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IllegalStateException("failed: " + command);
    }
  }

  /** Lets a socket listen. No part of Baton does that. */
  static void listen(int fd) {
    if (Calls.listen(fd, 16) != 0) {
      throw new IllegalStateException("listen: errno " + SystemCalls.errno());
    }
  }

  /** Sets one of the namespace's {@code net.ipv4} sysctls. */
  static void sysctl(String name, boolean on) throws IOException {
    Files.writeString(Path.of("/proc/sys/net/ipv4", name), on ? "1" : "0");
  }
}
