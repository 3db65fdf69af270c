package dev.baton.agent.cli.console;

import java.util.ArrayList;
import java.util.List;

/** A bar that fills from the left with parts of different kinds. */
public final class Bar {
  private static final char EMPTY = '.';

  private final long total;
  private final List<Part> parts = new ArrayList<>();

  private record Part(char mark, Ink ink, long end) {}

  /**
   * @param total what a full bar stands for; an empty whole is full
   */
  public Bar(long total) {
    this.total = total;
  }

  /**
   * Adds a part.
   *
   * @param mark the character it is drawn with
   * @param amount how much of the total; what is over the total is not shown
   */
  public Bar part(char mark, Ink ink, long amount) {
    long begin = parts.isEmpty() ? 0 : parts.get(parts.size() - 1).end();
    parts.add(new Part(mark, ink, begin + Math.max(0, amount)));
    return this;
  }

  /**
   * Returns the bar in brackets. A cell shows the part that its middle falls into.
   *
   * @param width in columns, with the brackets
   */
  public String render(Terminal terminal, int width) {
    int cells = Math.max(1, width - 2);
    StringBuilder bar = new StringBuilder("[");
    int cell = 0;
    for (Part part : parts) {
      int end =
          total <= 0
              ? cells
              : (int) Math.min(cells, Math.round((double) part.end() * cells / total));
      if (end > cell) {
        bar.append(terminal.paint(part.ink(), String.valueOf(part.mark()).repeat(end - cell)));
        cell = end;
      }
    }
    return bar.append(String.valueOf(EMPTY).repeat(cells - cell)).append(']').toString();
  }
}
