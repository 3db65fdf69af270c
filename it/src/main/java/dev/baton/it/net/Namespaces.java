package dev.baton.it.net;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The network namespaces of one bed, as {@code ip netns} knows them. Their names begin with {@code
 * baton-it-PID-N-}: the process that made them, and which of its beds it was. That is how those of
 * a process that died can be told from those in use.
 */
final class Namespaces {

  private static final String PREFIX = "baton-it-";
  private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d+)-(\\d+)-.+");
  private static final Path FOLDER = Path.of("/run/netns");
  private static final int CLONE_NEWNET = 0x40000000;
  private static final long END_SECONDS = 10;
  private static final long LOOK_NANOS = 2_000_000;
  private static final AtomicInteger BEDS = new AtomicInteger();

  private final String prefix;
  private final List<String> made = new ArrayList<>();

  private Namespaces(String prefix) {
    this.prefix = prefix;
  }

  /** None yet, for a new bed. Removes those of dead processes first. */
  static Namespaces forNewBed() throws IOException, InterruptedException {
    int bed = BEDS.incrementAndGet();
    List<String> orphans = new ArrayList<>();
    for (String name : all()) {
      Matcher matcher = NAME.matcher(name);
      if (matcher.matches() && isOrphan(matcher, bed)) {
        orphans.add(name);
      }
    }
    remove(orphans);
    return new Namespaces(PREFIX + ProcessHandle.current().pid() + "-" + bed + "-");
  }

  /** Its process is gone; or it had our number and died before us, for we have had no such bed. */
  private static boolean isOrphan(Matcher name, int bed) {
    long pid = Long.parseLong(name.group(1));
    return pid == ProcessHandle.current().pid()
        ? Integer.parseInt(name.group(2)) >= bed
        : ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  private static List<String> all() throws IOException {
    List<String> all = new ArrayList<>();
    if (Files.isDirectory(FOLDER)) {
      try (DirectoryStream<Path> names = Files.newDirectoryStream(FOLDER)) {
        names.forEach(path -> all.add(path.getFileName().toString()));
      }
    }
    return all;
  }

  /**
   * Makes one, with nothing in it but loopback, which is up.
   *
   * @param name the last part of its name
   * @return its name
   */
  synchronized String add(String name) throws IOException, InterruptedException {
    String full = prefix + name;
    made.add(full);
    Commands.ip("netns add " + full);
    Commands.run(List.of("ip", "-n", full, "link", "set", "lo", "up"), "");
    return full;
  }

  /** What all names of this bed begin with. */
  String prefix() {
    return prefix;
  }

  /** Where a namespace can be opened. */
  static Path path(String name) {
    return FOLDER.resolve(name);
  }

  /** Moves the calling thread into a namespace, for good. */
  static void enter(String name) throws IOException {
    int fd =
        Calls.checked(
            Calls.open(path(name).toString(), Calls.O_RDONLY | Calls.O_CLOEXEC),
            "open(" + path(name) + ")");
    try {
      Calls.checked(Calls.setns(fd, CLONE_NEWNET), "setns(" + name + ")");
    } finally {
      Calls.close(fd);
    }
  }

  /** Ends every process that lives in one of this bed's and removes them. */
  synchronized void removeAll() throws IOException, InterruptedException {
    remove(made);
    made.clear();
  }

  private static void remove(List<String> names) throws IOException, InterruptedException {
    if (names.isEmpty()) {
      return;
    }
    endProcessesIn(names);
    for (String name : names) {
      try {
        Commands.ip("netns delete " + name);
      } catch (IOException e) {
        if (Files.exists(path(name))) {
          throw e; // Otherwise another bed was faster, or it was never made.
        }
      }
    }
  }

  /** Kills them, and again whoever they started meanwhile, until there are none. */
  private static void endProcessesIn(List<String> names) throws IOException {
    Set<String> links = new HashSet<>();
    for (String name : names) {
      if (Files.exists(path(name))) {
        links.add("net:[" + Files.getAttribute(path(name), "unix:ino") + "]");
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
    for (boolean any = true; any; ) {
      any = false;
      for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
        if (links.contains(namespaceOf(process))) {
          any = true;
          process.destroyForcibly();
        }
      }
      if (any && System.nanoTime() > deadline) {
        throw new IOException("processes in " + names + " do not end");
      }
      if (any) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  /**
   * As the kernel writes it; empty if the process has ended, reaped or not, or may do more than
   * this one, so that none of ours has started it.
   */
  private static String namespaceOf(ProcessHandle process) throws IOException {
    Path link = Path.of("/proc/" + process.pid() + "/ns/net");
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException | AccessDeniedException e) {
      return "";
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
      return "";
    }
  }
}
