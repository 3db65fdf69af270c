package dev.baton.handoff;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.handoff.policy.RoundRobin;
import dev.baton.http.RequestHead;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlacementTest {
  private static final RequestHead REQUEST = new RequestHead("GET", "/", "shop.example");

  @TempDir private Path folder;
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicInteger placed = new AtomicInteger();

  /** A connection that is over as soon as somebody looks where it could go. */
  private final ServedConnection connection =
      (ServedConnection)
          Proxy.newProxyInstance(
              ServedConnection.class.getClassLoader(),
              new Class<?>[] {ServedConnection.class},
              (self, method, arguments) -> {
                if (method.getName().equals("tcp")) {
                  looks.incrementAndGet();
                  throw new IOException("closed");
                }
                return arguments == null ? placed.get() : placed.getAndSet((int) arguments[0]);
              });

  private Placement placement(boolean withNodesBelow) throws IOException {
    Log log = new Log(new PrintStream(OutputStream.nullOutputStream(), true, UTF_8), "b");
    Group group = new Group(folder, "g");
    Switches switches = Switches.local(new LocalSwitch(NoServer.HERE, log));
    NodeInfo self = new NodeInfo("b", 1, List.of(), 0, false, "", "ok", "x", 0, false, 0, 0);
    Census census = new Census(group, () -> self, false, Runnable::run, log);
    Selection selection = new Selection(census, switches, new RoundRobin());
    return new Placement(
        selection,
        withNodesBelow ? selection : null,
        new Donor(new Departures("b", group, switches, log), log),
        Runnable::run,
        () -> true);
  }

  private int looksAfter(int placements, boolean withNodesBelow) throws IOException {
    placed.set(placements);
    looks.set(0);
    assertThat(placement(withNodesBelow).place(connection, REQUEST, () -> {})).isFalse();
    assertThat(placed).as("it is served here").hasValue(0);
    return looks.get();
  }

  @Test
  void onlyANodeWithOthersBelowItPlacesOn() throws Exception {
    assertThat(placement(false).placesOn()).isFalse();
    assertThat(placement(true).placesOn()).isTrue();
    assertThat(looksAfter(0, false)).isOne();
    assertThat(looksAfter(1, false)).isZero();
    assertThat(looksAfter(1, true)).isOne();
  }

  @Test
  void aConnectionIsNotPlacedMoreOftenThanThereAreLevels() throws Exception {
    assertThat(looksAfter(Placement.LEVELS - 1, true)).isOne();
    assertThat(looksAfter(Placement.LEVELS, true)).isZero();
    assertThat(looksAfter(Integer.MAX_VALUE, true)).isZero();
  }
}
