package dev.baton.it.net;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from one port to another.
 *
 * @param entry where packets come from; null if the router itself sends them
 * @param lanes what they go through, in this order
 * @param exit where they go; null only if nowhere
 */
record Passage(@Nullable Port entry, List<Lane> lanes, @Nullable Port exit) {

  static final Passage NOWHERE = new Passage(null, List.of(), null);
}
