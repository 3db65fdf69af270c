package dev.baton.linux.steer;

import org.jspecify.annotations.Nullable;

/**
 * What an nftables rule does with a packet, one expression after the other: it loads parts of the
 * packet into registers, and ends when a comparison or a lookup fails. A register has 4 bytes;
 * longer values occupy those that follow.
 */
final class Expressions {

  private static final int FIRST_REGISTER = 8; // NFT_REG32_00
  private static final int VERDICT_REGISTER = 0;

  private static final int NFTA_RULE_EXPRESSIONS = 4;
  private static final int NFTA_LIST_ELEM = 1;
  private static final int NFTA_EXPR_NAME = 1;
  private static final int NFTA_EXPR_DATA = 2;
  private static final int NFTA_DATA_VALUE = 1;
  private static final int NFTA_DATA_VERDICT = 2;
  private static final int NFTA_VERDICT_CODE = 1;
  private static final int NFTA_VERDICT_CHAIN = 2;
  private static final int NF_DROP = 0;
  private static final int NF_ACCEPT = 1;
  private static final int NFT_GOTO = -4;
  private static final int EQUAL = 0;

  /** Where in a packet an offset counts from. */
  enum Base {
    NETWORK(1),
    TRANSPORT(2);

    private final int number;

    Base(int number) {
      this.number = number;
    }
  }

  /** What is known of a packet beside its bytes. */
  enum Meta {
    /** The Ethernet protocol, two bytes in network byte order. */
    PROTOCOL(1),
    /** The protocol above IP, one byte. */
    L4_PROTOCOL(16);

    private final int number;

    Meta(int number) {
      this.number = number;
    }
  }

  private final NetlinkMessage rule;
  private final int list;

  /**
   * @param rule whose last attribute the expressions are
   */
  Expressions(NetlinkMessage rule) {
    this.rule = rule;
    this.list = rule.open(NFTA_RULE_EXPRESSIONS);
  }

  NetlinkMessage end() {
    return rule.close(list);
  }

  Expressions load(Meta key, int register) {
    return add("meta", () -> rule.bigEndian(1, FIRST_REGISTER + register).bigEndian(2, key.number));
  }

  Expressions load(Base base, int offset, int length, int register) {
    return add(
        "payload",
        () -> {
          rule.bigEndian(1, FIRST_REGISTER + register);
          place(base, offset, length);
        });
  }

  /** Writes a register into the packet; no checksum is adapted. */
  Expressions store(Base base, int offset, int length, int register) {
    return add(
        "payload",
        () -> {
          place(base, offset, length);
          rule.bigEndian(5, FIRST_REGISTER + register);
        });
  }

  private void place(Base base, int offset, int length) {
    rule.bigEndian(2, base.number).bigEndian(3, offset).bigEndian(4, length);
  }

  /** Sets a register. */
  Expressions set(int register, byte... value) {
    return add(
        "immediate",
        () -> {
          rule.bigEndian(1, FIRST_REGISTER + register);
          data(2, value);
        });
  }

  Expressions requireEqual(int register, byte... value) {
    return add(
        "cmp",
        () -> {
          rule.bigEndian(1, FIRST_REGISTER + register).bigEndian(2, EQUAL);
          data(3, value);
        });
  }

  private void data(int type, byte... value) {
    int data = rule.open(type);
    rule.attribute(NFTA_DATA_VALUE, value).close(data);
  }

  /** Goes on only if the set has the key that begins in a register. */
  Expressions require(String set, int register) {
    return add("lookup", () -> rule.attribute(1, set).bigEndian(2, FIRST_REGISTER + register));
  }

  /** Replaces the key that begins in a register by what a map has for it; else the rule ends. */
  Expressions map(String map, int register) {
    return add(
        "lookup",
        () ->
            rule.attribute(1, map)
                .bigEndian(2, FIRST_REGISTER + register)
                .bigEndian(3, FIRST_REGISTER + register));
  }

  /**
   * Hands the packet to a link, for a neighbour there.
   *
   * @param link register with its index
   * @param neighbour register with the address
   * @param family of the address and the packet
   */
  Expressions forward(int link, int neighbour, int family) {
    return add(
        "fwd",
        () ->
            rule.bigEndian(1, FIRST_REGISTER + link)
                .bigEndian(2, FIRST_REGISTER + neighbour)
                .bigEndian(3, family));
  }

  Expressions drop() {
    return verdict(NF_DROP, null);
  }

  Expressions accept() {
    return verdict(NF_ACCEPT, null);
  }

  /** Goes on in another chain of the table, and does not come back. */
  Expressions go(String chain) {
    return verdict(NFT_GOTO, chain);
  }

  private Expressions verdict(int code, @Nullable String chain) {
    return add(
        "immediate",
        () -> {
          rule.bigEndian(1, VERDICT_REGISTER);
          int data = rule.open(2);
          int verdict = rule.open(NFTA_DATA_VERDICT);
          rule.bigEndian(NFTA_VERDICT_CODE, code);
          if (chain != null) {
            rule.attribute(NFTA_VERDICT_CHAIN, chain);
          }
          rule.close(verdict).close(data);
        });
  }

  private Expressions add(String name, Runnable content) {
    int element = rule.open(NFTA_LIST_ELEM);
    rule.attribute(NFTA_EXPR_NAME, name);
    int data = rule.open(NFTA_EXPR_DATA);
    content.run();
    rule.close(data).close(element);
    return this;
  }
}
