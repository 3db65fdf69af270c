package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into the dispatcher's {@code close}, behind which the descriptor is gone. */
final class CloseAdvice {

  private CloseAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.Argument(0) FileDescriptor fd) {
    Bridge.beforeClose(fd);
  }
}
