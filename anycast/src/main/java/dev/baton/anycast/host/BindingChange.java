package dev.baton.anycast.host;

import dev.baton.anycast.Ip6;
import org.jspecify.annotations.Nullable;

/**
 * A binding or registration has come, moved or gone.
 *
 * @param own the address of this host that knows it
 * @param home the mobile node's home address
 * @param before its care-of address until now; null if there was none
 * @param now its new one; null if there is none any more
 */
public record BindingChange(Ip6 own, Ip6 home, @Nullable Ip6 before, @Nullable Ip6 now) {}
