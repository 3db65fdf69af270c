package dev.baton.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;

/** Tomcat, embedded: its NIO connector, its default servlet, sendfile as it comes. */
public final class TomcatServer {

  private TomcatServer() {}

  /** Runs until SIGTERM. */
  public static void main(String... args) throws Exception {
    Logging.quiet();
    Options options = Options.parse(args);
    Path work = Files.createTempDirectory("demo-tomcat");

    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(work.toString());
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setPort(options.port());
    connector.setProperty("acceptCount", "1024");
    tomcat.setConnector(connector);

    Context endpoints = tomcat.addContext("", null);
    Tomcat.addServlet(endpoints, "endpoints", new EndpointsServlet(new Endpoints(options)));
    endpoints.addServletMapping("/", "endpoints");

    Context files = tomcat.addContext("/files", options.files().toString());
    Tomcat.addServlet(files, "default", new DefaultServlet());
    files.addServletMapping("/", "default");

    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(tomcat, work), "tomcat-stop"));
    tomcat.start();
    Options.announce(connector.getLocalPort());
    tomcat.getServer().await();
  }

  private static void stop(Tomcat tomcat, Path work) {
    try {
      tomcat.stop();
      tomcat.destroy();
      List<Path> leaves;
      try (Stream<Path> paths = Files.walk(work)) {
        leaves = paths.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path leaf : leaves) {
        Files.delete(leaf);
      }
    } catch (LifecycleException | IOException e) {
      System.err.println("WARN Tomcat did not stop cleanly: " + e);
    }
  }
}
