package dev.baton.handoff.trust;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The JDK's own tool for keys and certificates, on a key store that exists as long as this object.
 */
final class Keytool implements Closeable {
  private static final String PASSWORD_VARIABLE = "BATON_KEYTOOL_PASSWORD";

  /** What starts such a short-lived JVM soonest. */
  private static final List<String> QUICK =
      List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-J-Xshare:auto");

  private final Path folder;
  private final Path store;
  private final String password;

  private Keytool(Path folder, String password) {
    this.folder = folder;
    this.store = folder.resolve("store.p12");
    this.password = password;
  }

  static Keytool open() throws IOException {
    byte[] secret = new byte[16];
    new SecureRandom().nextBytes(secret);
    return new Keytool( // a temporary folder is its owner's only
        Files.createTempDirectory("baton-keys"), HexFormat.of().formatHex(secret));
  }

  /**
   * Runs one command.
   *
   * @param command as keytool calls it
   * @param alias the entry it is about
   * @throws IOException with keytool's own words if it fails
   */
  void run(String command, String alias, List<String> options) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(QUICK);
    line.addAll(List.of(command, "-alias", alias, "-keystore", store.toString()));
    line.addAll(List.of("-storetype", "PKCS12", "-storepass:env", PASSWORD_VARIABLE, "-noprompt"));
    line.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put(PASSWORD_VARIABLE, password);
    Process process = builder.start();
    process.getOutputStream().close();
    try (InputStream out = process.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new IOException("keytool " + command + ": " + said);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool works", e);
    }
  }

  /** Puts a key into the store. */
  void put(String alias, PrivateKey key, X509Certificate certificate) throws IOException {
    try {
      KeyStore keys = load();
      keys.setKeyEntry(alias, key, password.toCharArray(), new Certificate[] {certificate});
      try (OutputStream out = Files.newOutputStream(store)) {
        keys.store(out, password.toCharArray());
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("a key cannot be stored: " + e.getMessage(), e);
    }
  }

  PrivateKey key(String alias) throws IOException {
    try {
      Key key = load().getKey(alias, password.toCharArray());
      if (key instanceof PrivateKey secret) {
        return secret;
      }
      throw new IOException("keytool made no key '" + alias + "'");
    } catch (GeneralSecurityException e) {
      throw new IOException("a key cannot be read: " + e.getMessage(), e);
    }
  }

  /** The entry's own certificate, without those that vouch for it. */
  X509Certificate certificate(String alias) throws IOException {
    try {
      Certificate certificate = load().getCertificate(alias);
      if (certificate instanceof X509Certificate x509) {
        return x509;
      }
      throw new IOException("keytool made no certificate '" + alias + "'");
    } catch (GeneralSecurityException e) {
      throw new IOException("a certificate cannot be read: " + e.getMessage(), e);
    }
  }

  private KeyStore load() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    if (Files.exists(store)) {
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, password.toCharArray());
      }
    } else {
      keys.load(null, password.toCharArray());
    }
    return keys;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(store);
    Files.deleteIfExists(folder);
  }
}
