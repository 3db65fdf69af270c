package dev.baton.it.wire;

import java.util.List;
import java.util.Map;

/**
 * A response that was received whole and whose body was the expected one.
 *
 * @param status the final status code
 * @param fields header fields, by name in any case
 * @param framing how the body's end was told
 * @param bodyBytes body bytes without framing
 * @param interim status codes of the 1xx responses before it
 */
public record Reply(
    int status,
    Map<String, String> fields,
    Framing framing,
    long bodyBytes,
    List<Integer> interim) {

  /** How a response tells where it ends. */
  public enum Framing {
    /** No body: HEAD, 204, 304. */
    NONE,
    /** Content-Length. */
    LENGTH,
    /** Transfer-Encoding: chunked. */
    CHUNKED,
    /** With the connection. */
    CLOSE
  }
}
