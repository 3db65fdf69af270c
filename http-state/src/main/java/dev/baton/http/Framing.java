package dev.baton.http;

/**
 * How the end of a message body is found (RFC 9112 §6.3). The names are part of the travelling
 * form.
 */
enum Framing {
  /** There is no body. */
  NONE,
  /** Content-Length. */
  LENGTH,
  /** Transfer-Encoding: chunked. */
  CHUNKED,
  /** The end of the connection; responses only. */
  CLOSE
}
