package dev.baton.it.bench;

import dev.baton.anycast.Ip6;
import dev.baton.it.bed.MobilePacket;
import dev.baton.it.net.PcapFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/**
 * How long each phase of a handoff took (section 5.2), from the packets of which a phase is the
 * time between two. They are seen where they come out of the emulated wide area, which is without
 * latencies; the papers looked at their router. A phase that has no packet of its own takes 0, and
 * what was done in it counts for the one before.
 *
 * @param millis of phase 1, 2, …
 */
record HandoffPhases(List<Double> millis) {

  /** The papers' names. */
  static final List<String> NAMES =
      List.of(
          "1 socket extraction",
          "2 state transfer",
          "3 socket re-creation",
          "4 return routability",
          "5 BU construction",
          "6 binding management",
          "7 socket activation");

  /**
   * What was captured while the first node handed the client to the second one.
   *
   * @param donor its care-of address
   * @param acceptor its care-of address
   * @param contact the contact address
   */
  record Captured(
      Ip6 donor,
      Ip6 acceptor,
      Ip6 contact,
      List<MobilePacket> atClient,
      List<MobilePacket> atDonor,
      List<MobilePacket> atAcceptor) {

    /**
     * Reads all.
     *
     * @param folder of captures of {@link dev.baton.it.net.Topology#evaluation}, closed by now
     */
    static Captured read(Path folder, Ip6 donor, Ip6 acceptor, Ip6 contact) throws IOException {
      return new Captured(
          donor,
          acceptor,
          contact,
          capture(folder, "client"),
          capture(folder, "home-a"),
          capture(folder, "home-b"));
    }

    private static List<MobilePacket> capture(Path folder, String host) throws IOException {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder, "*-" + host + "-wan0.pcap")) {
        return MobilePacket.all(PcapFile.read(files.iterator().next()));
      }
    }

    /**
     * The phases of the one handoff in a span of time.
     *
     * @param fromNanos since 1970; before the donor has stopped
     * @param toNanos since 1970; when the acceptor has begun
     * @throws java.util.NoSuchElementException if a packet is missing without which there is none
     */
    HandoffPhases between(long fromNanos, long toNanos) {
      Predicate<MobilePacket> inTime =
          packet -> packet.nanos() >= fromNanos && packet.nanos() <= toNanos;
      long initBegins = times(atAcceptor, inTime.and(this::isInit)).min().orElseThrow();
      long initEnds = times(atAcceptor, inTime.and(this::isInit)).max().orElseThrow();
      long update =
          times(atClient, inTime.and(is(MobilePacket.BINDING_UPDATE))).min().orElseThrow();
      long first = times(atClient, inTime.and(isData(acceptor))).min().orElseThrow();
      long last =
          times(atClient, inTime.and(isData(donor)))
              .filter(time -> time < initBegins)
              .max()
              .orElseThrow();
      long asked =
          LongStream.concat(
                  times(atClient, inTime.and(is(MobilePacket.CARE_OF_TEST_INIT))),
                  times(atDonor, inTime.and(is(MobilePacket.HOME_TEST_INIT))))
              .min()
              .orElse(update);
      long answered =
          LongStream.concat(
                  times(atAcceptor, inTime.and(is(MobilePacket.CARE_OF_TEST))),
                  times(atAcceptor, inTime.and(is(MobilePacket.HOME_TEST))))
              .max()
              .orElse(update);
      long acknowledged =
          times(atAcceptor, inTime.and(is(MobilePacket.BINDING_ACKNOWLEDGEMENT)))
              .filter(time -> time < first)
              .min()
              .orElse(update); // nobody has waited for it
      long[] events = {last, initBegins, initEnds, asked, answered, update, acknowledged, first};
      List<Double> millis = new ArrayList<>();
      for (int i = 0; i < NAMES.size(); i++) {
        millis.add((events[i + 1] - events[i]) / 1e6);
      }
      return new HandoffPhases(List.copyOf(millis));
    }

    private boolean isInit(MobilePacket packet) {
      return packet.data() > 0
          && packet.home() == null
          && packet.source().equals(donor)
          && packet.destination().equals(acceptor);
    }

    private Predicate<MobilePacket> isData(Ip6 from) {
      return packet ->
          packet.data() > 0 && contact.equals(packet.home()) && packet.source().equals(from);
    }

    private static Predicate<MobilePacket> is(int type) {
      return packet -> packet.mobilityType() == type;
    }

    private static LongStream times(List<MobilePacket> of, Predicate<MobilePacket> which) {
      return of.stream().filter(which).mapToLong(MobilePacket::nanos);
    }
  }

  /** From the first event to the last. */
  double total() {
    return millis.stream().mapToDouble(Double::doubleValue).sum();
  }
}
