package dev.baton.linux;

import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * The floor of a handoff: what the kernel work costs on one idle connection over loopback, from
 * Java, without protocol, network or server. Each round moves the connection once in place and once
 * to a new socket; every hundredth exchanges a byte each way to prove that it lives.
 *
 * <p>Run {@code main} with {@code --add-opens java.base/sun.nio.ch=ALL-UNNAMED}; the argument is
 * the number of rounds.
 */
final class FloorBenchmark {

  private FloorBenchmark() {}

  private record Round(
      long freeze, long extract, long release, long become, long activate, long recreate) {

    long inPlace() {
      return freeze + extract + release + become + activate;
    }
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
    run(rounds); // for the compiler
    Round[] measured = run(rounds);
    System.out.printf("%d rounds, in µs%11s%10s%n", rounds, "median", "p99");
    print("freeze", measured, Round::freeze);
    print("extract", measured, Round::extract);
    print("release", measured, Round::release);
    print("become, in place", measured, Round::become);
    print("activate", measured, Round::activate);
    print("all of these", measured, Round::inPlace);
    print("re-create, new socket", measured, Round::recreate);
  }

  private static Round[] run(int rounds) throws Exception {
    Round[] measured = new Round[rounds];
    for (int i = 0; i < rounds; i++) {
      try (Loopback pair = Loopback.connect(TcpImage.Family.IPV6);
          Loopback rehearsal = Loopback.connect(pair.listener(), TcpImage.Family.IPV6);
          TcpConnection donor = pair.connection();
          TcpConnection acceptor = rehearsal.connection()) {
        acceptor.freeze();
        long begun = System.nanoTime();
        donor.freeze();
        long frozen = System.nanoTime();
        TcpImage image = donor.extract();
        long extracted = System.nanoTime();
        donor.release();
        long released = System.nanoTime();
        acceptor.become(image);
        long became = System.nanoTime();
        acceptor.activate();
        long active = System.nanoTime();
        if (i % 100 == 0) {
          exchange(pair, rehearsal);
        }
        acceptor.freeze();
        image = acceptor.extract();
        acceptor.release();
        long again = System.nanoTime();
        try (TcpConnection third = TcpConnection.recreate(image)) {
          long recreated = System.nanoTime();
          third.activate();
          measured[i] =
              new Round(
                  frozen - begun,
                  extracted - frozen,
                  released - extracted,
                  became - released,
                  active - became,
                  recreated - again);
        }
      }
    }
    return measured;
  }

  private static void exchange(Loopback pair, Loopback rehearsal) throws Exception {
    Loopback.write(pair.client(), new byte[] {1});
    Loopback.write(rehearsal.server(), new byte[] {2});
    if (Loopback.read(rehearsal.server(), 1)[0] != 1 || Loopback.read(pair.client(), 1)[0] != 2) {
      throw new AssertionError("the connection was lost");
    }
  }

  private static void print(String what, Round[] measured, ToLongFunction<Round> part) {
    long[] nanos = Arrays.stream(measured).mapToLong(part).sorted().toArray();
    System.out.printf(
        "  %-24s%10.1f%10.1f%n",
        what, nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 99 / 100] / 1e3);
  }
}
