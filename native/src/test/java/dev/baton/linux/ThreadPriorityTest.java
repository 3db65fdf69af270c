package dev.baton.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class ThreadPriorityTest {

  @Test
  void aRaisedThreadGoesFirstAndItsCreatorDoesNot() throws Exception {
    int before = nice();
    int raised =
        in(
            "baton-test",
            () -> {
              assertThat(ThreadPriority.raise()).isTrue();
              return nice();
            });

    assertThat(raised).isEqualTo(-10);
    assertThat(nice()).isEqualTo(before);
  }

  @Test
  void aThreadStandsBackAlone() throws Exception {
    int before = nice();
    int lowered =
        in(
            "baton-test",
            () -> {
              ThreadPriority.standBack();
              return nice();
            });

    assertThat(lowered).isEqualTo(19);
    assertThat(nice()).isEqualTo(before);
  }

  @Test
  void onlyThreadsOfThatNameAreLoweredUntilRestored() throws Exception {
    int before = nice();
    int restored =
        in(
            "to be lowered",
            () -> {
              ThreadPriority.Lowered lowered = ThreadPriority.lower("to be low");
              assertThat(lowered.count()).isEqualTo(1);
              assertThat(nice()).isEqualTo(19);
              lowered.restore();
              return nice();
            });

    assertThat(restored).isEqualTo(before);
    assertThat(nice()).isEqualTo(before);
  }

  private static int in(String name, Callable<Integer> task) throws Exception {
    FutureTask<Integer> result = new FutureTask<>(task);
    Thread thread = new Thread(result, name);
    thread.start();
    thread.join();
    return result.get();
  }

  /** The calling thread's, from proc(5): the 19th field of stat, the 17th behind the name. */
  private static int nice() throws IOException {
    String stat = Files.readString(Path.of("/proc/thread-self/stat"));
    String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Integer.parseInt(behindName[16]);
  }
}
