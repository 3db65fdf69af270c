package dev.baton.handoff.trust;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The folder of a node's keys, read again whenever a file in it has changed: a node gets new keys
 * without a restart. Keys that are broken, or half written, are not taken; the old ones stay.
 */
public final class KeyFolder {
  private final Path folder;
  private final String node;
  private final String group;
  private GroupKeys keys;
  private long writtenMillis;

  /**
   * Reads the keys for the first time.
   *
   * @throws IOException as {@link GroupKeys#in}
   */
  public KeyFolder(Path folder, String node, String group) throws IOException {
    this.folder = folder;
    this.node = node;
    this.group = group;
    this.keys = GroupKeys.in(folder, node, group);
    this.writtenMillis = GroupKeys.writtenMillis(folder);
  }

  /**
   * The keys as they are now.
   *
   * @return the same object as before if nothing has changed
   * @throws IOException if there are new ones that cannot be used; the caller may go on with {@link
   *     #last}
   */
  public synchronized GroupKeys current() throws IOException {
    long now = GroupKeys.writtenMillis(folder);
    if (now != writtenMillis) {
      keys = GroupKeys.in(folder, node, group);
      writtenMillis = now;
    }
    return keys;
  }

  /** The keys that were good the last time somebody looked. */
  public synchronized GroupKeys last() {
    return keys;
  }
}
