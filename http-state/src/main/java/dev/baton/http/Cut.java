package dev.baton.http;

/**
 * The joint between what the donor sent and what the acceptor's server is going to write.
 *
 * @param first the bytes the client has to get next; after them the server's own further writes
 *     follow unmodified; the caller's
 * @param tracker follows the connection from here: everything up to the end of {@code first} counts
 *     as sent, and the bytes put back do not count as read
 * @param complete whether {@code first} ends the response
 */
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record Cut(byte[] first, HttpTracker tracker, boolean complete) {}
