package dev.baton.anycast.host;

import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;
import dev.baton.anycast.path.PacketPath;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a role puts what it has to say: into its path, which cannot be made before the role. What
 * is said before {@link #goesTo} is lost, as on any network.
 */
class PathOutlet implements Outlet {

  private volatile @Nullable PacketPath path;

  /** From now on all goes there. */
  final void goesTo(PacketPath ready) {
    path = ready;
  }

  /** The path; null until there is one. */
  final @Nullable PacketPath path() {
    return path;
  }

  @Override
  public void send(MobilityPacket packet) {
    PacketPath ready = path;
    if (ready != null) {
      ready.send(packet.encode());
    }
  }

  @Override
  public final void parameterProblem(ByteBuffer offending, int code, int pointer) {
    PacketPath ready = path;
    if (ready != null) {
      ready.parameterProblem(offending, code, pointer);
    }
  }
}
