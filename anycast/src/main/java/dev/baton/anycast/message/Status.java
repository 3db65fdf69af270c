package dev.baton.anycast.message;

/** What a binding acknowledgement says (RFC 6275 §6.1.8, RFC 4285 §8). */
public final class Status {

  public static final int ACCEPTED = 0;
  public static final int PREFIX_DISCOVERY_NECESSARY = 1;

  /** From here on a binding update was refused. */
  public static final int FIRST_REFUSAL = 128;

  public static final int REASON_UNSPECIFIED = 128;
  public static final int ADMINISTRATIVELY_PROHIBITED = 129;
  public static final int INSUFFICIENT_RESOURCES = 130;
  public static final int HOME_REGISTRATION_NOT_SUPPORTED = 131;
  public static final int NOT_HOME_SUBNET = 132;
  public static final int NOT_HOME_AGENT = 133;
  public static final int DUPLICATE_ADDRESS = 134;
  public static final int SEQUENCE_OUT_OF_WINDOW = 135;
  public static final int EXPIRED_HOME_NONCE = 136;
  public static final int EXPIRED_CARE_OF_NONCE = 137;
  public static final int EXPIRED_NONCES = 138;
  public static final int REGISTRATION_TYPE_CHANGE = 139;
  public static final int AUTHENTICATION_FAILED = 146;

  private Status() {}

  /** Whether the status says that nonces are no longer known: 136, 137 or 138. */
  public static boolean saysNoncesExpired(int status) {
    return status >= EXPIRED_HOME_NONCE && status <= EXPIRED_NONCES;
  }

  /** A status in words and with its number, for messages to people. */
  public static String describe(int status) {
    String words =
        switch (status) {
          case ACCEPTED -> "accepted";
          case PREFIX_DISCOVERY_NECESSARY -> "accepted, prefix discovery necessary";
          case ADMINISTRATIVELY_PROHIBITED -> "administratively prohibited";
          case INSUFFICIENT_RESOURCES -> "insufficient resources";
          case HOME_REGISTRATION_NOT_SUPPORTED -> "home registration not supported";
          case NOT_HOME_SUBNET -> "not home subnet";
          case NOT_HOME_AGENT -> "not home agent for this mobile node";
          case DUPLICATE_ADDRESS -> "duplicate address detection failed";
          case SEQUENCE_OUT_OF_WINDOW -> "sequence number out of window";
          case EXPIRED_HOME_NONCE -> "expired home nonce index";
          case EXPIRED_CARE_OF_NONCE -> "expired care-of nonce index";
          case EXPIRED_NONCES -> "expired nonces";
          case REGISTRATION_TYPE_CHANGE -> "registration type change disallowed";
          case AUTHENTICATION_FAILED -> "authentication failed";
          default -> "reason unspecified";
        };
    return words + " (" + status + ")";
  }
}
