package dev.baton.agent.cli;

import dev.baton.agent.cli.console.Amount;
import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Ink;
import dev.baton.agent.cli.console.Table;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.HandoffReport.Result;
import dev.baton.handoff.HandoffReport.Row;
import java.util.List;
import java.util.function.ToLongFunction;

/** A handoff's report for people: what moved, where the time went, what stayed and why. */
final class ReportPrinter {
  private final Console console;
  private final HandoffReport report;

  ReportPrinter(Console console, HandoffReport report) {
    this.console = console;
    this.report = report;
  }

  /** The exit status that fits a report. */
  static int status(HandoffReport report) {
    return report.skipped() == 0 && report.failed() == 0 ? Cli.DONE : Cli.FAILED;
  }

  /** Prints each connection, then as {@link #summary}. */
  void everything() {
    Table table = new Table().left("client").left("request").right("sent").right("pause").left("");
    for (Row row : report.connections()) {
      boolean moved = moved(row);
      table.row(
          row.client(),
          request(row),
          Amount.bytes(row.sent()),
          moved ? Amount.micros(row.pauseMicros()) : null,
          moved ? "handed off to " + row.to() : row.result() + ": " + row.reason());
    }
    if (!table.isEmpty()) {
      console.print(table);
      console.print("");
    }
    summary();
  }

  /** Prints what stayed, then as {@link #summary}. */
  void exceptions() {
    Table table = new Table().left("client").left("request").right("sent").left("why it stayed");
    report.connections().stream()
        .filter(row -> !moved(row))
        .forEach(
            row -> table.row(row.client(), request(row), Amount.bytes(row.sent()), row.reason()));
    if (!table.isEmpty()) {
      console.print(table);
      console.print("");
    }
    summary();
  }

  /** Prints where the time went, and the counts. */
  private void summary() {
    List<Row> moved = report.connections().stream().filter(ReportPrinter::moved).toList();
    if (!moved.isEmpty()) {
      console.print(phases(moved));
      console.print("");
    }
    String to = report.to() == null ? "" : " to " + report.to();
    String line =
        Amount.count(report.handedOff(), "connection")
            + " handed off from "
            + report.from()
            + to
            + ", "
            + report.skipped()
            + " skipped, "
            + report.failed()
            + " failed";
    console.print(console.terminal().paint(status(report) == Cli.DONE ? Ink.GOOD : Ink.BAD, line));
  }

  private static Table phases(List<Row> moved) {
    boolean one = moved.size() == 1;
    Table table = new Table().left("phase").right(one ? "time" : "median");
    if (!one) {
      table.right("max");
    }
    add(table, "prepare", moved, row -> row.phaseMicros().prepare());
    add(table, "hold", moved, row -> row.phaseMicros().hold());
    add(table, "freeze", moved, row -> row.phaseMicros().freeze());
    add(table, "extract", moved, row -> row.phaseMicros().extract());
    add(table, "transfer", moved, row -> row.phaseMicros().transfer());
    add(table, "recreate", moved, row -> row.phaseMicros().recreate());
    add(table, "switch", moved, row -> row.phaseMicros().switched());
    add(table, "activate", moved, row -> row.phaseMicros().activate());
    add(table, "pause: freeze to activate", moved, Row::pauseMicros);
    return table;
  }

  private static void add(Table table, String name, List<Row> moved, ToLongFunction<Row> micros) {
    long[] sorted = moved.stream().mapToLong(micros).sorted().toArray();
    String median = Amount.micros(sorted[sorted.length / 2]);
    if (sorted.length == 1) {
      table.row(name, median);
    } else {
      table.row(name, median, Amount.micros(sorted[sorted.length - 1]));
    }
  }

  private static boolean moved(Row row) {
    return row.result().equals(Result.HANDED_OFF.text());
  }

  private static String request(Row row) {
    return row.method() == null ? row.state() : row.method() + " " + row.uri();
  }
}
