package dev.baton.http;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.OptionalLong;

/**
 * The date format of HTTP, {@code Sun, 06 Nov 1994 08:49:37 GMT} (RFC 9110 §5.6.7). It is read for
 * every connection that moves, where {@code DateTimeFormatter} takes longer than all the rest.
 */
final class HttpDate {
  private static final int LENGTH = 29;
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  private HttpDate() {}

  /** Seconds since the epoch; empty for anything else, the obsolete formats too. */
  static OptionalLong epochSecond(String date) {
    if (date.length() != LENGTH || !date.endsWith(" GMT")) {
      return OptionalLong.empty();
    }
    try {
      LocalDateTime time =
          LocalDateTime.of(
              number(date, 12, 16),
              MONTHS.indexOf(date.substring(8, 11)) + 1,
              number(date, 5, 7),
              number(date, 17, 19),
              number(date, 20, 22),
              number(date, 23, 25));
      return OptionalLong.of(time.toEpochSecond(ZoneOffset.UTC));
    } catch (DateTimeException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static int number(String date, int from, int to) {
    return Integer.parseInt(date, from, to, 10);
  }
}
