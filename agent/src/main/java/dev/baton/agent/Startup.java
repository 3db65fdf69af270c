package dev.baton.agent;

import dev.baton.agent.hooks.HookException;
import dev.baton.agent.hooks.HookInstaller;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/**
 * The start of the agent inside the isolated loader: settings, hooks, then {@link Baton}. Called
 * before {@code main}, so it touches no logging, no {@code java.nio.file} and no JMX, whose set-up
 * is the host's; and uses no lambdas, whose first one costs the host tens of milliseconds.
 */
public final class Startup {

  /** The system property that says how the start went: {@code on}, or why Baton is off. */
  public static final String STATUS = "dev.baton.status";

  private Startup() {}

  /**
   * Starts Baton, or says in one line why not.
   *
   * @param options the agent options, as typed
   * @param attached whether the server was running before
   * @return whether Baton is on
   */
  public static boolean start(
      @Nullable String options, Instrumentation instrumentation, boolean attached) {
    try {
      Settings settings = Settings.read(options);
      if (!settings.enabled()) {
        return status("switched off by " + Setting.ENABLED.key());
      }
      JdkModules.open(instrumentation);
      HookInstaller hooks = HookInstaller.install(instrumentation);
      try {
        startBaton(settings, instrumentation, attached);
      } catch (Throwable e) {
        hooks.remove();
        throw e;
      }
      System.setProperty(STATUS, "on");
      return true;
    } catch (SettingsException | HookException | IOException e) {
      return off(e.getMessage());
    } catch (Throwable e) {
      return off(e.toString());
    }
  }

  /** Baton's threads inherit the loader of its world, not of the application's. */
  private static void startBaton(
      Settings settings, Instrumentation instrumentation, boolean attached) throws Exception {
    Thread thread = Thread.currentThread();
    ClassLoader application = thread.getContextClassLoader();
    thread.setContextClassLoader(Startup.class.getClassLoader());
    try {
      Baton.start(settings, instrumentation, attached);
    } finally {
      thread.setContextClassLoader(application);
    }
  }

  private static boolean off(@Nullable String reason) {
    System.err.println("baton: " + reason + ": the server runs without Baton");
    return status("off: " + reason);
  }

  private static boolean status(String status) {
    System.setProperty(STATUS, status);
    return false;
  }
}
