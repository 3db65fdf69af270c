package dev.baton.it.bed;

import dev.baton.handoff.Group;
import dev.baton.it.net.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One group of servers and all that belongs to it: a folder for their sockets, files to serve,
 * their logs. Closing it stops every server that still runs and removes the folder; the logs stay
 * in {@code it/target/server-logs}.
 */
public final class TestBed implements AutoCloseable {

  private static final long JOIN_SECONDS = 10;
  private static final long STOP_SECONDS = 20;
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final String name;
  private final Path directory;
  private final Path logs;
  private final Path files;
  private final List<ServerProcess> servers = new CopyOnWriteArrayList<>();
  private final Thread lastResort = new Thread(this::killAll, "test bed last resort");

  private TestBed(String name, Path directory, Path logs, Path files) {
    this.name = name;
    this.directory = directory;
    this.logs = logs;
    this.files = files;
    Runtime.getRuntime().addShutdownHook(lastResort);
  }

  /**
   * Makes an empty one.
   *
   * @param name for the logs; of letters that a file name may have
   */
  public static TestBed create(String name) throws IOException {
    Path directory = Files.createTempDirectory("baton-it", OWNER_ONLY);
    Path logs = Files.createDirectories(Repository.output().resolve("server-logs/" + name));
    return new TestBed(name, directory, logs, Repository.servedFolder(0));
  }

  /** {@code baton.dir} of this group. */
  public Path directory() {
    return directory;
  }

  /** {@code baton.dir} of this group on a host, which does not share that of other hosts. */
  public Path directory(Host host) throws IOException {
    Path own = directory.resolve(host.name());
    return Files.exists(own) ? own : Files.createDirectory(own, OWNER_ONLY);
  }

  private Path directoryFor(ServerSpec spec) throws IOException {
    Host host = spec.host();
    return host == null ? directory : directory(host);
  }

  /** {@code baton.group} of this group. */
  public String group() {
    return directory.getFileName().toString();
  }

  /** What servers serve if not told otherwise. */
  public Path files() {
    return files;
  }

  /** Asks the nodes of this group on this machine itself, from this process. */
  public Operator operator() {
    return operator(directory);
  }

  /** Asks the nodes of this group on a host, from this process. */
  public Operator operator(Host host) throws IOException {
    return operator(directory(host));
  }

  private Operator operator(Path folder) {
    try {
      return new Operator(new Group(folder, group()));
    } catch (IOException e) {
      throw new IllegalStateException(e); // The folder's name can be a group's.
    }
  }

  /** The command line, talking to this group. */
  public BatonCli commandLine() {
    return new BatonCli(group(), directory, List.of());
  }

  /** The command line as somebody on a host types it, talking to the nodes there. */
  public BatonCli commandLine(Host host) throws IOException {
    return new BatonCli(group(), directory(host), host.enter());
  }

  /** Starts a server and waits until it is ready. */
  public ServerProcess start(ServerSpec spec) throws IOException, InterruptedException {
    return launch(spec).awaitReady();
  }

  /**
   * Starts a server that takes over the port it shares, if it shares one, and waits until all new
   * connections go to it.
   */
  public ServerProcess join(ServerSpec spec) throws IOException, InterruptedException {
    return startUntil(spec, Json.Node::takesNewConnections, "does not get the new connections");
  }

  /** Starts a server and waits until connections can be handed off to it. */
  public ServerProcess enter(ServerSpec spec) throws IOException, InterruptedException {
    return startUntil(spec, node -> !node.ports().isEmpty(), "is not in its group");
  }

  private ServerProcess startUntil(ServerSpec spec, Predicate<Json.Node> is, String complaint)
      throws IOException, InterruptedException {
    ServerProcess server = start(spec);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
    Operator operator = operator(directoryFor(spec));
    while (operator.nodes().stream()
        .noneMatch(node -> node.name().equals(spec.node()) && is.test(node))) {
      if (System.nanoTime() > deadline) {
        throw new IOException("%s %s; %s".formatted(spec, complaint, server.lastWords()));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    return server;
  }

  /** Starts several servers at once and waits until all are ready. */
  public List<ServerProcess> startAll(ServerSpec... specs)
      throws IOException, InterruptedException {
    List<ServerProcess> started = new ArrayList<>();
    for (ServerSpec spec : specs) {
      started.add(launch(spec));
    }
    for (ServerProcess server : started) {
      server.awaitReady();
    }
    return started;
  }

  /** Starts a server without waiting. */
  public ServerProcess launch(ServerSpec spec) throws IOException {
    Path log = logs.resolve("%02d-%s".formatted(servers.size(), spec.node()));
    ServerProcess server = ServerProcess.start(spec, command(spec), log);
    servers.add(server);
    return server;
  }

  private List<String> command(ServerSpec spec) throws IOException {
    Host host = spec.host();
    List<String> command = new ArrayList<>(host == null ? List.of() : host.enter());
    command.addAll(spec.wrapper());
    command.add(spec.jdk().java());
    command.add("-Xmx256m");
    command.addAll(spec.jvmOptions());
    if (spec.withAgent()) {
      List<String> options =
          new ArrayList<>(
              List.of("node=" + spec.node(), "group=" + group(), "dir=" + directoryFor(spec)));
      options.addAll(spec.agentOptions());
      command.add("-javaagent:" + Repository.agentJar() + "=" + String.join(",", options));
    }
    command.add("-jar");
    command.add(spec.app().jar().toString());
    Path served = spec.files();
    command.addAll(
        List.of(
            "--port",
            "" + spec.port(),
            "--name",
            spec.node(),
            "--salt",
            "" + spec.salt(),
            "--files",
            (served == null ? files : served).toString()));
    return command;
  }

  /** Lines of all servers that sound like trouble, were not expected, and were not told before. */
  public List<String> complaints() throws IOException {
    List<String> all = new ArrayList<>();
    for (ServerProcess server : servers) {
      all.addAll(server.complaints());
    }
    return all;
  }

  /** The end of what each server said, for a report. */
  public String lastWords() throws IOException {
    StringBuilder all = new StringBuilder();
    for (ServerProcess server : servers) {
      all.append(server).append(": ").append(server.lastWords()).append('\n');
    }
    return all.toString();
  }

  /**
   * Stops what still runs, with SIGTERM, and removes the folder.
   *
   * @throws IOException if a server does not stop or has complained
   */
  @Override
  public void close() throws IOException, InterruptedException {
    try {
      servers.forEach(ServerProcess::terminate);
      for (ServerProcess server : servers) {
        server.awaitExit(STOP_SECONDS);
      }
      List<String> complaints = complaints();
      if (!complaints.isEmpty()) {
        throw new IOException(
            "servers of %s (logs in %s) said:%n%s"
                .formatted(name, logs, String.join("\n", complaints)));
      }
    } finally {
      killAll();
      deleteDirectory();
      Runtime.getRuntime().removeShutdownHook(lastResort);
    }
  }

  private void killAll() {
    try {
      for (ServerProcess server : servers) {
        server.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void deleteDirectory() throws IOException {
    List<Path> leavesFirst;
    try (Stream<Path> paths = Files.walk(directory)) {
      leavesFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : leavesFirst) {
      Files.deleteIfExists(path);
    }
  }
}
