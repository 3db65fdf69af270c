package dev.baton.handoff.trust;

import dev.baton.handoff.Log;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * The file with a group's security map, read again whenever it has changed: an operator lets a node
 * in, or keeps it out, without a restart. A map that makes no sense is not taken; the last good one
 * stays, and one line says so.
 */
final class MapFile {
  private final Path path;
  private final Log log;
  private @Nullable Version version;
  private SecurityMap map;

  /** What tells one state of the file from the next, also if it is replaced by another file. */
  private record Version(FileTime written, long size, @Nullable Object file) {

    /** Null if there is no file that could be looked at. */
    static @Nullable Version of(Path path) {
      try {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(now.lastModifiedTime(), now.size(), now.fileKey());
      } catch (IOException e) {
        return null; // why, is said when it is read
      }
    }
  }

  /**
   * Reads the map for the first time.
   *
   * @throws IOException if it cannot be read or makes no sense, in words for the operator
   */
  MapFile(Path path, Log log) throws IOException {
    this.path = path;
    this.log = log;
    this.version = Version.of(path);
    this.map = read(path);
  }

  private static SecurityMap read(Path path) throws IOException {
    try {
      return SecurityMap.parse(Files.readAllLines(path));
    } catch (NoSuchFileException e) {
      throw new IOException("the security map " + path + " is not there", e);
    } catch (CharacterCodingException e) {
      throw new IOException("the security map " + path + " is no text", e);
    } catch (IOException e) {
      throw new IOException("the security map " + path + ": " + Log.words(e), e);
    }
  }

  /** The map as it is now; the last good one if the new one cannot be used. */
  synchronized SecurityMap current() {
    Version now = Version.of(path);
    if (now == null ? version != null : !now.equals(version)) {
      version = now; // before it is read: what is written meanwhile is another version
      try {
        map = read(path);
        log.info("the security map " + path + " has changed; it holds from now on");
      } catch (IOException e) {
        log.warn("the last good map goes on, no node is let in or kept out by the new one", e);
      }
    }
    return map;
  }

  /** Where it is. */
  @Override
  public String toString() {
    return path.toString();
  }
}
