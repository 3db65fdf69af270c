package dev.baton.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupTest {
  @TempDir private Path folder;

  @Test
  void theFolderIsMadeForItsOwnerOnly() throws IOException {
    new Group(folder.resolve("baton"), "shop").create();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("baton/shop"))))
        .isEqualTo("rwx------");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("baton"))))
        .isEqualTo("rwx------");
  }

  @Test
  void aFolderThatOthersCanEnterIsRefused() throws IOException {
    Path shop = Files.createDirectories(folder.resolve("shop"));
    Files.setPosixFilePermissions(shop, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> new Group(folder, "shop").create())
        .hasMessageContaining("can be entered by others");
  }

  @Test
  void aNameCannotLeadOutOfTheFolder() {
    assertThatThrownBy(() -> new Group(folder, "../etc")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> new Group(folder, "shop").socket("a/b"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aPathThatIsTooLongForASocketIsSaidToBe() {
    Path deep = folder.resolve("x".repeat(60)).resolve("y".repeat(60));
    assertThatThrownBy(() -> new Group(deep, "shop").socket("a"))
        .hasMessageContaining("too long for a Unix socket");
  }

  @Test
  void theSocketsOfDeadNodesAreSweptAndThoseOfTheLivingStay() throws IOException {
    Group group = new Group(folder.resolve("d"), "shop");
    group.create();
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(group.socket("dead")));
    dead.close();
    try (ServerSocketChannel living = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      living.bind(UnixDomainSocketAddress.of(group.socket("living")));
      group.sweep();
      assertThat(group.names()).containsExactly("living");
    }
  }

  @Test
  void aNodeThatDoesNotRunIsSaidNotToRun() throws IOException {
    Group group = new Group(folder.resolve("d"), "shop");
    assertThatThrownBy(() -> group.open("a", null))
        .isInstanceOf(NoSuchNodeException.class)
        .hasMessageContaining("no node 'a' of group 'shop' runs here");
  }
}
