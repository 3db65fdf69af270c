package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityPacket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The keygen tokens that a client has given this node, and the messages that get new ones (RFC 6275
 * §11.6). A message that is repeated has a new cookie; only the last one counts.
 */
final class ReturnRoutability {

  /** MAX_TOKEN_LIFETIME (§12). */
  static final long TOKEN_LIFETIME_NANOS = TimeUnit.SECONDS.toNanos(210);

  /** What a client has given, and since when this node has it. */
  record Token(int nonceIndex, long value, long sinceNanos) {
    boolean isFresh(long now) {
      return now - sinceNanos < TOKEN_LIFETIME_NANOS;
    }
  }

  private final MobileNode node;
  private final Ip6 client;
  private final Retry homeRetry = new Retry();
  private final Retry careOfRetry = new Retry();
  private long homeCookie;
  private long careOfCookie;
  private @Nullable Token home;
  private @Nullable Token careOf;

  ReturnRoutability(MobileNode node, Ip6 client) {
    this.node = node;
    this.client = client;
  }

  /** The home keygen token, or null if it is missing or old. */
  @Nullable Token home() {
    return home != null && home.isFresh(node.now()) ? home : null;
  }

  /** The care-of keygen token, or null if it is missing or old. */
  @Nullable Token careOf() {
    return careOf != null && careOf.isFresh(node.now()) ? careOf : null;
  }

  /** Asks for the tokens that are missing; the care-of token only if it is needed. */
  void begin(boolean needsCareOf) {
    long now = node.now();
    if (home() == null && !homeRetry.isActive()) {
      homeRetry.begin(now, Retry.INITIAL_NANOS);
      sendHomeTestInit();
    }
    if (needsCareOf && careOf() == null && !careOfRetry.isActive()) {
      careOfRetry.begin(now, Retry.INITIAL_NANOS);
      sendCareOfTestInit();
    }
  }

  boolean isRunning() {
    return homeRetry.isActive() || careOfRetry.isActive();
  }

  private void sendHomeTestInit() {
    homeCookie = node.random().nextLong();
    node.sendByHome(new MobilityPacket(node.contact(), client, new HomeTestInit(homeCookie)));
  }

  private void sendCareOfTestInit() {
    careOfCookie = node.random().nextLong();
    node.send(new MobilityPacket(node.careOf(), client, new CareOfTestInit(careOfCookie)));
  }

  /** Whether it was this one's. */
  boolean accept(HomeTest answer) {
    if (!homeRetry.isActive() || answer.cookie() != homeCookie) {
      return false;
    }
    homeRetry.end();
    home = new Token(answer.nonceIndex(), answer.token(), node.now());
    return true;
  }

  /** Whether it was this one's. */
  boolean accept(CareOfTest answer) {
    if (!careOfRetry.isActive() || answer.cookie() != careOfCookie) {
      return false;
    }
    careOfRetry.end();
    careOf = new Token(answer.nonceIndex(), answer.token(), node.now());
    return true;
  }

  /** Whether it is the last question, and not answered. */
  boolean isAsking(MobilityMessage question) {
    return question instanceof CareOfTestInit careOfInit
        ? careOfRetry.isActive() && careOfInit.cookie() == careOfCookie
        : question instanceof HomeTestInit homeInit
            && homeRetry.isActive()
            && homeInit.cookie() == homeCookie;
  }

  void forgetHome() {
    home = null;
  }

  /** The token is no good any more; neither is one on its way to an address that was. */
  void forgetCareOf() {
    careOf = null;
    careOfRetry.end();
  }

  void end() {
    homeRetry.end();
    careOfRetry.end();
  }

  void repeatWhatIsDue(long now) {
    if (homeRetry.isDue(now)) {
      homeRetry.again(now);
      sendHomeTestInit();
    }
    if (careOfRetry.isDue(now)) {
      careOfRetry.again(now);
      sendCareOfTestInit();
    }
  }

  /** When something is due, if that is earlier than something else. */
  long earlier(long otherNanos) {
    return homeRetry.earlier(careOfRetry.earlier(otherNanos));
  }
}
