package dev.baton.handoff.contact;

import dev.baton.handoff.Flow;
import dev.baton.handoff.wire.Claim;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The group's contact node, as one of its nodes knows it, or is it. */
public interface Contact extends Closeable {

  /** Whether this node has the contact address. */
  boolean isContact();

  /** Who has the contact address, as far as this node knows; null if nobody it knows of. */
  @Nullable String contactNode();

  /**
   * Decides a handoff for who asks, unless it is decided; or does what leads there.
   *
   * @param at where who asks takes the packets
   * @return the owner's name; that of who asks also if it has reserved the handoff or waived that
   * @throws IOException if this node cannot decide it now; whoever asks may ask again, here or
   *     elsewhere
   */
  String settle(Claim claim, String handoff, Flow flow, String asker, InetAddress at)
      throws IOException;

  /**
   * A connection has ended on a host.
   *
   * @param at where its packets went until now
   * @throws IOException if this is not the contact node
   */
  void ended(Flow flow, InetAddress at) throws IOException;
}
