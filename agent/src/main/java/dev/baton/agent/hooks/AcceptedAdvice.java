package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.io.FileDescriptor;
import java.net.SocketAddress;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/**
 * Woven into both {@code finishAccept}; the asynchronous one takes an {@code InetSocketAddress}.
 */
@SuppressWarnings("UnusedVariable") // an assignment is how advice changes the host's variable
final class AcceptedAdvice {

  private AcceptedAdvice() {}

  @Advice.OnMethodEnter(suppress = Throwable.class)
  static void enter(
      @Advice.Argument(0) FileDescriptor fd,
      @Advice.Argument(value = 1, readOnly = false, typing = Assigner.Typing.DYNAMIC)
          SocketAddress remote) {
    remote = Bridge.accepted(fd, remote);
  }
}
