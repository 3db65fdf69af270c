package dev.baton.agent;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.HomeAssociation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HexFormat;
import java.util.Set;

/**
 * A key that a home agent shares with the nodes of a group (RFC 4285), named on the command line as
 * {@code HOMEADDR=SPI:FILE}, and in a node's settings as {@code SPI:FILE}. The key itself is in the
 * file, in hexadecimal.
 *
 * @param home the home address it is for: a contact address
 * @param association the key and its number
 */
public record HomeKey(Ip6 home, HomeAssociation association) {

  private static final Set<PosixFilePermission> OWNERS =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  /**
   * Reads the file.
   *
   * @throws IllegalArgumentException if that is no key; its message never shows one
   */
  public static HomeKey of(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("a key is written HOMEADDR=SPI:FILE");
    }
    return new HomeKey(Ip6.of(text.substring(0, equals)), association(text.substring(equals + 1)));
  }

  /**
   * Reads the file of {@code SPI:FILE}.
   *
   * @throws IllegalArgumentException if that is no key; its message never shows one
   */
  static HomeAssociation association(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("a key is written SPI:FILE, with a number as SPI");
    }
    int spi;
    try {
      spi = Integer.parseUnsignedInt(text.substring(0, colon));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a key is written SPI:FILE, with a number as SPI", e);
    }
    return new HomeAssociation(spi, read(Path.of(text.substring(colon + 1))));
  }

  private static byte[] read(Path file) {
    String digits;
    try {
      if (!OWNERS.containsAll(Files.getPosixFilePermissions(file))) {
        throw new IllegalArgumentException(
            "others than its owner can get at the key file " + file + "; chmod 600 it");
      }
      digits = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no key file " + file, e);
    } catch (AccessDeniedException e) {
      throw new IllegalArgumentException("the key file " + file + " may not be read", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("the key file " + file + " cannot be read: " + e, e);
    }
    if (!digits.matches("([0-9a-fA-F]{2})+")) {
      throw new IllegalArgumentException(
          "the key file " + file + " is not in hexadecimal; openssl rand -hex 20 makes a key");
    }
    return HexFormat.of().parseHex(digits);
  }
}
