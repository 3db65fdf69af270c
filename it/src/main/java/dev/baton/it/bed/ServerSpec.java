package dev.baton.it.bed;

import dev.baton.it.net.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server to start.
 *
 * @param app which
 * @param jdk what to run it on
 * @param node its name, for Baton and on {@code /name}
 * @param port where to listen; 0 lets the kernel choose
 * @param salt variant of generated content
 * @param files folder behind {@code /files/}; null for the bed's own
 * @param withAgent whether Baton is loaded
 * @param agentOptions {@code key=value} after those that name node, group and folder
 * @param jvmOptions more options for the JVM
 * @param host where it runs; null for this machine itself
 * @param wrapper a command that ends by executing the one it is given, in the same process
 */
public record ServerSpec(
    App app,
    Jdk jdk,
    String node,
    int port,
    long salt,
    @Nullable Path files,
    boolean withAgent,
    List<String> agentOptions,
    List<String> jvmOptions,
    @Nullable Host host,
    List<String> wrapper) {

  /** A server with the agent and nothing special. */
  public static ServerSpec of(App app, Jdk jdk, String node) {
    return new ServerSpec(app, jdk, node, 0, 0, null, true, List.of(), List.of(), null, List.of());
  }

  /** On a port that is known, or shared. */
  public ServerSpec onPort(int thePort) {
    return new ServerSpec(
        app, jdk, node, thePort, salt, files, withAgent, agentOptions, jvmOptions, host, wrapper);
  }

  /** Generates other content. */
  public ServerSpec salted(long theSalt) {
    return new ServerSpec(
        app, jdk, node, port, theSalt, files, withAgent, agentOptions, jvmOptions, host, wrapper);
  }

  /** Serves other files. */
  public ServerSpec serving(Path folder) {
    return new ServerSpec(
        app, jdk, node, port, salt, folder, withAgent, agentOptions, jvmOptions, host, wrapper);
  }

  /** As if Baton did not exist. */
  public ServerSpec withoutAgent() {
    return new ServerSpec(
        app, jdk, node, port, salt, files, false, agentOptions, jvmOptions, host, wrapper);
  }

  /** With one agent option more. */
  public ServerSpec agentOption(String option) {
    return new ServerSpec(
        app,
        jdk,
        node,
        port,
        salt,
        files,
        withAgent,
        plus(agentOptions, option),
        jvmOptions,
        host,
        wrapper);
  }

  /** With one JVM option more. */
  public ServerSpec jvmOption(String option) {
    return new ServerSpec(
        app,
        jdk,
        node,
        port,
        salt,
        files,
        withAgent,
        agentOptions,
        plus(jvmOptions, option),
        host,
        wrapper);
  }

  /** In another host than this machine. */
  public ServerSpec on(Host theHost) {
    return new ServerSpec(
        app, jdk, node, port, salt, files, withAgent, agentOptions, jvmOptions, theHost, wrapper);
  }

  /** Started by way of another command. */
  public ServerSpec by(String... command) {
    return new ServerSpec(
        app,
        jdk,
        node,
        port,
        salt,
        files,
        withAgent,
        agentOptions,
        jvmOptions,
        host,
        List.of(command));
  }

  private static List<String> plus(List<String> list, String element) {
    List<String> more = new ArrayList<>(list);
    more.add(element);
    return List.copyOf(more);
  }

  @Override
  public String toString() {
    return "%s (%s, %s)".formatted(node, app, jdk);
  }
}
