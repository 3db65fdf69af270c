package dev.baton.anycast.node;

import java.util.concurrent.CompletionStage;

/**
 * A client's packets on their way to another care-of address.
 *
 * @param updateSent when the first binding update has left: data may follow at once, at the risk of
 *     a binding error
 * @param acknowledged when the client has acknowledged it; fails with {@link NotBoundException}
 */
public record Move(CompletionStage<Void> updateSent, CompletionStage<Void> acknowledged) {}
