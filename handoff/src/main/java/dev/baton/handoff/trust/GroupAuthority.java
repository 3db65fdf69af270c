package dev.baton.handoff.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A group's certificate authority: whoever has a certificate of it belongs to the group, and nobody
 * else. One authority serves one group, whose name is in every certificate.
 *
 * <p>Keys are on the curve P-256 (RFC 8446 obliges every TLS 1.3 implementation to have it).
 * Everything is a PEM file; those with a private key can be read by their owner only. The work is
 * the JDK's {@code keytool}.
 */
public final class GroupAuthority {
  private static final String CA_FOLDER = "ca";
  private static final String CA_CERTIFICATE = "ca.pem";
  private static final String CA_KEY = "ca.key";
  private static final String NODE_CERTIFICATE = "node.pem";
  private static final String NODE_KEY = "node.key";
  private static final Duration CA_LIFE = Duration.ofDays(3650);
  private static final List<String> ELLIPTIC = List.of("-keyalg", "EC", "-groupname", "secp256r1");

  private final Path folder;
  private final String group;
  private final PrivateKey key;
  private final X509Certificate certificate;

  private GroupAuthority(Path folder, String group, PrivateKey key, X509Certificate certificate) {
    this.folder = folder;
    this.group = group;
    this.key = key;
    this.certificate = certificate;
  }

  /**
   * Opens the authority in a folder, or makes one where there is none.
   *
   * @param folder of all of a group's keys; made if it is not there
   * @param group the group's name
   * @throws IOException if the folder cannot be used, holds another group's authority, or the name
   *     cannot be one
   */
  public static GroupAuthority in(Path folder, String group) throws IOException {
    Names.check("group", group);
    PrivateFiles.folder(folder);
    Path home = PrivateFiles.folder(folder.resolve(CA_FOLDER));
    Path certificateFile = home.resolve(CA_CERTIFICATE);
    Path keyFile = home.resolve(CA_KEY);
    if (Files.exists(keyFile)) {
      X509Certificate certificate = Pem.certificates(certificateFile).get(0);
      if (!certificate.getSubjectX500Principal().getName().equals(name(group))) {
        throw new IOException(
            home
                + " belongs to another group ("
                + certificate.getSubjectX500Principal().getName()
                + "); give each group a folder of its own");
      }
      return new GroupAuthority(folder, group, Pem.key(keyFile), certificate);
    }
    try (Keytool keytool = Keytool.open()) {
      List<String> how = new ArrayList<>(ELLIPTIC);
      how.addAll(List.of("-dname", name(group), "-validity", days(CA_LIFE)));
      how.addAll(List.of("-ext", "bc:critical=ca:true,pathlen:0"));
      how.addAll(List.of("-ext", "ku:critical=keyCertSign,cRLSign"));
      keytool.run("-genkeypair", CA_FOLDER, how);
      PrivateKey key = keytool.key(CA_FOLDER);
      X509Certificate certificate = keytool.certificate(CA_FOLDER);
      PrivateFiles.write(certificateFile, Pem.of(certificate));
      PrivateFiles.write(keyFile, Pem.of(key)); // last: with it the authority is there
      return new GroupAuthority(folder, group, key, certificate);
    }
  }

  private static String name(String group) {
    return "CN=" + group + ",O=Baton";
  }

  /**
   * Issues a key and a certificate to a node; a node that has one gets a new one. What it had stays
   * valid until it expires.
   *
   * @param node the node's name in the group
   * @param life how long the certificate is valid, at least a day
   * @return the node's folder, {@code baton.keys}: {@code ca.pem}, {@code node.pem}, {@code
   *     node.key}
   */
  public Path issue(String node, Duration life) throws IOException {
    Names.check("node", node);
    if (node.equals(CA_FOLDER)) {
      throw new IOException("no node can be called '" + CA_FOLDER + "': its folder is the group's");
    }
    Path home = PrivateFiles.folder(folder.resolve(node));
    try (Keytool keytool = Keytool.open()) {
      keytool.put(CA_FOLDER, key, certificate);
      List<String> how = new ArrayList<>(ELLIPTIC);
      how.addAll(List.of("-dname", "CN=" + node + ",OU=" + group + ",O=Baton"));
      how.addAll(List.of("-validity", days(life), "-signer", CA_FOLDER));
      how.addAll(List.of("-ext", "ku:critical=digitalSignature"));
      how.addAll(List.of("-ext", "eku=serverAuth,clientAuth"));
      how.addAll(List.of("-ext", "san=uri:baton:" + group + "/" + node));
      keytool.run("-genkeypair", node, how);
      PrivateFiles.write(home.resolve(CA_CERTIFICATE), Pem.of(certificate));
      PrivateFiles.write(home.resolve(NODE_CERTIFICATE), Pem.of(keytool.certificate(node)));
      PrivateFiles.write(home.resolve(NODE_KEY), Pem.of(keytool.key(node)));
    }
    return home;
  }

  /** Where the authority's own certificate and key are. */
  public Path folder() {
    return folder.resolve(CA_FOLDER);
  }

  private static String days(Duration life) {
    return Long.toString(Math.max(1, life.toDays()));
  }
}
