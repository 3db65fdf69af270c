package dev.baton.agent;

import dev.baton.boot.Bridge;
import dev.baton.boot.Hooks;
import dev.baton.boot.IsolatedLoader;
import java.io.File;
import java.net.URL;

/**
 * An application with libraries of its own that Baton uses too, in other versions. Prints for each
 * where the application and where Baton gets it, and lets both bind JNA's native library.
 */
@SuppressWarnings("SystemOut")
final class ClashingApp {

  private ClashingApp() {}

  public static void main(String[] names) throws Exception {
    Hooks hooks = Bridge.hooks;
    ClassLoader baton =
        hooks == null // the kernel may not let this user's Baton do its work
            ? new IsolatedLoader(new File(System.getProperty("agent.jar")))
            : hooks.getClass().getClassLoader();
    for (String name : names) {
      System.out.println(
          name + ": " + home(ClashingApp.class.getClassLoader(), name) + ", " + home(baton, name));
    }
    System.out.println("resource: " + resource(baton));
    System.out.println("bridge: " + (baton.loadClass(Bridge.class.getName()) == Bridge.class));
    System.out.println("application sees Startup: " + sees("dev.baton.agent.Startup"));
  }

  /** Initialises the class, which for JNA's Native means binding its native library. */
  private static String home(ClassLoader loader, String name) throws Exception {
    Class<?> type = Class.forName(name, true, loader);
    URL location = type.getProtectionDomain().getCodeSource().getLocation();
    return new File(location.toURI()).getName();
  }

  private static String resource(ClassLoader loader) {
    URL found = loader.getResource("com/sun/jna/linux-x86-64/libjnidispatch.so");
    return found == null ? "none" : found.getPath().replaceAll(".*/([^/]*!)", "$1");
  }

  private static boolean sees(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
