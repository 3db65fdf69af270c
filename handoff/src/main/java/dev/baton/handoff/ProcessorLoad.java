package dev.baton.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * How busy the processors of this host are, whoever keeps them so: from {@code /proc/stat}, because
 * JMX is the host's to wake.
 */
final class ProcessorLoad {
  private static final Path STAT = Path.of("/proc/stat");
  private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

  /** In {@code /proc/stat}: user, nice, system, idle, iowait, irq, softirq, steal. */
  private static final int COLUMNS = 8;

  private static final int IDLE = 3;
  private static final int WAITING = 4;

  /**
   * What the kernel has counted since it started.
   *
   * @param busy ticks of all processors
   * @param all ticks of all processors
   */
  record Ticks(long busy, long all) {

    /** Of the line about all processors. */
    static Ticks of(String line) throws IOException {
      String[] words = line.trim().split("\\s+", -1);
      if (!words[0].equals("cpu") || words.length <= COLUMNS) {
        throw new IOException("not the line of /proc/stat about all processors: " + line);
      }
      long all = 0;
      long idle = 0;
      for (int i = 0; i < COLUMNS; i++) {
        long ticks = Long.parseLong(words[i + 1]);
        all += ticks;
        idle += i == IDLE || i == WAITING ? ticks : 0;
      }
      return new Ticks(all - idle, all);
    }

    /** Which part of the time since then was busy; the fallback if no tick has passed. */
    double since(Ticks then, double fallback) {
      return all <= then.all
          ? fallback
          : Math.max(0, Math.min(1, (double) (busy - then.busy) / (all - then.all)));
    }
  }

  private Ticks last = new Ticks(0, 0);
  private long lastNanos;
  private double load;

  /** Which part was busy lately, 0 to 1; 0 if the kernel does not tell. */
  synchronized double now() {
    long nanos = System.nanoTime();
    if (last.all == 0 || nanos - lastNanos > FRESH_NANOS) {
      lastNanos = nanos;
      try (BufferedReader lines = Files.newBufferedReader(STAT)) {
        Ticks ticks = Ticks.of(String.valueOf(lines.readLine()));
        load = ticks.since(last, load);
        last = ticks;
      } catch (IOException | NumberFormatException e) {
        load = 0; // a host that hides it counts as idle, as all of its kind do
      }
    }
    return load;
  }
}
