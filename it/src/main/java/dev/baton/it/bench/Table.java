package dev.baton.it.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Rows of figures under one heading, printed and kept. */
final class Table {

  private final List<String[]> lines = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /**
   * An empty one.
   *
   * @param heading the first column's, then the others'
   */
  Table(String... heading) {
    lines.add(heading);
  }

  /** Adds a row; figures are kept under its name and the headings of their columns. */
  Table row(String name, Object... cells) {
    String[] line = new String[cells.length + 1];
    line[0] = name;
    Map<String, Object> kept = new LinkedHashMap<>();
    for (int i = 0; i < cells.length; i++) {
      line[i + 1] = text(cells[i]);
      kept.put(lines.get(0)[i + 1], cells[i]);
    }
    lines.add(line);
    figures.put(name, kept);
    return this;
  }

  /** Adds a row with median, 99th percentile and maximum. */
  Table row(String name, Histogram histogram) {
    return row(
        name,
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        histogram.getMaxValue());
  }

  private static String text(Object cell) {
    return cell instanceof Double figure
        ? (figure < 100 ? "%.3f" : "%,.0f").formatted(figure)
        : "" + cell;
  }

  /** What was put in, for {@link Results}. */
  Map<String, Object> figures() {
    return figures;
  }

  /** Prints it under a title, columns aligned. */
  @SuppressWarnings("SystemOut")
  Table print(String title) {
    int columns = lines.stream().mapToInt(line -> line.length).max().orElse(0);
    int[] widths = new int[columns];
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        widths[i] = Math.max(widths[i], line[i].length());
      }
    }
    System.out.println("\n" + title);
    for (String[] line : lines) {
      StringBuilder row = new StringBuilder("  ");
      row.append(line[0]).append(" ".repeat(widths[0] - line[0].length()));
      for (int i = 1; i < line.length; i++) {
        row.append(" ".repeat(widths[i] - line[i].length() + 3)).append(line[i]);
      }
      System.out.println(row);
    }
    return this;
  }

  /**
   * The median of microseconds, in milliseconds.
   *
   * @param micros null if there are none
   * @return 0 if there are none
   */
  static double medianMillis(@Nullable Histogram micros) {
    return micros == null ? 0 : micros.getValueAtPercentile(50) / 1e3;
  }

  /** The median of some figures. */
  static double median(DoubleStream figures) {
    double[] sorted = figures.sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
