package dev.baton.http;

import static dev.baton.http.Ascii.bytes;

import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What of a final response's header section decides whether another response is the same one, and
 * whether the rest of it can be asked for as a range. Field values are as sent; null where the
 * field is absent.
 *
 * @param length Content-Length, with {@link Framing#LENGTH}; else 0
 */
record ResponseHead(
    int status,
    Framing framing,
    long length,
    boolean persistent,
    @Nullable String contentType,
    @Nullable String contentEncoding,
    @Nullable String entityTag,
    @Nullable String lastModified,
    @Nullable String contentRange,
    @Nullable String acceptRanges,
    @Nullable String date) {

  private static final byte[] CONTENT_TYPE = bytes("content-type");
  private static final byte[] CONTENT_ENCODING = bytes("content-encoding");
  private static final byte[] ETAG = bytes("etag");
  private static final byte[] LAST_MODIFIED = bytes("last-modified");
  private static final byte[] CONTENT_RANGE = bytes("content-range");
  private static final byte[] ACCEPT_RANGES = bytes("accept-ranges");
  private static final byte[] DATE = bytes("date");

  /**
   * How many seconds older than Date a Last-Modified has to be, so that no second change hides
   * behind it.
   */
  private static final long STRONG_AGE = 1;

  static ResponseHead of(HeaderSection section, ResponseHeader header) {
    return new ResponseHead(
        header.status(),
        header.framing(),
        header.length(),
        header.persistent(),
        section.value(CONTENT_TYPE),
        section.value(CONTENT_ENCODING),
        section.value(ETAG),
        section.value(LAST_MODIFIED),
        section.value(CONTENT_RANGE),
        section.value(ACCEPT_RANGES),
        section.value(DATE));
  }

  /**
   * The validator for If-Range (RFC 9110 §13.1.5): a strong entity tag, or else a date that is
   * strong by §8.8.2.2. Null if there is none.
   *
   * <p>The RFC keeps clients that have a weak tag from using the date, since a tag says more. Here
   * the answer's tag is compared as well, so nothing is lost; and weak tags beside a date are what
   * Jetty and Tomcat give to files by default.
   */
  @Nullable String strongValidator() {
    if (entityTag != null && entityTag.startsWith("\"")) {
      return entityTag;
    }
    if (lastModified == null || date == null) {
      return null;
    }
    OptionalLong modified = HttpDate.epochSecond(lastModified);
    OptionalLong sent = HttpDate.epochSecond(date);
    boolean strong =
        modified.isPresent()
            && sent.isPresent()
            && modified.getAsLong() + STRONG_AGE <= sent.getAsLong();
    return strong ? lastModified : null;
  }

  /**
   * In plain words, what makes {@code other} a different response than this one; null if nothing.
   */
  @Nullable String difference(ResponseHead other) {
    if (status != other.status) {
      return "status " + other.status + " instead of " + status;
    }
    if (framing != other.framing) {
      return "framing " + other.framing + " instead of " + framing;
    }
    if (length != other.length) {
      return "Content-Length " + other.length + " instead of " + length;
    }
    if (!Objects.equals(contentType, other.contentType)) {
      return differs("Content-Type", contentType, other.contentType);
    }
    if (!Objects.equals(contentEncoding, other.contentEncoding)) {
      return differs("Content-Encoding", contentEncoding, other.contentEncoding);
    }
    if (!Objects.equals(contentRange, other.contentRange)) {
      return differs("Content-Range", contentRange, other.contentRange);
    }
    return validatorDifference(other);
  }

  /**
   * The same for a 206 that is to continue this response at {@code from}. Such an answer need not
   * repeat fields that the client has (RFC 9110 §15.3.7); those it repeats have to be equal.
   */
  @Nullable String differenceOfRange(ResponseHead partial, long from) {
    String range = "bytes " + from + "-" + (length - 1) + "/" + length;
    if (!range.equals(partial.contentRange)) {
      return differs("Content-Range", range, partial.contentRange);
    }
    if (partial.framing != Framing.LENGTH || partial.length != length - from) {
      return "a part framed differently than the rest of the body";
    }
    if (partial.contentType != null && !partial.contentType.equals(contentType)) {
      return differs("Content-Type", contentType, partial.contentType);
    }
    if (partial.contentEncoding != null && !partial.contentEncoding.equals(contentEncoding)) {
      return differs("Content-Encoding", contentEncoding, partial.contentEncoding);
    }
    if (entityTag != null && !entityTag.equals(partial.entityTag)) {
      return differs("ETag", entityTag, partial.entityTag);
    }
    if (partial.lastModified != null && !partial.lastModified.equals(lastModified)) {
      return differs("Last-Modified", lastModified, partial.lastModified);
    }
    return null;
  }

  private @Nullable String validatorDifference(ResponseHead other) {
    if (!Objects.equals(entityTag, other.entityTag)) {
      return differs("ETag", entityTag, other.entityTag);
    }
    if (!Objects.equals(lastModified, other.lastModified)) {
      return differs("Last-Modified", lastModified, other.lastModified);
    }
    return null;
  }

  private static String differs(String field, @Nullable String ours, @Nullable String theirs) {
    return field
        + " "
        + (theirs == null ? "(absent)" : theirs)
        + " instead of "
        + (ours == null ? "(absent)" : ours);
  }
}
