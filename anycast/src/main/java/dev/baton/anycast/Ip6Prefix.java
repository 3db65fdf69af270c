package dev.baton.anycast;

/**
 * A network's prefix.
 *
 * @param address any address that has it
 * @param length how many bits of the address are the prefix, 0 to 128
 */
public record Ip6Prefix(Ip6 address, int length) {

  public Ip6Prefix {
    if (length < 0 || length > 128) {
      throw new IllegalArgumentException("a prefix of " + length + " bits");
    }
  }

  /** Reads {@code 2001:db8::/64}. */
  public static Ip6Prefix of(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not a prefix, as it has no length: " + text);
    }
    return new Ip6Prefix(
        Ip6.of(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  /** Whether an address has this prefix. */
  public boolean contains(Ip6 other) {
    long high = address.high() ^ other.high();
    long low = address.low() ^ other.low();
    return length <= 64
        ? length == 0 || high >>> (64 - length) == 0
        : high == 0 && low >>> (128 - length) == 0;
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
