package dev.baton.anycast.message;

/** Sequence numbers of binding updates: 16 bits that run round (RFC 6275 §9.5.1). */
public final class Sequence {

  private static final int MODULUS = 1 << 16;

  private Sequence() {}

  /** Whether a number is greater than the last, which those up to 32768 before it are not. */
  public static boolean isNewer(int number, int last) {
    int ahead = (number - last) & (MODULUS - 1);
    return ahead > 0 && ahead < MODULUS / 2;
  }

  /** The number after this one. */
  public static int next(int number) {
    return (number + 1) & (MODULUS - 1);
  }
}
