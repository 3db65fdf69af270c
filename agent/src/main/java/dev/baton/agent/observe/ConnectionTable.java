package dev.baton.agent.observe;

import java.io.FileDescriptor;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections by descriptor number: finding one costs one array load. A number that has been
 * reused for something else is recognised by the JDK's descriptor object, which is another one
 * then.
 */
final class ConnectionTable {
  private volatile @Nullable Connection[] byNumber = new @Nullable Connection[1024];
  private final Collection<Connection> all = ConcurrentHashMap.newKeySet();

  @Nullable Connection find(FileDescriptor fd) {
    int number = Internals.number(fd);
    @Nullable Connection[] table = byNumber;
    if (number < 0 || number >= table.length) {
      return null;
    }
    Connection connection = table[number];
    return connection != null && connection.descriptor() == fd ? connection : null;
  }

  synchronized void add(Connection connection) {
    int number = Internals.number(connection.descriptor());
    if (number < 0) {
      return;
    }
    @Nullable Connection[] table = byNumber;
    if (number >= table.length) {
      table = Arrays.copyOf(table, Math.max(number + 1, 2 * table.length));
    }
    Connection before = table[number];
    if (before != null) {
      all.remove(before);
    }
    table[number] = connection;
    byNumber = table;
    all.add(connection);
  }

  synchronized void remove(Connection connection) {
    int number = connection.number();
    @Nullable Connection[] table = byNumber;
    if (number < table.length && table[number] == connection) {
      table[number] = null;
      byNumber = table;
    }
    all.remove(connection);
  }

  /** All connections, rehearsals too; a live view. */
  Collection<Connection> all() {
    return all;
  }
}
