package dev.baton.agent.hooks;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.MethodGraph;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import org.jspecify.annotations.Nullable;

/** One JDK class and the hooks in it. */
final class Woven {
  private final List<Hook> hooks;
  private final List<Advice> advice = new ArrayList<>();
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Hook missed;
  private volatile boolean reached;

  /**
   * Reads the advice now: in the middle of a transformation the JVM could ask for these classes.
   */
  Woven(List<Hook> hooks, AdviceSource source) {
    this.hooks = hooks;
    for (Hook hook : hooks) {
      advice.add(source.of(hook.advice()));
    }
  }

  /**
   * Weaves the hooks in.
   *
   * @return the new class file, or null to leave the class alone, which {@link #check} reports
   */
  byte @Nullable [] weave(Class<?> type, byte[] classFile) {
    reached = true;
    try {
      TypeDescription description = TypeDescription.ForLoadedType.of(type);
      DynamicType.Builder<?> builder =
          new ByteBuddy()
              .with(TypeValidation.DISABLED)
              .with(MethodGraph.Compiler.ForDeclaredMethods.INSTANCE)
              .decorate(description, ClassFileLocator.Simple.of(type.getName(), classFile));
      List<Hook.Target> targets = new ArrayList<>();
      for (int i = 0; i < hooks.size(); i++) {
        Hook.Target target = new Hook.Target(hooks.get(i));
        targets.add(target);
        builder = builder.visit(advice.get(i).on(target));
      }
      byte[] result = builder.make().getBytes();
      for (int i = 0; i < hooks.size(); i++) {
        if (targets.get(i).matches() != 1) {
          missed = hooks.get(i);
          return null;
        }
      }
      return result;
    } catch (Throwable e) {
      failure = e; // the JVM would swallow it
      return null;
    }
  }

  void check() throws HookException {
    Throwable failed = failure;
    if (failed != null) {
      throw new HookException(hooks.get(0), failed.toString(), failed);
    }
    Hook hook = missed;
    if (hook != null) {
      throw new HookException(hook, "there is no such method", null);
    }
    if (!reached) {
      throw new HookException(hooks.get(0), "the JVM did not offer the class", null);
    }
  }
}
