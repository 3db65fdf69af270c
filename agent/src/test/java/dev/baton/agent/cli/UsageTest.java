package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is typed wrongly: status 2, one line, and where to read on. */
final class UsageTest {

  @TempDir private Path dir;

  @ParameterizedTest
  @CsvSource({
    "nodes --bogus, --bogus",
    "nodes extra, extra",
    "connections --node, --node",
    "handoff --from a --to b, --all",
    "handoff --to b --all, --from",
    "handoff --from a --all, --to",
    "handoff --from a --to b --all --connection x, mutually exclusive",
    "handoff --from a --to a --all, name the same node",
    "drain, --node",
    "drain --node a --to a, name the same node",
    "demo --size much, not a number of bytes",
    "demo --size 10M, need --size",
    "demo --handoffs 0, --handoffs must be at least 1",
    "demo --rate 0, --rate must be at least 1",
    "demo --server apache, apache",
    "demo --jdk /no/such/jdk, cannot be run",
    "nodes --group ../etc, ../etc",
    "keys, init",
    "correspondent --interface nope0, nope0",
    "home-agent --address ::5, --home",
    "home-agent --address 2001:db8::1 --home 2001:db8::/64%nope0 --key x, nope0",
    "home-agent --address 2001:db8::1 --home 2001:db8::/64%lo --key x, not an address of this host",
    "home-agent --address ::1 --home 2001:db8::/64%lo --key x, HOMEADDR=SPI:FILE",
    "home-agent --address ::1 --home 2001:db8::/64%lo --key 2001:db8::2=300:/no/key, no key file"
  })
  void wrongUsageIsOneLineThatNamesTheMistakeAndTheHelp(String typed, String mistake) {
    String[] args = typed.split(" ");
    Invocation wrong = Invocation.of(args);
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err())
        .singleElement()
        .asString()
        .startsWith("baton: ")
        .contains(mistake)
        .endsWith("; try 'baton " + args[0] + " --help'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "nodes",
        "connections",
        "handoff",
        "drain",
        "attach",
        "keys",
        "correspondent",
        "home-agent"
      })
  void everyCommandHasHelp(String command) {
    Invocation help = Invocation.of(command, "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out().get(0)).startsWith("Usage: baton " + command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connections --node ghost",
        "handoff --from ghost --to a --all",
        "drain --node ghost",
        "connections --node ghost --json"
      })
  void aNodeThatIsNotThereIsStatus3(String typed) {
    Invocation ghost = Invocation.of((typed + " --dir " + dir).split(" "));
    assertThat(ghost.status()).isEqualTo(3);
    assertThat(ghost.out()).isEmpty();
    assertThat(ghost.err())
        .containsExactly(
            "baton: no node 'ghost' of group 'default' runs here (looked in "
                + dir.resolve("default")
                + "); no node of this group does: is --group or --dir another?");
  }

  @Test
  void aFolderTooDeepForASocketIsSaidSo() {
    Path deep = dir.resolve("x".repeat(100));
    Invocation lost = Invocation.of("connections", "--node", "a", "--dir", deep.toString());
    assertThat(lost.status()).isEqualTo(3);
    assertThat(lost.err()).singleElement().asString().contains("too long for a Unix socket");
  }
}
