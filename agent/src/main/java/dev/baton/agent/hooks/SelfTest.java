package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import dev.baton.boot.Hooks;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls the JDK where the hooks are and checks that each call arrives at the bridge, in order and
 * with its arguments. It works on a descriptor that is not open and on sockets that are never bound
 * or connected: no traffic, nothing the host could notice, a few milliseconds. Hooks that need a
 * connection (a socket's accept, the asynchronous channels) are known to be woven in, which {@link
 * Woven#check} has seen to, and left to the build's tests.
 */
final class SelfTest {

  private static final int SKIP = 7;

  private final List<Hook> hooks;
  private final Probe probe = new Probe();

  private SelfTest(List<Hook> hooks) {
    this.hooks = hooks;
  }

  /**
   * Runs the test; the bridge is empty before and after.
   *
   * @throws HookException naming the first hook that does not do its work
   */
  static void run(List<Hook> hooks) throws HookException {
    long errors = Bridge.errors();
    SelfTest test = new SelfTest(hooks);
    Bridge.hooks = test.probe;
    try {
      test.dispatcher();
      test.listener();
      test.channel();
    } catch (ReflectiveOperationException | IOException | RuntimeException e) {
      throw new HookException("a hook", "its self-test failed: " + e, e);
    } finally {
      Bridge.hooks = null;
    }
    if (Bridge.errors() != errors) {
      throw new HookException("a hook", "it failed: " + Bridge.lastError(), Bridge.lastError());
    }
  }

  private void dispatcher() throws ReflectiveOperationException, IOException, HookException {
    Class<?> type = Class.forName("sun.nio.ch.SocketDispatcher", true, null);
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    Object dispatcher = constructor.newInstance();
    FileDescriptor notOpen = probe.watched;
    for (String name : new String[] {"read", "readv", "write", "writev"}) {
      Method method = type.getDeclaredMethod(name, FileDescriptor.class, long.class, int.class);
      method.setAccessible(true);
      String before = name.startsWith("r") ? "beforeRead " : "beforeWrite ";
      String after = "after" + Character.toUpperCase(name.charAt(0)) + name.substring(1);

      probe.verdict = 0;
      call(method, dispatcher, notOpen, 1L, 0);
      expect(name, before + after + ":-1 ");

      probe.verdict = SKIP;
      Object skipped = call(method, dispatcher, notOpen, 1L, 0);
      expect(name, before);
      if (!(skipped instanceof Number n) || n.intValue() != SKIP) {
        throw failure(name, "it cannot skip the call, which returned " + skipped);
      }
    }
    probe.verdict = 0;
    Method close = declared(type, "close", FileDescriptor.class);
    call(close, dispatcher, notOpen);
    expect("close", "beforeClose ");

    Method bind =
        declared(
            Class.forName("sun.nio.ch.Net", true, null),
            "bind",
            ProtocolFamily.class,
            FileDescriptor.class,
            InetAddress.class,
            int.class);
    call(bind, null, StandardProtocolFamily.INET, notOpen, loopback(), 1);
    expect("bind", "beforeBind:1 ");
  }

  private void listener() throws ReflectiveOperationException, IOException, HookException {
    ServerSocketChannel listener = provider().openServerSocketChannel();
    probe.watched = descriptor(listener);
    try {
      Class<?> type = listener.getClass();
      call(declared(type, "accept"), listener);
      expect("accept", "accepting ");
      call(declared(type, "translateInterestOps", int.class), listener, 0);
      expect("accept-select", "accepting ");

      probe.watched = new FileDescriptor();
      Method finish = declared(type, "finishAccept", FileDescriptor.class, SocketAddress.class);
      call(finish, listener, probe.watched, new InetSocketAddress(loopback(), 1));
      expect("accepted", "accepted beforeClose ");
      probe.watched = descriptor(listener);
    } finally {
      listener.close();
    }
    expect("close-listener", "beforeClose beforeClose ");
  }

  private void channel() throws ReflectiveOperationException, IOException, HookException {
    SocketChannel channel = provider().openSocketChannel();
    probe.watched = descriptor(channel);
    try {
      try {
        channel.shutdownInput();
      } catch (NotYetConnectedException e) {
        expect("shutdown-input", "beforeShutdown ");
      }
      probe.target = channel;
      try (FileInputStream in = new FileInputStream("/dev/null")) {
        FileChannel file = in.getChannel();
        file.transferTo(0, 1, channel);
      }
      expect("transfer", "beforeTransfer ");
    } finally {
      channel.close();
    }
    expect("close-channel", "beforeClose beforeClose ");
  }

  /** The JDK's own provider; asking for the default one would take that choice from the host. */
  private static SelectorProvider provider() throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.nio.ch.DefaultSelectorProvider", true, null);
    return (SelectorProvider) declared(type, "get").invoke(null);
  }

  private static FileDescriptor descriptor(Object channel) throws ReflectiveOperationException {
    return (FileDescriptor) declared(channel.getClass(), "getFD").invoke(channel);
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static Method declared(Class<?> type, String name, Class<?>... parameters)
      throws ReflectiveOperationException {
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      try {
        Method method = c.getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
      } catch (NoSuchMethodException e) {
        // may be declared further up
      }
    }
    throw new NoSuchMethodException(type + "." + name);
  }

  /** Calls what is bound to fail, since nothing is open or bound; returns null when it did. */
  private static @Nullable Object call(Method method, @Nullable Object on, Object... arguments)
      throws IllegalAccessException {
    try {
      return method.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      return null;
    }
  }

  private void expect(String id, String trace) throws HookException {
    String seen = probe.trace.toString();
    probe.trace.setLength(0);
    if (!seen.equals(trace)) {
      throw failure(id, "it is called as [" + seen.trim() + "], not [" + trace.trim() + "]");
    }
  }

  private HookException failure(String id, String problem) {
    Object which = id;
    for (Hook hook : hooks) {
      if (hook.id().equals(id)) {
        which = hook;
      }
    }
    return new HookException(which, problem, null);
  }

  /** Notes what happens to one descriptor on this thread, and lets all others pass. */
  private static final class Probe extends Hooks {
    private final Thread thread = Thread.currentThread();
    final StringBuilder trace = new StringBuilder();
    volatile FileDescriptor watched = new FileDescriptor();
    volatile @Nullable Object target;
    volatile int verdict;

    private boolean note(Object what, String event) {
      if (Thread.currentThread() != thread || (what != watched && what != target)) {
        return false;
      }
      trace.append(event).append(' ');
      return true;
    }

    @Override
    public void beforeBind(FileDescriptor fd, int port) {
      note(fd, "beforeBind:" + port);
    }

    @Override
    public void afterBind(FileDescriptor fd) {
      note(fd, "afterBind");
    }

    @Override
    public void accepting(FileDescriptor listener) {
      note(listener, "accepting");
    }

    @Override
    public SocketAddress accepted(FileDescriptor fd, SocketAddress remote) {
      note(fd, "accepted");
      return remote;
    }

    @Override
    public void acceptedSocket(Object socketImpl) {}

    @Override
    public int beforeRead(FileDescriptor fd) {
      return note(fd, "beforeRead") ? verdict : 0;
    }

    @Override
    public void afterRead(FileDescriptor fd, long address, int n) {
      note(fd, "afterRead:" + n);
    }

    @Override
    public void afterReadv(FileDescriptor fd, long iovecs, int count, long n) {
      note(fd, "afterReadv:" + n);
    }

    @Override
    public int beforeWrite(FileDescriptor fd) {
      return note(fd, "beforeWrite") ? verdict : 0;
    }

    @Override
    public void afterWrite(FileDescriptor fd, long address, int n) {
      note(fd, "afterWrite:" + n);
    }

    @Override
    public void afterWritev(FileDescriptor fd, long iovecs, int count, long n) {
      note(fd, "afterWritev:" + n);
    }

    @Override
    public boolean beforeTransfer(Object channel) {
      return !note(channel, "beforeTransfer");
    }

    @Override
    public void afterTransfer(Object channel, long n) {
      note(channel, "afterTransfer:" + n);
    }

    @Override
    public void beforeShutdown(FileDescriptor fd) {
      note(fd, "beforeShutdown");
    }

    @Override
    public void beforeClose(FileDescriptor fd) {
      note(fd, "beforeClose");
    }

    @Override
    public void beforeShutdownHooks() {}
  }
}
