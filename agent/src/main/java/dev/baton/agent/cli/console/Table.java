package dev.baton.agent.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Text in columns. What a cell holds may come from a client far away: characters that could steer a
 * terminal become question marks.
 */
public final class Table {
  private static final String GAP = "  ";
  private static final String NOTHING = "-";
  private static final int WIDEST = 72;

  private final List<Boolean> toTheRight = new ArrayList<>();
  private final List<String> head = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column of words. */
  public Table left(String name) {
    return column(name, false);
  }

  /** Adds a column of numbers. */
  public Table right(String name) {
    return column(name, true);
  }

  private Table column(String name, boolean right) {
    head.add(name);
    toTheRight.add(right);
    return this;
  }

  /**
   * Adds a row.
   *
   * @param cells one for each column; null and empty ones show as a dash
   */
  public void row(@Nullable Object... cells) {
    if (cells.length != head.size()) {
      throw new IllegalArgumentException(cells.length + " cells in " + head.size() + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(clean(cell));
    }
    rows.add(row);
  }

  /** Whether there are no rows. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Returns the head and the rows, aligned, without spaces at the end. */
  public List<String> lines() {
    int[] widths = IntStream.range(0, head.size()).map(this::width).toArray();
    List<String> lines = new ArrayList<>();
    lines.add(line(head, widths));
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> row.get(column).length())
        .reduce(head.get(column).length(), Math::max);
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      String padding = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP);
      line.append(toTheRight.get(i) ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  private static String clean(@Nullable Object cell) {
    String text = cell == null ? "" : cell.toString();
    if (text.isEmpty()) {
      return NOTHING;
    }
    StringBuilder clean = new StringBuilder();
    text.chars().forEach(c -> clean.append(c < ' ' || c > '~' ? '?' : (char) c));
    return clean.length() <= WIDEST ? clean.toString() : clean.substring(0, WIDEST - 3) + "...";
  }
}
