package dev.baton.handoff.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * A node's keys as they lie in its folder ({@code baton.keys}) at one moment: what it shows to
 * others, and whom it believes. An immutable value.
 *
 * <p>{@code ca.pem} may hold several authorities: while a group changes from one to the next, its
 * nodes believe both.
 *
 * @param node the node's name, as its certificate has it
 * @param group the group's name
 * @param key the node's private key
 * @param certificate the node's certificate
 * @param authorities whose certificates are believed, at least one
 */
public record GroupKeys(
    String node,
    String group,
    PrivateKey key,
    X509Certificate certificate,
    List<X509Certificate> authorities) {
  private static final String CA = "ca.pem";
  private static final String CERTIFICATE = "node.pem";
  private static final String KEY = "node.key";

  /**
   * Reads a folder and checks that what is in it belongs together.
   *
   * @param node the name the keys must be for
   * @param group the group the keys must be for
   * @throws IOException if something is missing, or is another node's or another group's, with what
   *     to do
   */
  public static GroupKeys in(Path folder, String node, String group) throws IOException {
    for (String file : List.of(CA, CERTIFICATE, KEY)) {
      if (!Files.isReadable(folder.resolve(file))) {
        throw new IOException(
            folder.resolve(file)
                + " cannot be read; make keys with 'baton keys init --out DIR "
                + node
                + "'");
      }
    }
    X509Certificate certificate = Pem.certificates(folder.resolve(CERTIFICATE)).get(0);
    GroupKeys keys =
        new GroupKeys(
            node,
            group,
            Pem.key(folder.resolve(KEY)),
            certificate,
            List.copyOf(Pem.certificates(folder.resolve(CA))));
    String owner = keys.member(certificate);
    if (!owner.equals(node)) {
      throw new IOException(
          folder + " has the keys of node '" + owner + "', and this is node '" + node + "'");
    }
    keys.requirePair(folder);
    return keys;
  }

  /** When the newest of a folder's files was written, in milliseconds of the epoch. */
  static long writtenMillis(Path folder) throws IOException {
    long newest = 0;
    for (String file : List.of(CA, CERTIFICATE, KEY)) {
      newest = Math.max(newest, Files.getLastModifiedTime(folder.resolve(file)).toMillis());
    }
    return newest;
  }

  /**
   * The name of the node a certificate was issued to. Whether the certificate is genuine and still
   * valid must have been checked.
   *
   * @throws IOException if it is another group's, or no node's
   */
  public String member(X509Certificate other) throws IOException {
    String name = null;
    String unit = null;
    try {
      for (Rdn part : new LdapName(other.getSubjectX500Principal().getName()).getRdns()) {
        if (part.getType().equals("CN")) {
          name = part.getValue().toString();
        } else if (part.getType().equals("OU")) {
          unit = part.getValue().toString();
        }
      }
    } catch (InvalidNameException e) {
      throw new IOException("a certificate with the name " + other.getSubjectX500Principal(), e);
    }
    if (name == null || !group.equals(unit)) {
      throw new IOException(
          "the certificate of "
              + other.getSubjectX500Principal()
              + " is none of a node of group '"
              + group
              + "'");
    }
    return Names.check("node", name);
  }

  /**
   * Checks that a certificate is genuine, and valid at a moment.
   *
   * @param chain the certificate, and those that vouch for it
   * @throws IOException if not, with the reason and what to do
   */
  void requireGenuine(List<X509Certificate> chain, Instant now) throws IOException {
    X509Certificate shown = chain.get(0);
    try {
      shown.checkValidity(Date.from(now));
      PKIXParameters believed =
          new PKIXParameters(
              authorities.stream()
                  .map(authority -> new TrustAnchor(authority, null))
                  .collect(Collectors.toSet()));
      believed.setRevocationEnabled(false); // the security map says who is out
      believed.setDate(Date.from(now));
      List<X509Certificate> path =
          chain.stream().takeWhile(one -> !authorities.contains(one)).toList();
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), believed);
    } catch (CertificateExpiredException e) {
      throw new IOException(
          "its certificate ended at " + shown.getNotAfter().toInstant() + "; give it new keys", e);
    } catch (CertificateNotYetValidException e) {
      throw new IOException(
          "its certificate begins at "
              + shown.getNotBefore().toInstant()
              + "; compare the clocks of the two hosts",
          e);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "no authority in ca.pem vouches for its certificate ("
              + e.getMessage()
              + "); give it new keys",
          e);
    }
  }

  private void requirePair(Path folder) throws IOException {
    byte[] word = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(key);
      signature.update(word);
      byte[] signed = signature.sign();
      signature.initVerify(certificate);
      signature.update(word);
      if (!signature.verify(signed)) {
        throw new IOException(folder.resolve(KEY) + " is not the key of " + CERTIFICATE);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(folder + " has keys that cannot be used: " + e.getMessage(), e);
    }
  }
}
