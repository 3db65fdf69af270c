package dev.baton.agent.hooks;

import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@link HookTable}.
 *
 * @param id what the hook is called when it cannot be installed
 * @param type the JDK class, by its binary name
 * @param method the method, which must be declared by that class and match exactly once
 * @param descriptor its descriptor; null where releases differ and the name alone is unique
 * @param firstJdk the first JDK that has it
 * @param lastJdk the last one
 * @param advice what is woven in
 */
record Hook(
    String id,
    String type,
    String method,
    @Nullable String descriptor,
    int firstJdk,
    int lastJdk,
    Class<?> advice) {

  boolean appliesTo(int jdk) {
    return firstJdk <= jdk && jdk <= lastJdk;
  }

  /** Matches the method, and remembers how often it did. */
  static final class Target implements ElementMatcher<MethodDescription> {
    private final Hook hook;
    private int matches;

    Target(Hook hook) {
      this.hook = hook;
    }

    @Override
    public boolean matches(@Nullable MethodDescription candidate) {
      boolean match =
          candidate != null
              && candidate.getInternalName().equals(hook.method())
              && (hook.descriptor() == null || candidate.getDescriptor().equals(hook.descriptor()));
      if (match) {
        matches++;
      }
      return match;
    }

    int matches() {
      return matches;
    }
  }

  @Override
  public String toString() {
    return "hook " + id + " (" + type + "." + method + ")";
  }
}
