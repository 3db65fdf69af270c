package dev.baton.agent.cli.console;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;

/**
 * Standard output as people see it: lines that stay and, on a terminal, a few lines below them that
 * are drawn anew again and again. Thread-safe.
 */
public final class Console {
  private static final String UP = "\033[A";
  private static final String CLEAR_BELOW = "\r\033[J";

  private final PrintWriter out;
  private final Terminal terminal;
  private int drawn;

  /**
   * @param out stays the caller's; flushed after each call
   * @param terminal what is behind it
   */
  public Console(PrintWriter out, Terminal terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Returns a console that nobody reads. */
  public static Console silent() {
    return new Console(new PrintWriter(Writer.nullWriter()), Terminal.NONE);
  }

  /** Returns what is behind it. */
  public Terminal terminal() {
    return terminal;
  }

  /** Prints lines that stay, above the live ones. */
  public synchronized void print(List<String> lines) {
    erase();
    lines.forEach(out::println);
    out.flush();
  }

  /** As {@link #print(List)}. */
  public void print(String line) {
    print(List.of(line));
  }

  /** Prints a table, its head in the ink for heads. */
  public void print(Table table) {
    List<String> lines = table.lines();
    print(terminal.paint(Ink.HEAD, lines.get(0)));
    print(lines.subList(1, lines.size()));
  }

  /** Replaces the live lines; does nothing where lines cannot be drawn over. */
  public synchronized void live(List<String> lines) {
    if (!terminal.live()) {
      return;
    }
    erase();
    lines.forEach(line -> out.println(fit(line)));
    drawn = lines.size();
    out.flush();
  }

  private void erase() {
    if (drawn > 0) {
      out.print(UP.repeat(drawn) + CLEAR_BELOW);
      drawn = 0;
    }
  }

  /** A line that wraps would be two to erase. Escape sequences take no room. */
  private String fit(String line) {
    int room = terminal.width() - 1;
    boolean escape = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\033') {
        escape = true;
      } else if (escape) {
        escape = !Character.isLetter(c);
      } else if (room-- == 0) {
        return line.substring(0, i) + (terminal.colour() ? "\033[0m" : "");
      }
    }
    return line;
  }
}
