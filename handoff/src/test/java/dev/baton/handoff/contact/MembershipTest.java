package dev.baton.handoff.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.trust.GroupAuthority;
import dev.baton.handoff.trust.KeyFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets into the group, and who does not. */
class MembershipTest {
  @TempDir Path folder;

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final List<InetSocketAddress> places = new ArrayList<>();
  private final List<Membership> joined = new ArrayList<>();
  private final List<String> turnedAway = new CopyOnWriteArrayList<>();

  @BeforeEach
  void findPorts() throws IOException {
    InetAddress local = InetAddress.getLoopbackAddress();
    for (int i = 0; i < 3; i++) {
      try (ServerSocket free = new ServerSocket(0, 1, local)) {
        places.add(new InetSocketAddress(local, free.getLocalPort()));
      }
    }
  }

  @AfterEach
  void leave() {
    joined.forEach(Membership::close);
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

  private Ear join(int place, String node, String group, Path keys) throws IOException {
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
            new KeyFolder(keys, node, group),
            executor,
            () -> {},
            (who, why) -> turnedAway.add(who + ": " + why.getMessage()),
            ear));
    return ear;
  }

  @Test
  void membersSeeEachOtherInTheOrderOfTheirAgeAndTalk() throws Exception {
    GroupAuthority authority = GroupAuthority.in(folder.resolve("keys"), "shop");
    Ear a = join(0, "a", "shop", authority.issue("a", Duration.ofDays(1)));
    Ear b = join(1, "b", "shop", authority.issue("b", Duration.ofDays(1)));
    assertThat(b.members).containsExactly("a", "b");
    await().until(() -> a.members.equals(List.of("a", "b")));
    joined.get(0).tell(null, "to all".getBytes(StandardCharsets.UTF_8));
    joined.get(1).tell("a", "to one".getBytes(StandardCharsets.UTF_8));
    await().until(() -> b.heard.contains("a: to all") && a.heard.contains("b: to one"));
    joined.remove(0).close();
    await().until(() -> b.members.equals(List.of("b")));
    assertThat(turnedAway).isEmpty();
  }

  @Test
  void strangersGetNoViewAndDisturbNobody() throws Exception {
    GroupAuthority authority = GroupAuthority.in(folder.resolve("keys"), "shop");
    GroupAuthority other = GroupAuthority.in(folder.resolve("other"), "shop");
    GroupAuthority another = GroupAuthority.in(folder.resolve("another"), "bank");
    Ear a = join(0, "a", "shop", authority.issue("a", Duration.ofDays(1)));
    Ear impostor = join(1, "b", "shop", other.issue("b", Duration.ofDays(1)));
    Ear neighbour = join(2, "c", "bank", another.issue("c", Duration.ofDays(1)));
    await().until(() -> turnedAway.size() >= 2);
    assertThat(a.members).containsExactly("a");
    assertThat(impostor.members).containsExactly("b");
    assertThat(neighbour.members).containsExactly("c");
    assertThatThrownBy(() -> join(2, "d", "shop", authority.issue("d", Duration.ofDays(1))))
        .isInstanceOf(IOException.class);
  }
}
