package dev.baton.http;

import org.jspecify.annotations.Nullable;

/**
 * What a request says about where it belongs.
 *
 * @param method as received
 * @param target as received
 * @param host the Host field as received; null if there is none
 */
public record RequestHead(String method, String target, @Nullable String host) implements Opening {
  static final byte[] HOST = Ascii.bytes("host");
}
