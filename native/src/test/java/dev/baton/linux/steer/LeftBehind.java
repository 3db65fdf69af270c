package dev.baton.linux.steer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** A contact node and acceptor that installs all there is and then waits to be killed. */
final class LeftBehind {

  private LeftBehind() {}

  /** The arguments are the node's own address, contact addresses and an acceptor's address. */
  public static void main(String[] arguments) throws Exception {
    InetAddress own = InetAddress.getByName(arguments[0]);
    InetAddress contact6 = InetAddress.getByName(arguments[1]);
    InetAddress contact4 = InetAddress.getByName(arguments[2]);
    TunnelEnd.open(own, List.of(contact4));
    ContactAddress.on(contact6, "eth0");
    SteeringTable table = SteeringTable.open(own, List.of("eth0"));
    Flow flow =
        new Flow(new InetSocketAddress("fd00:1::2", 4711), new InetSocketAddress(contact6, 80));
    table.steer(flow, InetAddress.getByName(arguments[3]));
    System.out.println("ready");
    Thread.sleep(60_000);
  }
}
