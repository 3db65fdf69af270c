package dev.baton.anycast.message;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Scapy;
import dev.baton.anycast.message.MobilityMessage.BindingAcknowledgement;
import dev.baton.anycast.message.MobilityMessage.BindingError;
import dev.baton.anycast.message.MobilityMessage.BindingRefreshRequest;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityOption.RefreshAdvice;
import dev.baton.anycast.message.MobilityOption.Unknown;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages, byte for byte as scapy writes them and field for field as tshark reads them. */
class CodecTest {

  private static final Ip6 CLIENT = Ip6.of("2001:db8:c::1");
  private static final Ip6 HOME = Ip6.of("2001:db8:a::80");
  private static final Ip6 CARE_OF = Ip6.of("2001:db8:b::2");
  private static final Ip6 AGENT = Ip6.of("2001:db8:a::1");
  private static final byte[] SHARED = "sixteen bytes or more".getBytes(US_ASCII);
  private static final HomeAssociation ASSOCIATION = new HomeAssociation(0x1234, SHARED);
  private static final BindingManagementKey KBM =
      BindingManagementKey.of(0x1122334455667788L, -0x1122334455667788L);
  private static final BindingManagementKey DELETION =
      BindingManagementKey.forDeletion(0x1122334455667788L);

  /**
   * @param scapy the expression that makes the same packet
   * @param tshark mobility type, its message's sequence number and lifetime, and other fields
   */
  private record Sample(MobilityPacket packet, String scapy, String tshark) {}

