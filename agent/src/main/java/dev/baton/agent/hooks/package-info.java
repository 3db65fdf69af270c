/**
 * Where Baton meets the JDK: the table of hooks, the advice woven in, the installation and its
 * self-test. Outside this package only {@link dev.baton.agent.hooks.HookInstaller} is used, and
 * only by the start-up.
 */
@NullMarked
package dev.baton.agent.hooks;

import org.jspecify.annotations.NullMarked;
