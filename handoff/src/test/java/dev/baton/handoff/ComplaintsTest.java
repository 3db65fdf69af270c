package dev.baton.handoff;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ComplaintsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long now;

  @Test
  void afterAMinuteOneLineTellsHowManyWereLeftOut() {
    Complaints complaints =
        new Complaints(new Log(new PrintStream(out, true, UTF_8), "a"), () -> now);
    for (int i = 0; i < Complaints.LINES + 1_000; i++) {
      complaints.warn("stranger " + i);
    }
    assertThat(out.toString(UTF_8).lines()).hasSize(Complaints.LINES);
    out.reset();
    now += TimeUnit.SECONDS.toNanos(61);
    complaints.info("another");
    assertThat(out.toString(UTF_8).lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("1000 more callers"))
        .anyMatch(line -> line.endsWith("another"));
  }

  @Test
  void whatNeedBeSaidOnceIsSaidAgainAfterTenMinutesWithHowOftenItWas() {
    Complaints complaints =
        new Complaints(new Log(new PrintStream(out, true, UTF_8), "a"), () -> now);
    for (int i = 0; i < 1_000; i++) {
      complaints.once("b knocks");
      now += TimeUnit.MILLISECONDS.toNanos(100);
    }
    complaints.once("c knocks");
    assertThat(out.toString(UTF_8).lines()).hasSize(2);
    out.reset();
    now += TimeUnit.MINUTES.toNanos(10);
    complaints.once("b knocks");
    assertThat(out.toString(UTF_8).lines())
        .singleElement()
        .asString()
        .endsWith("b knocks (and so 999 times since this was last said)");
  }
}
