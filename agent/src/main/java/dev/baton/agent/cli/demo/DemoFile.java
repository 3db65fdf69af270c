package dev.baton.agent.cli.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * The file that is downloaded: of no pattern, so that no byte can be lost, repeated or misplaced
 * without changing the digest.
 *
 * @param path where it is
 * @param bytes its length
 * @param sha256 its digest, in hexadecimal
 */
record DemoFile(Path path, long bytes, String sha256) {

  private static final int BLOCK = 1 << 16;

  /**
   * Writes it.
   *
   * @param bytes how long it shall be
   */
  static DemoFile write(Path path, long bytes) throws IOException {
    SplittableRandom random = new SplittableRandom(bytes);
    MessageDigest digest = newDigest();
    byte[] block = new byte[BLOCK];
    try (OutputStream out = Files.newOutputStream(path)) {
      for (long left = bytes; left > 0; left -= BLOCK) {
        random.nextBytes(block);
        int n = (int) Math.min(left, BLOCK);
        out.write(block, 0, n);
        digest.update(block, 0, n);
      }
    }
    return new DemoFile(path, bytes, hex(digest));
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) { // every Java platform has it
      throw new UncheckedIOException(new IOException(e));
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
