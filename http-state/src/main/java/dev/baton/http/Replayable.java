package dev.baton.http;

/**
 * What the application says about requests that are not idempotent by their method (RFC 9110
 * §9.2.2): which of them another server may nevertheless execute again.
 */
@FunctionalInterface
public interface Replayable {
  /** Nothing is declared: a POST that reached the application stays with it. */
  Replayable NOTHING = (method, target) -> false;

  /**
   * Asked once for each request whose method is not idempotent, when its header section is
   * complete.
   *
   * @param method as received, for example {@code POST}
   * @param target the request target as received, undecoded (RFC 9112 §3.2)
   */
  boolean test(String method, String target);
}
