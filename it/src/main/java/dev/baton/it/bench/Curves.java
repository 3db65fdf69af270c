package dev.baton.it.bench;

import dev.baton.it.bed.Repository;
import java.awt.Color;
import java.io.File;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Curves in one picture, as the papers' figures. */
final class Curves {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 540;

  /** In pairs, a strong and a weak one. */
  private static final List<Color> COLOURS =
      Stream.of("#c84630", "#eab2a8", "#0b6e4f", "#9fcfbd", "#3d5a80", "#a9bcd3")
          .map(Color::decode)
          .toList();

  private final Map<String, XYSeries> series = new LinkedHashMap<>();

  /** Adds a point to the curve of that legend. */
  Curves point(String legend, double x, double y) {
    series.computeIfAbsent(legend, XYSeries::new).add(x, y);
    return this;
  }

  /** Writes {@code bench-results/NAME.png} and says so. */
  @SuppressWarnings("SystemOut")
  void write(String name, String title, String xAxis, String yAxis) throws IOException {
    System.setProperty("java.awt.headless", "true");
    XYSeriesCollection all = new XYSeriesCollection();
    series.values().forEach(all::addSeries);
    JFreeChart chart = ChartFactory.createXYLineChart(title, xAxis, yAxis, all);
    XYPlot plot = chart.getXYPlot();
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
    plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
    for (int i = 0; i < series.size(); i++) {
      renderer.setSeriesPaint(i, COLOURS.get(i % COLOURS.size()));
    }
    plot.setRenderer(renderer);
    File file = Results.folder().resolve(name + ".png").toFile();
    ChartUtils.saveChartAsPNG(file, chart, WIDTH, HEIGHT);
    System.out.println("written: " + Repository.root().relativize(file.toPath()));
  }
}
