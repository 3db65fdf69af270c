package dev.baton.handoff;

import dev.baton.http.RequestHead;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * Gives connections that have just come to the node that the policy says, before the server here
 * has read anything of them. So nothing is rehearsed and nothing runs twice: the request travels as
 * unread bytes. Whatever is in doubt is served here.
 */
final class Placement implements Usher {
  /** New connections on their way at one time; those beyond are served here. */
  private static final int AT_ONCE = 64;

  private final Selection selection;
  private final Donor donor;
  private final Executor executor;
  private final BooleanSupplier serving;
  private final Semaphore room = new Semaphore(AT_ONCE);

  /**
   * @param executor a thread for each handoff
   * @param serving whether this node serves new connections itself
   */
  Placement(Selection selection, Donor donor, Executor executor, BooleanSupplier serving) {
    this.selection = selection;
    this.donor = donor;
    this.executor = executor;
    this.serving = serving;
  }

  @Override
  public boolean place(ServedConnection connection, RequestHead request, Runnable settled) {
    if (!room.tryAcquire()) {
      return false;
    }
    boolean begun = false;
    try {
      Selection.Choice choice = elsewhere(connection, request).orElse(null);
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
        room.release();
      }
    }
    return begun;
  }

  private Optional<Selection.Choice> elsewhere(ServedConnection connection, RequestHead request)
      throws IOException {
    return selection
        .forNew(connection, request, serving.getAsBoolean())
        .filter(choice -> !choice.node().name().equals(choice.about().at()));
  }

  private void handOff(ServedConnection connection, Selection.Choice choice, Runnable settled) {
    try {
      selection.learn(choice, donor.handOff(connection, choice.node().name()));
    } finally {
      room.release();
      settled.run();
    }
  }
}
