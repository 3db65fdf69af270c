package dev.baton.anycast.path;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** A packet before and after, by an implementation that is not ours. */
record ScapyPackets(String name, String beforeInHex, String afterInHex) {

  /** Debian's; another one in front of it on the path may lack scapy. */
  private static final String PYTHON = "/usr/bin/python3";

  static List<ScapyPackets> all() throws IOException, InterruptedException {
    Path script = Files.createTempFile("baton-packets", ".py");
    try {
      try (var source = ScapyPackets.class.getResourceAsStream("packets.py")) {
        Files.write(script, source.readAllBytes());
      }
      Process process =
          new ProcessBuilder(PYTHON, script.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
      assertThat(process.waitFor()).as("%s with python3-scapy", PYTHON).isZero();
      return said.lines().map(ScapyPackets::read).toList();
    } finally {
      Files.delete(script);
    }
  }

  private static ScapyPackets read(String line) {
    String[] words = line.split(" ", -1);
    return new ScapyPackets(words[0], words[1], words[2]);
  }

  byte[] before() {
    return HexFormat.of().parseHex(beforeInHex);
  }

  byte[] after() {
    return HexFormat.of().parseHex(afterInHex);
  }

  static Packet packet(byte[] bytes) {
    Packet packet = new Packet();
    packet.set(bytes);
    return packet;
  }

  @Override
  public String toString() {
    return name;
  }
}
