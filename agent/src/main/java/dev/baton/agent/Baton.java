package dev.baton.agent;

import dev.baton.boot.Bridge;
import dev.baton.boot.Hooks;
import java.io.FileDescriptor;
import java.lang.instrument.Instrumentation;
import java.net.SocketAddress;

/** Baton at work in one JVM. */
public final class Baton {

  private Baton() {}

  /**
   * Puts the implementation into the bridge; the hooks are installed. Returns soon, since the
   * host's {@code main} waits: whatever takes time follows on a daemon thread.
   *
   * @param settings read and valid
   * @param instrumentation the host's
   * @param attached whether the server was running before, and connections may be open
   */
  static void start(Settings settings, Instrumentation instrumentation, boolean attached) {
    Bridge.hooks = new LetPass();
  }

  /** Lets everything pass. */
  private static final class LetPass extends Hooks {
    @Override
    public void beforeBind(FileDescriptor fd, int port) {}

    @Override
    public void afterBind(FileDescriptor fd) {}

    @Override
    public void accepting(FileDescriptor listener) {}

    @Override
    public SocketAddress accepted(FileDescriptor fd, SocketAddress remote) {
      return remote;
    }

    @Override
    public void acceptedSocket(Object socketImpl) {}

    @Override
    public int beforeRead(FileDescriptor fd) {
      return 0;
    }

    @Override
    public void afterRead(FileDescriptor fd, long address, int n) {}

    @Override
    public void afterReadv(FileDescriptor fd, long iovecs, int count, long n) {}

    @Override
    public int beforeWrite(FileDescriptor fd) {
      return 0;
    }

    @Override
    public void afterWrite(FileDescriptor fd, long address, int n) {}

    @Override
    public void afterWritev(FileDescriptor fd, long iovecs, int count, long n) {}

    @Override
    public boolean beforeTransfer(Object target) {
      return true;
    }

    @Override
    public void afterTransfer(Object target, long n) {}

    @Override
    public void beforeShutdown(FileDescriptor fd) {}

    @Override
    public void beforeClose(FileDescriptor fd) {}

    @Override
    public void beforeShutdownHooks() {}
  }
}
