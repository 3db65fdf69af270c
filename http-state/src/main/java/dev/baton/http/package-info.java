/**
 * HTTP application state: what a connection has received and sent, and how another node continues
 * it. Pure Java without I/O and threads.
 *
 * <p>The way in is {@link dev.baton.http.HttpTracker} on the donor and {@link
 * dev.baton.http.Rehearsal} on the acceptor; {@link dev.baton.http.ApplicationState} travels
 * between them. The agent and the handoff protocol may call them; this package calls nobody.
 */
@NullMarked
package dev.baton.http;

import org.jspecify.annotations.NullMarked;