  private static final List<Sample> SAMPLES =
      List.of(
          new Sample(
              new MobilityPacket(CLIENT, CARE_OF, null, HOME, new BindingRefreshRequest()),
              "IPv6(src='2001:db8:c::1',dst='2001:db8:b::2')/rh2('2001:db8:a::80')/MIP6MH_BRR()",
              "0|||||"),
          new Sample(
              new MobilityPacket(HOME, CLIENT, new HomeTestInit(0x0102030405060708L)),
              "IPv6(src='2001:db8:a::80',dst='2001:db8:c::1')"
                  + "/MIP6MH_HoTI(cookie=cookie(0x0102030405060708))",
              "1|||||"),
          new Sample(
              new MobilityPacket(CARE_OF, CLIENT, new CareOfTestInit(-2)),
              "IPv6(src='2001:db8:b::2',dst='2001:db8:c::1')/MIP6MH_CoTI(cookie=cookie(-2))",
              "2|||||"),
          new Sample(
              new MobilityPacket(CLIENT, HOME, new HomeTest(65535, 1, 2)),
              "IPv6(src='2001:db8:c::1',dst='2001:db8:a::80')"
                  + "/MIP6MH_HoT(index=65535,cookie=cookie(1),token=cookie(2))",
              "3|||||"),
          new Sample(
              new MobilityPacket(CLIENT, CARE_OF, new CareOfTest(7, 3, -4)),
              "IPv6(src='2001:db8:c::1',dst='2001:db8:b::2')"
                  + "/MIP6MH_CoT(index=7,cookie=cookie(3),token=cookie(-4))",
              "4|||||"),
          new Sample(
              KBM.sign(
                  new MobilityPacket(
                      CARE_OF,
                      CLIENT,
                      HOME,
                      null,
                      BindingUpdate.toCorrespondent(40000, 105, List.of(new NonceIndices(5, 6)))),
                  CARE_OF,
                  CLIENT),
              "signed(IPv6(src='2001:db8:b::2',dst='2001:db8:c::1')/hao('2001:db8:a::80')"
                  + "/MIP6MH_BU(seq=40000,flags='A',mhtime=105,options=[nonces(5,6)]),"
                  + "kbm(0x1122334455667788,-0x1122334455667788),'2001:db8:b::2','2001:db8:c::1')",
              "5|40000|105|||"),
          new Sample(
              DELETION.sign(
                  new MobilityPacket(
                      CARE_OF,
                      CLIENT,
                      HOME,
                      null,
                      BindingUpdate.toCorrespondent(
                          1, 0, List.of(new NonceIndices(5, 0), new AlternateCareOf(HOME)))),
                  HOME,
                  CLIENT),
              "signed(IPv6(src='2001:db8:b::2',dst='2001:db8:c::1')/hao('2001:db8:a::80')"
                  + "/MIP6MH_BU(seq=1,flags='A',mhtime=0,"
                  + "options=[nonces(5,0),MIP6OptAltCoA(acoa='2001:db8:a::80')]),"
                  + "kbm(0x1122334455667788),'2001:db8:a::80','2001:db8:c::1')",
              "5|1|0|||2001:db8:a::80"),
          new Sample(
              ASSOCIATION.sign(
                  new MobilityPacket(
                      CARE_OF,
                      AGENT,
                      HOME,
                      null,
                      new BindingUpdate(
                          9, true, true, true, true, 65535, List.of(new AlternateCareOf(CARE_OF)))),
                  CARE_OF,
                  HOME),
              "associated(IPv6(src='2001:db8:b::2',dst='2001:db8:a::1')/hao('2001:db8:a::80')"
                  + "/MIP6MH_BU(seq=9,flags='AHLK',mhtime=65535,"
                  + "options=[MIP6OptAltCoA(acoa='2001:db8:b::2')]),"
                  + "0x1234,b'sixteen bytes or more','2001:db8:b::2','2001:db8:a::80')",
              "5|9|65535|||2001:db8:b::2"),
          new Sample(
              KBM.sign(
                  new MobilityPacket(
                      CLIENT,
                      CARE_OF,
                      null,
                      HOME,
                      new BindingAcknowledgement(Status.SEQUENCE_OUT_OF_WINDOW, 40001, 0)),
                  CARE_OF,
                  CLIENT),
              "signed(IPv6(src='2001:db8:c::1',dst='2001:db8:b::2')/rh2('2001:db8:a::80')"
                  + "/MIP6MH_BA(status=135,flags=0,seq=40001,mhtime=0),"
                  + "kbm(0x1122334455667788,-0x1122334455667788),'2001:db8:b::2','2001:db8:c::1')",
              "6|40001|0|135||"),
          new Sample(
              ASSOCIATION.sign(
                  new MobilityPacket(
                      AGENT,
                      CARE_OF,
                      null,
                      HOME,
                      new BindingAcknowledgement(
                          Status.ACCEPTED, true, 9, 250, List.of(new RefreshAdvice(200)))),
                  CARE_OF,
                  HOME),
              "associated(IPv6(src='2001:db8:a::1',dst='2001:db8:b::2')/rh2('2001:db8:a::80')"
                  + "/MIP6MH_BA(status=0,flags='K',seq=9,mhtime=250,"
                  + "options=[MIP6OptBRAdvice(rinter=200)]),"
                  + "0x1234,b'sixteen bytes or more','2001:db8:b::2','2001:db8:a::80')",
              "6|9|250|0||"),
          new Sample(
              new MobilityPacket(
                  CLIENT, CARE_OF, new BindingError(BindingError.UNKNOWN_BINDING, HOME)),
              "IPv6(src='2001:db8:c::1',dst='2001:db8:b::2')"
                  + "/MIP6MH_BE(status=1,ha='2001:db8:a::80')",
              "7||||1|"),
          new Sample(
              new MobilityPacket(
                  CLIENT,
                  HOME,
                  new HomeTest(
                      1,
                      2,
                      3,
                      List.of(new Unknown(200, new byte[] {1, 2, 3}), new RefreshAdvice(4)))),
              "IPv6(src='2001:db8:c::1',dst='2001:db8:a::80')/MIP6MH_HoT(index=1,cookie=cookie(2),"
                  + "token=cookie(3),options=[MIP6OptUnknown(otype=200,odata=bytes([1,2,3])),"
                  + "MIP6OptBRAdvice(rinter=4)])",
              "3|||||"),
          new Sample(
              new MobilityPacket(
                  CARE_OF,
                  Ip6.of("2001:db8:b::3"),
                  HOME,
                  CLIENT,
                  BindingUpdate.toCorrespondent(3, 4, List.of())),
              "IPv6(src='2001:db8:b::2',dst='2001:db8:b::3')/rh2('2001:db8:c::1')"
                  + "/hao('2001:db8:a::80')/MIP6MH_BU(seq=3,flags='A',mhtime=4)",
              "5|3|4|||"));

