package dev.baton.handoff.wire;

import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.GroupKeys;
import dev.baton.handoff.trust.NotAdmittedException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How nodes on different hosts talk: TLS 1.3 (RFC 8446), where both ends show a certificate of the
 * group's authority. A peer without one gets nothing but the end of the handshake, and one that the
 * {@link Admission} keeps out nothing more.
 *
 * <p>One daemon thread does the work of all conversations.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of closing; that it is closed is seen elsewhere
public final class TlsTransport implements Closeable {
  private static final long HANDSHAKE_MILLIS = 5_000;
  private static final int BACKLOG = 256;

  /** Strangers who may be in the middle of a handshake at one time; others are hung up on. */
  private static final int HANDSHAKES = 256;

  static {
    SilentLogging.begin();
  }

  /** What becomes of those who come. Called on the transport's thread: must not wait. */
  public interface Reception {
    /**
     * A node of the group has come.
     *
     * @param channel owned by the callee
     */
    void welcome(FrameChannel channel);

    /**
     * Somebody was turned away who is no node of the group.
     *
     * @param who its address
     * @param reason one line
     */
    void turnedAway(String who, String reason);
  }

  /** Contexts made of one state of the keys. */
  private record Contexts(GroupKeys keys, SslContext server, SslContext client) {}

