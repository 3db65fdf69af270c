package dev.baton.handoff.contact;

import dev.baton.handoff.trust.GroupKeys;
import dev.baton.handoff.trust.KeyFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jgroups.util.DefaultSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The sockets between the members of a group: TLS 1.3, where both ends show a certificate of the
 * group's authority for a node of this group. JGroups never sees a connection of anybody else, and
 * a stranger who says nothing keeps nobody waiting.
 */
final class MemberSockets extends DefaultSocketFactory {
  private static final int HANDSHAKE_MILLIS = 3_000;

  /** Strangers who may be in the middle of a handshake at one time; others are hung up on. */
  private static final int HANDSHAKES = 64;

  private static final String TLS = "TLSv1.3";

  private record Context(GroupKeys keys, SSLSocketFactory sockets) {}

  private final KeyFolder folder;
  private final Executor executor;
  private final BiConsumer<String, Exception> turnedAway;
  private Context context;

  /**
   * @param executor one thread for each handshake
   * @param turnedAway is told who was not let in, and why
   * @throws IOException if the keys cannot be used
   */
  MemberSockets(KeyFolder folder, Executor executor, BiConsumer<String, Exception> turnedAway)
      throws IOException {
    this.folder = folder;
    this.executor = executor;
    this.turnedAway = turnedAway;
    this.context = context(folder.last());
  }

  private static Context context(GroupKeys keys) throws IOException {
    try {
      char[] none = new char[0];
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, none);
      own.setKeyEntry("node", keys.key(), none, new X509Certificate[] {keys.certificate()});
      KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
      key.init(own, none);
      KeyStore believed = KeyStore.getInstance("PKCS12");
      believed.load(null, none);
      for (int i = 0; i < keys.authorities().size(); i++) {
        believed.setCertificateEntry("authority" + i, keys.authorities().get(i));
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(believed);
      X509ExtendedTrustManager genuine = (X509ExtendedTrustManager) trust.getTrustManagers()[0];
      SSLContext tls = SSLContext.getInstance(TLS);
      tls.init(key.getKeyManagers(), new TrustManager[] {new MembersOnly(keys, genuine)}, null);
      return new Context(keys, tls.getSocketFactory());
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys of the group cannot be used: " + e.getMessage(), e);
    }
  }

  /** Of the keys as they are now; of the last good ones if new ones are broken. */
  private synchronized SSLSocketFactory sockets() throws IOException {
    GroupKeys keys;
    try {
      keys = folder.current();
    } catch (IOException e) {
      keys = folder.last();
    }
    if (!keys.equals(context.keys())) {
      context = context(keys);
    }
    return context.sockets();
  }

  @Override
  public Socket createSocket(String service) throws IOException {
    SSLSocket socket = (SSLSocket) sockets().createSocket();
    socket.setEnabledProtocols(new String[] {TLS});
    socket.setSoTimeout(HANDSHAKE_MILLIS); // lest a peer that is stopped holds the sender up
    socket.addHandshakeCompletedListener(
        event -> {
          try {
            socket.setSoTimeout(0);
          } catch (SocketException e) {
            turnedAway.accept(String.valueOf(socket.getRemoteSocketAddress()), e);
          }
        });
    return socket;
  }

  @Override
  public ServerSocket createServerSocket(String service) throws IOException {
    return new Gate();
  }

  @Override
  public ServerSocket createServerSocket(String service, int port, int backlog, InetAddress at)
      throws IOException {
    Gate gate = new Gate();
    gate.bind(new java.net.InetSocketAddress(at, port), backlog);
    return gate;
  }

  /** Accepts members only; the others meet the end of the handshake. */
  private final class Gate extends ServerSocket {
    private final BlockingQueue<Socket> members = new LinkedBlockingQueue<>();
    private final Semaphore handshakes = new Semaphore(HANDSHAKES);
    private final Socket none = new Socket();
    private boolean watched;

    Gate() throws IOException {}

    @Override
    public Socket accept() throws IOException {
      synchronized (this) {
        if (!watched) {
          watched = true;
          executor.execute(this::watch);
        }
      }
      try {
        Socket member = members.take();
        if (member == none) {
          members.add(none);
          throw new SocketException("Socket closed");
        }
        return member;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SocketException("interrupted");
      }
    }

    private void watch() {
      try {
        while (!isClosed()) {
          Socket caller = super.accept();
          if (!handshakes.tryAcquire()) {
            caller.close();
            continue;
          }
          try {
            executor.execute(() -> welcome(caller));
          } catch (RejectedExecutionException e) {
            caller.close(); // it came just before the end
          }
        }
      } catch (IOException e) {
        if (!isClosed()) {
          turnedAway.accept("everybody", e);
        }
      } finally {
        members.add(none);
      }
    }

    private void welcome(Socket caller) {
      try {
        caller.setSoTimeout(HANDSHAKE_MILLIS);
        SSLSocket tls = (SSLSocket) sockets().createSocket(caller, null, true);
        tls.setUseClientMode(false);
        tls.setNeedClientAuth(true);
        tls.setEnabledProtocols(new String[] {TLS});
        tls.startHandshake();
        tls.setSoTimeout(0);
        members.add(tls);
      } catch (IOException e) {
        if (!(e instanceof SocketException)) { // two that call each other at once: one hangs up
          turnedAway.accept(String.valueOf(caller.getRemoteSocketAddress()), e);
        }
        try {
          caller.close();
        } catch (IOException closing) {
          e.addSuppressed(closing);
        }
      } finally {
        handshakes.release();
      }
    }
  }

  /** Believes a certificate if it is genuine and valid, and of a node of this group. */
  private static final class MembersOnly extends X509ExtendedTrustManager {
    private final GroupKeys keys;
    private final X509ExtendedTrustManager genuine;

    MembersOnly(GroupKeys keys, X509ExtendedTrustManager genuine) {
      this.keys = keys;
      this.genuine = genuine;
    }

    private void requireMember(X509Certificate[] chain) throws CertificateException {
      try {
        keys.member(chain[0]);
      } catch (IOException e) {
        throw new CertificateException(e.getMessage(), e);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws CertificateException {
      genuine.checkClientTrusted(chain, type, socket);
      requireMember(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
        throws CertificateException {
      genuine.checkServerTrusted(chain, type, socket);
      requireMember(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws CertificateException {
      genuine.checkClientTrusted(chain, type, engine);
      requireMember(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
        throws CertificateException {
      genuine.checkServerTrusted(chain, type, engine);
      requireMember(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      genuine.checkClientTrusted(chain, type);
      requireMember(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      genuine.checkServerTrusted(chain, type);
      requireMember(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return genuine.getAcceptedIssuers();
    }
  }
}
