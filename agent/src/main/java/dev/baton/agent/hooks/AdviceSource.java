package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.util.HashMap;
import java.util.Map;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.implementation.bytecode.StackManipulation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;

/**
 * Reads advice classes without loading them: their annotations would otherwise cost dozens of proxy
 * classes during the host's start.
 */
final class AdviceSource {
  private final ClassFileLocator locator =
      ClassFileLocator.ForClassLoader.of(AdviceSource.class.getClassLoader());
  private final TypePool pool =
      new TypePool.Default(
          new TypePool.CacheProvider.Simple(), locator, TypePool.Default.ReaderMode.FAST);
  private final StackManipulation swallow = callToSwallowed();
  private final Map<Class<?>, Advice> known = new HashMap<>();

  /** Returns the advice of a class; everything it throws ends in {@link Bridge#swallowed}. */
  Advice of(Class<?> type) {
    Advice advice = known.get(type);
    if (advice == null) {
      advice =
          Advice.to(pool.describe(type.getName()).resolve(), locator).withExceptionHandler(swallow);
      known.put(type, advice);
    }
    return advice;
  }

  private StackManipulation callToSwallowed() {
    TypeDescription bridge = pool.describe("dev.baton.boot.Bridge").resolve();
    MethodDescription swallowed =
        bridge.getDeclaredMethods().filter(ElementMatchers.named("swallowed")).getOnly();
    return MethodInvocation.invoke(swallowed);
  }
}
