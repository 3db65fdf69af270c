package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** Woven into {@code SocketDispatcher.read}. */
@SuppressWarnings("UnusedVariable") // an assignment is how advice changes the host's variable
final class ReadAdvice {

  private ReadAdvice() {}

  @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
  static int enter(@Advice.Argument(0) FileDescriptor fd) {
    return Bridge.beforeRead(fd);
  }

  @Advice.OnMethodExit(
      onThrowable = Throwable.class,
      suppress = Throwable.class,
      backupArguments = false)
  static void exit(
      @Advice.Enter int verdict,
      @Advice.Argument(0) FileDescriptor fd,
      @Advice.Argument(1) long address,
      @Advice.Return(readOnly = false) int n,
      @Advice.Thrown @Nullable Throwable thrown) {
    n = Bridge.afterRead(verdict, fd, address, n, thrown);
  }
}
