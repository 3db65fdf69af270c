package dev.baton.anycast.correspondent;

import dev.baton.anycast.Ip6;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The node key and the nonces from which keygen tokens are made and made again, so that return
 * routability needs no memory for anybody (RFC 6275 §5.2.1 to §5.2.3).
 */
final class Nonces {

  /** A token is good for at least MAX_TOKEN_LIFETIME, and a nonce for MAX_NONCE_LIFETIME (§12). */
  static final long LIFETIME_NANOS = TimeUnit.SECONDS.toNanos(240);

  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int KEPT = (int) (LIFETIME_NANOS / PERIOD_NANOS);

  /** Indices run from 1 to this and begin anew; 0 is what a deletion has for its care-of index. */
  private static final int INDICES = 65_535;

  private static final byte HOME = 0;
  private static final byte CARE_OF = 1;

  private final byte[] nodeKey = new byte[20];
  private final long[] nonces = new long[KEPT];
  private final RandomGenerator random;
  private long newest;
  private long newestSinceNanos;

  Nonces(RandomGenerator random, long nowNanos) {
    this.random = random;
    random.nextBytes(nodeKey);
    // Where the indices begin tells nobody how long this host has been running.
    newest = (long) KEPT + random.nextInt(INDICES);
    for (int i = 0; i < KEPT; i++) {
      nonces[i] = random.nextLong();
    }
    newestSinceNanos = nowNanos;
  }

  /** Lets time pass: nonces end, and new ones take their places. */
  void advance(long nowNanos) {
    long periods = (nowNanos - newestSinceNanos) / PERIOD_NANOS;
    if (periods <= 0) {
      return;
    }
    newestSinceNanos += periods * PERIOD_NANOS;
    for (long i = Math.max(1, periods - KEPT + 1); i <= periods; i++) {
      nonces[(int) ((newest + i) % KEPT)] = random.nextLong();
    }
    newest += periods;
  }

  /** When {@link #advance} changes something next. */
  long nextNanos() {
    return newestSinceNanos + PERIOD_NANOS;
  }

  /** The index of the nonce that new tokens are made with. */
  int index() {
    return (int) (newest % INDICES) + 1;
  }

  /** Whether the nonce of that index is still known. */
  boolean knows(int index) {
    return age(index) < KEPT;
  }

  /** Whether the first of two known indices is of a newer nonce than the second. */
  boolean isNewer(int index, int than) {
    return age(index) < age(than);
  }

  long homeToken(Ip6 home, int index) {
    return token(home, index, HOME);
  }

  long careOfToken(Ip6 careOf, int index) {
    return token(careOf, index, CARE_OF);
  }

  /** How many periods ago the index was the newest; large if it never was. */
  private int age(int index) {
    if (index == 0) {
      return KEPT;
    }
    return Math.floorMod(index() - index, INDICES);
  }

  /** First (64, HMAC_SHA1 (Kcn, (address | nonce | kind))). */
  private long token(Ip6 address, int index, byte kind) {
    long nonce = nonces[(int) ((newest - age(index)) % KEPT)];
    ByteBuffer input = ByteBuffer.allocate(Ip6.LENGTH + Long.BYTES + 1);
    address.write(input, 0);
    input.putLong(Ip6.LENGTH, nonce).put(Ip6.LENGTH + Long.BYTES, kind);
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(nodeKey, "HmacSHA1"));
      mac.update(input);
      return ByteBuffer.wrap(mac.doFinal()).getLong();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA1", e);
    }
  }
}
