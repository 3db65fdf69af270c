package dev.baton.linux;

/**
 * The packet mark of a knock: {@code 0xBA7 << 20 | tag << 8 | index}. The prefix says that it is
 * Baton's, the tag which node it is for, the index which listener of the group it should go to.
 * Marks do not leave the host.
 */
final class Mark {

  static final int PREFIX = 0xBA7;
  static final int PREFIX_SHIFT = 20;
  static final int TAG_SHIFT = 8;
  static final int TAG_MASK = 0xfff << TAG_SHIFT;
  static final int INDEX_MASK = 0xff;

  /** No node has this tag: every listener's filter drops what carries it. */
  static final int PROBE_TAG = 0xfff;

  private Mark() {}

  static int of(int tag, int index) {
    return PREFIX << PREFIX_SHIFT | tag << TAG_SHIFT | index;
  }
}
