package dev.baton.agent.cli;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import dev.baton.agent.Startup;
import java.io.File;
import java.io.IOException;

/**
 * Loads the agent into another JVM. The only class that touches the module {@code jdk.attach},
 * which a JRE may lack: commands name this class in code, never in a signature.
 */
final class Attachment {

  private Attachment() {}

  /**
   * Loads the agent and waits until it has reported.
   *
   * @param pid a JVM of this user
   * @param jar the agent
   * @param options agent options
   * @return {@code on}, or why Baton is off there
   * @throws IOException if the JVM cannot be attached to, or does not load the agent
   * @throws NoClassDefFoundError if there is no module {@code jdk.attach}
   */
  static String load(long pid, File jar, String options) throws IOException {
    try {
      VirtualMachine jvm = VirtualMachine.attach(Long.toString(pid));
      try {
        jvm.loadAgent(jar.getPath(), options);
        return jvm.getSystemProperties().getProperty(Startup.STATUS, "off: it did not answer");
      } finally {
        jvm.detach();
      }
    } catch (AttachNotSupportedException e) {
      throw new IOException("it cannot be attached to: " + e.getMessage(), e);
    } catch (AgentLoadException | AgentInitializationException e) {
      throw new IOException("it did not load the agent: " + e.getMessage(), e);
    }
  }
}
