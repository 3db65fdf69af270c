package dev.baton.linux;

/** The socket options this package uses, by level and number as on x86-64 and AArch64. */
enum Option {
  SO_REUSEADDR(Level.SOCKET, 2),
  SO_ERROR(Level.SOCKET, 4),
  SO_SNDBUF(Level.SOCKET, 7),
  SO_RCVBUF(Level.SOCKET, 8),
  SO_KEEPALIVE(Level.SOCKET, 9),
  SO_OOBINLINE(Level.SOCKET, 10),
  SO_PRIORITY(Level.SOCKET, 12),
  SO_LINGER(Level.SOCKET, 13),
  SO_REUSEPORT(Level.SOCKET, 15),
  SO_RCVLOWAT(Level.SOCKET, 18),
  SO_ATTACH_FILTER(Level.SOCKET, 26),
  SO_DETACH_FILTER(Level.SOCKET, 27),
  SO_ACCEPTCONN(Level.SOCKET, 30),
  SO_SNDBUFFORCE(Level.SOCKET, 32),
  SO_RCVBUFFORCE(Level.SOCKET, 33),
  SO_MARK(Level.SOCKET, 36),
  SO_PROTOCOL(Level.SOCKET, 38),
  SO_DOMAIN(Level.SOCKET, 39),
  SO_ATTACH_REUSEPORT_CBPF(Level.SOCKET, 51),
  SO_MEMINFO(Level.SOCKET, 55),
  SO_COOKIE(Level.SOCKET, 57),
  SO_BUF_LOCK(Level.SOCKET, 72),

  IP_TOS(Level.IP, 1),
  IP_TTL(Level.IP, 2),
  IP_PKTOPTIONS(Level.IP, 9),
  IP_RECVTOS(Level.IP, 13),

  IPV6_2292PKTOPTIONS(Level.IPV6, 6),
  IPV6_FLOWINFO(Level.IPV6, 11),
  IPV6_UNICAST_HOPS(Level.IPV6, 16),
  IPV6_V6ONLY(Level.IPV6, 26),
  IPV6_TCLASS(Level.IPV6, 67),

  TCP_NODELAY(Level.TCP, 1),
  TCP_MAXSEG(Level.TCP, 2),
  TCP_CORK(Level.TCP, 3),
  TCP_KEEPIDLE(Level.TCP, 4),
  TCP_KEEPINTVL(Level.TCP, 5),
  TCP_KEEPCNT(Level.TCP, 6),
  TCP_LINGER2(Level.TCP, 8),
  TCP_WINDOW_CLAMP(Level.TCP, 10),
  TCP_INFO(Level.TCP, 11),
  TCP_CONGESTION(Level.TCP, 13),
  TCP_USER_TIMEOUT(Level.TCP, 18),
  TCP_REPAIR(Level.TCP, 19),
  TCP_REPAIR_QUEUE(Level.TCP, 20),
  TCP_QUEUE_SEQ(Level.TCP, 21),
  TCP_REPAIR_OPTIONS(Level.TCP, 22),
  TCP_TIMESTAMP(Level.TCP, 24),
  TCP_NOTSENT_LOWAT(Level.TCP, 25),
  TCP_REPAIR_WINDOW(Level.TCP, 29),
  TCP_ULP(Level.TCP, 31);

  private static final class Level {
    static final int IP = 0;
    static final int SOCKET = 1;
    static final int TCP = 6;
    static final int IPV6 = 41;
  }

  final int level;
  final int number;

  Option(int level, int number) {
    this.level = level;
    this.number = number;
  }
}
