package dev.baton.agent.cli.console;

/** What a piece of text is to the reader. It must read well without, too. */
public enum Ink {
  /** As the terminal has it. */
  PLAIN(""),
  /** The head of a table. */
  HEAD("1"),
  /** What may be overlooked. */
  FAINT("2"),
  /** As it should be. */
  GOOD("32"),
  /** Not as it should be. */
  BAD("31"),
  /** The first of two things to tell apart. */
  FIRST("30;46"),
  /** The second of them. */
  SECOND("30;43");

  private final String code;

  Ink(String code) {
    this.code = code;
  }

  /** The text as a colour terminal wants it (ECMA-48, "select graphic rendition"). */
  String on(String text) {
    return code.isEmpty() || text.isEmpty() ? text : "\033[" + code + "m" + text + "\033[0m";
  }
}
