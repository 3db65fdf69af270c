package dev.baton.linux;

/**
 * Names and meanings of the error numbers this package meets. The numbers are those of x86-64 and
 * AArch64.
 */
final class Errno {

  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int EBADF = 9;
  static final int EAGAIN = 11;
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int EPIPE = 32;
  static final int ENOTSOCK = 88;
  static final int ENOPROTOOPT = 92;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETUNREACH = 101;
  static final int ECONNRESET = 104;
  static final int ENOTCONN = 107;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EINPROGRESS = 115;

  private Errno() {}

  static String name(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM";
      case ENOENT -> "ENOENT";
      case ESRCH -> "ESRCH";
      case EINTR -> "EINTR";
      case EBADF -> "EBADF";
      case EAGAIN -> "EAGAIN";
      case ENOMEM -> "ENOMEM";
      case 13 -> "EACCES";
      case 16 -> "EBUSY";
      case 17 -> "EEXIST";
      case 19 -> "ENODEV";
      case EINVAL -> "EINVAL";
      case 24 -> "EMFILE";
      case 27 -> "EFBIG";
      case EPIPE -> "EPIPE";
      case ENOTSOCK -> "ENOTSOCK";
      case ENOPROTOOPT -> "ENOPROTOOPT";
      case 95 -> "EOPNOTSUPP";
      case 97 -> "EAFNOSUPPORT";
      case EADDRINUSE -> "EADDRINUSE";
      case EADDRNOTAVAIL -> "EADDRNOTAVAIL";
      case ENETUNREACH -> "ENETUNREACH";
      case 103 -> "ECONNABORTED";
      case ECONNRESET -> "ECONNRESET";
      case 105 -> "ENOBUFS";
      case 106 -> "EISCONN";
      case ENOTCONN -> "ENOTCONN";
      case ETIMEDOUT -> "ETIMEDOUT";
      case ECONNREFUSED -> "ECONNREFUSED";
      case 113 -> "EHOSTUNREACH";
      case 114 -> "EALREADY";
      case EINPROGRESS -> "EINPROGRESS";
      default -> "errno " + errno;
    };
  }

  static String meaning(int errno) {
    return switch (errno) {
      case EPERM -> "not permitted; CAP_NET_ADMIN is missing, or the socket is in the wrong state";
      case ENOENT -> "not known to this kernel";
      case ESRCH -> "no such thread";
      case EINTR -> "interrupted by a signal";
      case EBADF -> "not an open descriptor";
      case EAGAIN -> "would block";
      case ENOMEM -> "no memory, or no room within the socket's buffer";
      case 13 -> "access denied";
      case 16 -> "in use";
      case 17 -> "already there";
      case 19 -> "no such interface";
      case EINVAL -> "invalid argument for the state the socket is in";
      case 24 -> "too many open descriptors";
      case 27 -> "value too large";
      case EPIPE -> "the connection is closed for writing";
      case ENOTSOCK -> "not a socket";
      case ENOPROTOOPT -> "this kernel or protocol does not know the option";
      case 95 -> "not supported by this protocol";
      case 97 -> "address family not supported";
      case EADDRINUSE -> "another socket has this address";
      case EADDRNOTAVAIL -> "not an address of this host, or no port is free";
      case ENETUNREACH -> "no route to the network";
      case 103 -> "the connection was released under repair";
      case ECONNRESET -> "the peer reset the connection";
      case 105 -> "no buffer space";
      case 106 -> "already connected";
      case ENOTCONN -> "not connected";
      case ETIMEDOUT -> "timed out";
      case ECONNREFUSED -> "nobody listens there";
      case 113 -> "no route to the host";
      case 114, EINPROGRESS -> "still in progress";
      default -> "see errno(3)";
    };
  }
}
