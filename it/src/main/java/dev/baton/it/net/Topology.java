package dev.baton.it.net;

import java.io.IOException;
import java.time.Duration;

/** The usual networks, ready to use. */
public final class Topology {

  private Topology() {}

  /** Hosts attached to the wide area, each on a subnet of its own. */
  public static Network wideArea(String name, String... hosts)
      throws IOException, InterruptedException {
    return build(
        name,
        network -> {
          for (String host : hosts) {
            network.wideArea().attach(network.addHost(host));
          }
        });
  }

  /** Hosts on one segment, {@code lan}, and nothing else. */
  public static Network lan(String name, String... hosts) throws IOException, InterruptedException {
    return build(
        name,
        network -> {
          Lan lan = network.addLan("lan");
          for (String host : hosts) {
            lan.join(network.addHost(host));
          }
        });
  }

  /**
   * A {@code client} and a {@code gateway} attached to the wide area, and behind the gateway a
   * segment, {@code lan}, with nodes.
   */
  public static Network site(String name, String... nodes)
      throws IOException, InterruptedException {
    return build(
        name,
        network -> {
          network.wideArea().attach(network.addHost("client"));
          Host gateway = network.addHost("gateway");
          network.wideArea().attach(gateway);
          Lan lan = network.addLan("lan").behind(gateway);
          for (String node : nodes) {
            lan.join(network.addHost(node));
          }
        });
  }

  /**
   * A {@code client} attached to the wide area, and each node on a segment of its own, named like
   * it, behind a gateway named {@code home-NODE}: the node's home agent, if it has one.
   */
  public static Network homes(String name, String... nodes)
      throws IOException, InterruptedException {
    return build(
        name,
        network -> {
          network.wideArea().attach(network.addHost("client"));
          for (String node : nodes) {
            Host home = network.addHost("home-" + node);
            network.wideArea().attach(home);
            network.addLan(node).behind(home).join(network.addHost(node));
          }
        });
  }

  /**
   * The testbed of the papers' evaluation: {@link #homes} of nodes {@code a} and {@code b}, all as
   * far apart as there, and no limit but that.
   *
   * @param clientToA one way, as are the others
   */
  public static Network evaluation(
      String name, Duration clientToA, Duration clientToB, Duration aToB)
      throws IOException, InterruptedException {
    Network network = homes(name, "a", "b");
    latencies(network, clientToA, clientToB, aToB);
    return network;
  }

  /** Sets the latencies of an {@link #evaluation} testbed anew. */
  public static void latencies(
      Network network, Duration clientToA, Duration clientToB, Duration aToB) throws IOException {
    WideArea wideArea = network.wideArea();
    Host client = network.host("client");
    Host a = network.host("home-a");
    Host b = network.host("home-b");
    wideArea.between(client, a).become(Quality.delay(clientToA));
    wideArea.between(client, b).become(Quality.delay(clientToB));
    wideArea.between(a, b).become(Quality.delay(aToB));
  }

  private interface Plan {
    void build(Network network) throws IOException, InterruptedException;
  }

  private static Network build(String name, Plan plan) throws IOException, InterruptedException {
    Network network = Network.create(name);
    boolean built = false;
    try {
      plan.build(network);
      built = true;
      return network;
    } finally {
      if (!built) {
        network.close();
      }
    }
  }
}
