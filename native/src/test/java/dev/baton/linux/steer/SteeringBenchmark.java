package dev.baton.linux.steer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What it costs to begin and to end steering a connection, with none or many others steered, in a
 * network namespace of its own. The argument is the number of rounds.
 */
final class SteeringBenchmark {

  private static final int MANY = 20_000;

  private SteeringBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
    try (Network network = Network.start()) {
      network.contact.call(() -> run(network, rounds));
    }
  }

  private static Void run(Network network, int rounds) throws Exception {
    InetAddress own = network.contact.address(true);
    InetAddress acceptor = network.first.address(true);
    InetAddress other = network.second.address(true);
    long begun = System.nanoTime();
    SteeringTable table = SteeringTable.open(own, List.of("eth0"));
    System.out.printf("open, the first time %.1f ms%n", (System.nanoTime() - begun) / 1e6);
    try (table) {
      table.steer(flow(0), acceptor);
      table.steer(flow(0), other);
      measure(table, acceptor, other, rounds); // for the compiler
      print(0, measure(table, acceptor, other, rounds));
      for (int i = 0; i < MANY; i++) {
        table.steer(flow(100_000 + i), acceptor);
      }
      print(MANY, measure(table, acceptor, other, rounds));
    }
    return null;
  }

  /** In nanoseconds. */
  private record Round(long steer, long again, long unsteer) {}

  private static Round[] measure(
      SteeringTable table, InetAddress acceptor, InetAddress other, int rounds) throws Exception {
    Round[] measured = new Round[rounds];
    for (int i = 0; i < rounds; i++) {
      Flow flow = flow(i + 1);
      long begun = System.nanoTime();
      table.steer(flow, acceptor);
      long steered = System.nanoTime();
      table.steer(flow, other);
      long again = System.nanoTime();
      table.unsteer(flow);
      measured[i] = new Round(steered - begun, again - steered, System.nanoTime() - again);
    }
    return measured;
  }

  private static void print(int others, Round[] measured) {
    System.out.printf("with %d others steered, in µs%9s%10s%n", others, "median", "p99");
    print("steer", measured, Round::steer);
    print("steer to another acceptor", measured, Round::again);
    print("unsteer", measured, Round::unsteer);
  }

  private static void print(String what, Round[] measured, ToLongFunction<Round> part) {
    long[] nanos = Arrays.stream(measured).mapToLong(part).sorted().toArray();
    System.out.printf(
        "  %-26s%10.1f%10.1f%n",
        what, nanos[nanos.length / 2] / 1e3, nanos[nanos.length * 99 / 100] / 1e3);
  }

  private static Flow flow(int number) throws Exception {
    byte[] client = InetAddress.getByName("fd00:1::").getAddress();
    client[13] = (byte) (number >> 16);
    client[14] = (byte) (number >> 8);
    client[15] = (byte) number;
    return new Flow(
        new InetSocketAddress(InetAddress.getByAddress(client), 40_000),
        new InetSocketAddress(Network.contactAddress(true), 80));
  }
}
