package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import net.bytebuddy.asm.Advice;

/** Woven into {@code ApplicationShutdownHooks.runHooks}. */
final class ShutdownHooksAdvice {

  private ShutdownHooksAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter() {
    Bridge.beforeShutdownHooks();
  }
}
