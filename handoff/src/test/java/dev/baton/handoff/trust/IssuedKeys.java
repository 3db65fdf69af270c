package dev.baton.handoff.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.util.List;

/** Keys as {@link GroupAuthority} does not issue them. */
public final class IssuedKeys {
  private IssuedKeys() {}

  /**
   * Puts a certificate that ended two days ago into a node's folder, and its key.
   *
   * @param keys the folder as the authority issued it
   */
  public static Path expired(GroupAuthority authority, Path keys, String node, String group)
      throws IOException {
    X509Certificate vouches = Pem.certificates(authority.folder().resolve("ca.pem")).get(0);
    try (Keytool keytool = Keytool.open()) {
      keytool.put("ca", Pem.key(authority.folder().resolve("ca.key")), vouches);
      keytool.run(
          "-genkeypair",
          node,
          List.of(
              "-keyalg",
              "EC",
              "-groupname",
              "secp256r1",
              "-dname",
              "CN=" + node + ",OU=" + group + ",O=Baton",
              "-startdate",
              "-3d",
              "-validity",
              "1",
              "-signer",
              "ca"));
      Files.writeString(keys.resolve("node.pem"), Pem.of(keytool.certificate(node)));
      Files.writeString(keys.resolve("node.key"), Pem.of(keytool.key(node)));
    }
    return keys;
  }

  /** Replaces a file that is looked at by the time of its last write, which therefore differs. */
  public static void replace(Path file, String text) throws IOException {
    FileTime before = Files.getLastModifiedTime(file);
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 10_000));
  }
}
