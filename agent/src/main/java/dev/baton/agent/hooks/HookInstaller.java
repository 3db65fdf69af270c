package dev.baton.agent.hooks;

import dev.baton.boot.Bridge;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weaves the hooks of {@link HookTable} into the JDK: all of them or none. They go on to {@link
 * Bridge}, where nothing happens until somebody puts {@link dev.baton.boot.Hooks} there.
 */
public final class HookInstaller {

  private final Instrumentation instrumentation;
  private final ClassFileTransformer transformer;
  private final Class<?>[] classes;

  private HookInstaller(
      Instrumentation instrumentation, ClassFileTransformer transformer, Class<?>[] classes) {
    this.instrumentation = instrumentation;
    this.transformer = transformer;
    this.classes = classes;
  }

  /**
   * Installs every hook of the running JDK and tests that they arrive at the bridge.
   *
   * @return for taking them out again
   * @throws HookException if one could not be installed; the JDK is then as it was
   */
  public static HookInstaller install(Instrumentation instrumentation) throws HookException {
    List<Hook> hooks = HookTable.of(Runtime.version().feature());
    Map<String, List<Hook>> byType = new LinkedHashMap<>();
    for (Hook hook : hooks) {
      List<Hook> known = byType.get(hook.type());
      if (known == null) {
        known = new ArrayList<>();
        byType.put(hook.type(), known);
      }
      known.add(hook);
    }
    List<Class<?>> classes = new ArrayList<>();
    for (List<Hook> those : byType.values()) {
      classes.add(find(those.get(0)));
    }
    Weaver weaver = new Weaver(byType);
    HookInstaller installed =
        new HookInstaller(instrumentation, weaver, classes.toArray(new Class<?>[0]));
    try {
      instrumentation.addTransformer(weaver, true);
      instrumentation.retransformClasses(installed.classes);
      weaver.check();
      SelfTest.run(hooks);
    } catch (HookException e) {
      installed.remove();
      throw e;
    } catch (UnmodifiableClassException | RuntimeException | Error e) {
      installed.remove();
      throw new HookException("a hook", e.toString(), e);
    }
    return installed;
  }

  /** Takes every hook out and leaves the JDK as it was. */
  public void remove() {
    Bridge.hooks = null;
    instrumentation.removeTransformer(transformer);
    try {
      instrumentation.retransformClasses(classes);
    } catch (UnmodifiableClassException | RuntimeException | Error e) {
      Bridge.swallowed(e); // the hooks that stay find an empty bridge
    }
  }

  private static Class<?> find(Hook hook) throws HookException {
    try {
      // Initialised, because shutdown hooks run only if their class was before the JVM ends.
      return Class.forName(hook.type(), true, null);
    } catch (ClassNotFoundException | LinkageError e) {
      throw new HookException(hook, "there is no such class", e);
    }
  }

  /**
   * The transformer. Stays registered: others (JFR) may have the same classes transformed again.
   */
  private static final class Weaver implements ClassFileTransformer {
    private final Map<String, Woven> types = new LinkedHashMap<>();
    private volatile boolean installed;

    Weaver(Map<String, List<Hook>> byType) {
      AdviceSource source = new AdviceSource();
      for (Map.Entry<String, List<Hook>> type : byType.entrySet()) {
        types.put(type.getKey().replace('.', '/'), new Woven(type.getValue(), source));
      }
    }

    @Override
    public byte @Nullable [] transform(
        @Nullable Module module,
        @Nullable ClassLoader loader,
        @Nullable String name,
        @Nullable Class<?> redefined,
        @Nullable ProtectionDomain domain,
        byte[] classFile) {
      if (loader != null || redefined == null || name == null) {
        return null;
      }
      Woven woven = types.get(name);
      if (woven == null) {
        return null;
      }
      byte[] result = woven.weave(redefined, classFile);
      if (result == null && installed) {
        lost(name);
      }
      return result;
    }

    /**
     * Another agent has changed the class beyond recognition: half of the hooks is worse than none.
     */
    private static void lost(String name) {
      Bridge.hooks = null;
      Bridge.swallowed(new IllegalStateException("the hooks in " + name + " are lost"));
      System.err.println("baton: the hooks in " + name + " are lost: Baton is off from here on");
    }

    void check() throws HookException {
      for (Woven woven : types.values()) {
        woven.check();
      }
      installed = true;
    }
  }
}
