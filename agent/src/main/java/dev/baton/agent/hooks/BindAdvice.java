package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into {@code Net.bind}. */
final class BindAdvice {

  private BindAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.Argument(1) FileDescriptor fd, @Advice.Argument(3) int port) {
    Bridge.beforeBind(fd, port);
  }

  @Advice.OnMethodExit(suppress = Throwable.class, backupArguments = false)
  static void exit(@Advice.Argument(1) FileDescriptor fd) {
    Bridge.afterBind(fd);
  }
}
