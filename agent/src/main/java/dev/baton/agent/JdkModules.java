package dev.baton.agent;

import dev.baton.boot.Bridge;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Opens what Baton needs of the JDK to Baton alone, so that nobody types {@code --add-opens}. */
final class JdkModules {

  private static final String[] OPENED = {
    "java.io", "java.lang", "java.net", "java.nio", "java.util.zip", "sun.nio.ch"
  };

  private JdkModules() {}

  static void open(Instrumentation instrumentation) throws ReflectiveOperationException {
    Module ours = JdkModules.class.getModule();
    Set<Module> readers = Set.of(ours, Bridge.class.getModule());
    Map<String, Set<Module>> opens = new HashMap<>();
    for (String name : OPENED) {
      opens.put(name, readers);
    }
    instrumentation.redefineModule(
        Object.class.getModule(), Set.of(), Map.of(), opens, Set.of(), Map.of());
    allowNativeAccess();
  }

  /**
   * JDK 24 and later warn when JNA binds its native methods; the flag that stops it is one for all
   * unnamed modules together.
   */
  private static void allowNativeAccess() throws ReflectiveOperationException {
    if (Runtime.version().feature() < 24) {
      return;
    }
    Method allow = Module.class.getDeclaredMethod("implAddEnableNativeAccessToAllUnnamed");
    allow.setAccessible(true);
    allow.invoke(null);
  }
}
