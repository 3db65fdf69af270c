package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into every {@code shutdownInput} and {@code shutdownOutput}. */
final class ShutdownAdvice {

  private ShutdownAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.FieldValue("fd") FileDescriptor fd) {
    Bridge.beforeShutdown(fd);
  }
}
