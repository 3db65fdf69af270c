package dev.baton.anycast.home;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import org.jspecify.annotations.Nullable;

/** The keys that a home agent shares with its mobile nodes. */
public interface Associations {

  /** The key of that number for a home address, or null. */
  @Nullable HomeAssociation find(Ip6 home, int spi);
}
