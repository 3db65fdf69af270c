package dev.baton.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, as {@link Endpoints} sees them: the least that a servlet container,
 * the JDK's server and our own have in common. A response is begun exactly once.
 */
interface Exchange {

  /** The request method. */
  String method();

  /** The path, decoded, without the query. */
  String path();

  /** The query as it was sent, or null. */
  @Nullable String query();

  /** The request's body. */
  InputStream body() throws IOException;

  /**
   * Begins a response that announces its length.
   *
   * @param status the status code
   * @param length bytes that will be written; none are when the method is HEAD
   */
  OutputStream sized(int status, long length) throws IOException;

  /** Begins a response 200 whose length is not known: chunked where the client's version allows. */
  OutputStream chunked() throws IOException;

  /** Begins a response 200 that ends when the connection does, where the server can. */
  OutputStream untilClose() throws IOException;

  /** A query parameter, decoded, or {@code absent}. The first of several counts. */
  default String parameter(String name, String absent) {
    String query = query();
    if (query != null) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).equals(name)) {
          return URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        }
      }
    }
    return absent;
  }

  /** A numeric query parameter, or {@code absent}. */
  default long parameter(String name, long absent) {
    return Long.parseLong(parameter(name, Long.toString(absent)));
  }
}
