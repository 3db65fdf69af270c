package dev.baton.linux;

/** The states of a TCP connection, in the kernel's numbering (from 1). */
public enum TcpState {
  /** Both sides may send. The only state in which a connection can be moved. */
  ESTABLISHED,
  /** Our SYN is out. */
  SYN_SENT,
  /** A SYN came and was answered. */
  SYN_RECV,
  /** We closed; our FIN is not acknowledged yet. */
  FIN_WAIT1,
  /** We closed; the peer may still send. */
  FIN_WAIT2,
  /** Both closed; waiting for old segments to die out. */
  TIME_WAIT,
  /** No connection. */
  CLOSE,
  /** The peer closed; we may still send. */
  CLOSE_WAIT,
  /** The peer closed, then we; our FIN is not acknowledged yet. */
  LAST_ACK,
  /** Not a connection: a listening socket. */
  LISTEN,
  /** Both closed at once. */
  CLOSING,
  /** A request in the middle of its handshake. */
  NEW_SYN_RECV,
  /** The kernel says something this list does not know. */
  UNKNOWN;

  static TcpState of(int number) {
    return number >= 1 && number < values().length ? values()[number - 1] : UNKNOWN;
  }

  /** Why a connection in this state cannot be moved, for an error message. */
  String objection() {
    return switch (this) {
      case ESTABLISHED -> "none";
      case CLOSE_WAIT -> "the client has closed its side";
      case FIN_WAIT1, FIN_WAIT2 -> "the server has closed its side";
      case LAST_ACK, CLOSING, TIME_WAIT -> "both sides have closed";
      case SYN_SENT, SYN_RECV, NEW_SYN_RECV -> "the handshake is not complete";
      case CLOSE -> "it is closed";
      case LISTEN -> "it is a listener";
      case UNKNOWN -> "the state is unknown";
    };
  }
}