  @Test
  void scapyWritesTheSameBytes() throws Exception {
    for (Sample sample : SAMPLES) {
      byte[] theirs = Scapy.build(sample.scapy());

      assertThat(HexFormat.of().formatHex(sample.packet().encode()))
          .as(sample.scapy())
          .isEqualTo(HexFormat.of().formatHex(theirs));
      assertThat(ReceivedPacket.decode(ByteBuffer.wrap(theirs)).packet())
          .isEqualTo(sample.packet());
    }
  }

  @Test
  void scapyReadsWhatWasWritten() {
    for (Sample sample : SAMPLES) {
      assertThat(Scapy.show(sample.packet())).startsWith("IPv6(").contains("cksum=");
    }
  }

  @Test
  void tsharkReadsTheSameFields(@TempDir Path folder) throws Exception {
    Path capture = folder.resolve("mobility.pcap");
    writeCapture(capture);
    Process tshark =
        new ProcessBuilder(
                List.of(
                    "tshark -n -r FILE -T fields -E separator=| -e mip6.mhtype -e mip6.bu.seqnr"
                        .replace("FILE", capture.toString())
                        .concat(" -e mip6.ba.seqnr -e mip6.bu.lifetime -e mip6.ba.lifetime")
                        .concat(" -e mip6.ba.status -e mip6.be.status -e mip6.acoa.acoa")
                        .concat(" -e _ws.malformed")
                        .split(" ")))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> read = tshark.inputReader().lines().toList();
    assertThat(tshark.waitFor()).isZero();

    List<String> expected = new ArrayList<>();
    for (Sample sample : SAMPLES) {
      expected.add(sample.tshark());
    }
    assertThat(read.stream().map(CodecTest::merge)).containsExactlyElementsOf(expected);
  }

  @Test
  void authenticatorsAreThoseOfTheRfcWhoeverComputesThem() throws Exception {
    for (Sample sample : SAMPLES) {
      ReceivedPacket received = ReceivedPacket.decode(ByteBuffer.wrap(Scapy.build(sample.scapy())));
      if (sample.scapy().startsWith("signed")) {
        boolean deletion = sample.scapy().contains("kbm(0x1122334455667788)");
        assertThat(
                (deletion ? DELETION : KBM).verifies(received, deletion ? HOME : CARE_OF, CLIENT))
            .isTrue();
        assertThat((deletion ? KBM : DELETION).verifies(received, CARE_OF, CLIENT)).isFalse();
        assertThat(KBM.verifies(received, CLIENT, CLIENT)).isFalse();
      } else if (sample.scapy().startsWith("associated")) {
        assertThat(ASSOCIATION.verifies(received, CARE_OF, HOME)).isTrue();
        assertThat(ASSOCIATION.verifies(received, CLIENT, HOME)).isFalse();
        assertThat(new HomeAssociation(0x1235, SHARED).verifies(received, CARE_OF, HOME)).isFalse();
      } else {
        assertThat(KBM.verifies(received, CARE_OF, CLIENT)).isFalse();
        assertThat(ASSOCIATION.verifies(received, CARE_OF, HOME)).isFalse();
      }
    }
  }

