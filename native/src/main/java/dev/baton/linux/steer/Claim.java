package dev.baton.linux.steer;

import com.sun.jna.Memory;
import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Says that this process uses a thing of this network namespace, to all others in it, for as long
 * as it lives and no longer. Several may claim the same thing, each with a number of its own.
 *
 * <p>A claim is a Unix socket with an abstract name, {@code @baton/THING/NUMBER}: such names belong
 * to the network namespace, as the things do, and vanish with the process. Anybody in the namespace
 * can make one; he could keep Baton from tidying up, or by the lock from starting to steer.
 */
final class Claim implements AutoCloseable {

  private static final String LOCK = "lock";
  private static final long LOCK_TIMEOUT_MILLIS = 10_000;
  private static final int MAX_NAME = 107;

  /** In the kernel's list, where the zero byte in front is an at sign. */
  private static final String PREFIX = "@baton/";

  private final int fd;
  private final int number;

  private Claim(int fd, int number) {
    this.fd = fd;
    this.number = number;
  }

  /** Claims a thing, with the first number that is free. */
  static Claim take(String thing) throws LinuxException {
    int fd = open(thing);
    try {
      int number = 1;
      while (!bind(fd, thing, number)) {
        number++;
      }
      return new Claim(fd, number);
    } catch (LinuxException | RuntimeException e) {
      Calls.close(fd);
      throw e;
    }
  }

  /**
   * Waits until this is the only one in the namespace who changes what may be shared.
   *
   * @return to be closed soon
   */
  static Claim lock() throws LinuxException {
    long deadline = System.nanoTime() + LOCK_TIMEOUT_MILLIS * 1_000_000;
    int fd = open(LOCK);
    try {
      while (!bind(fd, LOCK, 1)) {
        if (System.nanoTime() - deadline > 0) {
          throw new LinuxException(
              "another process has held the socket @baton/lock/1 for "
                  + LOCK_TIMEOUT_MILLIS / 1000
                  + " s",
              Calls.ETIMEDOUT);
        }
        Thread.sleep(1);
      }
      return new Claim(fd, 1);
    } catch (InterruptedException e) {
      Calls.close(fd);
      Thread.currentThread().interrupt();
      throw new LinuxException("wait for the socket @baton/lock/1", Calls.EINTR);
    } catch (LinuxException | RuntimeException e) {
      Calls.close(fd);
      throw e;
    }
  }

  /**
   * What those who live claim, at one moment.
   *
   * @param names each a thing, a slash and a number
   */
  record Claims(Set<String> names) {

    boolean include(String thing) {
      return names.stream().anyMatch(name -> name.startsWith(thing + "/"));
    }

    boolean include(String thing, int number) {
      return names.contains(thing + "/" + number);
    }
  }

  /** Lists what is claimed in this namespace. */
  static Claims all() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/net/unix"))) {
      lines
          .map(line -> line.substring(line.lastIndexOf(' ') + 1))
          .filter(name -> name.startsWith(PREFIX))
          .forEach(name -> names.add(name.substring(PREFIX.length())));
    }
    return new Claims(names);
  }

  private static int open(String thing) throws LinuxException {
    return Calls.open(Calls.AF_UNIX, Calls.SOCK_STREAM, 0, "claim " + thing);
  }

  private static boolean bind(int fd, String thing, int number) throws LinuxException {
    byte[] name = ("baton/" + thing + "/" + number).getBytes(StandardCharsets.US_ASCII);
    if (name.length > MAX_NAME) {
      throw new IllegalArgumentException("too long to be claimed: " + thing);
    }
    try (Memory address = new Memory(3L + name.length)) {
      address.setShort(0, (short) Calls.AF_UNIX);
      address.setByte(2, (byte) 0);
      address.write(3, name, 0, name.length);
      return Calls.bind(fd, address, (int) address.size(), "claim " + thing);
    }
  }

  /** Tells this claim from others of the same thing. */
  int number() {
    return number;
  }

  @Override
  public void close() {
    Calls.close(fd);
  }
}
