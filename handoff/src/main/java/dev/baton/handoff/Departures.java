package dev.baton.handoff;

import dev.baton.linux.NotMovableException;
import java.io.Closeable;
import java.io.IOException;

/**
 * The way out of a node: what all connections that leave it have in common, whoever gives them
 * away.
 */
final class Departures implements Closeable {
  private final String self;
  private final Group group;
  private final Lines lines;
  private final Switches switches;
  private final Log log;
  private final Freight freight = Freight.ofThisJvm();
  private final Pauses pauses = new Pauses();

  /**
   * @param self this node's name
   */
  Departures(String self, Group group, Switches switches, Log log) {
    this.self = self;
    this.group = group;
    this.lines = new Lines(group, self);
    this.switches = switches;
    this.log = log;
  }

  /** Room for what travels. */
  Freight freight() {
    return freight;
  }

  /** Whose turn it is to be frozen. */
  Pauses pauses() {
    return pauses;
  }

  /** The lines about it. */
  Log log() {
    return log;
  }

  /**
   * Opens the conversation with the acceptor. Nothing has been said about the connection.
   *
   * @param id the connection's id
   * @param to the acceptor
   * @throws NotMovableException if the connection's packets cannot be sent there
   * @throws IOException if there is no such node, or it does not answer
   */
  Departure open(String id, Flow flow, String to) throws IOException {
    NodeClient acceptor = lines.take(to);
    try {
      TrafficSwitch trafficSwitch = switches.to(acceptor.node().namespace());
      String objection = trafficSwitch.objection(flow);
      if (objection != null) {
        throw new NotMovableException(objection);
      }
      trafficSwitch.approach();
      return new Departure(this, acceptor, trafficSwitch, id, flow, to);
    } catch (IOException | RuntimeException e) {
      acceptor.close();
      throw e;
    }
  }

  /** The acceptor can be asked about another connection. */
  void giveBack(NodeClient acceptor) {
    lines.giveBack(acceptor);
  }

  /** Has the nodes that are neither donor nor acceptor guard the flow. */
  ThirdNodes guardElsewhere(Flow flow, String to) throws IOException {
    return ThirdNodes.guard(group, self, to, flow);
  }

  @Override
  public void close() {
    lines.close();
  }
}
