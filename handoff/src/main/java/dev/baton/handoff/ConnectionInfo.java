package dev.baton.handoff;

import org.jspecify.annotations.Nullable;

/**
 * One connection as {@code baton connections} shows it.
 *
 * @param node the node that serves it
 * @param id its id, kept when it moves
 * @param client the client's address and port
 * @param state {@code idle}, {@code request}, {@code application}, {@code response} …
 * @param method the method of the current request, if there is one
 * @param uri the target of the current request, if there is one
 * @param sent body bytes of the current response that the server has sent
 * @param movable whether it could be handed off now
 * @param reason why not, if not
 */
public record ConnectionInfo(
    String node,
    String id,
    String client,
    String state,
    @Nullable String method,
    @Nullable String uri,
    long sent,
    boolean movable,
    @Nullable String reason) {}
