package dev.baton.it.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AgendaTest {

  private final Agenda agenda = new Agenda();

  private static Packet packet(int number) {
    Packet packet = new Packet(ByteBuffer.allocate(0), 0);
    packet.length = number;
    return packet;
  }

  private List<Integer> takeAll(long now) {
    List<Integer> numbers = new ArrayList<>();
    for (Packet packet = agenda.takeDue(now); packet != null; packet = agenda.takeDue(now)) {
      numbers.add(packet.length);
    }
    return numbers;
  }

  @Test
  void packetsComeInTheOrderOfTheirTimesAndOfOneMomentAsTheyWereAdded() {
    record Entry(long time, int number) {}
    SplittableRandom random = new SplittableRandom(1);
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      entries.add(new Entry(random.nextLong(500), i));
      agenda.add(entries.get(i).time(), packet(i));
    }
    entries.sort(Comparator.comparingLong(Entry::time)); // Stable.

    assertThat(takeAll(500)).isEqualTo(entries.stream().map(Entry::number).toList());
  }

  @Test
  void nothingComesBeforeItsTime() {
    agenda.add(20, packet(2));
    agenda.add(10, packet(1));

    assertThat(agenda.nextTime()).isEqualTo(10);
    assertThat(takeAll(9)).isEmpty();
    assertThat(takeAll(19)).containsExactly(1);
    assertThat(takeAll(20)).containsExactly(2);
    assertThat(agenda.nextTime()).isNegative();
  }
}
