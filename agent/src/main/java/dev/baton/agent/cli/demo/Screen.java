package dev.baton.agent.cli.demo;

import dev.baton.agent.cli.console.Amount;
import dev.baton.agent.cli.console.Bar;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Ink;
import dev.baton.agent.cli.demo.DemoReport.Hop;
import dev.baton.agent.cli.demo.DemoReport.Sigterm;
import dev.baton.handoff.HandoffReport.Result;
import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.TimeUnit;

/**
 * A demo as people see it: what happens as lines that stay; on a terminal the download as a bar
 * below them, each part in the colour and with the letter of the JVM that served it.
 */
final class Screen implements Closeable {
  private static final long FRAME_MILLIS = 100;

  private final Console console;
  private final Download download;
  private final int handoffs;
  private final long begun = System.nanoTime();
  private final List<Leg> legs = new ArrayList<>();
  private final Timer frames = new Timer("demo-screen", true);
  private int moved;

  private record Leg(String node, long begin) {}

  /**
   * Begins to show.
   *
   * @param node the node that serves the download
   * @param handoffs how many there will be
   */
  Screen(Console console, Download download, String node, int handoffs) {
    this.console = console;
    this.download = download;
    this.handoffs = handoffs;
    legs.add(new Leg(node, 0));
    console.print(
        console
            .terminal()
            .paint(Ink.HEAD, row("#", "move", "sent before", "pause", "client waited")));
    if (console.terminal().live()) {
      frames.schedule(
          new TimerTask() {
            @Override
            public void run() {
              console.live(draw());
            }
          },
          0,
          FRAME_MILLIS);
    }
  }

  /** Shows a handoff, done or not. */
  synchronized void hop(Hop hop) {
    boolean done = hop.result().equals(Result.HANDED_OFF.text());
    String line =
        row(
            Integer.toString(hop.number()),
            hop.from() + " > " + hop.to(),
            Amount.bytes(hop.sent()),
            done ? Amount.micros(hop.pauseMicros()) : "-",
            Amount.micros(hop.clientGapMicros()));
    if (done) {
      legs.add(new Leg(hop.to(), hop.sent()));
      moved++;
    } else {
      line = console.terminal().paint(Ink.BAD, line + "  " + hop.result() + ": " + hop.reason());
    }
    console.print(line);
  }

  /** Shows that a JVM has been told to stop. */
  void terminating(String node, long pid) {
    console.print(
        "SIGTERM to " + node + " (process " + pid + "): its connections move by themselves");
  }

  /** Shows that it has stopped, and who serves the client since. */
  synchronized void terminated(Sigterm end) {
    legs.add(new Leg(end.to(), end.sent()));
    console.print(
        row(
            "",
            end.node() + " > " + end.to(),
            Amount.bytes(end.sent()),
            "-",
            Amount.micros(end.clientGapMicros())));
    console.print(
        end.node()
            + " has ended after "
            + Amount.micros(TimeUnit.MILLISECONDS.toMicros(end.millis()))
            + " with exit status "
            + end.exitStatus()
            + "; "
            + end.to()
            + " sends the rest");
  }

  /** Leaves the bar as it is, among the lines that stay. */
  @Override
  public void close() {
    frames.cancel();
    console.print(draw());
  }

  private synchronized List<String> draw() {
    long received = download.received();
    long total = download.total();
    Leg now = legs.get(legs.size() - 1);
    String percent =
        String.format(Locale.ROOT, " %3d %%", total == 0 ? 100 : received * 100 / total);
    Bar bar = new Bar(total);
    for (int i = 0; i < legs.size(); i++) {
      long begin = Math.min(legs.get(i).begin(), received);
      long end = i + 1 < legs.size() ? Math.min(legs.get(i + 1).begin(), received) : received;
      String node = legs.get(i).node();
      bar.part(
          node.charAt(0), node.equals(legs.get(0).node()) ? Ink.FIRST : Ink.SECOND, end - begin);
    }
    Duration time = Duration.ofNanos(System.nanoTime() - begun);
    return List.of(
        bar.render(console.terminal(), console.terminal().width() - percent.length() - 1) + percent,
        String.format(
            Locale.ROOT,
            "%s of %s, %s, from %s; %d of %d handoffs; longest wait %s",
            Amount.bytes(received),
            Amount.bytes(total),
            Amount.rate(received, time),
            now.node(),
            moved,
            handoffs,
            Amount.micros(TimeUnit.NANOSECONDS.toMicros(download.longestWaitNanos()))));
  }

  private static String row(String number, String move, String sent, String pause, String wait) {
    return String.format(
        Locale.ROOT, "  %3s  %-6s  %12s  %10s  %13s", number, move, sent, pause, wait);
  }
}
