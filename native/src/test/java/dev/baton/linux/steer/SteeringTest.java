package dev.baton.linux.steer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.baton.linux.Descriptors;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real connections move from the contact node to one acceptor, to another, and back. */
class SteeringTest {

  private static final int PORT = 8080;
  private static final int BYTES = 3_000_000;
  private static final int MTU = 1500;

  @ParameterizedTest(name = "contact address IPv6: {0}, between nodes IPv6: {1}")
  @CsvSource({"true,true", "false,false", "true,false", "false,true"})
  void everyByteArrivesOnceWhereverTheConnectionIs(boolean contactSix, boolean nodesSix)
      throws Exception {
    InetAddress contact = InetAddress.getByName(contactSix ? Network.CONTACT_6 : Network.CONTACT_4);
    try (Network network = Network.start()) {
      InetAddress own = network.contact.address(nodesSix);
      InetAddress firstAddress = network.first.address(nodesSix);
      InetAddress secondAddress = network.second.address(nodesSix);
      Map<Network.Host, String> before = network.states();

      TunnelEnd first = network.first.call(() -> TunnelEnd.open(firstAddress, List.of(contact)));
      TunnelEnd second = network.second.call(() -> TunnelEnd.open(secondAddress, List.of(contact)));
      ContactAddress address =
          network.contact.call(
              () -> ContactAddress.on(contact, ContactAddress.interfaceFor(contact, own)));
      SteeringTable table = network.contact.call(() -> SteeringTable.open(own, List.of("eth0")));

      int segment = MTU - (contactSix ? 60 : 40) - Steering.tunnelBytes(own);
      ServerSocketChannel listener = network.contact.call(() -> listen(contact, segment));
      MovingConnection moving = network.connect(listener);
      MovingConnection staying = network.connect(listener);
      moving.exchange(BYTES, () -> moving.move(network.first, table, firstAddress));
      assertThat(table.steered()).isEqualTo(Map.of(moving.flow(), firstAddress));
      staying.exchange(BYTES, null);
      long sentByContactNode = network.contact.sent("eth0");
      moving.exchange(BYTES, () -> moving.move(network.second, table, secondAddress));
      staying.exchange(10_000, null);
      moving.exchange(BYTES, null);
      assertThat(network.contact.sent("eth0") - sentByContactNode)
          .as("the client's packets go through here, the answers do not")
          .isBetween(2L * BYTES, 2L * BYTES * 12 / 10);
      moving.exchange(BYTES, () -> moving.move(network.contact, table, null));
      assertThat(table.steered()).isEmpty();
      assertThat(network.contact.fragments()).isZero();

      moving.close();
      staying.close();
      listener.close();
      network.contact.call(() -> close(table));
      network.contact.call(() -> close(address));
      network.first.call(() -> close(first));
      network.second.call(() -> close(second));
      assertThat(network.states()).isEqualTo(before);
    }
  }

  private static Void close(AutoCloseable what) throws Exception {
    what.close();
    return null;
  }

  private static ServerSocketChannel listen(InetAddress contact, int segment) throws Exception {
    ServerSocketChannel listener =
        contact.getAddress().length == 4
            ? ServerSocketChannel.open(StandardProtocolFamily.INET)
            : ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(contact, PORT));
    try (Memory memory = new Memory(4)) {
      memory.setInt(0, segment);
      int tcp = 6;
      int maxSegment = 2;
      assertThat(
              Calls.setsockopt(
                  Descriptors.of(listener), tcp, maxSegment, Pointer.nativeValue(memory), 4))
          .isZero();
    }
    return listener;
  }
}
