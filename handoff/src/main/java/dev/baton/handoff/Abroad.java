package dev.baton.handoff;

import dev.baton.handoff.NodeConfig.Elsewhere;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.TlsTransport;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.Executor;

/** What a node has for talking to other hosts. */
final class Abroad implements Closeable {
  private final Elsewhere elsewhere;
  private final TlsTransport transport;
  private final Peers peers;

  private Abroad(String group, Elsewhere elsewhere, TlsTransport transport) {
    this.elsewhere = elsewhere;
    this.transport = transport;
    this.peers = new Peers(transport, elsewhere.peers(), group);
  }

  /**
   * Reads the keys.
   *
   * @throws IOException if they cannot be used, in words for the operator
   */
  static Abroad open(NodeConfig config, Elsewhere elsewhere) throws IOException {
    KeyFolder keys = new KeyFolder(elsewhere.keys(), config.node(), config.group());
    return new Abroad(config.group(), elsewhere, new TlsTransport(keys));
  }

  /** The nodes on other hosts. */
  Peers peers() {
    return peers;
  }

  /** Lets the nodes on other hosts come, if they may. */
  void listen(Reception reception) throws IOException {
    if (elsewhere.listen().isPresent()) {
      transport.listen(elsewhere.listen().get(), reception);
    }
  }

  /**
   * The traffic switches of the node.
   *
   * @throws IOException if connections are to leave this host, and the kernel or the settings do
   *     not allow it
   */
  Switches switches(LocalSwitch here, Group group, Executor executor, Log log) throws IOException {
    if (elsewhere.contact().isEmpty()) {
      return Switches.of(here, null, transport);
    }
    throw new IOException("steer is not there yet");
  }

  @Override
  public void close() {
    transport.close();
  }
}
