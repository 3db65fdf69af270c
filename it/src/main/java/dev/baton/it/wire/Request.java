package dev.baton.it.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A request as it goes over the wire.
 *
 * @param method the method
 * @param target path and query
 * @param version {@code HTTP/1.1} or {@code HTTP/1.0}
 * @param fields header lines without their line ends
 * @param body the body, not copied; a length is announced for it unless it is empty
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Request(
    String method, String target, String version, List<String> fields, byte[] body) {

  /** A GET. */
  public static Request get(String target) {
    return of("GET", target, "");
  }

  /** A HEAD. */
  public static Request head(String target) {
    return of("HEAD", target, "");
  }

  /** A POST that announces its length. */
  public static Request post(String target, String body) {
    Request request = of("POST", target, body);
    return request.with("Content-Length: " + request.body.length);
  }

  private static Request of(String method, String target, String body) {
    return new Request(
        method, target, "HTTP/1.1", List.of("Host: localhost"), body.getBytes(ISO_8859_1));
  }

  /** The same with one header line more. */
  public Request with(String field) {
    List<String> more = new ArrayList<>(fields);
    more.add(field);
    return new Request(method, target, version, List.copyOf(more), body);
  }

  /** The same from a client of the old days: the connection ends with the response. */
  public Request http10() {
    return new Request(method, target, "HTTP/1.0", fields, body);
  }

  /** The head, up to and including the empty line. */
  public byte[] headBytes() {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(' ').append(version).append("\r\n");
    fields.forEach(field -> head.append(field).append("\r\n"));
    return head.append("\r\n").toString().getBytes(ISO_8859_1);
  }

  /** Head and body. */
  public byte[] bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(headBytes());
    all.writeBytes(body);
    return all.toByteArray();
  }

  @Override
  public String toString() {
    return method + " " + target;
  }
}
