package dev.baton.agent;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a line of {@code baton.replayable} means, such as {@code POST /api/search*}.
 *
 * @param method the method, in the case of the request line; {@code *} for any
 * @param path the path, in which {@code *} stands for any characters, also none
 */
public record RequestPattern(String method, String path) {

  static @Nullable RequestPattern parse(String text) {
    int space = text.indexOf(' ');
    if (space <= 0) {
      return null;
    }
    String path = text.substring(space + 1).trim();
    boolean fits = path.startsWith("/") || path.startsWith("*");
    return fits && path.indexOf(' ') < 0
        ? new RequestPattern(text.substring(0, space), path)
        : null;
  }

  /**
   * Whether a request is meant. The query plays no part. A path that climbs ({@code ..}, plain or
   * encoded) is never meant: a server may take it for another one.
   *
   * @param requestMethod as in the request line
   * @param requestTarget as in the request line
   */
  public boolean matches(String requestMethod, String requestTarget) {
    int query = requestTarget.indexOf('?');
    String requestPath = query < 0 ? requestTarget : requestTarget.substring(0, query);
    return (method.equals("*") || method.equals(requestMethod))
        && !climbs(requestPath)
        && matches(requestPath);
  }

  private static boolean climbs(String requestPath) {
    return requestPath.contains("..") || requestPath.toLowerCase(Locale.ROOT).contains("%2e");
  }

  /** Goes back to the last star only, which is enough: linear for one, quadratic at worst. */
  private boolean matches(String text) {
    int t = 0;
    int p = 0;
    int star = -1;
    int resume = 0;
    while (t < text.length()) {
      if (p < path.length() && path.charAt(p) == '*') {
        star = p++;
        resume = t;
      } else if (p < path.length() && path.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (p < path.length() && path.charAt(p) == '*') {
      p++;
    }
    return p == path.length();
  }
}
