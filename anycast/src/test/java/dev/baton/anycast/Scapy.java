package dev.baton.anycast;

import dev.baton.anycast.message.MobilityPacket;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;

/**
 * The codec that is not ours, scapy, in one Python process for all tests of this JVM. {@code
 * scapy_peer.py} says what expressions may use.
 */
public final class Scapy {

  private static final String PYTHON = "/usr/bin/python3"; // Debian's, which has python3-scapy

  private static final class Running {
    static final Scapy SCAPY = new Scapy();
  }

  private final Writer requests;
  private final BufferedReader answers;

  private Scapy() {
    try (InputStream script = Scapy.class.getResourceAsStream("scapy_peer.py")) {
      Path file = Files.createTempFile("scapy_peer", ".py");
      file.toFile().deleteOnExit();
      Files.copy(script, file, StandardCopyOption.REPLACE_EXISTING);
      Process process =
          new ProcessBuilder(PYTHON, file.toString()).redirectError(new File("/dev/null")).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      requests = process.outputWriter(StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("no " + PYTHON + ": apt-get install python3-scapy", e);
    }
  }

  /** The packet that a Python expression makes. */
  public static byte[] build(String expression) {
    String answer = Running.SCAPY.ask("build " + expression);
    return HexFormat.of().parseHex(answer);
  }

  /** How scapy reads a packet of ours, whose bytes it makes again from what it read. */
  public static String show(MobilityPacket packet) {
    return Running.SCAPY.ask("show " + HexFormat.of().formatHex(packet.encode()));
  }

  private synchronized String ask(String request) {
    try {
      requests.write(request + "\n");
      requests.flush();
      String answer = answers.readLine();
      if (answer == null || answer.startsWith("error: ")) {
        throw new AssertionError(
            "scapy does not answer (apt-get install python3-scapy?): " + answer + "\n" + request);
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
