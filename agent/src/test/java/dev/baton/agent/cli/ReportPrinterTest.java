package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.agent.cli.console.Console;
import dev.baton.agent.cli.console.Terminal;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.HandoffReport.PhaseMicros;
import dev.baton.handoff.HandoffReport.Row;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

final class ReportPrinterTest {
  private final StringWriter out = new StringWriter();

  @Test
  void oneHandoffIsShownPhaseByPhase() {
    printer(moved("c1", 640)).everything();
    assertThat(out.toString().lines())
        .containsExactly(
            "client           request           sent   pause",
            "[fd00::1]:40112  GET /big.bin  7.00 MiB  640 us  handed off to b",
            "",
            "phase                         time",
            "prepare                    20.0 ms",
            "hold                       3.00 ms",
            "freeze                       40 us",
            "extract                      50 us",
            "transfer                    100 us",
            "recreate                    200 us",
            "switch                        0 us",
            "activate                    250 us",
            "pause: freeze to activate   640 us",
            "",
            "1 connection handed off from a to b, 0 skipped, 0 failed");
  }

  @Test
  void manyHandoffsAreShownByTheMiddleAndTheWorst() {
    printer(moved("c1", 640), moved("c2", 900), moved("c3", 2_000)).exceptions();
    assertThat(out.toString().lines())
        .startsWith("phase                       median      max")
        .contains("pause: freeze to activate   900 us  2.00 ms")
        .last()
        .isEqualTo("3 connections handed off from a to b, 0 skipped, 0 failed");
  }

  @Test
  void whatStayedIsShownWithItsReason() {
    printer(moved("c1", 640), failed("c2")).exceptions();
    assertThat(out.toString().lines())
        .contains("[fd00::1]:40112  GET /big.bin  7.00 MiB  it differs at byte 17")
        .doesNotContain("handed off to b")
        .last()
        .isEqualTo("1 connection handed off from a to b, 0 skipped, 1 failed");
  }

  @Test
  void aReportIsDoneOnlyIfNothingStayed() {
    assertThat(ReportPrinter.status(report(moved("c1", 1)))).isZero();
    assertThat(ReportPrinter.status(report())).isZero();
    assertThat(ReportPrinter.status(report(moved("c1", 1), failed("c2")))).isEqualTo(1);
  }

  @Test
  void aReportAsJsonIsInTheOrderOfTheContract() {
    String json = Json.of(report(moved("c1", 640)));
    ContractShape.HANDOFF.isThatOf(JsonMapper.shared().readTree(json));
    assertThat(json)
        .startsWith("{\"from\":\"a\",\"to\":\"b\",\"handedOff\":1,\"skipped\":0,\"failed\":0,")
        .containsSubsequence("\"prepare\":", "\"freeze\":", "\"switch\":", "\"activate\":")
        .doesNotContain("switched");
  }

  private ReportPrinter printer(Row... rows) {
    return new ReportPrinter(new Console(new PrintWriter(out), Terminal.NONE), report(rows));
  }

  private static HandoffReport report(Row... rows) {
    return HandoffReport.of("a", "b", List.of(rows));
  }

  private static Row moved(String id, long pauseMicros) {
    return row(
        id,
        "handed-off",
        null,
        new PhaseMicros(20_000, 3_000, 40, 50, 100, 200, 0, 250),
        pauseMicros);
  }

  private static Row failed(String id) {
    return row(id, "failed", "it differs at byte 17", PhaseMicros.NONE, 0);
  }

  private static Row row(
      String id, String result, String reason, PhaseMicros phases, long pauseMicros) {
    return new Row(
        id,
        "[fd00::1]:40112",
        "response",
        "GET",
        "/big.bin",
        7340032,
        "b",
        result,
        reason,
        phases,
        pauseMicros,
        1_200);
  }
}
