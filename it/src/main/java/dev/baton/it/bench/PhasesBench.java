package dev.baton.it.bench;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.node.Activation;
import dev.baton.it.bed.MobileGroup;
import dev.baton.it.bed.MovingStream;
import dev.baton.it.bed.StreamHandoff;
import dev.baton.it.bed.StreamHandoff.Manner;
import dev.baton.it.net.Network;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Handoff time decomposition (section 5.2, Table I): the donor has written 500 kB, of which 90 kB
 * are in its send buffer, and stops at once.
 */
final class PhasesBench {

  /** What the papers' donors had in their send buffers. */
  static final int SEND_BUFFER = 90_000;

  private static final int CONTENT = 500_000;

  /** A column of Table I: the phases, and the total. */
  private record Column(int kilobitsPerSecond, List<Double> millis) {}

  private static final List<Column> PAPERS =
      List.of(
          new Column(100_000, List.of(0.8, 6.5, 2.2, 2.5, 2.7, 2.6, 1.1, 18.4)),
          new Column(2_000, List.of(5.8, 319.1, 2.1, 3.7, 2.7, 2.6, 1.1, 337.1)),
          new Column(1_500, List.of(6.9, 434.1, 2.1, 4.9, 2.7, 2.6, 1.1, 454.4)),
          new Column(1_000, List.of(11.8, 648.2, 2.2, 8.9, 2.7, 2.6, 1.1, 677.5)));

  /** Ours: as the papers' prototype does it; then as Baton does. */
  private static final Map<String, Manner> WAYS = new LinkedHashMap<>();

  static {
    WAYS.put("the same here", Manner.PLAIN);
    WAYS.put("in advance", Manner.quick(Activation.ACKNOWLEDGED));
    WAYS.put("pipelined", Manner.quick(Activation.PIPELINED));
  }

  private static final String FOOTNOTE =
      """
        In advance, nothing of the send buffer travels: the acceptor has the content too (phase 2), and
        return routability is over when the donor stops (phase 4: 0; 3 is until the binding update is there).
        Pipelined, nobody waits for the acknowledgement (phase 6: 0).
      """;

  /**
   * One handoff.
   *
   * @param pauseMillis the client's
   */
  record Session(int kilobitsPerSecond, Manner manner, HandoffPhases phases, double pauseMillis) {}

  /** As {@link Session}, before the captures are read; the time in nanoseconds since 1970. */
  private record Span(int kilobitsPerSecond, Manner manner, long from, long to, double pause) {}

  private PhasesBench() {}

  /** Runs all sessions and prints a table for each rate. */
  @SuppressWarnings("SystemOut")
  static void measure(Results results, int rounds) throws Exception {
    List<Integer> rates = PAPERS.stream().map(Column::kilobitsPerSecond).toList();
    List<Session> sessions = sessions(rates, rounds, CONTENT);
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Column papers : PAPERS) {
      List<String> heading = new ArrayList<>(List.of("phase", "papers'"));
      heading.addAll(WAYS.keySet());
      Table table = new Table(heading.toArray(String[]::new));
      List<Session> atRate =
          sessions.stream()
              .filter(each -> each.kilobitsPerSecond == papers.kilobitsPerSecond)
              .toList();
      int count = HandoffPhases.NAMES.size();
      for (int i = 0; i < count; i++) {
        int phase = i;
        table.row(
            HandoffPhases.NAMES.get(phase),
            row(papers.millis.get(phase), atRate, each -> each.phases.millis().get(phase)));
      }
      table.row("total", row(papers.millis.get(count), atRate, each -> each.phases.total()));
      table.row("the client's pause", row(Double.NaN, atRate, Session::pauseMillis));
      String rate = papers.kilobitsPerSecond / 1000.0 + " Mbit/s";
      figures.put(rate, table.print("Table I at " + rate + ", ms, median").figures());
    }
    System.out.print(FOOTNOTE);
    results.put("phasesMillis", figures);
  }

  private static Object[] row(
      double papers, List<Session> sessions, ToDoubleFunction<Session> figure) {
    List<Object> cells = new ArrayList<>();
    cells.add(Double.isNaN(papers) ? "" : (Object) papers);
    for (Manner manner : WAYS.values()) {
      cells.add(
          Table.median(
              sessions.stream().filter(each -> each.manner.equals(manner)).mapToDouble(figure)));
    }
    return cells.toArray();
  }

  /**
   * Hands off from the contact node to the other one, in each manner, and back.
   *
   * @param kilobitsPerSecond what the nodes' routers send at most
   * @param bytes how many the donor has written when it stops
   */
  static List<Session> sessions(List<Integer> kilobitsPerSecond, int rounds, int bytes)
      throws Exception {
    String wanted = System.getProperty(Network.CAPTURES, "");
    Path folder = wanted.isEmpty() ? Files.createTempDirectory("baton-phases") : Path.of(wanted);
    System.setProperty(Network.CAPTURES, folder.toString());
    try {
      List<Span> spans = new ArrayList<>();
      HandoffPhases.Captured captured;
      MobileGroup group;
      try (PapersBed bed = PapersBed.open("papers-phases")) {
        group = bed.group();
        for (int rate : kilobitsPerSecond) {
          bed.become(0, 0, rate * 1000L);
          MovingStream stream = bed.connect();
          for (int round = 0; round < rounds; round++) {
            for (Manner manner : WAYS.values()) {
              spans.add(session(bed, stream, rate, manner, bytes));
            }
          }
          bed.finish(stream);
        }
      }
      Ip6 donor = group.a().mobile().careOf();
      Ip6 acceptor = group.b().mobile().careOf();
      captured = HandoffPhases.Captured.read(folder, donor, acceptor, group.contact());
      return spans.stream()
          .map(
              span ->
                  new Session(
                      span.kilobitsPerSecond,
                      span.manner,
                      captured.between(span.from, span.to),
                      span.pause))
          .toList();
    } finally {
      if (wanted.isEmpty()) {
        System.clearProperty(Network.CAPTURES);
        remove(folder);
      }
    }
  }

  private static Span session(
      PapersBed bed, MovingStream stream, int rate, Manner manner, int bytes) throws Exception {
    Span span;
    try (StreamHandoff handoff = StreamHandoff.prepare(stream, bed.group().b(), manner)) {
      stream.burst(bytes, SEND_BUFFER);
      long from = sinceEpoch();
      double pause = PapersBed.millis(handoff.run());
      span = new Span(rate, manner, from, sinceEpoch(), pause);
      PapersBed.settle(stream);
    }
    bed.pause(stream, bed.group().a(), Manner.quick(Activation.PIPELINED));
    return span;
  }

  private static long sinceEpoch() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  private static void remove(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
