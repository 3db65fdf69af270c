package dev.baton.anycast.node;

/** When packets to a client that is being bound begin to go directly, with the care-of address. */
public enum Activation {
  /** When the client has acknowledged the binding update: never in vain. */
  ACKNOWLEDGED,

  /**
   * Right behind the binding update. If that is lost or refused the client answers with a binding
   * error, packets go by the tunnel until the binding is acknowledged, and TCP repeats what was
   * lost.
   */
  PIPELINED
}
