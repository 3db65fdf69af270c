package dev.baton.it.bed;

import java.nio.file.Path;
import java.util.Locale;

/** The demo servers. */
public enum App {
  /** Jetty 12.1. */
  JETTY,
  /** Tomcat 10.1 with NIO and sendfile. */
  TOMCAT,
  /** A thread for each connection on {@code ServerSocket}. */
  SOCKET,
  /** {@code com.sun.net.httpserver}. */
  JDK;

  /** Its jar, runnable by itself. */
  public Path jar() {
    return Repository.built("demo-apps/target/demo-" + this + ".jar");
  }

  /** Whether its file responses carry ETag and Last-Modified. */
  public boolean sendsValidators() {
    return this != JDK;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
