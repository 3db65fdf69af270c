package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.node.NodeOutlet;
import dev.baton.anycast.path.PacketPath;
import org.jspecify.annotations.Nullable;

/**
 * Where a node puts what it has to say. Nothing begins to wait for an answer without having been
 * said, so it is here that the clock is told to look again.
 */
final class NodeWays extends PathOutlet implements NodeOutlet {

  private volatile @Nullable Ticker ticker;

  /** From now on that one is told. */
  void wakes(Ticker ready) {
    ticker = ready;
  }

  @Override
  public void send(MobilityPacket packet) {
    super.send(packet);
    wake();
  }

  @Override
  public void tunnel(Ip6 from, Ip6 to, MobilityPacket inner) {
    PacketPath ready = path();
    if (ready != null) {
      ready.tunnel(from, to, inner.encode());
    }
    wake();
  }

  private void wake() {
    Ticker ready = ticker;
    if (ready != null) {
      ready.wake();
    }
  }
}
