package dev.baton.agent;

import dev.baton.boot.Bridge;
import dev.baton.boot.IsolatedLoader;
import java.io.File;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM calls: with {@code -javaagent} before {@code main}, or after an attach. It puts the
 * boot bridge where the JDK can see it, opens the isolated loader, and leaves the rest to {@link
 * Startup} in there.
 *
 * <p>It lives in the host's own class path, so it is one class without state, logger or lambdas,
 * and touches no class of the bridge before the jar is on the boot class path. It catches
 * everything: a Baton that cannot start is one line on stderr, never a server that does not.
 */
public final class Premain {

  private Premain() {}

  /** The JVM's entry for {@code -javaagent}. */
  public static void premain(@Nullable String options, Instrumentation instrumentation) {
    load(options, instrumentation, false);
  }

  /** The JVM's entry after an attach. */
  public static void agentmain(@Nullable String options, Instrumentation instrumentation) {
    load(options, instrumentation, true);
  }

  @SuppressWarnings("BanSystemErr")
  private static void load(
      @Nullable String options, Instrumentation instrumentation, boolean attached) {
    try {
      File jar =
          new File(Premain.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      instrumentation.appendToBootstrapClassLoaderSearch(new JarFile(jar, false));
      start(jar, options, instrumentation, attached);
    } catch (InvocationTargetException e) {
      off(e.getCause());
    } catch (Throwable e) {
      off(e);
    }
  }

  /** Apart from {@link #load}, so that verifying that one resolves nothing of the bridge. */
  private static void start(
      File jar, @Nullable String options, Instrumentation instrumentation, boolean attached)
      throws Exception {
    if (!Bridge.claim()) {
      System.err.println("baton: already loaded in this JVM: nothing done");
      return;
    }
    boolean started = false;
    try {
      started =
          (boolean)
              new IsolatedLoader(jar)
                  .loadClass("dev.baton.agent.Startup")
                  .getMethod("start", String.class, Instrumentation.class, boolean.class)
                  .invoke(null, options, instrumentation, attached);
    } finally {
      if (!started) {
        Bridge.disclaim();
      }
    }
  }

  private static void off(@Nullable Throwable reason) {
    System.err.println("baton: " + reason + ": the server runs without Baton");
  }
}
