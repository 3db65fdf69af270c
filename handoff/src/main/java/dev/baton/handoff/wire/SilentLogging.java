package dev.baton.handoff.wire;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.lang.reflect.Proxy;

/**
 * Keeps Netty from looking for a logging library, and from starting the JDK's: both are the host's
 * business. What goes wrong reaches us as an exception.
 */
final class SilentLogging extends InternalLoggerFactory {

  /** Before the first use of anything else of Netty. */
  static void begin() {
    InternalLoggerFactory.setDefaultFactory(new SilentLogging());
  }

  @Override
  protected InternalLogger newInstance(String name) {
    return (InternalLogger)
        Proxy.newProxyInstance(
            SilentLogging.class.getClassLoader(),
            new Class<?>[] {InternalLogger.class},
            (logger, method, arguments) ->
                switch (method.getName()) {
                  case "name", "toString" -> name;
                  case "hashCode" -> System.identityHashCode(logger);
                  case "equals" -> logger == arguments[0];
                  default -> method.getReturnType() == boolean.class ? false : null;
                });
  }
}
