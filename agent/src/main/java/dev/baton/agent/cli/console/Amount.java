package dev.baton.agent.cli.console;

import java.time.Duration;
import java.util.Locale;

/** Numbers for people: three digits or so, and a unit. */
public final class Amount {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Amount() {}

  /** Returns a number of bytes in binary units: {@code 7.00 MiB}. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = 0;
    double number = bytes;
    while (number >= 999.5 && unit < UNITS.length - 1) {
      number /= 1024;
      unit++;
    }
    return threeDigits(number) + " " + UNITS[unit];
  }

  /** Returns a rate: {@code 12.0 MiB/s}. */
  public static String rate(long bytes, Duration time) {
    double seconds = Math.max(time.toNanos(), 1) / 1e9;
    return bytes(Math.round(bytes / seconds)) + "/s";
  }

  /** Returns a short time: {@code 140 us}, {@code 1.40 ms}, {@code 1.40 s}. */
  public static String micros(long micros) {
    if (micros < 1_000) {
      return micros + " us";
    }
    return micros < 999_500 ? threeDigits(micros / 1e3) + " ms" : threeDigits(micros / 1e6) + " s";
  }

  /** Returns a time as one thinks of how long something has been running: {@code 2 h 5 min}. */
  public static String age(Duration age) {
    if (age.toSeconds() < 60) {
      return Math.max(0, age.toSeconds()) + " s";
    }
    if (age.toMinutes() < 60) {
      return age.toMinutes() + " min";
    }
    return age.toHours() < 48
        ? age.toHours() + " h " + age.toMinutesPart() + " min"
        : age.toDays() + " days";
  }

  /** Returns a count and its noun: {@code 1 connection}, {@code 2 connections}. */
  public static String count(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  private static String threeDigits(double number) {
    int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", number);
  }
}
