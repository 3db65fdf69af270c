package dev.baton.agent.observe;

import dev.baton.agent.observe.Internals.ChannelDescriptor;
import dev.baton.agent.observe.Internals.SocketImplFields;
import dev.baton.boot.Hooks;
import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** What the hooks do: finds the connection and tells it. */
public final class Observation extends Hooks {
  private final ServerSide host;
  private final Listeners listeners;
  private final ConnectionTable table;
  private final Runnable beforeShutdown;

  /**
   * @param host the host's server, which this observes
   * @param beforeShutdown runs before the application's shutdown hooks and may take its time
   */
  public Observation(ServerSide host, Runnable beforeShutdown) {
    this.host = host;
    this.listeners = host.listenerTable();
    this.table = host.table();
    this.beforeShutdown = beforeShutdown;
  }

  @Override
  public void beforeBind(FileDescriptor fd, int port) {
    listeners.beforeBind(fd, port);
  }

  @Override
  public void afterBind(FileDescriptor fd) {
    // Whether it becomes a listener shows when the host accepts.
  }

  @Override
  public void accepting(FileDescriptor listener) {
    listeners.accepting(listener);
  }

  @Override
  public SocketAddress accepted(FileDescriptor fd, SocketAddress remote) {
    return remote instanceof InetSocketAddress peer ? host.accepted(fd, peer) : remote;
  }

  @Override
  public void acceptedSocket(Object socketImpl) {
    InetAddress address = SocketImplFields.address(socketImpl);
    FileDescriptor fd = SocketImplFields.descriptor(socketImpl);
    if (address == null || fd == null) {
      return;
    }
    InetSocketAddress peer = new InetSocketAddress(address, SocketImplFields.port(socketImpl));
    InetSocketAddress shown = host.accepted(fd, peer);
    if (!shown.equals(peer)) {
      SocketImplFields.showPeer(socketImpl, shown.getAddress(), shown.getPort());
    }
  }

  @Override
  public int beforeRead(FileDescriptor fd) {
    Connection connection = table.find(fd);
    return connection == null ? 0 : connection.enterRead();
  }

  @Override
  public void afterRead(FileDescriptor fd, long address, int n) {
    Connection connection = table.find(fd);
    if (connection != null) {
      try {
        if (n > 0) {
          connection.read(address, n);
        }
      } finally {
        connection.leaveRead();
      }
    }
  }

  @Override
  public void afterReadv(FileDescriptor fd, long iovecs, int count, long n) {
    Connection connection = table.find(fd);
    if (connection != null) {
      try {
        connection.moved(iovecs, count, n, false);
      } finally {
        connection.leaveRead();
      }
    }
  }

  @Override
  public int beforeWrite(FileDescriptor fd) {
    Connection connection = table.find(fd);
    return connection == null ? 0 : connection.enterWrite();
  }

  @Override
  public void afterWrite(FileDescriptor fd, long address, int n) {
    Connection connection = table.find(fd);
    if (connection != null) {
      try {
        if (n > 0) {
          connection.wrote(address, n);
        }
      } finally {
        connection.leaveWrite();
      }
    }
  }

  @Override
  public void afterWritev(FileDescriptor fd, long iovecs, int count, long n) {
    Connection connection = table.find(fd);
    if (connection != null) {
      try {
        connection.moved(iovecs, count, n, true);
      } finally {
        connection.leaveWrite();
      }
    }
  }

  @Override
  public boolean beforeTransfer(Object target) {
    Connection connection = ofChannel(target);
    if (connection == null) {
      return true;
    }
    if (connection.enterWrite() != 0) {
      return false;
    }
    connection.transferBegins();
    return true;
  }

  @Override
  public void afterTransfer(Object target, long n) {
    Connection connection = ofChannel(target);
    if (connection != null) {
      try {
        connection.transferred(n);
      } finally {
        connection.leaveWrite();
      }
    }
  }

  private @Nullable Connection ofChannel(Object target) {
    FileDescriptor fd = ChannelDescriptor.of(target);
    return fd == null ? null : table.find(fd);
  }

  @Override
  public void beforeShutdown(FileDescriptor fd) {
    Connection connection = table.find(fd);
    if (connection != null) {
      connection.beforeShutdown();
    }
  }

  @Override
  public void beforeClose(FileDescriptor fd) {
    Connection connection = table.find(fd);
    if (connection != null) {
      connection.beforeClose();
    } else {
      listeners.closed(fd);
    }
  }

  @Override
  public void beforeShutdownHooks() {
    beforeShutdown.run();
  }
}
