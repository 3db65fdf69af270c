package dev.baton.linux.steer;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.LinuxException;

/**
 * Says when IPv6 addresses of the network namespace of the thread that opened it come, go or become
 * usable: rtnetlink tells at once, and nothing is asked meanwhile.
 *
 * <p>{@link #wake} may be called by any thread; all else by one at a time.
 */
public final class AddressChanges implements AutoCloseable {

  private static final int NETLINK_ROUTE = 0;
  private static final int RTMGRP_IPV6_IFADDR = 0x100;

  /** {@code struct sockaddr_nl} */
  private static final int ADDRESS_LENGTH = 12;

  private static final int GROUPS_AT = 8;

  /** What has happened is not read here, only that it has. */
  private static final int ROOM = 256;

  private final int fd;
  private final Waiting waiting;
  private final Memory read = new Memory(ROOM);

  private AddressChanges(int fd, Waiting waiting) {
    this.fd = fd;
    this.waiting = waiting;
  }

  /**
   * Begins to listen.
   *
   * @throws LinuxException if the process has no descriptor left
   */
  public static AddressChanges open() throws LinuxException {
    String doing = "listen for changes of addresses";
    int fd = Calls.open(Calls.AF_NETLINK, Calls.SOCK_RAW, NETLINK_ROUTE, doing);
    try (Memory address = new Memory(ADDRESS_LENGTH)) {
      address.clear();
      address.setShort(0, (short) Calls.AF_NETLINK);
      address.setInt(GROUPS_AT, RTMGRP_IPV6_IFADDR);
      Calls.bind(fd, address, ADDRESS_LENGTH, doing);
      return new AddressChanges(fd, Waiting.on(fd));
    } catch (LinuxException | RuntimeException e) {
      Calls.close(fd);
      throw e;
    }
  }

  /**
   * Waits until an address may have changed since the last time, or somebody {@linkplain #wake()
   * wakes} this thread, or time is up.
   */
  public void await(int timeoutMillis) {
    if (waiting.await(timeoutMillis)) {
      long at = Pointer.nativeValue(read);
      boolean more = true;
      while (more) { // also if there was too much to be told of each (ENOBUFS)
        more =
            Calls.recv(fd, at, ROOM, Calls.MSG_DONTWAIT | Calls.MSG_TRUNC) >= 0
                || Calls.errno() != Calls.EAGAIN;
      }
    }
  }

  /** Ends a {@link #await} of another thread, or the next one. */
  public void wake() {
    waiting.wake();
  }

  @Override
  public void close() {
    Calls.close(fd);
    waiting.close();
    read.close();
  }
}
