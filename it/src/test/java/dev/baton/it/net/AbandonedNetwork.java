package dev.baton.it.net;

/** Makes a network with a program in it, says what, and waits to be killed. */
final class AbandonedNetwork {

  private AbandonedNetwork() {}

  public static void main(String... args) throws Exception {
    Network network = Topology.wideArea("abandoned", "a");
    Process sleeper = network.host("a").program("sleep", "1000").start();
    System.out.println(network.host("a").namespace());
    System.out.println(sleeper.pid());
    System.out.flush();
    Thread.currentThread().join();
  }
}