  @Test
  void authorizationWithPaddingBehindItIsNotAccepted() throws Exception {
    byte[] genuine = SAMPLES.get(5).packet().encode();
    ByteBuffer longer = ByteBuffer.allocate(genuine.length + 8).put(genuine);
    longer.put(new byte[] {1, 6}).clear(); // one PadN of eight bytes
    longer.putShort(4, (short) (longer.getShort(4) + 8));
    int header = MobilityPacket.IPV6_HEADER + MobilityPacket.EXTENSION_HEADER;
    longer.put(header + 1, (byte) (longer.get(header + 1) + 1));
    repairChecksum(longer, header, HOME, CLIENT);

    ReceivedPacket received = ReceivedPacket.decode(longer);

    assertThat(received.packet()).isEqualTo(SAMPLES.get(5).packet());
    assertThat(KBM.verifies(received, CARE_OF, CLIENT)).isFalse();
  }

  @Test
  void everyTruncationIsRefused() {
    for (Sample sample : SAMPLES) {
      byte[] whole = sample.packet().encode();
      for (int length = 0; length < whole.length; length++) {
        ByteBuffer part = ByteBuffer.wrap(whole, 0, length);
        assertThatThrownBy(() -> ReceivedPacket.decode(part))
            .isInstanceOf(MalformedPacketException.class);
      }
    }
  }

  /** The checksum is repaired, so that what is behind it is met too. */
  @Test
  void anyBytesAreReadOrRefused() {
    long seed = System.nanoTime();
    System.out.println("CodecTest.anyBytesAreReadOrRefused: seed " + seed);
    Random random = new Random(seed);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      Sample sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
      ByteBuffer packet = ByteBuffer.wrap(sample.packet().encode());
      int header = headerAt(sample.packet());
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        int from = random.nextBoolean() ? header : 0;
        int at = from + random.nextInt(packet.limit() - from);
        packet.put(at, (byte) random.nextInt(256));
      }
      if (random.nextInt(4) != 0) {
        repairChecksum(packet, header, sample.packet().sender(), sample.packet().receiver());
      }
      try {
        MobilityPacket received = ReceivedPacket.decode(packet).packet();
        assertThat(ReceivedPacket.decode(ByteBuffer.wrap(received.encode())).packet())
            .isEqualTo(received);
        read++;
      } catch (MalformedPacketException refused) {
        assertThat(refused).hasMessageMatching(".+");
      }
    }
    assertThat(read).isPositive();
  }

  private static int headerAt(MobilityPacket packet) {
    return MobilityPacket.IPV6_HEADER
        + (packet.homeAddress() == null ? 0 : MobilityPacket.EXTENSION_HEADER)
        + (packet.routedTo() == null ? 0 : MobilityPacket.EXTENSION_HEADER);
  }

  private static void repairChecksum(ByteBuffer packet, int at, Ip6 sender, Ip6 receiver) {
    byte[] header = new byte[packet.limit() - at];
    packet.putShort(at + MobilityHeader.CHECKSUM_AT, (short) 0).get(at, header);
    MobilityHeader.writeChecksum(header, sender, receiver);
    packet.put(at, header);
  }

  /** Raw IP packets in the format of libpcap. */
  private static void writeCapture(Path file) throws IOException {
    try (var out = new DataOutputStream(Files.newOutputStream(file))) {
      out.writeInt(0xa1b2c3d4);
      out.writeShort(2);
      out.writeShort(4);
      out.writeLong(0);
      out.writeInt(65535);
      out.writeInt(101);
      for (Sample sample : SAMPLES) {
        byte[] packet = sample.packet().encode();
        out.writeLong(0);
        out.writeInt(packet.length);
        out.writeInt(packet.length);
        out.write(packet);
      }
    }
  }

  /**
   * One line of tshark as type, sequence number, lifetime, statuses of acknowledgement and error,
   * alternate care-of address. tshark does not look at this header's checksum; scapy does.
   */
  private static String merge(String line) {
    String[] f = line.split("\\|", -1);
    assertThat(f[8]).as("what tshark finds wrong in " + line).isEmpty();
    return String.join("|", f[0], f[1] + f[2], f[3] + f[4], f[5], f[6], f[7]);
  }
}
