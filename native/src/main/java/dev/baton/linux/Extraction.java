package dev.baton.linux;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Takes the image of a frozen connection. What was read at the freeze comes in as components; the
 * rest is read here.
 *
 * @param window as it was before the kernel was made to believe it closed
 */
record Extraction(
    int fd,
    TcpImage.Family family,
    InetSocketAddress local,
    InetSocketAddress remote,
    TcpImage.Window window,
    SocketOptions options,
    boolean reuseAddress) {

  /**
   * Reads the image.
   *
   * @param info read just before
   * @param room where the send queue is looked at
   * @param spare how many bytes at the end of the unsent ones the image lacks; the room keeps them
   * @throws NotMovableException unless it is a plain TCP connection that is open both ways
   */
  TcpImage take(TcpInfo info, QueueRoom room, int spare) throws IOException {
    requireMovable(fd, info.state());
    // Before the send queue is selected: while it is, the kernel would mark as sent what it is
    // asked
    // to send, without sending it.
    int queued = RawSocket.queueLength(fd, SystemCalls.SIOCOUTQ);
    int unsent = queued == 0 ? 0 : RawSocket.queueLength(fd, SystemCalls.SIOCOUTQNSD);
    Repair.select(fd, Repair.RECEIVE_QUEUE);
    int rcvNxt = Repair.sequence(fd);
    byte[] unread = Repair.peekReceiveQueue(fd, RawSocket.queueLength(fd, SystemCalls.SIOCINQ));
    Repair.select(fd, Repair.SEND_QUEUE);
    int writeSeq = Repair.sequence(fd);
    int acknowledged = Repair.peekSendQueue(fd, room, queued);
    TcpImage.Negotiated negotiated = negotiated(info);
    Repair.select(fd, Repair.NO_QUEUE);
    int sent = acknowledged + queued - unsent;
    int rest = Math.min(spare, unsent);
    byte[] unacknowledgedBytes = room.copy(acknowledged, queued - unsent);
    byte[] unsentBytes = room.copy(sent, unsent - rest);
    room.keep(sent + unsent - rest, rest);
    return new TcpImage(
        family,
        local,
        remote,
        writeSeq - queued,
        writeSeq - unsent,
        rcvNxt,
        negotiated,
        window,
        options,
        reuseAddress,
        unacknowledgedBytes,
        unsentBytes,
        unread);
  }

  /** Says why not, unless it is a plain TCP connection that is open both ways. */
  static void requireMovable(int fd, TcpState state) throws IOException {
    if (state != TcpState.ESTABLISHED) {
      throw new NotMovableException(
          "a connection in state " + state + " cannot be moved: " + state.objection());
    }
    if (RawSocket.get(fd, Option.TCP_ULP, Scratch.get(), 16) > 0) {
      throw new NotMovableException(
          "a connection with an upper layer in the kernel (kTLS) cannot be moved");
    }
  }

  private TcpImage.Negotiated negotiated(TcpInfo info) throws LinuxException {
    int mss = RawSocket.get(fd, Option.TCP_MAXSEG); // under repair, what the client announced
    // Two on, so that the next segment's timestamp is not before the last one's, which a client may
    // take for an old duplicate; the low bit is a flag.
    int timestamp = info.timestamps() ? Repair.timestamp(fd) + 2 : 0;
    return new TcpImage.Negotiated(
        mss,
        info.windowScaling(),
        info.sendWindowScale(),
        info.receiveWindowScale(),
        info.sack(),
        info.timestamps(),
        timestamp);
  }
}
