package dev.baton.handoff.contact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.Log;
import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.GroupAuthority;
import dev.baton.handoff.trust.GroupKeys;
import dev.baton.handoff.trust.IssuedKeys;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.trust.NotAdmittedException;
import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.TlsTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may be in the group, and until when, at both doors: the conversations' and the members'. */
class ShutOutTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration TICKET = Duration.ofMillis(300);
  private static final int PATIENCE = 5_000;

  @TempDir private static Path issued;
  private static GroupAuthority shop;
  private static GroupAuthority others;

  @TempDir private Path folder;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<InetSocketAddress> places = new ArrayList<>();

  @BeforeAll
  static void makeKeys() throws IOException {
    shop = GroupAuthority.in(issued.resolve("shop"), "shop");
    for (String node : List.of("a", "b", "mallory")) {
      shop.issue(node, DAY);
    }
    IssuedKeys.expired(shop, shop.issue("old", DAY), "old", "shop");
    others = GroupAuthority.in(issued.resolve("others"), "others");
    others.issue("b", DAY);
  }

  @BeforeEach
  void findPorts() throws IOException {
    InetAddress local = InetAddress.getLoopbackAddress();
    for (int i = 0; i < 2; i++) {
      try (ServerSocket free = new ServerSocket(0, 1, local)) {
        places.add(new InetSocketAddress(local, free.getLocalPort()));
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    executor.shutdownNow();
  }

  /** A node's part in its group, with nothing behind it. */
  private final class Member implements TlsTransport.Reception, Membership.Listener {
    final String node;
    final Path keys;
    final Path map;
    final ByteArrayOutputStream said = new ByteArrayOutputStream();
    final List<FrameChannel> welcomed = new CopyOnWriteArrayList<>();
    final List<List<String>> views = new CopyOnWriteArrayList<>();
    final List<String> turnedAway = new CopyOnWriteArrayList<>();
    final TlsTransport transport;

    /**
     * @param map the lines of its security map
     */
    Member(String node, int place, String map) throws IOException {
      this.node = node;
      this.keys = Files.createDirectory(folder.resolve(node));
      for (String file : List.of("ca.pem", "node.pem", "node.key")) {
        Files.copy(issued.resolve("shop").resolve(node).resolve(file), keys.resolve(file));
      }
      this.map = Files.writeString(folder.resolve(node + ".map"), map);
      Admission admission =
          Admission.open(
              new KeyFolder(keys, node, "shop"),
              Optional.of(this.map),
              TICKET,
              new Log(new PrintStream(said, true, UTF_8), node));
      opened.add(admission);
      transport = new TlsTransport(admission);
      opened.add(transport);
      transport.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), this);
      opened.add(
          Membership.join(
              new ContactOffice.Setup(
                  "shop",
                  node,
                  places.get(place),
                  places,
                  new Discovery.Peers(),
                  folder.resolve(node + ".electorate"),
                  true,
                  Duration.ofMinutes(10)),
              admission,
              executor,
              () -> {},
              (who, why) -> turnedAway.add(who + ": " + why.getMessage()),
              this));
    }

    @Override
    public void welcome(FrameChannel channel) {
      welcomed.add(channel);
    }

    @Override
    public void turnedAway(String who, String reason) {
      turnedAway.add(who + ": " + reason);
    }

    @Override
    public void view(List<String> members) {
      views.add(members);
    }

    @Override
    public void received(String from, byte[] bytes) {}

    List<String> view() {
      return views.isEmpty() ? List.of() : views.get(views.size() - 1);
    }

    List<String> said(String words) {
      return said.toString(UTF_8).lines().filter(line -> line.contains(words)).toList();
    }
  }

  // ---- who is not let in

  @Test
  void whoIsNotOfTheGroupGetsNotAByteAtEitherDoor() throws Exception {
    Member a = new Member("a", 0, "a\nb\nold\n");
    Map<String, SSLContext> strangers = new LinkedHashMap<>();
    strangers.put("without a certificate", context(null));
    strangers.put("of another group", context(GroupKeys.in(keys("others/b"), "b", "others")));
    strangers.put("expired", context(GroupKeys.in(keys("shop/old"), "old", "shop")));
    strangers.put("not admitted", context(GroupKeys.in(keys("shop/mallory"), "mallory", "shop")));
    for (Map.Entry<String, SSLContext> stranger : strangers.entrySet()) {
      for (InetSocketAddress door : List.of(a.transport.local(), places.get(0))) {
        assertThat(whatAStrangerHears(stranger.getValue(), door))
            .as("%s, at %s", stranger.getKey(), door)
            .isEmpty();
      }
    }
    await().until(() -> a.turnedAway.size() >= 6);
    assertThat(a.welcomed).isEmpty();
    assertThat(a.view()).containsExactly("a");
    assertThat(a.said("node mallory at 127.0.0.1 was turned away")).hasSize(1);
  }

  private static Path keys(String where) {
    return issued.resolve(where);
  }

  /** What comes through TLS after a greeting, until the other side ends it. */
  private static byte[] whatAStrangerHears(SSLContext context, InetSocketAddress door)
      throws IOException {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(door.getAddress(), door.getPort())) {
      socket.setSoTimeout(PATIENCE);
      socket.startHandshake();
      socket.getOutputStream().write(new byte[] {0, 0, 0, 1, 0});
      InputStream in = socket.getInputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        heard.write(next);
      }
    } catch (SSLException | SocketException e) {
      return heard.toByteArray(); // the other side would have none of it
    }
    return heard.toByteArray();
  }

  @Test
  void aNodeThatIsNotInTheMapIsNeitherSeenNorCalled() throws Exception {
    Member a = new Member("a", 0, "*\nnot mallory\n");
    Member mallory = new Member("mallory", 1, "*\n");
    await().until(() -> !a.said("node mallory at 127.0.0.1 was turned away").isEmpty());
    assertThatThrownBy(() -> a.transport.connect(mallory.transport.local(), PATIENCE))
        .isInstanceOf(NotAdmittedException.class)
        .hasMessageContaining("the security map");
    assertThatThrownBy(
            () -> {
              try (FrameChannel toA = mallory.transport.connect(a.transport.local(), PATIENCE)) {
                toA.ask(new Message.Describe(false), Message.Welcome.class, PATIENCE);
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(a.welcomed).isEmpty();
    assertThat(a.views).isNotEmpty().allMatch(List.of("a")::equals);
    assertThat(mallory.views).isNotEmpty().allMatch(List.of("mallory")::equals);
  }

  // ---- who was let in

  @Test
  void whoIsTakenOutOfTheMapIsShutOutAndWhoStaysNoticesNothing() throws Exception {
    Member a = new Member("a", 0, "a\nb\n");
    Member b = new Member("b", 1, "*\n");
    await().until(() -> a.view().equals(List.of("a", "b")) && b.view().equals(a.view()));
    try (FrameChannel toA = b.transport.connect(a.transport.local(), PATIENCE)) {
      await().until(() -> !a.welcomed.isEmpty());
      int views = a.views.size() + b.views.size();
      Thread.sleep(4 * TICKET.toMillis()); // nothing is to happen meanwhile
      toA.send(new Message.Ready(7), PATIENCE);
      assertThat(a.welcomed.get(0).receive(Message.Ready.class, PATIENCE).inHand()).isEqualTo(7);
      assertThat(a.views.size() + b.views.size()).as("views").isEqualTo(views);
      assertThat(a.said("").size() + b.said("").size()).as("lines in the logs").isZero();

      IssuedKeys.replace(a.map, "a\n");
      await().until(() -> a.view().equals(List.of("a")) && b.view().equals(List.of("b")));
      await().until(toA::ended);
      assertThat(a.welcomed.get(0).ended()).isTrue();
      await().until(() -> !a.said("node b at 127.0.0.1 was turned away").isEmpty());
      assertThat(a.said("node b is shut out")).hasSize(1);
    }
    IssuedKeys.replace(a.map, "*\n");
    await().until(() -> a.view().size() == 2 && b.view().size() == 2);
    assertThat(a.said("node b is let in again")).hasSize(1);
  }

  @Test
  void membersStayTogetherWhileTheAuthorityIsChanged() throws Exception {
    Member a = new Member("a", 0, "*\n");
    Member b = new Member("b", 1, "*\n");
    await().until(() -> a.view().equals(List.of("a", "b")) && b.view().equals(a.view()));
    int views = a.views.size() + b.views.size();
    GroupAuthority next = GroupAuthority.in(issued.resolve("next"), "shop");
    String old = Files.readString(a.keys.resolve("ca.pem"));
    String successor = Files.readString(next.folder().resolve("ca.pem"));
    for (Member each : List.of(a, b)) {
      IssuedKeys.replace(each.keys.resolve("ca.pem"), old + successor);
    }
    for (Member each : List.of(a, b)) {
      Path keys = next.issue(each.node, DAY);
      for (String file : List.of("node.key", "node.pem")) {
        IssuedKeys.replace(each.keys.resolve(file), Files.readString(keys.resolve(file)));
      }
    }
    for (Member each : List.of(a, b)) {
      IssuedKeys.replace(each.keys.resolve("ca.pem"), successor);
    }
    await().until(() -> a.said("is let in again").size() + b.said("is let in again").size() > 0);
    assertThat(a.views.size() + b.views.size()).as("views").isEqualTo(views);
  }

  private static SSLContext context(GroupKeys keys) throws IOException {
    try {
      char[] none = new char[0];
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, none);
      if (keys != null) {
        own.setKeyEntry("key", keys.key(), none, new Certificate[] {keys.certificate()});
      }
      KeyManagerFactory shown = KeyManagerFactory.getInstance("PKIX");
      shown.init(own, none);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(shown.getKeyManagers(), new TrustManager[] {new Credulous()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** A stranger believes everybody. */
  private static final class Credulous extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
