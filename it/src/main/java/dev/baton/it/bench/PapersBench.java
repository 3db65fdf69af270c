package dev.baton.it.bench;

import dev.baton.anycast.node.Activation;
import dev.baton.it.bed.MovingStream;
import dev.baton.it.bed.StreamHandoff;
import dev.baton.it.bed.StreamHandoff.Manner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * The evaluation of paper "versatile anycast", section 5, with Baton's Mobile IPv6 in user space
 * and a real TCP connection: access latency, Table I, Figures 12 and 14. Where the papers give
 * figures or formulas in words, they stand beside ours. Latencies are one way, in milliseconds: Lcs
 * between the client and either node, Lss between the nodes.
 */
final class PapersBench {

  private static final Manner AFTER_BA = Manner.quick(Activation.ACKNOWLEDGED);
  private static final Manner PIPELINED = Manner.quick(Activation.PIPELINED);

  private static final int WARM_UP = 40;
  private static final int ECHOES = 10;
  private static final int FLOORS = 20;
  private static final int SESSIONS = 3;
  private static final int PAUSES = 3;
  private static final int UNDISTURBED_MILLIS = 2000;

  // Figure 14: what does not vary, what does, and how fast the nodes' lines are.
  private static final int LCS = 40;
  private static final int LSS = 20;
  private static final List<Integer> LATENCIES = List.of(10, 20, 30, 40, 50, 60, 70, 80);
  private static final List<Integer> FEWER_LATENCIES = List.of(10, 20, 40, 80);
  private static final long DSL = 2_000_000;

  // Figure 12: the lines, with the whole of Table I for them; what the donor writes, and how long
  // it waits then.
  private static final Map<Integer, Double> DSL_KILOBITS =
      new TreeMap<>(Map.of(2_000, 337.1, 1_500, 454.4, 1_000, 677.5)).descendingMap();
  private static final int CONTENT = 120_000;
  private static final int WAIT_STEP = 100;
  private static final int LONGEST_WAIT = 1000;

  /** A client answers one window probe in half a second; the handoff before has used one. */
  private static final int PROBES_APART_MILLIS = 600;

  private final PapersBed bed;
  private final Results results;
  private final Bench.Options options;

  private PapersBench(PapersBed bed, Results results, Bench.Options options) {
    this.bed = bed;
    this.results = results;
    this.options = options;
  }

  static void run(Bench.Options options) throws Exception {
    Results results = new Results("papers", options);
    try (PapersBed bed = PapersBed.open("papers")) {
      PapersBench bench = new PapersBench(bed, results, options);
      bench.warmUp();
      new AccessLatency(bed, options.rounds(ECHOES)).measure(results);
      bench.floor();
      bench.latencies();
      bench.waiting();
    }
    PhasesBench.measure(results, options.rounds(SESSIONS));
    results.write();
  }

  /** What a client saw, in milliseconds. */
  private record Pauses(List<Double> plain, List<Double> afterBa, List<Double> pipelined) {

    Pauses() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  private void warmUp() throws Exception {
    pauses(0, 0, 0, WARM_UP, true);
  }

  /**
   * Hands a new connection to the second node, and back with the data pipelined, again and again.
   *
   * @param bitsPerSecond 0 for no limit
   * @param plain whether to do it also as the papers did at first
   */
  private Pauses pauses(int lcs, int lss, long bitsPerSecond, int rounds, boolean plain)
      throws Exception {
    bed.become(lcs, lss, bitsPerSecond);
    MovingStream stream = bed.connect();
    Pauses pauses = new Pauses();
    for (int round = 0; round < rounds; round++) {
      if (plain) {
        pauses.plain.add(bed.pause(stream, bed.group().b(), Manner.PLAIN));
        pauses.pipelined.add(bed.pause(stream, bed.group().a(), PIPELINED));
      }
      pauses.afterBa.add(bed.pause(stream, bed.group().b(), AFTER_BA));
      pauses.pipelined.add(bed.pause(stream, bed.group().a(), PIPELINED));
    }
    bed.finish(stream);
    return pauses;
  }

  private static double median(List<Double> millis) {
    return Table.median(millis.stream().mapToDouble(Double::doubleValue));
  }

  /** What remains if there are no latencies: processing, and what the test bed itself takes. */
  private void floor() throws Exception {
    Pauses pauses = pauses(0, 0, 0, options.rounds(FLOORS), true);
    Table table = new Table("", "median", "least", "most");
    row(table, "nothing in advance", pauses.plain);
    row(table, "after the BA", pauses.afterBa);
    row(table, "pipelined", pauses.pipelined);
    MovingStream stream = bed.connect();
    long from = System.nanoTime();
    Thread.sleep(UNDISTURBED_MILLIS);
    double gap = PapersBed.millis(stream.longestGap(from, System.nanoTime()));
    bed.finish(stream);
    table.row("no handoff, a packet every 5 ms", "", "", gap);
    results.put("floorMillis", table.print("The client's pause without any latency, ms").figures());
  }

  private static void row(Table table, String name, List<Double> millis) {
    table.row(name, median(millis), Collections.min(millis), Collections.max(millis));
  }

  // --- Figure 14 ---------------------------------------------------------------------------------

