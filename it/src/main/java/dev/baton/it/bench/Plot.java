package dev.baton.it.bench;

import dev.baton.it.bed.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Draws distributions: how many of the values, in percent, are at most so long. */
final class Plot {

  private static final int WIDTH = 720;
  private static final int HEIGHT = 360;
  private static final int MARGIN = 60;
  private static final String[] COLOURS = {"#0b6e4f", "#c84630", "#3d5a80", "#8a6d3b"};

  private Plot() {}

  /**
   * Writes {@code bench-results/NAME.svg} and says so.
   *
   * @param histograms of microseconds, by legend
   */
  @SuppressWarnings("SystemOut")
  static void write(String name, String title, Map<String, Histogram> histograms)
      throws IOException {
    double longest = 1;
    for (Histogram histogram : histograms.values()) {
      longest = Math.max(longest, (double) histogram.getMaxValue());
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(WIDTH, HEIGHT));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    text(svg, MARGIN, 24, title);
    for (int percent = 0; percent <= 100; percent += 25) {
      line(svg, MARGIN, y(percent), WIDTH - MARGIN, y(percent));
      text(svg, 20, y(percent) + 4, percent + " %");
    }
    for (int i = 0; i <= 4; i++) {
      double micros = longest * i / 4;
      text(svg, x(micros, longest) - 20, HEIGHT - MARGIN + 20, Math.round(micros) + " µs");
    }
    int index = 0;
    for (Map.Entry<String, Histogram> entry : histograms.entrySet()) {
      String colour = COLOURS[index % COLOURS.length];
      svg.append(
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"".formatted(colour));
      double below = 0;
      for (HistogramIterationValue value : entry.getValue().recordedValues()) {
        double x = x((double) value.getValueIteratedTo(), longest);
        point(svg, x, y(below));
        below = value.getPercentile();
        point(svg, x, y(below));
      }
      svg.append("\"/>\n");
      int legend = MARGIN + 18 * index++;
      svg.append(
          "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>\n"
              .formatted(WIDTH - 260, legend, colour));
      text(svg, WIDTH - 240, legend + 11, entry.getKey());
    }
    svg.append("</svg>\n");
    Path file = Results.folder().resolve(name + ".svg");
    Files.writeString(file, svg);
    System.out.println("written: " + Repository.root().relativize(file));
  }

  private static double x(double micros, double longest) {
    return MARGIN + micros / longest * (WIDTH - 2 * MARGIN);
  }

  private static double y(double percent) {
    return HEIGHT - MARGIN - percent / 100 * (HEIGHT - 2 * MARGIN);
  }

  private static void point(StringBuilder svg, double x, double y) {
    svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
  }

  private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(StringBuilder svg, double x, double y, String text) {
    svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x, y, text));
  }
}
