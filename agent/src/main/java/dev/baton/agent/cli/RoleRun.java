package dev.baton.agent.cli;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.host.BindingChange;
import dev.baton.linux.LinuxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A role of Mobile IPv6 as a process: runs until it is told to end (SIGINT, SIGTERM), prints a line
 * when it is ready and one for each change, and leaves nothing in the kernel.
 */
final class RoleRun {

  /** Whoever reads our lines may be slow; the packets do not wait for him. */
  private static final int MOST_LINES = 10_000;

  private static final int EPERM = 1;
  private static final int EACCES = 13;

  /** Makes the role. */
  interface Opening {
    AutoCloseable open(Consumer<BindingChange> listener, Consumer<String> log) throws IOException;
  }

  /** What is printed as JSON of a change; an address that there is not is null. */
  private record Line(
      String event, String own, String home, @Nullable String careOf, @Nullable String before) {}

  private final CommandLine command;
  private final boolean json;
  private final BlockingQueue<Runnable> lines = new LinkedBlockingQueue<>(MOST_LINES);
  private final AtomicLong lost = new AtomicLong();
  private @Nullable AutoCloseable role;
  private boolean ended;

  /**
   * @param command whose lines these are
   * @param json whether they are lines of JSON
   */
  RoleRun(CommandLine command, boolean json) {
    this.command = command;
    this.json = json;
  }

  /**
   * Runs it. Returns only if the thread is interrupted; the signals end the process.
   *
   * @param name what this host becomes
   * @param ready what is printed when it is, for people
   * @param readyJson the same for programs
   * @throws CommandFailedException if the host cannot have the role
   */
  int run(String name, String ready, Object readyJson, Opening opening)
      throws CommandFailedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "baton end"));
    try {
      open(opening);
    } catch (IOException e) {
      throw new CommandFailedException(
          Cli.NOT_REACHABLE, "this host cannot be a " + name + ": " + reason(e));
    }
    print(ready, readyJson);
    try {
      while (true) {
        lines.take().run();
        long left = lost.getAndSet(0);
        if (left > 0) {
          Failures.say(command, left + " lines were left out, as they were not read in time");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end();
      return Cli.DONE;
    }
  }

  private synchronized void open(Opening opening) throws IOException {
    if (!ended) {
      role = opening.open(this::changed, line -> later(() -> Failures.say(command, line)));
    }
  }

  private static String reason(IOException e) {
    boolean forbidden =
        e instanceof LinuxException failure
            && (failure.errno() == EPERM || failure.errno() == EACCES);
    return Failures.firstLine(e)
        + (forbidden ? "; run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW" : "");
  }

  private synchronized void end() {
    ended = true;
    AutoCloseable open = role;
    role = null;
    if (open != null) {
      try {
        open.close();
      } catch (Exception e) { // the process ends anyway: what is left is swept by the next one
        Failures.say(command, "not all is taken back: " + Failures.firstLine(e));
      }
    }
  }

  private void changed(BindingChange change) {
    later(() -> print(words(change), line(change)));
  }

  private void later(Runnable line) {
    if (!lines.offer(line)) {
      lost.incrementAndGet();
    }
  }

  private static String words(BindingChange change) {
    String home = change.home().toString();
    String known = " (known to " + change.own() + ")";
    if (change.now() == null) {
      return home + " is no longer at " + change.before() + known;
    }
    return change.before() == null
        ? home + " is at " + change.now() + known
        : home + " has moved from " + change.before() + " to " + change.now() + known;
  }

  private static Line line(BindingChange change) {
    String event = change.before() == null ? "bound" : change.now() == null ? "ended" : "moved";
    return new Line(
        event,
        change.own().toString(),
        change.home().toString(),
        text(change.now()),
        text(change.before()));
  }

  private static @Nullable String text(@Nullable Ip6 address) {
    return address == null ? null : address.toString();
  }

  private void print(String words, Object object) {
    PrintWriter out = command.getOut();
    out.println(json ? Json.of(object) : words);
    out.flush();
  }
}
