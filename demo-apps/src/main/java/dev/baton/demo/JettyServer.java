package dev.baton.demo;

import org.eclipse.jetty.ee10.servlet.ResourceServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Jetty, embedded, as its documentation shows it. */
public final class JettyServer {

  private JettyServer() {}

  /** Runs until SIGTERM. */
  public static void main(String... args) throws Exception {
    Logging.quiet();
    Options options = Options.parse(args);

    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setPort(options.port());
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);

    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder files = new ServletHolder("files", ResourceServlet.class);
    files.setInitParameter("baseResource", options.files().toUri().toString());
    files.setInitParameter("etags", "true");
    context.addServlet(files, "/files/*");
    context.addServlet(new ServletHolder(new EndpointsServlet(new Endpoints(options))), "/");
    server.setHandler(context);

    server.setStopAtShutdown(true);
    server.start();
    Options.announce(connector.getLocalPort());
    server.join();
  }
}