  private final Admission admission;
  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("baton-tls", true), NioIoHandler.newFactory());
  private final Semaphore handshakes = new Semaphore(HANDSHAKES);
  private Contexts contexts;
  private @Nullable Channel listener;
  private @Nullable Reception reception;

  /**
   * @param admission this node's keys, and whom it talks to; stays the caller's
   * @throws IOException if the keys cannot be used
   */
  public TlsTransport(Admission admission) throws IOException {
    this.admission = admission;
    this.contexts = contexts(admission.keys());
  }

  private static Contexts contexts(GroupKeys keys) throws IOException {
    X509Certificate[] authorities = keys.authorities().toArray(X509Certificate[]::new);
    SslContext server =
        SslContextBuilder.forServer(keys.key(), keys.certificate())
            .trustManager(authorities)
            .clientAuth(ClientAuth.REQUIRE)
            .protocols("TLSv1.3")
            .sslProvider(SslProvider.JDK)
            .build();
    SslContext client =
        SslContextBuilder.forClient()
            .keyManager(keys.key(), keys.certificate())
            .trustManager(authorities)
            .endpointIdentificationAlgorithm(null) // nodes have names, not host names
            .protocols("TLSv1.3")
            .sslProvider(SslProvider.JDK)
            .build();
    return new Contexts(keys, server, client);
  }

  /** Of the keys as they are now. */
  private synchronized Contexts contexts() throws IOException {
    GroupKeys keys = admission.keys();
    if (!keys.equals(contexts.keys())) {
      contexts = contexts(keys);
    }
    return contexts;
  }

  /**
   * Listens for other nodes, until {@link #close}.
   *
   * @throws IOException if the address cannot be listened on
   */
  public synchronized void listen(InetSocketAddress address, Reception whom) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) throws IOException {
                    receive(channel, whom);
                  }
                });
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen for other nodes on " + address + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    listener = bound.channel();
    reception = whom;
  }

  /**
   * Listens at another address of this host in place of the one before, on the same port, and calls
   * from there. Conversations that are under way stay as they are. Does nothing if this does not
   * listen.
   *
   * @throws IOException if the address cannot be listened on; all is as before then
   */
  public synchronized void moveTo(InetAddress address) throws IOException {
    Channel before = listener;
    if (before != null && reception != null) {
      listen(new InetSocketAddress(address, local().getPort()), reception);
      before.close();
    }
  }

  /** Where {@link #listen} listens, with the port the kernel chose if it was 0. */
  public synchronized InetSocketAddress local() {
    if (listener == null) {
      throw new IllegalStateException("not listening");
    }
    return (InetSocketAddress) listener.localAddress();
  }

  private void receive(Channel channel, Reception reception) throws IOException {
    String who = where(channel);
    if (!handshakes.tryAcquire()) {
      channel.close();
      reception.turnedAway(who, "too many handshakes are under way");
      return;
    }
    Contexts now = contexts();
    SslHandler tls = now.server().newHandler(channel.alloc());
    tls.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
    channel.pipeline().addLast(tls);
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              handshakes.release();
              try {
                reception.welcome(frames(channel, tls, shaken));
              } catch (NotAdmittedException e) {
                channel.close(); // the log has it
              } catch (IOException e) {
                channel.close();
                reception.turnedAway(who, words(e));
              }
            });
  }

  /**
   * Opens a conversation with a node.
   *
   * @param timeoutMillis for the connection and the handshake
   * @throws ConnectException if nobody listens there, or nothing answers in time
   * @throws NotAdmittedException if whoever answers is not to be talked to; the log has it
   */
  public FrameChannel connect(InetSocketAddress address, int timeoutMillis) throws IOException {
    Contexts now = contexts();
    SslHandler[] tls = new SslHandler[1];
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    tls[0] = now.client().newHandler(channel.alloc());
                    tls[0].setHandshakeTimeoutMillis(Math.min(timeoutMillis, HANDSHAKE_MILLIS));
                    channel.pipeline().addLast(tls[0]);
                  }
                });
    ChannelFuture connected = bootstrap.connect(address, source(address));
    Channel channel = connected.channel();
    try {
      await(connected, timeoutMillis, address);
      if (!connected.isSuccess()) {
        throw nobody(connected.cause());
      }
      Future<Channel> shaken = tls[0].handshakeFuture();
      await(shaken, timeoutMillis, address);
      if (shaken.cause() instanceof ClosedChannelException) {
        throw nobody(shaken.cause()); // it is leaving, or has too many callers
      }
      if (!shaken.isSuccess()) {
        throw admission.turnedAway(
            String.valueOf(address), "no handshake: " + words(shaken.cause()));
      }
      return onLoop(channel, () -> frames(channel, tls[0], shaken));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ConnectException nobody(Throwable cause) {
    ConnectException nobody = new ConnectException(words(cause));
    nobody.initCause(cause);
    return nobody;
  }

  /**
   * Where calls come from: the address where others call this node, if it has one that fits. A host
   * may have many, and the callee can tell then that it is the same node.
   */
  private synchronized @Nullable SocketAddress source(InetSocketAddress to) {
    InetAddress own = listener == null ? null : local().getAddress();
    return own == null
            || own.isAnyLocalAddress()
            || to.getAddress() == null
            || own.isLoopbackAddress() != to.getAddress().isLoopbackAddress()
            || to.getAddress().getClass() != own.getClass()
        ? null
        : new InetSocketAddress(own, 0);
  }

  private interface Opening {
    FrameChannel frames() throws IOException;
  }

  /** On the channel's own thread, so that no frame slips by. */
  private static FrameChannel onLoop(Channel channel, Opening opening) throws IOException {
    Future<FrameChannel> opened = channel.eventLoop().submit(opening::frames);
    opened.awaitUninterruptibly();
    if (opened.cause() instanceof NotAdmittedException refused) {
      throw refused;
    }
    if (opened.cause() != null) {
      throw new IOException(words(opened.cause()), opened.cause());
    }
    return opened.getNow();
  }

  private static void await(Future<?> future, long millis, InetSocketAddress address)
      throws IOException {
    try {
      if (!future.await(millis, TimeUnit.MILLISECONDS)) {
        throw new SocketTimeoutException(address + " does not answer within " + millis + " ms");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting to " + address);
    }
  }

  private FrameChannel frames(Channel channel, SslHandler tls, Future<?> shaken)
      throws IOException {
    if (!shaken.isSuccess()) {
      throw new IOException("no handshake: " + words(shaken.cause()), shaken.cause());
    }
    Certificate[] shown = tls.engine().getSession().getPeerCertificates();
    return new TlsFrames(channel, admission.admit(shown, new Conversation(channel)));
  }

  /** What is ended when its node is shut out. */
  private record Conversation(Channel channel) implements Admission.Guest {

    @Override
    public String where() {
      return TlsTransport.where(channel);
    }

    @Override
    public boolean gone() {
      return !channel.isOpen();
    }

    @Override
    public void showOut() {
      channel.close();
    }
  }

  /** The host at the other end; its port is another one each time, and says nothing. */
  private static String where(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress remote
        ? remote.getAddress().getHostAddress()
        : "somewhere";
  }

  private static String words(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null && cause instanceof SSLException) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
  }

  /** Ends all conversations. */
  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
