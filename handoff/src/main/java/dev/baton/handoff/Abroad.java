package dev.baton.handoff;

import dev.baton.handoff.NodeConfig.Elsewhere;
import dev.baton.handoff.trust.KeyFolder;
import dev.baton.handoff.wire.TlsTransport;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;

/** What a node has for talking to other hosts. */
final class Abroad implements Closeable {
  private final NodeConfig config;
  private final Elsewhere elsewhere;
  private final TlsTransport transport;
  private final Peers peers;

  private Abroad(NodeConfig config, Elsewhere elsewhere, TlsTransport transport) {
    this.config = config;
    this.elsewhere = elsewhere;
    this.transport = transport;
    this.peers = new Peers(transport, elsewhere.peers(), config.group());
  }

  /**
   * Reads the keys.
   *
   * @throws IOException if they cannot be used, in words for the operator
   */
  static Abroad open(NodeConfig config, Elsewhere elsewhere) throws IOException {
    KeyFolder keys = new KeyFolder(elsewhere.keys(), config.node(), config.group());
    return new Abroad(config, elsewhere, new TlsTransport(keys));
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
}
