package dev.baton.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How {@link SocketServer} answers {@code /files/NAME}: a strong validator, one range, {@code
 * If-Range} and {@code If-None-Match} as RFC 9110 has them, and the bytes by {@code
 * FileChannel.transferTo}.
 *
 * @param file null if there is none of that name
 * @param status the status code
 * @param from the first byte to send
 * @param to the byte after the last
 * @param size of the file, in bytes
 * @param modified when the file was
 */
record FileResponse(
    @Nullable Path file, int status, long from, long to, long size, Instant modified) {

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);
  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{1,18})-([0-9]{0,18})");

  /** Decides what the answer is. */
  static FileResponse of(Path files, RequestHead head, String name) throws IOException {
    Path file = files.resolve(name).normalize();
    if (!file.startsWith(files) || !Files.isRegularFile(file)) {
      return new FileResponse(null, 404, 0, 0, 0, Instant.EPOCH);
    }
    long size = Files.size(file);
    Instant modified = Files.getLastModifiedTime(file).toInstant();
    FileResponse whole = new FileResponse(file, 200, 0, size, size, modified);
    if (head.lists("If-None-Match", whole.etag())) {
      return new FileResponse(file, 304, 0, 0, size, modified);
    }
    Matcher range = RANGE.matcher(head.field("Range", ""));
    if (!range.matches() || !head.field("If-Range", whole.etag()).equals(whole.etag())) {
      return whole;
    }
    long from = Long.parseLong(range.group(1));
    long to = range.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(range.group(2)) + 1);
    if (from >= to) {
      return new FileResponse(file, 416, 0, 0, size, modified);
    }
    return new FileResponse(file, 206, from, to, size, modified);
  }

  private String etag() {
    return "\"" + Long.toHexString(size) + "-" + Long.toHexString(modified.toEpochMilli()) + "\"";
  }

  /** Sends header and body; no body when the method is HEAD. */
  void send(SocketConnection.SocketExchange exchange) throws IOException {
    if (file == null) {
      exchange.sized(status, 0).close();
      return;
    }
    String fields =
        "Accept-Ranges: bytes\r\nETag: "
            + etag()
            + "\r\nLast-Modified: "
            + DATE.format(modified)
            + "\r\n";
    if (status != 304) {
      fields += "Content-Length: " + (to - from) + "\r\n";
    }
    if (status == 206) {
      fields += "Content-Range: bytes " + from + "-" + (to - 1) + "/" + size + "\r\n";
    } else if (status == 416) {
      fields += "Content-Range: bytes */" + size + "\r\n";
    }
    exchange.begin(status, fields);
    if (!exchange.head.isHead()) {
      copy(file, exchange.out());
    }
  }

  private void copy(Path source, OutputStream out) throws IOException {
    WritableByteChannel target = Channels.newChannel(out);
    try (FileChannel content = FileChannel.open(source, StandardOpenOption.READ)) {
      for (long position = from; position < to; ) {
        long n = content.transferTo(position, to - position, target);
        if (n <= 0) {
          throw new IOException(source + " has become shorter than " + to + " bytes");
        }
        position += n;
      }
    }
  }
}
