package dev.baton.agent.cli.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is at the other end of standard output.
 *
 * @param live whether lines can be drawn over
 * @param colour whether it shows colours, and may
 * @param width in columns
 */
public record Terminal(boolean live, boolean colour, int width) {

  /** A file, a pipe, or a terminal that can do nothing. */
  public static final Terminal NONE = new Terminal(false, false, 80);

  private static final Pattern DEVICE = Pattern.compile("/dev/(pts/|tty|console).*");
  private static final Pattern SIZE = Pattern.compile("\\d+ (\\d+)\\s*");
  private static final int NARROWEST = 40;

  /** Looks at standard output and the environment. */
  public static Terminal detect() {
    try {
      Path device = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
      return of(device.toString(), System.getenv());
    } catch (IOException | UnsupportedOperationException e) {
      return NONE;
    }
  }

  /**
   * Decides.
   *
   * @param output what standard output is connected to, as the kernel calls it
   */
  static Terminal of(String output, Map<String, String> environment) {
    String kind = environment.getOrDefault("TERM", "dumb");
    if (!DEVICE.matcher(output).matches() || kind.equals("dumb")) {
      return NONE;
    }
    boolean colour = environment.getOrDefault("NO_COLOR", "").isEmpty(); // no-color.org
    return new Terminal(true, colour, width(environment.get("COLUMNS")));
  }

  /** Returns the text in a colour, if colours are shown. */
  public String paint(Ink ink, String text) {
    return colour ? ink.on(text) : text;
  }

  private static int width(@Nullable String columns) {
    try {
      int width = columns == null ? askedOfTerminal() : Integer.parseInt(columns);
      return width <= 0 ? NONE.width() : Math.max(width, NARROWEST);
    } catch (NumberFormatException e) {
      return NONE.width();
    }
  }

  /** Java cannot ask for the size; every system has a program that can. 0 if it fails. */
  private static int askedOfTerminal() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(new File("/dev/tty"))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!stty.waitFor(1, TimeUnit.SECONDS)) {
        stty.destroyForcibly();
        return 0;
      }
      Matcher size =
          SIZE.matcher(new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
      return size.matches() ? Integer.parseInt(size.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }
}
