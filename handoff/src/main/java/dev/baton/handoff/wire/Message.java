package dev.baton.handoff.wire;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.baton.handoff.ConnectionInfo;
import dev.baton.handoff.HandoffReport;
import dev.baton.handoff.NodeInfo;
import dev.baton.linux.NetworkNamespace;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything one node says to another, or the command line to a node. One place per message.
 *
 * <p>A conversation begins with {@link Hello} and {@link Welcome}. Then the caller asks and the
 * other side answers, one answer for each question ({@link Drain} is also answered by {@link
 * Progress} before its {@link Report}). {@link Refuse} can answer anything.
 *
 * <p>A handoff is {@link Prepare}, {@link Advance} as often as needed, {@link Init}, {@link Done}
 * (paper "versatile anycast", section 4.4), and between hosts {@link Reserve} before the connection
 * is frozen. Without {@code Advance} if an application hands off itself. The donor may hang up at
 * any point before {@code Init}; nothing has happened to the client then.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
  @JsonSubTypes.Type(value = Message.Welcome.class, name = "welcome"),
  @JsonSubTypes.Type(value = Message.Refuse.class, name = "refuse"),
  @JsonSubTypes.Type(value = Message.Describe.class, name = "describe"),
  @JsonSubTypes.Type(value = Message.Through.class, name = "through"),
  @JsonSubTypes.Type(value = Message.Elsewhere.class, name = "elsewhere"),
  @JsonSubTypes.Type(value = Message.NodeList.class, name = "nodeList"),
  @JsonSubTypes.Type(value = Message.Prepare.class, name = "prepare"),
  @JsonSubTypes.Type(value = Message.Advance.class, name = "advance"),
  @JsonSubTypes.Type(value = Message.Ready.class, name = "ready"),
  @JsonSubTypes.Type(value = Message.Reserve.class, name = "reserve"),
  @JsonSubTypes.Type(value = Message.Reserved.class, name = "reserved"),
  @JsonSubTypes.Type(value = Message.Freezing.class, name = "freezing"),
  @JsonSubTypes.Type(value = Message.Init.class, name = "init"),
  @JsonSubTypes.Type(value = Message.Activating.class, name = "activating"),
  @JsonSubTypes.Type(value = Message.Done.class, name = "done"),
  @JsonSubTypes.Type(value = Message.Practice.class, name = "practice"),
  @JsonSubTypes.Type(value = Message.Guard.class, name = "guard"),
  @JsonSubTypes.Type(value = Message.Settle.class, name = "settle"),
  @JsonSubTypes.Type(value = Message.Settled.class, name = "settled"),
  @JsonSubTypes.Type(value = Message.Ended.class, name = "ended"),
  @JsonSubTypes.Type(value = Message.NewConnections.class, name = "newConnections"),
  @JsonSubTypes.Type(value = Message.Connections.class, name = "connections"),
  @JsonSubTypes.Type(value = Message.ConnectionList.class, name = "connectionList"),
  @JsonSubTypes.Type(value = Message.Handoff.class, name = "handoff"),
  @JsonSubTypes.Type(value = Message.Drain.class, name = "drain"),
  @JsonSubTypes.Type(value = Message.Progress.class, name = "progress"),
  @JsonSubTypes.Type(value = Message.Report.class, name = "report"),
})
@SuppressWarnings("ArrayRecordComponent") // never compared: they exist between two encodings
public sealed interface Message {

  /** The protocol's version. Nodes of another version refuse each other. */
  int VERSION = 1;

  /**
   * Opens a conversation.
   *
   * @param version the speaker's {@link #VERSION}
   * @param group the group the speaker belongs to or asks about
   * @param node the speaker's name; null for a command line
   * @param namespace the speaker's network namespace; only nodes in one namespace are on one host
   */
  record Hello(int version, String group, @Nullable String node, String namespace)
      implements Message {

    /** As said by one on another host, whatever namespace it claims. */
    public Hello elsewhere() {
      return new Hello(version, group, node, NetworkNamespace.elsewhere(namespace));
    }
  }

  /**
   * Answers {@link Hello}.
   *
   * @param version the speaker's {@link #VERSION}
   */
  record Welcome(int version, NodeInfo node) implements Message {}