  private void latencies() throws Exception {
    asThePapers("a", LATENCIES.stream().map(lcs -> new Latencies(lcs, lcs, LSS)).toList());
    asThePapers("b", LATENCIES.stream().map(lss -> new Latencies(lss, LCS, lss)).toList());
    List<Latencies> some =
        Stream.concat(
                FEWER_LATENCIES.stream().map(lcs -> new Latencies(lcs, lcs, LSS)),
                FEWER_LATENCIES.stream().map(lss -> new Latencies(lss, LCS, lss)))
            .distinct()
            .toList();
    Table table = new Table("Lcs, Lss", "after the BA", "Lss + 2 Lcs + 3", "pipelined", "Lss + 5");
    for (Latencies each : some) {
      Pauses pauses = pauses(each.lcs, each.lss, 0, 2 * options.rounds(PAUSES), false);
      table.row(
          each.lcs + ", " + each.lss,
          median(pauses.afterBa),
          each.lss + 2 * each.lcs + 3,
          median(pauses.pipelined),
          each.lss + 5);
    }
    String title = "The latencies of Figure 14 on lines without limit, and the goals; ms, median";
    results.put("figure14Unlimited", table.print(title).figures());
  }

  /** One way, in milliseconds. */
  private record Latencies(int varied, int lcs, int lss) {}

  private void asThePapers(String part, List<Latencies> all) throws Exception {
    String varied = part.equals("a") ? "Lcs" : "Lss";
    String fixed = part.equals("a") ? "Lss = " + LSS : "Lcs = " + LCS;
    Table table =
        new Table(
            varied,
            "6 Lcs + 3 Lss",
            "nothing in advance",
            "4 Lcs + Lss",
            "after the BA",
            "Lss + 2 Lcs + 3",
            "pipelined",
            "Lss + 5");
    Curves curves = new Curves();
    for (Latencies each : all) {
      int first = 6 * each.lcs + 3 * each.lss;
      int optimised = 4 * each.lcs + each.lss;
      Pauses pauses = pauses(each.lcs, each.lss, DSL, options.rounds(PAUSES), true);
      double plain = median(pauses.plain);
      double afterBa = median(pauses.afterBa);
      double pipelined = median(pauses.pipelined);
      table.row(
          "" + each.varied,
          first,
          plain,
          optimised,
          afterBa,
          each.lss + 2 * each.lcs + 3,
          pipelined,
          each.lss + 5);
      curves
          .point("papers: nothing in advance, 6 Lcs + 3 Lss", each.varied, first)
          .point("ours: nothing in advance", each.varied, plain)
          .point("papers: in advance, 4 Lcs + Lss", each.varied, optimised)
          .point("ours: in advance, after the BA", each.varied, afterBa)
          .point("ours: in advance, pipelined", each.varied, pipelined);
    }
    String title =
        "Figure 14(%s): the client's pause, ms, median; %s ms, 2 Mbit/s".formatted(part, fixed);
    results.put("figure14" + part, table.print(title).figures());
    curves.write("papers-figure14" + part, title, varied + ", ms", "pause, ms");
  }

  // --- Figure 12 ---------------------------------------------------------------------------------

  private void waiting() throws Exception {
    Curves curves = new Curves();
    Table least =
        new Table(
            "Mbit/s",
            "Table I + 4 Lcs + 3 Lss",
            "carried, waited 0",
            "6 Lcs + 3 Lss",
            "carried, least",
            "when waited",
            "in advance, waited 0",
            "Lss + 2 Lcs");
    Map<Integer, Object> figures = new LinkedHashMap<>();
    for (Map.Entry<Integer, Double> line : DSL_KILOBITS.entrySet()) {
      double rate = line.getKey() / 1000.0;
      bed.become(LCS, LSS, line.getKey() * 1000L);
      MovingStream stream = bed.connect();
      Table table = new Table("waited, ms", "carried", "in advance");
      double[] carried = new double[LONGEST_WAIT / WAIT_STEP + 1];
      double[] inAdvance = new double[carried.length];
      int best = 0;
      for (int i = 0; i < carried.length; i++) {
        int wait = i * WAIT_STEP;
        carried[i] = pauseAfter(stream, wait, Manner.PLAIN);
        inAdvance[i] = pauseAfter(stream, wait, AFTER_BA);
        best = carried[i] < carried[best] ? i : best;
        table.row("" + wait, carried[i], inAdvance[i]);
        curves.point("%s Mbit/s, carried".formatted(rate), wait, carried[i]);
        curves.point("%s Mbit/s, in advance".formatted(rate), wait, inAdvance[i]);
      }
      bed.finish(stream);
      String title = "Figure 12 at %s Mbit/s: the client's pause, ms".formatted(rate);
      figures.put(line.getKey(), table.print(title).figures());
      least.row(
          "" + rate,
          line.getValue() + 4 * LCS + 3 * LSS,
          carried[0],
          6 * LCS + 3 * LSS,
          carried[best],
          best * WAIT_STEP,
          inAdvance[0],
          LSS + 2 * LCS);
    }
    String latencies = "Lcs = %d ms, Lss = %d ms".formatted(LCS, LSS);
    results.put("figure12", figures);
    results.put(
        "figure12Least",
        least
            .print("Figure 12, what the papers say of it beside ours, ms; " + latencies)
            .figures());
    String title = "Figure 12: the client's pause; " + latencies;
    curves.write("papers-figure12", title, "the donor waits, ms", "pause, ms");
  }

  /**
   * The median of some pauses if the donor waits before it stops, its send buffer full at first.
   */
  private double pauseAfter(MovingStream stream, int waitMillis, Manner manner) throws Exception {
    double[] pauses = new double[options.rounds(1)];
    for (int round = 0; round < pauses.length; round++) {
      try (StreamHandoff handoff = StreamHandoff.prepare(stream, bed.group().b(), manner)) {
        Thread.sleep(Math.max(0, PROBES_APART_MILLIS - waitMillis));
        stream.burst(CONTENT, PhasesBench.SEND_BUFFER);
        Thread.sleep(waitMillis);
        pauses[round] = PapersBed.millis(handoff.run());
        PapersBed.settle(stream);
      }
      bed.pause(stream, bed.group().a(), PIPELINED);
    }
    return Table.median(DoubleStream.of(pauses));
  }
}
