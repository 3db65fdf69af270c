package dev.baton.handoff.contact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.baton.handoff.Flow;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.ProtocolException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a contact node has said, the next one says, too. */
class ContactDeskTest {
  private final Map<String, Desk> desks = new TreeMap<>();
  private long term = 1;
  private final AtomicLong now = new AtomicLong();

  /** A node's desk, its kernel and its line to the others. */
  private final class Desk implements Premises, ContactDesk.Backups {
    final String name;
    final InetAddress at;
    final Map<Flow, InetAddress> steered = new HashMap<>();
    final ContactDesk desk;
    boolean cut;

    Desk(String name, int number) throws IOException {
      this.name = name;
      this.at = InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) number});
      this.desk = new ContactDesk(name, this, this, now::get);
    }

    @Override
    public void tell(@Nullable String to, Notice notice) {
      for (Desk other : desks.values()) {
        if (other != this && !cut && !other.cut && (to == null || to.equals(other.name))) {
          // Backups answer on threads of their own.
          CompletableFuture<Void> unused =
              CompletableFuture.runAsync(() -> other.hear(name, Notices.encode(notice)));
        }
      }
    }

    private void hear(String from, byte[] notice) {
      try {
        desk.receive(from, Notices.decode(notice), term);
      } catch (ProtocolException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public boolean suffice(Set<String> those) {
      return those.size() >= 2;
    }

    @Override
    public void open(Map<Flow, InetAddress> elsewhere) {
      steered.putAll(elsewhere);
    }

    @Override
    public void arm(int timer, long millis) {}

    @Override
    public void admit(int timer) {}

    @Override
    public void shut() {}

    @Override
    public void announce() {}

    @Override
    public void steer(Flow flow, InetAddress node) {
      steered.put(flow, node);
    }

    @Override
    public void keepHere(Flow flow) {
      steered.remove(flow);
    }

    @Override
    public void vacate() {
      steered.clear();
    }

    @Override
    public void close() {}
  }

  /** What is encoded for the first time takes a busy machine longer than a backup may. */
  @BeforeAll
  static void warmUp() throws Exception {
    Ledger.Version version = new Ledger.Version(1, 1);
    Ledger.Change change =
        Ledger.Change.of("h", flow(1), "a", InetAddress.getByAddress(new byte[4]));
    Notices.decode(Notices.encode(new Notice.Entry(version, change)));
    Notices.decode(Notices.encode(new Notice.Kept(version)));
    Notices.decode(Notices.encode(new Notice.Missing()));
    Notices.decode(Notices.encode(new Notice.Whole(new Ledger().whole())));
  }

  @BeforeEach
  void open() throws IOException {
    for (String name : new String[] {"a", "b", "c"}) {
      desks.put(name, new Desk(name, desks.size() + 1));
    }
    desks.get("a").desk.open(term);
  }

  private static Flow flow(int port) {
    return new Flow(
        new InetSocketAddress("192.0.2.1", port), new InetSocketAddress("192.0.2.80", 80));
  }

  private String settle(String at, String handoff, Flow flow, String asker) throws IOException {
    return settle(Claim.TAKE, at, handoff, flow, asker);
  }

  private String settle(Claim claim, String at, String handoff, Flow flow, String asker)
      throws IOException {
    return desks.get(at).desk.settle(claim, handoff, flow, asker, desks.get(asker).at);
  }

  /** As a lease would have it: whoever promises has the record of those before. */
  private void takeOver(String next, String from) throws ProtocolException {
    term++;
    Desk desk = desks.get(next);
    Ledger.Whole newer = desks.get(from).desk.newerThan(desk.desk.version());
    if (newer != null) {
      desk.desk.adopt(newer);
    }
    desk.open(desk.desk.elsewhere());
    desk.desk.open(term);
  }

  @Test
  void whoAsksFirstGetsAConnectionAndBothAreToldSo() throws Exception {
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("b");
    assertThat(settle("a", "h1", flow(1), "a")).isEqualTo("b");
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("b");
    assertThat(desks.get("a").steered).containsExactly(Map.entry(flow(1), desks.get("b").at));
  }

  @Test
  void theNextContactNodeSaysTheSameAndSteersTheSame() throws Exception {
    settle("a", "h1", flow(1), "b");
    settle("a", "h2", flow(2), "c");
    settle("a", "h3", flow(3), "a");
    desks.get("a").cut = true;
    takeOver("b", "c");
    assertThat(settle("b", "h1", flow(1), "c")).isEqualTo("b");
    assertThat(settle("b", "h2", flow(2), "b")).isEqualTo("c");
    assertThat(desks.get("b").steered)
        .as("its own stay, and who had the address may have come back with its")
        .isEqualTo(Map.of(flow(2), desks.get("c").at, flow(3), desks.get("a").at));
  }

  @Test
  void nothingIsSaidThatOnlyOneKnows() {
    desks.get("b").cut = true;
    desks.get("c").cut = true;
    assertThatThrownBy(() -> settle("a", "h1", flow(1), "a"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("backups");
  }

  @Test
  void aContactNodeThatWasReplacedDecidesNothing() throws Exception {
    settle("a", "h1", flow(1), "b");
    takeOver("b", "c");
    assertThatThrownBy(() -> settle("a", "h2", flow(2), "c")).isInstanceOf(IOException.class);
    assertThat(settle("b", "h2", flow(2), "b")).isEqualTo("b");
    desks.get("a").desk.close();
    assertThatThrownBy(() -> settle("a", "h1", flow(1), "b")).isInstanceOf(IOException.class);
  }

  @Test
  void whoMissedSomethingGetsItAll() throws Exception {
    desks.get("c").cut = true;
    settle("a", "h1", flow(1), "b");
    desks.get("c").cut = false;
    settle("a", "h2", flow(2), "c");
    desks.get("b").cut = true;
    settle("a", "h3", flow(3), "c");
    takeOver("c", "c");
    assertThat(desks.get("c").desk.elsewhere()).containsOnlyKeys(flow(1));
    desks.get("b").cut = false;
    desks.get("c").desk.welcome("b"); // as when it is back in the view
    assertThat(settle("c", "h1", flow(1), "a")).isEqualTo("b");
  }

  @Test
  void connectionsThatHaveEndedAreNotSteered() throws Exception {
    settle("a", "h1", flow(1), "b");
    settle("a", "h2", flow(2), "c");
    now.addAndGet(TimeUnit.MINUTES.toNanos(1));
    desks.get("a").desk.ended(flow(1), desks.get("c").at);
    assertThat(desks.get("a").steered).as("it is not c's").hasSize(2);
    desks.get("a").desk.ended(flow(1), desks.get("b").at);
    desks.get("a").desk.forget("c"::equals);
    assertThat(desks.get("a").steered).isEmpty();
  }

  private CompletableFuture<String> asks(Claim claim, String at, String asker) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return settle(claim, at, "h1", flow(1), asker);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private void reserve(String at, String acceptor) throws IOException {
    assertThat(settle(Claim.RESERVE, at, "h1", flow(1), acceptor)).isEqualTo(acceptor);
  }

  @Test
  void aReservationMovesNoPacketsAndItsUseDoes() throws Exception {
    reserve("a", "b");
    reserve("a", "b"); // the question came twice
    assertThat(desks.get("a").steered).isEmpty();
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("b");
    assertThat(desks.get("a").steered).containsExactly(Map.entry(flow(1), desks.get("b").at));
    assertThat(settle("a", "h1", flow(1), "c")).isEqualTo("b");
    assertThat(settle(Claim.TAKE_BACK, "a", "h1", flow(1), "c")).as("too late").isEqualTo("b");
    assertThat(settle(Claim.WAIVE, "a", "h1", flow(1), "b")).as("too late").isEqualTo("b");
  }

  @Test
  void aDonorWhoDoesNotKnowWhetherAReservationIsUsedWaitsUntilItIs() throws Exception {
    reserve("a", "b");
    CompletableFuture<String> donor = asks(Claim.TAKE, "a", "c");
    await().during(Duration.ofMillis(150)).until(() -> !donor.isDone());
    settle("a", "h1", flow(1), "b");
    assertThat(donor.get(5, TimeUnit.SECONDS)).isEqualTo("b");
  }

  @Test
  void aDonorGetsWhatTheAcceptorWaives() throws Exception {
    reserve("a", "b");
    CompletableFuture<String> donor = asks(Claim.TAKE, "a", "c");
    await().during(Duration.ofMillis(150)).until(() -> !donor.isDone());
    settle(Claim.WAIVE, "a", "h1", flow(1), "b");
    assertThat(donor.get(5, TimeUnit.SECONDS)).isEqualTo("c");
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("c");
  }

  @Test
  void aWaiverByOthersIsNone() throws Exception {
    reserve("a", "b");
    settle(Claim.WAIVE, "a", "h1", flow(1), "c");
    CompletableFuture<String> donor = asks(Claim.TAKE, "a", "c");
    await().during(Duration.ofMillis(150)).until(() -> !donor.isDone());
    settle("a", "h1", flow(1), "b");
    assertThat(donor.get(5, TimeUnit.SECONDS)).isEqualTo("b");
  }

  @Test
  void aReservationThatItsWaiverHasOvertakenIsNotMade() throws Exception {
    settle(Claim.WAIVE, "a", "h1", flow(1), "b");
    assertThatThrownBy(() -> settle(Claim.RESERVE, "a", "h1", flow(1), "b"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("given back");
    assertThat(settle("a", "h1", flow(1), "c")).isEqualTo("c");
  }

  @Test
  void aDonorWhoKnowsThatNothingWasUsedGetsTheConnectionAtOnce() throws Exception {
    reserve("a", "b");
    assertThat(settle(Claim.TAKE_BACK, "a", "h1", flow(1), "c")).isEqualTo("c");
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("c");
  }

  /** It may have been active; and if it only slept it is the owner when it wakes up. */
  @Test
  void whatASilentAcceptorHasReservedIsNeverTheDonors() throws Exception {
    reserve("a", "b");
    CompletableFuture<String> donor = asks(Claim.TAKE, "a", "c");
    await().during(Duration.ofMillis(150)).until(() -> !donor.isDone());
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(2_100));
    assertThat(donor.get(5, TimeUnit.SECONDS)).isEqualTo("b");
    assertThat(desks.get("a").steered).as("if it is dead, the client is told so").isEmpty();
    now.addAndGet(TimeUnit.MINUTES.toNanos(1));
    assertThat(settle("a", "h1", flow(1), "b")).isEqualTo("b");
    assertThat(desks.get("a").steered).containsExactly(Map.entry(flow(1), desks.get("b").at));
  }

  @Test
  void theNextContactNodeKnowsWhatIsReservedAndWhatIsWaived() throws Exception {
    reserve("a", "b");
    settle(Claim.RESERVE, "a", "h2", flow(2), "b");
    settle(Claim.WAIVE, "a", "h2", flow(2), "b");
    desks.get("a").cut = true;
    takeOver("c", "b");
    CompletableFuture<String> donor = asks(Claim.TAKE, "c", "a");
    await().during(Duration.ofMillis(150)).until(() -> !donor.isDone());
    assertThat(settle("c", "h1", flow(1), "b")).isEqualTo("b");
    assertThat(donor.get(5, TimeUnit.SECONDS)).isEqualTo("b");
    assertThatThrownBy(() -> settle(Claim.RESERVE, "c", "h2", flow(2), "b"))
        .isInstanceOf(IOException.class);
  }
}