  /**
   * The question will not be answered. Nothing has changed for any client.
   *
   * @param reason in plain words, one line
   */
  record Refuse(String reason) implements Message {}

  /**
   * Asks the acceptor to rehearse: to bring its own server, on a connection of its own, to where
   * the donor's response is. The donor still serves the client. Answered by {@link Ready}.
   *
   * <p>Where an application hands off itself there is nothing to rehearse: the acceptor makes a
   * place for the connection, and what its application has to know comes with {@link Init}.
   *
   * @param connection the connection's id
   * @param client the client's end
   * @param server this end
   * @param state {@code ApplicationState} in its own encoding; null if an application hands off
   *     itself
   */
  record Prepare(String connection, Endpoint client, Endpoint server, byte @Nullable [] state)
      implements Message {}

  /**
   * Asks the acceptor to bring the rehearsal further. Answered by {@link Ready}.
   *
   * @param state {@code ApplicationState} in its own encoding
   * @param last whether the donor's server is held, so that this is where the cut will be: the
   *     acceptor holds its server too and computes what the client gets next
   */
  record Advance(byte[] state, boolean last) implements Message {}

  /**
   * The other side is where it was asked to be.
   *
   * @param inHand after the last {@link Advance}: how many bytes of the response behind the cut the
   *     acceptor holds already, so that the client may be ahead of the cut by as much; else 0
   */
  record Ready(int inHand) implements Message {
    /** An answer that says nothing but yes. */
    public Ready() {
      this(0);
    }
  }

  /**
   * Asks the acceptor on another host to reserve the handoff with the contact node, so that it need
   * not ask while the client waits. Answered by {@link Reserved}.
   *
   * @param handoff as {@link Init#handoff}
   */
  record Reserve(String handoff) implements Message {}

  /**
   * The speaker has asked the contact node, or knows that it need not.
   *
   * @param granted whether the handoff is reserved
   */
  record Reserved(boolean granted) implements Message {}

  /**
   * The donor freezes the connection now, and {@link Init} is microseconds away: the acceptor stays
   * awake for it. Not answered.
   */
  record Freezing() implements Message {}

  /**
   * The connection itself. Answered by {@link Done}.
   *
   * <p>On one host the donor's socket has been released, and the acceptor owns the connection from
   * here on; without an answer the donor takes the connection back. Between hosts the donor's
   * socket is frozen, and whoever is first to {@link Settle} the handoff owns the connection; or
   * the acceptor, if it has {@linkplain Reserve reserved} it.
   *
   * @param tcp {@code TcpImage} in its own encoding; it may lack its unacknowledged bytes if all of
   *     them lie behind the cut, within the overlap
   * @param state {@code ApplicationState} in its own encoding, if there was no last {@link Advance}
   *     or the donor's server has read more of the client since, else null; from an application
   *     that hands off itself, what it wants the other to know, in whatever encoding
   * @param overlap how many bytes behind the cut the client has been sent already; never more than
   *     {@link Ready#inHand}
   * @param handoff what the two call this handoff before the contact node; null on one host
   * @param mobility with Mobile IPv6: the client itself comes along; null if it does not
   */
  record Init(
      byte[] tcp,
      byte @Nullable [] state,
      int overlap,
      @Nullable String handoff,
      @Nullable Mobility mobility)
      implements Message {

    /** Without Mobile IPv6. */
    public Init(byte[] tcp, byte @Nullable [] state, int overlap, @Nullable String handoff) {
      this(tcp, state, overlap, handoff, null);
    }
  }

  /**
   * What the acceptor must know to have a client send all its packets for the contact address to
   * itself.
   *
   * @param sequence of the last binding update that the client has been sent; negative if none
   * @param elsewhere the client's other connections to the contact address
   */
  record Mobility(int sequence, List<Place> elsewhere) {
    /** A peer may leave out anything. */
    public Mobility {
      elsewhere = List.copyOf(elsewhere);
    }
  }

  /**
   * Where a connection is.
   *
   * @param client the client's end
   * @param server this end
   * @param at the care-of address of the node that has it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Place(Endpoint client, Endpoint server, byte[] at) {}

  /**
   * The acceptor has reserved the handoff, and activates the connection without asking anybody
   * else: the donor's is over for good. {@link Done} follows.
   */
  record Activating() implements Message {}

