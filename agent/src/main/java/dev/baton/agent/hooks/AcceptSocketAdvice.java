package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into {@code NioSocketImpl.accept}. */
final class AcceptSocketAdvice {

  private AcceptSocketAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.FieldValue("fd") FileDescriptor listener) {
    Bridge.accepting(listener);
  }

  @Advice.OnMethodExit(suppress = Throwable.class, backupArguments = false)
  static void exit(@Advice.Argument(0) Object socketImpl) {
    Bridge.acceptedSocket(socketImpl);
  }
}
