package dev.baton.linux;

/**
 * What one of a socket's buffers was before we made it small. The server's setting is part of the
 * connection, ours is not.
 *
 * @param send whether it is the send buffer; otherwise the receive buffer
 * @param size as the kernel reports it, in bytes
 * @param locked whether the server had fixed it
 */
record BufferLimit(boolean send, int size, boolean locked) {

  private static final int SEND_LOCK = 1;
  private static final int RECEIVE_LOCK = 2;

  /** Remembers how a buffer is now. */
  static BufferLimit of(int fd, boolean send) throws LinuxException {
    boolean locked = (RawSocket.get(fd, Option.SO_BUF_LOCK) & lock(send)) != 0;
    int size = RawSocket.get(fd, send ? Option.SO_SNDBUF : Option.SO_RCVBUF);
    return new BufferLimit(send, size, locked);
  }

  /** Gives the buffer its size back, and the kernel the right to size it by itself. */
  void undo(int fd) throws LinuxException {
    RawSocket.setBufferSize(fd, send, size / 2);
    int other = RawSocket.get(fd, Option.SO_BUF_LOCK) & ~lock(send);
    RawSocket.set(fd, Option.SO_BUF_LOCK, locked ? other | lock(send) : other);
  }

  /** Corrects options that were read while the limit was in force. */
  SocketOptions correct(SocketOptions read) {
    return send ? read.withSendBuffer(size, locked) : read.withReceiveBuffer(size, locked);
  }

  private static int lock(boolean send) {
    return send ? SEND_LOCK : RECEIVE_LOCK;
  }
}
