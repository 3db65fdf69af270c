package dev.baton.handoff.contact;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a node keeps the electorate, so that the process after it knows whether it is the first of
 * its group: three lines, the number, the members, and those before a change that is under way.
 */
final class ElectorateFile {
  private final Path file;

  ElectorateFile(Path file) {
    this.file = file;
  }

  /** What was written last; none if there is nothing, or nothing that makes sense. */
  Electorate read() throws IOException {
    try {
      List<String> lines = Files.readAllLines(file);
      return lines.size() == 3
          ? new Electorate(Long.parseLong(lines.get(0)), names(lines.get(1)), names(lines.get(2)))
          : Electorate.NONE;
    } catch (NoSuchFileException | NumberFormatException e) {
      return Electorate.NONE;
    }
  }

  private static Set<String> names(String line) {
    return line.isEmpty() ? Set.of() : new TreeSet<>(List.of(line.split(" ", -1)));
  }

  void write(Electorate electorate) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.write(
        next,
        List.of(
            Long.toString(electorate.number()),
            String.join(" ", new TreeSet<>(electorate.members())),
            String.join(" ", new TreeSet<>(electorate.before()))),
        StandardCharsets.UTF_8);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The node has left its group in order. */
  void forget() throws IOException {
    Files.deleteIfExists(file);
  }
}
