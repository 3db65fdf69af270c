package dev.baton.it.bench;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.net.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code ./baton bench NAME [--app APP] [--jdk 25] [--rounds N] [--pcap DIR]}. */
public final class Bench {

  private static final String USAGE =
      """
      usage: ./baton bench NAME [--app jetty|tomcat|socket|jdk] [--jdk %d] [--rounds N] [--pcap DIR]

        floor     the kernel work of one handoff, from Java, without protocol or server
        handoff   the floor, then handoffs in the middle of a 200 MB download at 20 MB/s:
                  phases, pause, and the pause as the client sees it
        drain     100 downloads when their server gets SIGTERM; then as drain-host
        drain-host  1,000 downloads when their host is drained to two others
        overhead  throughput of small requests with the agent against without, and system calls
                  of a download with and without
        distance  handoffs among three hosts that are 20 ms apart, with the client 10 to 80 ms
                  away: the pause as the client sees it, and what travels for one
        follow    the same of a client that follows by Mobile IPv6, two hosts, at the latencies of
                  the papers' Figure 14: after the binding acknowledgement, and pipelined
        mip6      TCP through the data path of Mobile IPv6 in user space: throughput, and the
                  processor time it takes
        papers    section 5 of "Enabling service adaptability with versatile anycast": access latency,
                  the phases of a handoff, the pause against waiting time and latencies; six
                  minutes, with pictures
        network   the test bed's own wide area: how exact its delays are, how much it forwards

        --pcap    where benchmarks of several hosts keep what each interface sends and receives
      """
          .formatted(Jdk.NEWEST);

  private Bench() {}

  /**
   * What to measure with.
   *
   * @param apps the servers
   * @param jdk what they run on
   * @param rounds how often; 0 for the benchmark's own idea
   * @param connections how many at a time; 0 for the benchmark's own idea
   */
  record Options(List<App> apps, Jdk jdk, int rounds, int connections) {

    int connections(int own) {
      return connections == 0 ? own : connections;
    }

    int rounds(int own) {
      return rounds == 0 ? own : rounds;
    }

    List<App> apps(App... own) {
      return apps.isEmpty() ? List.of(own) : apps;
    }
  }

  /** Runs one benchmark; exits with status 2 if there is none of that name. */
  public static void main(String... args) throws Exception {
    if (args.length % 2 == 0) {
      throw usage();
    }
    List<App> apps = new ArrayList<>();
    Jdk jdk = Jdk.current();
    int rounds = 0;
    int connections = 0;
    for (int i = 1; i < args.length; i += 2) {
      String value = args[i + 1];
      switch (args[i]) {
        case "--app" -> apps.add(App.valueOf(value.toUpperCase(Locale.ROOT)));
        case "--pcap" -> System.setProperty(Network.CAPTURES, value);
        case "--connections" -> connections = Integer.parseInt(value);
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--jdk" ->
            jdk =
                Jdk.all().stream()
                    .filter(each -> value.equals("" + each.feature()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no JDK " + value + " here"));
        default -> throw usage();
      }
    }
    Options options = new Options(apps, jdk, rounds, connections);
    switch (args[0]) {
      case "floor" -> FloorBench.run(options);
      case "handoff" -> {
        FloorBench.run(options);
        HandoffBench.run(options);
      }
      case "drain" -> {
        DrainBench.run(options);
        HostDrainBench.run(options);
      }
      case "drain-host" -> HostDrainBench.run(options);
      case "overhead" -> OverheadBench.run(options);
      case "distance" -> DistanceBench.run(options);
      case "follow" -> FollowBench.run(options);
      case "mip6" -> Mip6Bench.run(options);
      case "papers" -> PapersBench.run(options);
      case "network" -> NetworkBench.run(options);
      default -> throw usage();
    }
  }

  @SuppressWarnings("SystemOut")
  private static RuntimeException usage() {
    System.err.print(USAGE);
    System.exit(2);
    return new IllegalStateException("unreachable");
  }
}
