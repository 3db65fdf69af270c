/**
 * HTTP application state: what a connection has received and sent, and how another node continues
 * it.
 */
@NullMarked
package dev.baton.http;

import org.jspecify.annotations.NullMarked;
