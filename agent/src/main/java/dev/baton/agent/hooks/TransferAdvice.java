package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** Woven into {@code FileChannelImpl.transferTo}. */
@SuppressWarnings("UnusedVariable") // an assignment is how advice changes the host's variable
final class TransferAdvice {

  private TransferAdvice() {}

  @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class, suppress = Throwable.class)
  static boolean enter(@Advice.Argument(2) @Nullable Object target) {
    return Bridge.beforeTransfer(target);
  }

  @Advice.OnMethodExit(
      onThrowable = Throwable.class,
      suppress = Throwable.class,
      backupArguments = false)
  static void exit(
      @Advice.Enter boolean skipped,
      @Advice.Argument(2) @Nullable Object target,
      @Advice.Return(readOnly = false) long n,
      @Advice.Thrown @Nullable Throwable thrown) {
    n = Bridge.afterTransfer(skipped, target, n, thrown);
  }
}
