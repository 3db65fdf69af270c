package dev.baton.handoff.contact;

import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.GroupKeys;
import dev.baton.handoff.trust.NotAdmittedException;
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

  /** What contexts are made of, from one state of the keys. */
  private record Makings(GroupKeys keys, KeyManagerFactory own, TrustManager believed) {}

  private final Admission admission;
  private final Executor executor;
  private final BiConsumer<String, Exception> turnedAway;
  private Makings makings;

  /**
   * @param admission this node's keys, and whom it talks to
   * @param executor one thread for each handshake
   * @param turnedAway is told who was not let in, and why, if it is no node of the group
   * @throws IOException if the keys cannot be used
   */
  MemberSockets(Admission admission, Executor executor, BiConsumer<String, Exception> turnedAway)
      throws IOException {
    this.admission = admission;
    this.executor = executor;
    this.turnedAway = turnedAway;
    this.makings = makings(admission.keys());
  }

  private Makings makings(GroupKeys keys) throws IOException {
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
      return new Makings(keys, key, new MembersOnly(keys, genuine, admission));
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys of the group cannot be used: " + e.getMessage(), e);
    }
  }

  /**
   * Of the keys as they are now. For one socket only: a context remembers its sessions, and a
   * session that is resumed shows no certificate to look at.
   */
  private synchronized SSLSocketFactory sockets() throws IOException {
    GroupKeys keys = admission.keys();
    if (!keys.equals(makings.keys())) {
      makings = makings(keys);
    }
    try {
      SSLContext context = SSLContext.getInstance(TLS);
      context.init(makings.own().getKeyManagers(), new TrustManager[] {makings.believed()}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IOException("the keys of the group cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public Socket createSocket(String service) throws IOException {
    SSLSocket socket = (SSLSocket) sockets().createSocket();
    socket.setEnabledProtocols(new String[] {TLS});
    socket.setSoTimeout(HANDSHAKE_MILLIS); // lest a peer that is stopped holds the sender up
    socket.addHandshakeCompletedListener(
        event -> {
          Member member = new Member(socket, executor);
          try {
            socket.setSoTimeout(0);
            admission.admit(event.getPeerCertificates(), member);
          } catch (NotAdmittedException e) {
            member.showOut(); // the log has it
          } catch (IOException e) {
            turnedAway.accept(member.where(), e);
            member.showOut();
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
      String where = where(caller);
      try {
        caller.setSoTimeout(HANDSHAKE_MILLIS);
        SSLSocket tls = (SSLSocket) sockets().createSocket(caller, null, true);
        tls.setUseClientMode(false);
        tls.setNeedClientAuth(true);
        tls.setEnabledProtocols(new String[] {TLS});
        tls.startHandshake();
        tls.setSoTimeout(0);
        admission.admit(tls.getSession().getPeerCertificates(), new Member(tls, executor));
        members.add(tls);
      } catch (IOException e) {
        boolean hungUp = e instanceof SocketException; // of two that call each other at once, one
        if (!hungUp && !(e instanceof NotAdmittedException)) { // the log has that
          turnedAway.accept(where, e);
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

  private static String where(Socket socket) {
    InetAddress address = socket.getInetAddress();
    return address == null ? "somewhere" : address.getHostAddress();
  }

  /** A connection to a member, which is ended when the member is shut out. */
  private record Member(SSLSocket socket, Executor executor) implements Admission.Guest {

    @Override
    public String where() {
      return MemberSockets.where(socket);
    }

    @Override
    public boolean gone() {
      return socket.isClosed();
    }

    @Override
    public void showOut() {
      try {
        executor.execute(this::close); // it may have to wait for who is writing
      } catch (RejectedExecutionException e) {
        close(); // this node leaves
      }
    }

    private void close() {
      try (socket) {
        socket.setSoLinger(true, 0); // so that it does not
      } catch (IOException e) {
        // It was closed by the other side.
      }
    }
  }

  /**
   * Believes a certificate if it is genuine and valid, and of a node of this group. Whoever is
   * called is also looked at before it is told anything; whoever calls, when it has proved that the
   * certificate is its own.
   */
  private static final class MembersOnly extends X509ExtendedTrustManager {
    private final GroupKeys keys;
    private final X509ExtendedTrustManager genuine;
    private final Admission admission;

    MembersOnly(GroupKeys keys, X509ExtendedTrustManager genuine, Admission admission) {
      this.keys = keys;
      this.genuine = genuine;
      this.admission = admission;
    }

    private void requireAdmitted(X509Certificate[] chain, @Nullable Socket socket)
        throws CertificateException {
      try {
        admission.check(chain, socket == null ? "somewhere" : where(socket));
      } catch (NotAdmittedException e) {
        throw new CertificateException(e.getMessage(), e);
      }
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
      requireAdmitted(chain, socket);
      genuine.checkServerTrusted(chain, type, socket);
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
      requireAdmitted(chain, null);
      genuine.checkServerTrusted(chain, type, engine);
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
      requireAdmitted(chain, null);
      genuine.checkServerTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return genuine.getAcceptedIssuers();
    }
  }
}
