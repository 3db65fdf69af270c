package dev.baton.agent.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server to be shown. Both understand {@code --port N --files DIR}, serve {@code /files/NAME}
 * and print {@code ready PORT}.
 */
public sealed interface App {

  /** What people call it. */
  String title();

  /**
   * What follows {@code java} and the agent on the command line, before the server's own options.
   *
   * @param folder for what has to be put somewhere first
   */
  List<String> command(Path folder) throws IOException;

  /** A jar. */
  record Jar(String title, Path jar) implements App {
    @Override
    public List<String> command(Path folder) {
      return List.of("-jar", jar.toString());
    }
  }

  /** The JDK's own HTTP server, started by {@link FileServer}. */
  record BuiltIn() implements App {
    @Override
    public String title() {
      return "JDK HttpServer";
    }

    /** The class is in a jar, under a name that hides it from other loaders; hence a copy. */
    @Override
    public List<String> command(Path folder) throws IOException {
      Path copy = folder.resolve(resource());
      Files.createDirectories(folder.resolve(resource()).resolveSibling("."));
      try (InputStream in = FileServer.class.getResourceAsStream("FileServer.class")) {
        if (in == null) {
          throw new IOException("the agent jar is incomplete: it lacks " + resource());
        }
        Files.write(copy, in.readAllBytes());
      }
      return List.of("-cp", folder.toString(), FileServer.class.getName());
    }

    private static String resource() {
      return FileServer.class.getName().replace('.', '/') + ".class";
    }
  }

  /**
   * Chooses.
   *
   * @param name {@code jetty}, {@code tomcat}, {@code socket} or {@code jdk}; null for what is
   *     there
   * @param jars the folder of the {@code demo-NAME.jar}s; null if there is none
   * @throws DemoException if it is not there
   */
  static App choose(@Nullable String name, @Nullable Path jars) throws DemoException {
    String wanted = name == null ? "jetty" : name;
    String file = "demo-" + wanted + ".jar";
    if (jars != null && Files.isReadable(jars.resolve(file))) {
      return new Jar(wanted, jars.resolve(file).toAbsolutePath());
    }
    if (name == null || name.equals("jdk")) {
      return new BuiltIn();
    }
    throw new DemoException(
        "--server "
            + name
            + " needs "
            + file
            + (jars == null
                ? ", which ./baton builds and finds; the jar alone has only the JDK's server"
                : ", which is not in " + jars + ": build it with ./baton"));
  }
}