  /**
   * The connection is active at the acceptor.
   *
   * @param receivedNanos when {@code Init} was in hand, on the host's monotonic clock, as are the
   *     others
   * @param recreatedNanos when the socket was the client's
   * @param switchedNanos when traffic was switched; after the activation if the handoff was
   *     reserved
   * @param activatedNanos when the socket was active
   * @param goesOn whether another handoff may begin in this conversation
   */
  record Done(
      long receivedNanos,
      long recreatedNanos,
      long switchedNanos,
      long activatedNanos,
      boolean goesOn)
      implements Message {}

  /**
   * Changes nothing. Answered by the same.
   *
   * @param init like that of a handoff
   */
  record Practice(Init init) implements Message {}

  /**
   * Asks a third node that shares the listener to guard a client that moves, as long as this
   * conversation lasts. Answered by {@link Ready}.
   *
   * @param client the client's end
   * @param server this end
   */
  record Guard(Endpoint client, Endpoint server) implements Message {}

  /**
   * Asks the contact node to give a connection to the node that asks. The first of a handoff's two
   * sides to ask gets it, and the client's packets; both are told so as often as they ask. Answered
   * by {@link Settled}.
   *
   * @param handoff the {@link Init#handoff}
   * @param claim what is asked for
   * @param client the client's end
   * @param server this end
   * @param at where the node that asks takes the client's packets
   */
  record Settle(String handoff, Claim claim, Endpoint client, Endpoint server, byte[] at)
      implements Message {
    /** A peer may leave out anything. */
    public Settle {
      Objects.requireNonNull(claim);
    }
  }

  /**
   * Whose a connection is.
   *
   * @param owner the node's name, of who asks also if it has reserved the handoff or given that
   *     back; null if the speaker does not know: it is not the contact node, or not for long any
   *     more, and another one knows, or will
   */
  record Settled(@Nullable String owner) implements Message {}

  /**
   * Tells the contact node that a connection of the speaker has ended, and that no more of its
   * packets are wanted. Answered by {@link Ready}.
   *
   * @param client the client's end
   * @param server this end
   */
  record Ended(Endpoint client, Endpoint server) implements Message {}

  /**
   * Says which node gets the new connections of the shared listeners from now on. The node named
   * takes them. Answered by {@link Ready}.
   *
   * @param node the node's name
   */
  record NewConnections(String node) implements Message {}

  /**
   * Asks a node to describe itself as it is now. Answered by {@link Welcome}.
   *
   * @param roundTrips whether also its clients' round trips are of interest; it measures them as
   *     long as it is asked
   */
  record Describe(boolean roundTrips) implements Message {}

  /**
   * Asks a node on the command's host to put it through to one on another host. Answered by that
   * node's {@link Welcome}; then the conversation is with that node.
   *
   * @param node the node's name
   */
  record Through(String node) implements Message {}

  /** Asks for the nodes of the group on other hosts. Answered by {@link NodeList}. */
  record Elsewhere() implements Message {}

  /** Nodes that answer the speaker. */
  record NodeList(List<NodeInfo> nodes) implements Message {}

  /** Asks for a node's connections. Answered by {@link ConnectionList}. */
  record Connections() implements Message {}

  /** A node's connections. */
  record ConnectionList(List<ConnectionInfo> connections) implements Message {}

  /**
   * Asks a node to hand connections off. Answered by {@link Report}.
   *
   * @param to the acceptor's name
   * @param connection the id of one connection, null for all
   */
  record Handoff(String to, @Nullable String connection) implements Message {}

  /**
   * Asks a node to hand everything over and to stop accepting. Answered by {@link Progress} as it
   * goes and {@link Report} at the end.
   *
   * @param to the acceptor's name, null to let the policy choose
   */
  record Drain(@Nullable String to) implements Message {}

  /**
   * How far a drain has come.
   *
   * @param handedOff connections moved so far
   * @param remaining connections still here
   * @param waiting of these, how many cannot be moved at the moment
   */
  record Progress(int handedOff, int remaining, int waiting) implements Message {}

  /** What became of a handoff or a drain. */
  record Report(HandoffReport report) implements Message {}
}
