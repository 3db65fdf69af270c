package dev.baton.linux;

import java.io.File;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Channel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/** The descriptor numbers behind the JDK's sockets, and how many there are. */
public final class Descriptors {

  private Descriptors() {}

  /**
   * The descriptors of this process that are no files: sockets, pipes, devices and the like. The
   * JVM opens files whenever it likes, those of its control group for instance, to see how much
   * memory it has.
   */
  public static long open() {
    File[] descriptors = new File("/proc/self/fd").listFiles();
    return java.util.stream.Stream.of(descriptors).filter(Descriptors::isNoFile).count();
  }

  private static boolean isNoFile(File descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor.toPath()).toString();
      return !target.startsWith("/") || target.startsWith("/dev/");
    } catch (NoSuchFileException e) {
      return false; // closed meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static int of(Channel channel) {
    try {
      Method getFdVal = Class.forName("sun.nio.ch.SelChImpl").getMethod("getFDVal");
      return (int) getFdVal.invoke(channel);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the JDK has changed", e);
    }
  }

  public static int of(Socket socket) {
    return ofImplementation(Socket.class, socket);
  }

  public static int of(ServerSocket socket) {
    return ofImplementation(ServerSocket.class, socket);
  }

  private static int ofImplementation(Class<?> type, Object socket) {
    try {
      Object implementation = field(type, "impl").get(socket);
      Object delegate = implementation;
      if (implementation.getClass().getSimpleName().equals("SocksSocketImpl")) {
        delegate =
            field(Class.forName("java.net.DelegatingSocketImpl"), "delegate").get(implementation);
      }
      Object descriptor = field(Class.forName("java.net.SocketImpl"), "fd").get(delegate);
      return field(FileDescriptor.class, "fd").getInt(descriptor);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the JDK has changed", e);
    }
  }

  private static Field field(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
