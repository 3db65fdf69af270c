package dev.baton.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every option a server can have set is the same after a move, in place and on a new socket. */
class SocketOptionsTest {

  /** None of them the kernel's default. */
  private static final Map<Option, Integer> UNUSUAL = unusual();

  private static Map<Option, Integer> unusual() {
    Map<Option, Integer> values = new EnumMap<>(Option.class);
    values.put(Option.TCP_NODELAY, 1);
    values.put(Option.TCP_CORK, 1);
    values.put(Option.TCP_KEEPIDLE, 111);
    values.put(Option.TCP_KEEPINTVL, 12);
    values.put(Option.TCP_KEEPCNT, 5);
    values.put(Option.SO_KEEPALIVE, 1);
    values.put(Option.SO_PRIORITY, 5);
    values.put(Option.SO_MARK, 0x1234);
    values.put(Option.SO_OOBINLINE, 1);
    values.put(Option.SO_RCVLOWAT, 7);
    values.put(Option.IP_TTL, 33);
    values.put(Option.TCP_USER_TIMEOUT, 54_321);
    values.put(Option.TCP_NOTSENT_LOWAT, 20_000);
    values.put(Option.TCP_LINGER2, 17);
    values.put(Option.TCP_WINDOW_CLAMP, 50_000);
    values.put(Option.SO_SNDBUF, 150_000);
    values.put(Option.SO_RCVBUF, 100_000);
    return values;
  }

  @ParameterizedTest(name = "{0}, in place: {1}, buffers fixed: {2}")
  @CsvSource({
    "IPV4,true,true",
    "IPV4,false,false",
    "IPV6,true,false",
    "IPV6,false,true",
    "IPV4_MAPPED,true,true",
    "IPV4_MAPPED,false,false"
  })
  void everyOptionIsKept(TcpImage.Family family, boolean inPlace, boolean fixed) throws Exception {
    try (Loopback pair = Loopback.connect(family);
        Loopback rehearsal = Loopback.connect(pair.listener(), family);
        TcpConnection donor = pair.connection();
        TcpConnection acceptor = rehearsal.connection()) {
      int fd = Descriptors.of(pair.server());
      setAll(fd, family, fixed);
      SocketOptions before = SocketOptions.read(fd, family.socketFamily());
      donor.freeze();
      TcpImage image = donor.extract();
      donor.release();
      assertThat(image.options()).isEqualTo(before);
      assertThat(image.reuseAddress()).isTrue();
      if (inPlace) {
        acceptor.freeze();
        acceptor.become(TcpImage.fromBytes(image.toBytes()));
        acceptor.activate();
        verify(Descriptors.of(rehearsal.server()), family, before, fixed);
      } else {
        TcpConnection recreated = TcpConnection.recreate(TcpImage.fromBytes(image.toBytes()));
        recreated.activate();
        int copy = recreated.detach();
        try {
          verify(copy, family, before, fixed);
        } finally {
          RawSocket.close(copy);
        }
      }
    }
  }

  @Test
  void aServerStopsAtOurLimitWhichDoesNotTravelAndEndsByAnyHandle() throws Exception {
    Stream down = new Stream(1);
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        TcpConnection connection = pair.connection()) {
      int fd = Descriptors.of(pair.server());
      SocketOptions before = SocketOptions.read(fd, SystemCalls.AF_INET);
      connection.limitUnsent();
      assertThat(SocketOptions.read(fd, SystemCalls.AF_INET)).isEqualTo(before);
      down.writeUntilFull(fd);
      int limited = connection.unsent();
      assertThat(limited).isBetween(SocketOptions.OWN_UNSENT_LIMIT, 512 << 10);
      try (TcpConnection another = connection.another()) {
        another.unlimitUnsent();
      }
      down.writeUntilFull(fd);
      assertThat(connection.unsent()).isGreaterThan(limited);
    }
  }

  @Test
  void aLimitOfTheServersOwnIsLeftAlone() throws Exception {
    try (Loopback pair = Loopback.connect(TcpImage.Family.IPV4);
        TcpConnection connection = pair.connection()) {
      int fd = Descriptors.of(pair.server());
      RawSocket.set(fd, Option.TCP_NOTSENT_LOWAT, 20_000);
      connection.limitUnsent();
      connection.unlimitUnsent();
      assertThat(RawSocket.get(fd, Option.TCP_NOTSENT_LOWAT)).isEqualTo(20_000);
    }
  }

  private static void setAll(int fd, TcpImage.Family family, boolean fixed) throws IOException {
    RawSocket.set(fd, Option.IP_TOS, 0x28); // before SO_PRIORITY, which it changes
    if (family != TcpImage.Family.IPV4) {
      RawSocket.set(fd, Option.IPV6_TCLASS, 0x48);
      RawSocket.set(fd, Option.IPV6_UNICAST_HOPS, 44);
    }
    for (Map.Entry<Option, Integer> each : UNUSUAL.entrySet()) {
      RawSocket.set(fd, each.getKey(), each.getValue());
    }
    if (!fixed) {
      RawSocket.set(fd, Option.SO_BUF_LOCK, 0);
    }
    Scratch scratch = Scratch.get();
    scratch.memory().putInt(0, 1).putInt(4, 9);
    RawSocket.set(fd, Option.SO_LINGER, scratch.address(), 8);
    scratch.memory().put(0, "reno".getBytes(US_ASCII));
    RawSocket.set(fd, Option.TCP_CONGESTION, scratch.address(), 4);
  }

  private static void verify(int fd, TcpImage.Family family, SocketOptions before, boolean fixed)
      throws IOException {
    SocketOptions after = SocketOptions.read(fd, family.socketFamily());
    assertThat(fixed ? after : after.withSendBuffer(before.sendBuffer(), false)).isEqualTo(before);
    assertThat(after.congestionControl()).isEqualTo("reno");
    assertThat(after.sendBufferLocked()).isEqualTo(fixed);
    assertThat(after.receiveBufferLocked()).isEqualTo(fixed);
    assertThat(RawSocket.get(fd, Option.SO_REUSEADDR)).isEqualTo(1);
    for (Map.Entry<Option, Integer> each : UNUSUAL.entrySet()) {
      if (each.getKey() == Option.SO_SNDBUF && !fixed) {
        continue; // the kernel sizes it anew
      }
      boolean doubled = each.getKey() == Option.SO_SNDBUF || each.getKey() == Option.SO_RCVBUF;
      assertThat(RawSocket.get(fd, each.getKey()))
          .as(each.getKey().toString())
          .isEqualTo(doubled ? 2 * each.getValue() : each.getValue());
    }
  }
}
