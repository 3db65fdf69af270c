package dev.baton.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileDescriptor;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** With nobody behind it the bridge lets everything pass. */
final class BridgeTest {

  private final FileDescriptor fd = new FileDescriptor();

  @Test
  void anEmptyBridgeLetsEveryCallGoOn() {
    InetSocketAddress remote = InetSocketAddress.createUnresolved("client", 1);
    assertThat(Bridge.accepted(fd, remote)).isSameAs(remote);
    assertThat(Bridge.beforeRead(fd)).isZero();
    assertThat(Bridge.afterRead(0, fd, 0, 5, null)).isEqualTo(5);
    assertThat(Bridge.afterReadv(0, fd, 0, 1, 5, null)).isEqualTo(5);
    assertThat(Bridge.beforeWrite(fd)).isZero();
    assertThat(Bridge.afterWrite(0, fd, 0, 5, null)).isEqualTo(5);
    assertThat(Bridge.afterWritev(0, fd, 0, 1, 5, null)).isEqualTo(5);
    assertThat(Bridge.beforeTransfer(null)).isFalse();
    assertThat(Bridge.afterTransfer(false, null, 5, null)).isEqualTo(5);
  }

  @Test
  void aVerdictIsWhatTheSkippedCallReturns() {
    assertThat(Bridge.afterRead(-2, fd, 0, 0, null)).isEqualTo(-2);
    assertThat(Bridge.afterWritev(-2, fd, 0, 1, 0, null)).isEqualTo(-2);
    assertThat(Bridge.afterTransfer(true, null, 5, null)).isZero();
  }

  @Test
  void oneCanClaimTheJvmAtATime() {
    assertThat(Bridge.claim()).isTrue();
    assertThat(Bridge.claim()).isFalse();
    Bridge.disclaim();
    assertThat(Bridge.claim()).isTrue();
    Bridge.disclaim();
  }

  @Test
  void whatIsSwallowedIsCounted() {
    long before = Bridge.errors();
    IllegalStateException error = new IllegalStateException("once");
    Bridge.swallowed(error);
    assertThat(Bridge.errors()).isEqualTo(before + 1);
    assertThat(Bridge.lastError()).isSameAs(error);
  }
}
