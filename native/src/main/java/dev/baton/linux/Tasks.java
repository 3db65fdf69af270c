package dev.baton.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This process's threads as the kernel tells them, in {@code /proc/self/task}. */
final class Tasks {
  private static final Path TASKS = Path.of("/proc/self/task");

  private Tasks() {}

  /** All threads there are at the moment. */
  static List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      tasks.forEach(all::add);
    }
    return all;
  }

  /** The number by which the kernel knows the thread. */
  static int number(Path task) {
    return Integer.parseInt(task.getFileName().toString());
  }

  /** What one of a thread's files says, without the blanks around it; empty if it has ended. */
  static String read(Path task, String file) throws IOException {
    try {
      return Files.readString(task.resolve(file)).strip();
    } catch (IOException e) {
      if (Files.exists(task)) {
        throw e;
      }
      return "";
    }
  }
}
