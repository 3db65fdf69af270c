package dev.baton.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request line and its header fields.
 *
 * @param method the method
 * @param target the request target
 * @param version {@code HTTP/1.0} or {@code HTTP/1.1}
 * @param fields header fields by name, in any case; repeated ones joined by a comma
 */
record RequestHead(String method, URI target, String version, Map<String, String> fields) {

  private static final int LONGEST = 64 << 10;

  /**
   * Reads a head and nothing beyond it.
   *
   * @return null at the end of the stream
   * @throws BadRequest if it is malformed or longer than {@value #LONGEST} bytes
   */
  static @Nullable RequestHead read(InputStream in) throws IOException {
    int budget = LONGEST;
    String requestLine = line(in, budget);
    if (requestLine == null) {
      return null;
    }
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    while (true) {
      budget -= fields.size();
      String line = line(in, budget);
      if (line == null) {
        throw new BadRequest("the connection ended inside a header");
      }
      if (line.isEmpty()) {
        break;
      }
      budget -= line.length();
      int colon = line.indexOf(':');
      if (colon <= 0 || line.substring(0, colon).isBlank() || line.charAt(colon - 1) == ' ') {
        throw new BadRequest("not a header field: " + line);
      }
      fields.merge(
          line.substring(0, colon), line.substring(colon + 1).strip(), (a, b) -> a + "," + b);
    }
    String[] parts = requestLine.split(" ", -1);
    if (parts.length != 3 || !parts[2].matches("HTTP/1\\.[01]")) {
      throw new BadRequest("not a request line: " + requestLine);
    }
    try {
      return new RequestHead(parts[0], new URI(parts[1]), parts[2], fields);
    } catch (URISyntaxException e) {
      throw new BadRequest("not a request target: " + parts[1]);
    }
  }

  /** Reads up to CRLF; null if the stream ends before the first byte. */
  static @Nullable String line(InputStream in, int longest) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int previous = -1, b; (b = in.read()) >= 0; previous = b) {
      if (b == '\n') {
        if (previous != '\r') {
          throw new BadRequest("a line ends without CR");
        }
        String text = line.toString(ISO_8859_1);
        return text.substring(0, text.length() - 1);
      }
      line.write(b);
      if (line.size() > longest) {
        throw new BadRequest("the header is too long");
      }
    }
    if (line.size() > 0) {
      throw new BadRequest("the connection ended inside a line");
    }
    return null;
  }

  /** A header field, or {@code absent}. */
  String field(String name, String absent) {
    return fields.getOrDefault(name, absent);
  }

  /** Whether a comma-separated field has this element, in any case. */
  boolean lists(String name, String element) {
    for (String each : field(name, "").split(",", -1)) {
      if (each.strip().toLowerCase(Locale.ROOT).equals(element)) {
        return true;
      }
    }
    return false;
  }

  boolean isHttp11() {
    return version.equals("HTTP/1.1");
  }

  boolean isHead() {
    return method.equals("HEAD");
  }

  /** Whether the client wants the connection to go on after the response. */
  boolean keepsAlive() {
    return isHttp11() ? !lists("Connection", "close") : lists("Connection", "keep-alive");
  }
}
