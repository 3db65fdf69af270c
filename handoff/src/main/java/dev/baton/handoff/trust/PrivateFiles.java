package dev.baton.handoff.trust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and folders that only their owner can look into, from the moment they exist. */
final class PrivateFiles {
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private PrivateFiles() {}

  /** Makes a folder, or takes the one that is there as it is. */
  static Path folder(Path path) throws IOException {
    try {
      return Files.createDirectory(path, FOLDER);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path)) {
        throw new IOException(path + " is not a folder", e);
      }
      return path;
    }
  }

  /** Writes a file, which is either the old one or the new one, never a part of it. */
  static void write(Path path, String text) throws IOException {
    Path next = Files.createTempFile(path.getParent(), ".", ".new", FILE);
    try {
      Files.write(next, text.getBytes(StandardCharsets.US_ASCII));
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(next);
    }
  }
}
