package dev.baton.anycast;

import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.Outlet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a role sends, for tests to look at. */
public final class Capture implements Outlet {

  public final List<MobilityPacket> sent = new ArrayList<>();

  /** Codes and pointers of parameter problems, as {@code code@pointer}. */
  public final List<String> parameterProblems = new ArrayList<>();

  @Override
  public void send(MobilityPacket packet) {
    sent.add(packet);
  }

  @Override
  public void parameterProblem(ByteBuffer offending, int code, int pointer) {
    parameterProblems.add(code + "@" + pointer);
  }

  /** The only packet sent since the last look. */
  public MobilityPacket only() {
    if (sent.size() != 1) {
      throw new AssertionError("not one packet, but " + sent);
    }
    return sent.remove(0);
  }

  /** What the only packet sent since the last look says. */
  public <T extends MobilityMessage> T only(Class<T> kind) {
    return kind.cast(only().message());
  }
}
