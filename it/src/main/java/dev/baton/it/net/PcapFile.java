package dev.baton.it.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A capture, read as the format's description says: with the byte order and the units its first
 * four bytes announce.
 *
 * @param linkType what packets begin with
 * @param records packets in the order of the file
 */
public record PcapFile(int linkType, List<Packet> records) {

  /**
   * One packet.
   *
   * @param nanos when, since 1970
   * @param bytes all of it
   */
  public record Packet(long nanos, ByteBuffer bytes) {}

  /**
   * Reads a whole file.
   *
   * @throws IOException also if it is no such capture, or not all of each packet is in it
   */
  public static PcapFile read(Path path) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path));
    if (file.getInt(0) == 0x4d3cb2a1) {
      file.order(ByteOrder.LITTLE_ENDIAN);
    }
    if (file.getInt() != 0xa1b23c4d || file.getShort() != 2 || file.getShort() != 4) {
      throw new IOException("not pcap 2.4 with nanoseconds: " + path);
    }
    file.position(16);
    int most = file.getInt();
    int linkType = file.getInt();
    List<Packet> packets = new ArrayList<>();
    while (file.hasRemaining()) {
      long nanos = file.getInt() * 1_000_000_000L + file.getInt();
      int length = file.getInt();
      if (file.getInt() != length || length > most) {
        throw new IOException("a packet was cut short in " + path);
      }
      packets.add(new Packet(nanos, file.slice(file.position(), length)));
      file.position(file.position() + length);
    }
    return new PcapFile(linkType, packets);
  }

  /** The packets in which these bytes occur. */
  public List<Packet> with(byte[] content) {
    return records.stream().filter(packet -> contains(packet.bytes(), content)).toList();
  }

  private static boolean contains(ByteBuffer bytes, byte[] content) {
    for (int i = 0; i + content.length <= bytes.limit(); i++) {
      if (bytes.slice(i, content.length).equals(ByteBuffer.wrap(content))) {
        return true;
      }
    }
    return false;
  }
}
