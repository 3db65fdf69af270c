package dev.baton.handoff;

import dev.baton.handoff.Selection.Choice;
import dev.baton.handoff.Selection.Range;
import dev.baton.handoff.policy.Hierarchy;
import dev.baton.http.RequestHead;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives connections that have just come to the node that the policy says, before the server here
 * has read anything of them. So nothing is rehearsed and nothing runs twice: the request travels as
 * unread bytes. Whatever is in doubt is served here.
 *
 * <p>A node with others below it places what it would serve once more, among itself and those; and
 * so what another node has placed with it, but that only there. So from its second step on a
 * connection only goes down ({@link Hierarchy}), and ends somewhere. Should the nodes' pictures of
 * the group contradict each other for a moment, it is served where it has been placed for the
 * {@link #LEVELS}th time.
 */
final class Placement implements Usher {
  /** New connections on their way at one time; those beyond are served here. */
  private static final int AT_ONCE = 64;

  /** How often a connection is placed at most. */
  static final int LEVELS = 8;

  private final Selection group;
  private final @Nullable Selection below;
  private final Donor donor;
  private final Executor executor;
  private final BooleanSupplier serving;
  private final Semaphore room = new Semaphore(AT_ONCE);

  /**
   * @param group selects for connections that come from their clients
   * @param below selects among the nodes below this one; null if there are none
   * @param executor a thread for each handoff
   * @param serving whether this node serves new connections itself
   */
  Placement(
      Selection group,
      @Nullable Selection below,
      Donor donor,
      Executor executor,
      BooleanSupplier serving) {
    this.group = group;
    this.below = below;
    this.donor = donor;
    this.executor = executor;
    this.serving = serving;
  }

  @Override
  public boolean place(ServedConnection connection, RequestHead request, Runnable settled) {
    if (connection.placed() >= LEVELS || !room.tryAcquire()) {
      connection.placed(0);
      return false;
    }
    boolean begun = false;
    try {
      Choice choice = elsewhere(connection, request).orElse(null);
      if (choice != null) {
        executor.execute(() -> handOff(connection, choice, settled));
        begun = true;
      }
    } catch (IOException e) {
      return false; // it is over, as the server will find
    } catch (RejectedExecutionException e) {
      return false; // this node is leaving the group
    } finally {
      if (!begun) {
        connection.placed(0);
        room.release();
      }
    }
    return begun;
  }

  @Override
  public boolean placesOn() {
    return below != null;
  }

  private Optional<Choice> elsewhere(ServedConnection connection, RequestHead request)
      throws IOException {
    boolean mayStay = serving.getAsBoolean();
    if (connection.placed() == 0) {
      Choice choice = group.forNew(connection, request, Range.GROUP, mayStay).orElse(null);
      if (choice != null && !choice.stays()) {
        return Optional.of(choice);
      }
    }
    return below == null
        ? Optional.empty()
        : below.forNew(connection, request, Range.BELOW, mayStay).filter(choice -> !choice.stays());
  }

  private void handOff(ServedConnection connection, Choice choice, Runnable settled) {
    try {
      connection.placed(connection.placed() + 1);
      Selection.learn(choice, donor.handOff(connection, choice.node().name()));
    } finally {
      connection.placed(0); // if it is still here, it is served here
      room.release();
      settled.run();
    }
  }
}
