package dev.baton.handoff;

import dev.baton.handoff.contact.Contact;
import dev.baton.handoff.wire.Claim;
import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.RefusedException;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What this node asks the contact node, or itself if it is that: whose connections are. Another
 * node may become the contact node at any time.
 */
final class Settling implements Closeable {
  /** How long a contact node that does not answer is asked. */
  private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Ways change. */
  private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** A contact node that has not answered by then may be dead, and another one in its place. */
  private static final long SETTLE_MILLIS = 2_500;

  /** A donor that asks for a reservation waits no longer; the handoff goes on without. */
  private static final long RESERVE_MILLIS = 1_000;

  /**
   * How patient a node is.
   *
   * @param reservedMillis what is reserved is given back if the connection has not come by then: in
   *     time to be with the contact node before that stops waiting
   * @param nearMillis a contact node that answers sooner is asked when the connection is here.
   *     There is little to save then, and the packets might not be moved before the client's
   *     acknowledgments of the first bytes come: if all are lost, nothing goes on before a time-out
   */
  record Patience(long reservedMillis, long nearMillis) {
    static final Patience USUAL = new Patience(1_000, 10);
  }

  private final String self;
  private final Contact office;
  private final Lines lines;
  private final Log log;
  private final Executor executor;
  private final Executor later;
  private final long nearNanos;

  private volatile InetAddress address;
  private volatile Word shortest = new Word("", Long.MAX_VALUE, System.nanoTime());

  /**
   * How long a contact node took for an answer that the backups had to have, too. The shortest says
   * how far they are; others how busy.
   */
  private record Word(String contact, long nanos, long askedNanos) {}

  /**
   * @param address where this node takes the packets of its connections
   * @param office owned by this object
   * @param lines owned by this object
   * @param executor for what nobody waits for
   */
  Settling(
      String self,
      InetAddress address,
      Contact office,
      Lines lines,
      Executor executor,
      Patience patience,
      Log log) {
    this.self = self;
    this.address = address;
    this.office = office;
    this.lines = lines;
    this.executor = executor;
    this.later =
        CompletableFuture.delayedExecutor(
            patience.reservedMillis(), TimeUnit.MILLISECONDS, executor);
    this.nearNanos = TimeUnit.MILLISECONDS.toNanos(patience.nearMillis());
    this.log = log;
  }

  /** From now on this node takes the packets of its connections at another address. */
  void moveTo(InetAddress other) {
    address = other;
  }

  /** Sees to it that there is a line to the contact node. */
  void approach() throws IOException {
    if (!office.isContact()) {
      lines.giveBack(line());
    }
  }

  /**
   * Asks the contact node until it answers; it may die, and another one take its place. A question
   * that has gone out may have decided the handoff, also if the answer was lost: to give up then
   * could leave the connection with nobody.
   *
   * @param decided whether the handoff may be decided already, though nothing was asked here
   * @return the owner's name
   */
  String ask(Claim claim, Flow flow, String handoff, boolean decided) throws IOException {
    long deadline = System.nanoTime() + ASK_NANOS;
    boolean asked = decided;
    while (true) {
      try {
        NodeClient contact = office.isContact() ? null : line();
        asked = true;
        return ask(contact, claim, flow, handoff, SETTLE_MILLIS);
      } catch (RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (!asked || System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  /**
   * @param contact null if this node is the contact node
   */
  private String ask(
      @Nullable NodeClient contact, Claim claim, Flow flow, String handoff, long millis)
      throws IOException {
    if (contact == null) {
      return office.settle(claim, handoff, flow, self, address);
    }
    try {
      Message.Settle question =
          new Message.Settle(
              handoff,
              claim,
              Endpoint.of(flow.client()),
              Endpoint.of(flow.server()),
              address.getAddress());
      String owner = contact.channel().ask(question, Message.Settled.class, millis).owner();
      if (owner == null) {
        throw new IOException(
            contact.node().name() + " does not know, or is not the group's contact node any more");
      }
      lines.giveBack(contact);
      return owner;
    } catch (IOException | RuntimeException e) {
      contact.close();
      throw e;
    }
  }

  /**
   * Asks the contact node, once, to tell nobody else that a connection is his.
   *
   * @return null if it did not agree in time, or is near
   */
  TrafficSwitch.@Nullable Reservation reserve(Flow flow, String handoff) {
    if (isNear()) {
      return null;
    }
    Reserved reserved = new Reserved(flow, handoff);
    try {
      long begun = System.nanoTime();
      NodeClient contact = office.isContact() ? null : line();
      String owner = ask(contact, Claim.RESERVE, flow, handoff, RESERVE_MILLIS);
      took(begun);
      if (owner.equals(self) && !isNear()) {
        later.execute(reserved::close);
        return reserved;
      }
    } catch (IOException e) {
      log.info("a handoff goes on without a reservation: " + Log.words(e));
    }
    reserved.close(); // it may be written down all the same
    return null;
  }

  /**
   * Asks for the connection, whose packets come here if it is this node's.
   *
   * @param decided as in {@link #ask(Claim, Flow, String, boolean)}
   */
  String take(Flow flow, String handoff, boolean decided) throws IOException {
    long begun = System.nanoTime();
    String owner = ask(Claim.TAKE, flow, handoff, decided);
    took(begun);
    return owner;
  }

  private void took(long begun) {
    long now = System.nanoTime();
    String contact = office.contactNode();
    Word word = new Word(contact == null ? "" : contact, now - begun, begun);
    Word last = shortest;
    if (!last.contact().equals(word.contact())
        || word.nanos() < last.nanos()
        || now - last.askedNanos() > FORGET_NANOS) {
      shortest = word;
    }
  }

  private boolean isNear() {
    return shortest.nanos() < nearNanos && shortest.contact().equals(office.contactNode());
  }

  /** Something reserved, until it is used or given back, whichever is first. */
  private final class Reserved implements TrafficSwitch.Reservation {
    private final Flow flow;
    private final String handoff;
    private boolean over;

    Reserved(Flow flow, String handoff) {
      this.flow = flow;
      this.handoff = handoff;
    }

    @Override
    public synchronized boolean use(String name) {
      if (over || !name.equals(handoff)) {
        return false;
      }
      over = true;
      return true;
    }

    @Override
    public void close() {
      if (use(handoff)) {
        executor.execute(this::waive);
      }
    }

    private void waive() {
      try {
        ask(Claim.WAIVE, flow, handoff, true);
      } catch (IOException e) {
        log.info("a reservation was not given back, and lapses: " + Log.words(e));
      }
    }
  }

  /** Tells the contact node that a connection of this node has ended. */
  void tellEnded(Flow flow) throws IOException {
    if (office.isContact()) {
      office.ended(flow, address);
      return;
    }
    NodeClient contact = line();
    try {
      contact
          .channel()
          .ask(
              new Message.Ended(Endpoint.of(flow.client()), Endpoint.of(flow.server())),
              Message.Ready.class,
              NodeClient.ANSWER_MILLIS);
      lines.giveBack(contact);
    } catch (IOException | RuntimeException e) {
      contact.close();
      throw e;
    }
  }

  /** A line to the contact node, for one question. */
  private NodeClient line() throws IOException {
    String contact = office.contactNode();
    if (contact == null || contact.equals(self)) {
      throw new IOException("the group has no contact node at the moment");
    }
    return lines.take(contact);
  }

  @Override
  public void close() throws IOException {
    lines.close();
    office.close();
  }
}
