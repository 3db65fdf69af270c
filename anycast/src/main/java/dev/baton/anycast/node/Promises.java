package dev.baton.anycast.node;

import dev.baton.anycast.node.NotBoundException.Reason;
import java.util.concurrent.CompletableFuture;

/** Who waits for what of a client's binding. Under the node's lock; told when it is free. */
final class Promises {

  private final Turns turns;
  private CompletableFuture<Void> tested = new CompletableFuture<>();
  private CompletableFuture<Void> sent = new CompletableFuture<>();
  private CompletableFuture<Void> acknowledged = new CompletableFuture<>();

  Promises(Turns turns) {
    this.turns = turns;
  }

  CompletableFuture<Void> newTest() {
    tested = new CompletableFuture<>();
    return tested;
  }

  CompletableFuture<Void> test() {
    return tested;
  }

  /** In place of one that somebody may still wait for, who is told so. */
  Move newMove(String why) {
    giveUp(why);
    sent = new CompletableFuture<>();
    acknowledged = new CompletableFuture<>();
    return new Move(sent, acknowledged);
  }

  boolean isSent() {
    return sent.isDone();
  }

  /** Whether a move has come to its end, and nobody waits. */
  boolean isOver() {
    return acknowledged.isDone();
  }

  void tested() {
    complete(tested);
  }

  void sent() {
    complete(sent);
  }

  void acknowledged() {
    complete(acknowledged);
  }

  private void complete(CompletableFuture<Void> future) {
    turns.later(() -> future.complete(null));
  }

  void fail(NotBoundException why) {
    fail(tested, why);
    failMove(why);
  }

  /** Who waits for a move is told that it does not come. */
  void giveUp(String why) {
    if (!isOver()) {
      failMove(new NotBoundException(Reason.GIVEN_UP, why));
    }
  }

  private void failMove(NotBoundException why) {
    fail(sent, why);
    fail(acknowledged, why);
  }

  private void fail(CompletableFuture<Void> future, NotBoundException why) {
    turns.later(() -> future.completeExceptionally(why));
  }
}
