package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into {@code implCloseSelectableChannel}, which the JDK calls once for each channel. */
final class CloseChannelAdvice {

  private CloseChannelAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.FieldValue("fd") FileDescriptor fd) {
    Bridge.beforeClose(fd);
  }
}
