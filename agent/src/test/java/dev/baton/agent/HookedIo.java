package dev.baton.agent;

import dev.baton.boot.Bridge;
import dev.baton.boot.Hooks;
import java.io.File;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * Runs inside a forked JVM with the agent: does I/O in one way, named by its argument, and prints
 * what arrived at the bridge for the connections accepted here, a line an event. Clients do their
 * I/O with another kind of socket or are not recorded: only descriptors that came out of accept,
 * and the listener, are.
 */
@SuppressWarnings("SystemOut")
final class HookedIo {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final SocketAddress SHOWN = new InetSocketAddress("192.0.2.1", 4711);

  private HookedIo() {}

  public static void main(String[] arguments) throws Exception {
    Recorder recorder = new Recorder();
    Bridge.hooks = recorder;
    Thread.currentThread().setName("main");
    switch (arguments[0]) {
      case "channel" -> channel();
      case "timed-accept" -> timedAccept();
      case "selector" -> selector();
      case "socket" -> socket();
      case "async" -> async();
      case "transfer" -> transfer();
      case "verdict" -> verdict(recorder);
      case "throwing" -> throwing(recorder);
      case "unix" -> unix();
      case "pipe" -> pipe();
      case "virtual" -> virtual();
      case "shutdown" -> shutdown(recorder);
      case "clean" -> clean(recorder);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    for (String event : recorder.events) {
      System.out.println(event);
    }
    System.out.println("errors " + Bridge.errors() + " " + Bridge.lastError());
  }

  // ── Ways to do I/O; the server's side is the one recorded ──

  private static void channel() throws IOException {
    try (ServerSocketChannel listener = listener();
        Socket client = client(listener);
        SocketChannel server = listener.accept()) {
      say(server.getRemoteAddress());
      client.getOutputStream().write(new byte[3]);
      server.read(ByteBuffer.allocate(10));
      server.write(ByteBuffer.allocate(4));
      client.getOutputStream().write(new byte[5]);
      server.read(new ByteBuffer[] {ByteBuffer.allocate(2), ByteBuffer.allocate(10)});
      server.write(new ByteBuffer[] {ByteBuffer.allocate(2), ByteBuffer.allocate(4)});
      server.shutdownInput();
      server.shutdownOutput();
    }
  }

  private static void timedAccept() throws IOException {
    try (ServerSocketChannel listener = listener()) {
      listener.socket().setSoTimeout(10_000);
      try (Socket client = client(listener);
          Socket server = listener.socket().accept()) {
        say(server.getRemoteSocketAddress());
        client.getOutputStream().write(new byte[3]);
        server.getInputStream().read(new byte[10]);
        server.getOutputStream().write(new byte[4]);
      }
    }
  }

  private static void selector() throws IOException {
    try (Selector selector = Selector.open();
        ServerSocketChannel listener = listener()) {
      listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
      try (Socket client = client(listener)) {
        selector.select();
        SocketChannel server = listener.accept();
        server.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        server.read(ByteBuffer.allocate(1));
        client.getOutputStream().write(new byte[3]);
        selector.select();
        server.read(ByteBuffer.allocate(10));
        server.close();
        selector.selectNow();
      }
    }
  }

  private static void socket() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 5, LOOPBACK);
        SocketChannel client = SocketChannel.open(listener.getLocalSocketAddress());
        Socket server = listener.accept()) {
      client.write(ByteBuffer.allocate(3));
      server.getInputStream().read(new byte[10]);
      server.getOutputStream().write(new byte[4]);
      server.shutdownInput();
      server.shutdownOutput();
      server.close();
      server.close();
    }
  }

  private static void async() throws Exception {
    try (AsynchronousServerSocketChannel listener =
        AsynchronousServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0))) {
      Future<AsynchronousSocketChannel> accepting = listener.accept();
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      try (Socket client = new Socket(LOOPBACK, address.getPort());
          AsynchronousSocketChannel server = accepting.get()) {
        say(server.getRemoteAddress());
        client.getOutputStream().write(new byte[3]);
        server.read(ByteBuffer.allocate(10)).get();
        server.write(ByteBuffer.allocate(4)).get();
        server.shutdownInput();
        server.shutdownOutput();
      }
    }
  }

  private static void transfer() throws IOException {
    Path path = Files.createTempFile("transfer", "");
    Files.write(path, new byte[100_000]);
    try (ServerSocketChannel listener = listener();
        Socket client = client(listener);
        SocketChannel server = listener.accept();
        FileChannel file = FileChannel.open(path)) {
      file.transferTo(0, 1000, server);
      file.transferTo(99_000, 5000, server);
      try (RandomAccessFile other = new RandomAccessFile(File.createTempFile("into", ""), "rw")) {
        file.transferTo(0, 1000, other.getChannel());
      }
      client.getInputStream().readNBytes(2000);
    }
    Files.delete(path);
  }

  /** The hooks say what the calls return, and the kernel never hears of them. */
  private static void verdict(Recorder recorder) throws IOException {
    try (ServerSocketChannel listener = listener();
        Socket client = client(listener);
        SocketChannel server = listener.accept();
        RandomAccessFile file = new RandomAccessFile(File.createTempFile("from", ""), "rw")) {
      file.write(new byte[10]);
      client.getOutputStream().write(new byte[3]);
      server.configureBlocking(false);
      ByteBuffer[] two = {ByteBuffer.allocate(10), ByteBuffer.allocate(10)};
      recorder.verdict = -2; // IOStatus.UNAVAILABLE
      say(
          "gated "
              + server.read(ByteBuffer.allocate(10))
              + " "
              + server.read(two)
              + " "
              + server.write(ByteBuffer.allocate(4))
              + " "
              + server.write(two)
              + " "
              + file.getChannel().transferTo(0, 10, server));
      recorder.verdict = 0;
      say(
          "open "
              + server.read(ByteBuffer.allocate(10))
              + " "
              + server.write(ByteBuffer.allocate(4))
              + " "
              + file.getChannel().transferTo(0, 10, server));
    }
  }

  /** What hooks throw is Baton's problem alone. */
  private static void throwing(Recorder recorder) throws IOException {
    recorder.broken = true;
    try (ServerSocketChannel listener = listener();
        Socket client = client(listener);
        SocketChannel server = listener.accept();
        RandomAccessFile file = new RandomAccessFile(File.createTempFile("from", ""), "rw")) {
      file.write(new byte[10]);
      client.getOutputStream().write(new byte[3]);
      int read = server.read(ByteBuffer.allocate(10));
      int written = server.write(ByteBuffer.allocate(4));
      long sent = file.getChannel().transferTo(0, 10, server);
      say("worked " + read + " " + written + " " + sent);
      server.shutdownOutput();
    }
    recorder.broken = false;
  }

  private static void unix() throws IOException {
    Path path = Path.of(Files.createTempDirectory("unix").toString(), "s");
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
    try (ServerSocketChannel listener =
            ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX).bind(address);
        SocketChannel client = SocketChannel.open(address);
        SocketChannel server = listener.accept()) {
      client.write(ByteBuffer.allocate(3));
      say("read " + server.read(ByteBuffer.allocate(10)));
    }
  }

  private static void pipe() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.sink().write(ByteBuffer.allocate(3));
    say("read " + pipe.source().read(ByteBuffer.allocate(10)));
    pipe.sink().close();
    pipe.source().close();
  }

  /** On a virtual thread, blocking; called by name, since this is compiled for 17. */
  private static void virtual() throws Exception {
    Runnable work =
        () -> {
          try {
            channel();
            socket();
          } catch (IOException e) {
            say(e);
          }
        };
    Thread thread =
        (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
    thread.join();
  }

  private static void shutdown(Recorder recorder) {
    recorder.live = true;
    Runtime.getRuntime().addShutdownHook(new Thread(() -> say("the server's own shutdown hook")));
  }

  /** A socket nobody closed: the JDK's cleaner does, through the dispatcher. */
  private static void clean(Recorder recorder) throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 5, LOOPBACK);
        SocketChannel client = SocketChannel.open(listener.getLocalSocketAddress())) {
      listener.accept();
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (!recorder.noted("connection beforeClose") && System.nanoTime() < end) {
        System.gc();
      }
    }
  }

  private static ServerSocketChannel listener() throws IOException {
    return ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0));
  }

  private static Socket client(ServerSocketChannel listener) throws IOException {
    return new Socket(LOOPBACK, ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  private static void say(Object what) {
    System.out.println("> " + what);
  }

  /** Notes what concerns the listener and the connections that came out of it. */
  private static final class Recorder extends Hooks {
    final List<String> events = new ArrayList<>();
    final Map<FileDescriptor, String> known = new ConcurrentHashMap<>();
    volatile int verdict;
    volatile boolean broken;
    volatile boolean live;

    private synchronized boolean note(FileDescriptor fd, String event) {
      String name = known.get(fd);
      if (name == null) {
        return false;
      }
      events.add(name + " " + event);
      if (broken) {
        throw new IllegalStateException("broken on purpose");
      }
      return true;
    }

    synchronized boolean noted(String event) {
      return events.contains(event);
    }

    @Override
    public void beforeBind(FileDescriptor fd, int port) {
      known.put(fd, "listener");
      note(fd, "beforeBind " + port);
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
      known.put(fd, "connection");
      note(fd, "accepted");
      return SHOWN;
    }

    @Override
    public void acceptedSocket(Object socketImpl) {
      FileDescriptor fd = descriptor(socketImpl);
      known.put(fd, "connection");
      note(fd, "acceptedSocket " + socketImpl.getClass().getSimpleName());
    }

    @Override
    public int beforeRead(FileDescriptor fd) {
      return note(fd, "beforeRead") ? verdict : 0;
    }

    @Override
    public void afterRead(FileDescriptor fd, long address, int n) {
      note(fd, "afterRead " + n);
    }

    @Override
    public void afterReadv(FileDescriptor fd, long iovecs, int count, long n) {
      note(fd, "afterReadv " + count + " " + n);
    }

    @Override
    public int beforeWrite(FileDescriptor fd) {
      return note(fd, "beforeWrite") ? verdict : 0;
    }

    @Override
    public void afterWrite(FileDescriptor fd, long address, int n) {
      note(fd, "afterWrite " + n);
    }

    @Override
    public void afterWritev(FileDescriptor fd, long iovecs, int count, long n) {
      note(fd, "afterWritev " + count + " " + n);
    }

    @Override
    public synchronized boolean beforeTransfer(Object target) {
      events.add("transfer before " + target.getClass().getSimpleName());
      if (broken) {
        throw new IllegalStateException("broken on purpose");
      }
      return verdict == 0;
    }

    @Override
    public synchronized void afterTransfer(Object target, long n) {
      events.add("transfer after " + n);
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
    public void beforeShutdownHooks() {
      if (live) {
        say("before the server's shutdown hooks");
      }
    }

    /** {@code java.net} is open to the bridge and to Baton; a test has to ask as one of them. */
    private static FileDescriptor descriptor(Object socketImpl) {
      try {
        java.lang.reflect.Field field = Class.forName("java.net.SocketImpl").getDeclaredField("fd");
        field.setAccessible(true);
        return (FileDescriptor) field.get(socketImpl);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }
  }
}
