package dev.baton.handoff.contact;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The nodes whose word counts for who has the contact address. Only the node that has it changes
 * the electorate, and while a change is under way both the old and the new one must agree to
 * everything.
 *
 * @param number grows with each change
 * @param members the names
 * @param before the members before a change that is under way; none if there is no such change
 */
record Electorate(long number, Set<String> members, Set<String> before) {

  static final Electorate NONE = new Electorate(0, Set.of(), Set.of());

  Electorate {
    members = Set.copyOf(members);
    before = Set.copyOf(before);
  }

  /** The first of all. */
  static Electorate of(String only) {
    return new Electorate(1, Set.of(only), Set.of());
  }

  boolean includes(String node) {
    return members.contains(node);
  }

  /** Whether no change is under way. */
  boolean isSettled() {
    return before.isEmpty();
  }

  /**
   * Begins a change.
   *
   * @param least the new number is greater than this, too
   */
  Electorate changed(Set<String> next, long least) {
    return new Electorate(Math.max(number, least) + 1, next, isSettled() ? members : before);
  }

  /** The same after the change. */
  Electorate settled() {
    return new Electorate(number, members, Set.of());
  }

  boolean isNewerThan(Electorate other) {
    return number > other.number
        || (number == other.number && isSettled() && !other.isSettled() && !members.isEmpty());
  }

  /**
   * Whether these may give the address to a node.
   *
   * @param alone whether one of two suffices
   */
  boolean suffice(Collection<String> those, boolean alone) {
    return suffice(members, those, alone) && (isSettled() || suffice(before, those, alone));
  }

  private static boolean suffice(Set<String> all, Collection<String> those, boolean alone) {
    long present = all.stream().filter(those::contains).count();
    return (alone && all.size() == 2) ? present >= 1 : present > all.size() / 2;
  }

  /**
   * Whether a change that is under way is over once these know of it. A third joins two only with
   * both: one of them may decide alone as long as it has not heard of the third.
   */
  boolean settledBy(Collection<String> those) {
    return suffice(those, before.containsAll(members));
  }

  /** The members that a collection has, too. */
  Set<String> among(Collection<String> those) {
    Set<String> both = new TreeSet<>(members);
    both.retainAll(those);
    return both;
  }
}
