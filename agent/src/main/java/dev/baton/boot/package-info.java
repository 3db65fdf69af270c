/**
 * The boot bridge: the only classes of Baton that the JDK itself can see. They are defined by the
 * boot loader, depend on {@code java.base} alone, and are the only place in Baton with static
 * mutable state. Advice woven into the JDK calls {@link dev.baton.boot.Bridge}; everything else of
 * Baton lives in {@link dev.baton.boot.IsolatedLoader} and puts its {@link dev.baton.boot.Hooks}
 * into the bridge.
 */
@NullMarked
package dev.baton.boot;

import org.jspecify.annotations.NullMarked;
