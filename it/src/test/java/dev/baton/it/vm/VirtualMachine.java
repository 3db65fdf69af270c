package dev.baton.it.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A machine with a kernel of its own, which {@code it/src/test/vm/prepare} has made. It sees this
 * host's files and changes none. One processor, emulated: everything takes about ten times as long.
 */
final class VirtualMachine {

  private static final Path HOME = home();
  private static final String MEMORY = "1536";

  private VirtualMachine() {}

  private static Path home() {
    String given = System.getenv("BATON_VM");
    return given == null
        ? Path.of(System.getProperty("user.home"), ".cache/baton-vm")
        : Path.of(given);
  }

  /** Null if it can be used; else why it cannot. */
  static @Nullable String missing() {
    if (!Files.exists(HOME.resolve("initrd"))) {
      return HOME + " is not there: run it/src/test/vm/prepare, as root, on Debian";
    }
    return null;
  }

  /**
   * Boots it, runs a program, and turns it off.
   *
   * @param script gets the commands; where the machine sees it too
   * @param patience what it may take altogether
   * @return what the kernel and the program have written
   * @throws IOException if the machine does not come to an end in that time
   */
  static String run(Path script, List<String> command, Duration patience)
      throws IOException, InterruptedException {
    String words = command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    Files.writeString(
        script, "#!/bin/sh\ncd '" + Path.of("").toAbsolutePath() + "'\nexec " + words + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path output = script.resolveSibling(script.getFileName() + ".log");
    Process machine =
        new ProcessBuilder(
                "nice",
                "qemu-system-x86_64",
                "-nodefaults",
                "-display",
                "none",
                "-serial",
                "stdio",
                "-no-reboot",
                "-accel",
                "tcg",
                "-cpu",
                "max",
                "-smp",
                "1",
                "-m",
                MEMORY,
                "-kernel",
                HOME.resolve("vmlinuz").toString(),
                "-initrd",
                HOME.resolve("initrd").toString(),
                "-append",
                "console=ttyS0 quiet panic=-1 vm=" + HOME + " run=" + script.toAbsolutePath(),
                "-fsdev",
                "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
                "-device",
                "virtio-9p-pci,fsdev=host,mount_tag=host")
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!machine.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("the virtual machine has not ended: " + Files.readString(output));
      }
      return Files.readString(output);
    } finally {
      machine.destroyForcibly().waitFor();
    }
  }
}
