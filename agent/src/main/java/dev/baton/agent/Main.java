package dev.baton.agent;

import dev.baton.boot.IsolatedLoader;
import java.io.File;
import java.lang.reflect.InvocationTargetException;

/**
 * {@code java -jar baton-agent.jar COMMAND}: opens the isolated loader and hands the command line
 * to {@code dev.baton.agent.cli.Cli} in there.
 */
public final class Main {

  private Main() {}

  /** The JVM's entry; ends the JVM with the command's exit status. */
  public static void main(String[] args) throws Throwable {
    File jar = new File(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    ClassLoader loader = new IsolatedLoader(jar);
    Thread.currentThread().setContextClassLoader(loader);
    try {
      Class<?> cli = loader.loadClass("dev.baton.agent.cli.Cli");
      System.exit((int) cli.getMethod("run", String[].class).invoke(null, (Object) args));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
