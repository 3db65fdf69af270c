package dev.baton.handoff.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.Log;
import dev.baton.handoff.trust.Admission;
import dev.baton.handoff.trust.GroupAuthority;
import dev.baton.handoff.trust.KeyFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets into the group, and who does not. */
class MembershipTest {
  @TempDir private static Path folder;
  private static Path shop;
  private static Path others;

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final List<InetSocketAddress> places = new ArrayList<>();
  private final List<Membership> joined = new ArrayList<>();
  private final List<Admission> admissions = new ArrayList<>();
  private final List<String> turnedAway = new CopyOnWriteArrayList<>();

  /** Two groups of one name, that do not believe each other. */
  @BeforeAll
  static void makeKeys() throws IOException {
    shop = folder.resolve("shop");
    GroupAuthority.in(shop, "shop").issue("a", Duration.ofDays(1));
    GroupAuthority.in(shop, "shop").issue("b", Duration.ofDays(1));
    others = folder.resolve("others");
    GroupAuthority.in(others, "shop").issue("b", Duration.ofDays(1));
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
  void leave() {
    joined.forEach(Membership::close);
    admissions.forEach(Admission::close);
    executor.shutdownNow();
  }

  private static final class Ear implements Membership.Listener {
    private volatile List<String> members = List.of();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void view(List<String> now) {
      members = now;
    }

    @Override
    public void received(String from, byte[] bytes) {
      heard.add(from + ": " + new String(bytes, StandardCharsets.UTF_8));
    }
  }

  private Ear join(int place, String node, Path keys) throws IOException {
    Ear ear = new Ear();
    ContactOffice.Setup setup =
        new ContactOffice.Setup(
            "shop",
            node,
            places.get(place),
            places,
            new Discovery.Peers(),
            folder.resolve(node + ".electorate"),
            true,
            Duration.ofMinutes(10));
    joined.add(
        Membership.join(
            setup,
            admission(keys, node),
            executor,
            () -> {},
            (who, why) -> turnedAway.add(who + ": " + why.getMessage()),
            ear));
    return ear;
  }

  private Admission admission(Path keys, String node) throws IOException {
    Admission admission =
        Admission.open(
            new KeyFolder(keys, node, "shop"),
            Optional.empty(),
            Duration.ofMinutes(1),
            new Log(System.out, node));
    admissions.add(admission);
    return admission;
  }

  @Test
  void membersSeeEachOtherInTheOrderOfTheirAgeAndTalk() throws Exception {
    Ear a = join(0, "a", shop.resolve("a"));
    Ear b = join(1, "b", shop.resolve("b"));
    await().until(() -> b.members.equals(List.of("a", "b")) && a.members.equals(b.members));
    joined.get(0).tell(null, "to all".getBytes(StandardCharsets.UTF_8));
    joined.get(1).tell("a", "to one".getBytes(StandardCharsets.UTF_8));
    await().until(() -> b.heard.contains("a: to all") && a.heard.contains("b: to one"));
    joined.remove(0).close();
    await().until(() -> b.members.equals(List.of("b")));
    assertThat(turnedAway).isEmpty();
  }

  @Test
  void whoHasNoCertificateOfTheGroupGetsNoViewAndDisturbsNobody() throws Exception {
    Ear a = join(0, "a", shop.resolve("a"));
    Ear impostor = join(1, "b", others.resolve("b"));
    try (Socket silent = new Socket(places.get(0).getAddress(), places.get(0).getPort())) {
      silent.setSoTimeout(10_000);
      assertThat(silent.getInputStream().read()).as("not a byte").isEqualTo(-1);
    }
    await().until(() -> turnedAway.size() >= 2);
    assertThat(a.members).containsExactly("a");
    assertThat(impostor.members).containsExactly("b");
  }
}
