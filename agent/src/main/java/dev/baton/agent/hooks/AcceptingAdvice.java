package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into whatever asks for connections on a listening channel. */
final class AcceptingAdvice {

  private AcceptingAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(@Advice.FieldValue("fd") FileDescriptor listener) {
    Bridge.accepting(listener);
  }
}
