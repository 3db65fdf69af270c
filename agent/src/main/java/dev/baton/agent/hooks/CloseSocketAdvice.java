package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import net.bytebuddy.asm.Advice;

/** Woven into {@code NioSocketImpl.close}, which may be called on a closed socket. */
final class CloseSocketAdvice {

  private CloseSocketAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(
      @Advice.FieldValue("fd") FileDescriptor fd,
      @Advice.FieldValue("state") int state,
      @Advice.FieldValue("ST_CLOSING") int closing) {
    Bridge.beforeSocketClose(fd, state, closing);
  }
}
