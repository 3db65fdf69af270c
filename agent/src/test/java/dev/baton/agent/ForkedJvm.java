package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.agent.Jdks.Jdk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A JVM of its own, with the packaged agent if wanted. Its lines are collected as they come. */
final class ForkedJvm implements AutoCloseable {

  /** The jar under test. */
  static final Path JAR = Path.of("target", "baton-agent.jar").toAbsolutePath();

  private static final Path TEST_CLASSES = Path.of("target", "test-classes").toAbsolutePath();

  private final Process process;
  private final List<String> out = Collections.synchronizedList(new ArrayList<>());
  private final List<String> err = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> readers;

  private ForkedJvm(Process process) {
    this.process = process;
    this.readers =
        List.of(collect(process.getInputStream(), out), collect(process.getErrorStream(), err));
  }

  /** Says how to start one. */
  static Builder on(Jdk jdk) {
    return new Builder(jdk);
  }

  static final class Builder {
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final Jdk jdk;
    private final List<String> environment = new ArrayList<>();
    private String classPath = TEST_CLASSES.toString();

    private Builder(Jdk jdk) {
      this.jdk = jdk;
    }

    /** Puts the agent in, with these options. */
    Builder agent(String agentOptions) {
      return option("-javaagent:" + JAR + "=" + agentOptions);
    }

    Builder option(String option) {
      options.add(option);
      return this;
    }

    Builder runBy(String... command) {
      prefix.addAll(List.of(command));
      return this;
    }

    Builder environment(String name, String value) {
      environment.add(name);
      environment.add(value);
      return this;
    }

    Builder alsoOnClassPath(Path jar) {
      classPath += ":" + jar;
      return this;
    }

    /** Starts a main class of the tests. */
    ForkedJvm start(Class<?> main, String... arguments) {
      options.add("-cp");
      options.add(classPath);
      options.add(main.getName());
      options.addAll(List.of(arguments));
      return start();
    }

    /** Starts the agent jar itself, as a command. */
    ForkedJvm command(String... arguments) {
      options.add("-jar");
      options.add(JAR.toString());
      options.addAll(List.of(arguments));
      return start();
    }

    private ForkedJvm start() {
      List<String> line = new ArrayList<>(prefix);
      line.add(jdk.java());
      line.addAll(options);
      ProcessBuilder builder = new ProcessBuilder(line);
      builder.environment().keySet().removeIf(name -> name.startsWith("BATON_"));
      for (int i = 0; i < environment.size(); i += 2) {
        builder.environment().put(environment.get(i), environment.get(i + 1));
      }
      try {
        return new ForkedJvm(builder.start());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Thread collect(InputStream from, List<String> to) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                lines.lines().forEach(to::add);
              } catch (IOException | UncheckedIOException e) {
                to.add("(stream ended: " + e.getMessage() + ")");
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Waits until it ends by itself. */
  ForkedJvm ended() {
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended, having said %s", out).isTrue();
      for (Thread reader : readers) {
        reader.join(10_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return this;
  }

  /** Waits until it has said a line that begins like this. */
  ForkedJvm said(String beginning) {
    Awaitility.await("a line '" + beginning + "…'")
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> out().stream().anyMatch(line -> line.startsWith(beginning)));
    return this;
  }

  /** Sends a line to its standard input. */
  void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  long pid() {
    return process.pid();
  }

  int status() {
    return ended().process.exitValue();
  }

  List<String> out() {
    synchronized (out) {
      return List.copyOf(out);
    }
  }

  /** Standard error without what the JVM itself says about the boot class path. */
  List<String> err() {
    synchronized (err) {
      return err.stream().filter(line -> !line.contains("Sharing is only supported")).toList();
    }
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
