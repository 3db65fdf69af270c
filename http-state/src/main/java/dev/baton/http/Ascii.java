package dev.baton.http;

import java.nio.charset.StandardCharsets;

/** The characters of RFC 9110 §5.6, as bytes. */
final class Ascii {
  private static final boolean[] TOKEN = new boolean[256];

  static {
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      TOKEN[c] = true;
    }
    for (char c = '0'; c <= '9'; c++) {
      TOKEN[c] = true;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      TOKEN[c] = true;
      TOKEN[c - 'a' + 'A'] = true;
    }
  }

  private Ascii() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static boolean isToken(byte b) {
    return TOKEN[b & 0xff];
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** The value of a hexadecimal digit, or -1. */
  static int hex(byte b) {
    return b < 0 ? -1 : Character.digit((char) b, 16);
  }

  /** Whether the bytes from {@code at}, in lower case, are {@code lowerCase}. */
  static boolean equalsLowerCase(byte[] bytes, int at, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      byte b = bytes[at + i];
      byte wanted = lowerCase[i];
      if (b != wanted && (b + ('a' - 'A') != wanted || b < 'A' || b > 'Z')) {
        return false;
      }
    }
    return true;
  }
}
