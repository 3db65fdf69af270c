package dev.baton.handoff.contact;

import java.lang.reflect.Proxy;
import org.jgroups.logging.CustomLogFactory;
import org.jgroups.logging.Log;
import org.jgroups.logging.LogFactory;

/**
 * Keeps JGroups from looking for a logging library, and from starting the JDK's: both are the
 * host's business. What matters of it is seen in the views.
 */
final class SilentLog implements CustomLogFactory {

  /** Before the first use of anything else of JGroups. */
  static void begin() {
    LogFactory.setCustomLogFactory(new SilentLog());
  }

  @Override
  public Log getLog(Class<?> speaker) {
    return getLog(speaker.getName());
  }

  @Override
  public Log getLog(String category) {
    return (Log)
        Proxy.newProxyInstance(
            SilentLog.class.getClassLoader(),
            new Class<?>[] {Log.class},
            (log, method, arguments) ->
                switch (method.getName()) {
                  case "getLevel" -> "off";
                  case "toString" -> category;
                  case "hashCode" -> System.identityHashCode(log);
                  case "equals" -> log == arguments[0];
                  default -> method.getReturnType() == boolean.class ? false : null;
                });
  }
}
