package dev.baton.agent.cli;

import dev.baton.agent.cli.console.Bar;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Ink;
import dev.baton.handoff.wire.Message.Progress;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A drain as it goes: a bar on a terminal, elsewhere a line whenever something has changed. */
final class DrainProgress {
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int WIDEST_BAR = 60;

  private final Console console;
  private final String node;
  private final long begun;
  private Progress printed = new Progress(0, 0, 0);
  private long printedAt;

  /**
   * @param node the node that drains
   * @param nowNanos the time
   */
  DrainProgress(Console console, String node, long nowNanos) {
    this.console = console;
    this.node = node;
    this.begun = nowNanos;
    this.printedAt = nowNanos - LINE_NANOS;
  }

  /** Shows one step. */
  void step(Progress step, long nowNanos) {
    if (console.terminal().live()) {
      console.live(List.of(bar(step), "  " + words(step, nowNanos)));
    } else if (!step.equals(printed) && nowNanos - printedAt >= LINE_NANOS) {
      console.print("draining " + node + ": " + words(step, nowNanos));
      printed = step;
      printedAt = nowNanos;
    }
  }

  /** Takes the bar off the screen. */
  void end() {
    console.live(List.of());
  }

  private String bar(Progress step) {
    String name = "draining " + node + " ";
    int width = Math.min(WIDEST_BAR, console.terminal().width() - name.length() - 2);
    return name
        + new Bar(step.handedOff() + step.remaining())
            .part('#', Ink.GOOD, step.handedOff())
            .part('.', Ink.FAINT, step.remaining() - step.waiting())
            .part('?', Ink.BAD, step.waiting())
            .render(console.terminal(), width);
  }

  private String words(Progress step, long nowNanos) {
    double seconds = (nowNanos - begun) / 1e9;
    double rate = seconds > 0 ? step.handedOff() / seconds : 0;
    return String.format(
        Locale.ROOT,
        "%d moved, %d remaining, %d waiting until they can move; %.0f/s, %.1f s",
        step.handedOff(),
        step.remaining(),
        step.waiting(),
        rate,
        seconds);
  }
}
