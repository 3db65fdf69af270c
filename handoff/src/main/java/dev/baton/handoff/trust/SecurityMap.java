package dev.baton.handoff.trust;

import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may be in a group, in the operator's words. An immutable value.
 *
 * <p>A text with a line for each node: {@code NAME} may be in the group, {@code NAME until
 * 2027-01-31T00:00:00Z} may for so long, {@code not NAME} may not; {@code *} lets all others in,
 * who are kept out otherwise. {@code #} begins a comment. Of several lines about one node the
 * strictest holds: so one more line keeps a node out, wherever it stands.
 *
 * @param ends when the right of each node that is named ends: {@link Instant#MAX} never, {@link
 *     Instant#MIN} it has none
 * @param others whether nodes that are not named may be in the group
 */
record SecurityMap(Map<String, Instant> ends, boolean others) {
  private static final String ALL_OTHERS = "*";
  private static final String NOT = "not";
  private static final String UNTIL = "until";

  /** All nodes of the group's authority may be in the group. */
  static final SecurityMap OPEN = new SecurityMap(Map.of(), true);

  SecurityMap {
    ends = Map.copyOf(ends);
  }

  /**
   * Reads the operator's lines.
   *
   * @throws IOException if one of them makes no sense, with its number; or if they let nobody in,
   *     as those of a file that is just being written
   */
  static SecurityMap parse(List<String> lines) throws IOException {
    Map<String, Instant> ends = new HashMap<>();
    boolean others = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").strip();
      String[] words = line.split("\\s+");
      if (line.equals(ALL_OTHERS)) {
        others = true;
      } else if (!line.isEmpty()) {
        try {
          String node = Names.check("node", words[words[0].equals(NOT) ? words.length - 1 : 0]);
          ends.merge(node, end(words), (one, other) -> one.isBefore(other) ? one : other);
        } catch (IOException | DateTimeParseException e) {
          throw new IOException(
              "line "
                  + (i + 1)
                  + ", '"
                  + line
                  + "', is none of: NAME, NAME until 2027-01-31T00:00:00Z, not NAME, *",
              e);
        }
      }
    }
    if (!others && ends.values().stream().allMatch(Instant.MIN::equals)) {
      throw new IOException("it lets nobody in; a line with * lets in all that it does not name");
    }
    return new SecurityMap(ends, others);
  }

  private static Instant end(String[] words) throws IOException {
    if (words[0].equals(NOT) && words.length == 2) {
      return Instant.MIN;
    }
    if (words.length == 1 && !words[0].equals(NOT)) {
      return Instant.MAX;
    }
    if (words.length == 3 && words[1].equals(UNTIL) && !words[0].equals(NOT)) {
      return Instant.parse(words[2]);
    }
    throw new IOException("no such line");
  }

  /** When a node's right ends, as in {@link #ends}. */
  Instant end(String node) {
    return ends.getOrDefault(node, others ? Instant.MAX : Instant.MIN);
  }
}
