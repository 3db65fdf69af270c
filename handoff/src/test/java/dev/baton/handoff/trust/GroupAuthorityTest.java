package dev.baton.handoff.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupAuthorityTest {
  private static final char[] NO_PASSWORD = {};
  private static final Duration YEAR = Duration.ofDays(365);

  @TempDir private Path temp;

  @Test
  void twoNodesOfAGroupMeetOverTls13AndKnowEachOther() throws Exception {
    GroupAuthority authority = GroupAuthority.in(temp.resolve("keys"), "shop");
    X509Certificate seen = meet(authority.issue("a", YEAR), authority.issue("b", YEAR));
    assertThat(seen.getSubjectX500Principal().getName()).isEqualTo("CN=b,OU=shop,O=Baton");
    assertThat(seen.getSubjectAlternativeNames())
        .singleElement()
        .isEqualTo(List.of(6, "baton:shop/b")); // RFC 5280: 6 is a URI
    assertThat(seen.getBasicConstraints()).isEqualTo(-1); // it cannot issue any itself
  }

  @Test
  void aNodeOfAnotherAuthorityIsRefusedThoughItsGroupIsCalledTheSame() throws Exception {
    Path ours = GroupAuthority.in(temp.resolve("keys"), "shop").issue("a", YEAR);
    Path theirs = GroupAuthority.in(temp.resolve("others"), "shop").issue("b", YEAR);
    assertThatThrownBy(() -> meet(ours, theirs)).isInstanceOf(IOException.class);
  }

  @Test
  void theAuthorityStaysAndANodesKeysAreMadeAnew() throws Exception {
    Path keys = temp.resolve("keys");
    Path node = GroupAuthority.in(keys, "shop").issue("a", YEAR);
    String authority = Files.readString(node.resolve("ca.pem"));
    String key = Files.readString(node.resolve("node.key"));
    Path again = GroupAuthority.in(keys, "shop").issue("a", Duration.ofDays(2));
    assertThat(again).isEqualTo(node);
    assertThat(node.resolve("ca.pem")).hasContent(authority);
    assertThat(Files.readString(node.resolve("node.key"))).isNotEqualTo(key);
    assertThat(Pem.certificates(node.resolve("node.pem")).get(0).getNotAfter().toInstant())
        .isBefore(Instant.now().plus(Duration.ofDays(3)));
  }

  @Test
  void onlyTheOwnerCanReadAnythingAndNothingElseIsLeft() throws Exception {
    Path keys = temp.resolve("keys");
    GroupAuthority.in(keys, "shop").issue("a", YEAR);
    try (Stream<Path> all = Files.walk(keys)) {
      for (Path path : all.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as("%s", path)
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
    try (Stream<Path> all = Files.walk(keys)) {
      assertThat(all.filter(Files::isRegularFile).map(path -> keys.relativize(path).toString()))
          .containsExactlyInAnyOrder(
              "ca/ca.pem", "ca/ca.key", "a/ca.pem", "a/node.pem", "a/node.key");
    }
  }

  @Test
  void theFolderOfAnotherGroupIsLeftAlone() throws Exception {
    GroupAuthority.in(temp.resolve("keys"), "shop");
    assertThatThrownBy(() -> GroupAuthority.in(temp.resolve("keys"), "bank"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to another group");
  }

  @Test
  void namesThatWouldLeaveTheFolderAreRefused() throws Exception {
    GroupAuthority authority = GroupAuthority.in(temp.resolve("keys"), "shop");
    for (String name : List.of("../a", "a/b", "", "ca", "a,CN=b")) {
      assertThatThrownBy(() -> authority.issue(name, YEAR)).isInstanceOf(IOException.class);
    }
  }

  /** Connects one node to another, both asking for the other's certificate; what the first sees. */
  private static X509Certificate meet(Path client, Path server) throws Exception {
    try (SSLServerSocket listener =
        (SSLServerSocket)
            context(server)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listener.setNeedClientAuth(true);
      listener.setEnabledProtocols(new String[] {"TLSv1.3"});
      CompletableFuture<Integer> accepted = CompletableFuture.supplyAsync(() -> accept(listener));
      try (SSLSocket socket =
          (SSLSocket)
              context(client)
                  .getSocketFactory()
                  .createSocket(listener.getInetAddress(), listener.getLocalPort())) {
        socket.startHandshake();
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(socket.getInputStream().read()).isEqualTo(accepted.join());
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      } catch (CompletionException e) {
        throw new IOException(e.getCause());
      }
    }
  }

  private static int accept(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      socket.getOutputStream().write(42);
      return 42;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SSLContext context(Path node) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, NO_PASSWORD);
    keys.setKeyEntry(
        "node",
        Pem.key(node.resolve("node.key")),
        NO_PASSWORD,
        Pem.certificates(node.resolve("node.pem")).toArray(Certificate[]::new));
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, NO_PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, NO_PASSWORD);
    trusted.setCertificateEntry("ca", Pem.certificates(node.resolve("ca.pem")).get(0));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
