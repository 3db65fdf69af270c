package dev.baton.anycast.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.anycast.correspondent.CorrespondentCounters;
import org.junit.jupiter.api.Test;

/** Nobody notices if it practises something else. */
class BindingPracticeTest {

  @Test
  void eachRoundTestsBothWaysBindsTheClientAndLetsItGo() {
    try (BindingPractice practice = BindingPractice.begin()) {
      await().until(() -> practice.counters().deleted() > 20);
      CorrespondentCounters counters = practice.counters();
      assertThat(counters.bound()).isGreaterThan(20);
      assertThat(counters.homeTests()).isGreaterThan(20);
      assertThat(counters.careOfTests()).isGreaterThan(20);
      assertThat(counters.unauthentic()).isZero();
      assertThat(counters.sequence()).isZero();
    }
  }
}
