package dev.baton.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands against real nodes. */
final class CommandsTest {
  private static final String BUSY = "POST is in the application";

  @TempDir private Path dir;

  private final List<TestNode> nodes = new ArrayList<>();

  @BeforeEach
  void twoNodes() throws IOException {
    start("a").with("c1", "/big.bin", BUSY).with("c2", "/small.bin", BUSY);
    start("b");
  }

  @AfterEach
  void end() throws IOException {
    for (TestNode node : nodes) {
      node.close();
    }
  }

  @Test
  void nodesAreListedForPeople() {
    Invocation nodes = baton("nodes");
    assertThat(nodes.status()).isZero();
    assertThat(nodes.out()).hasSize(3);
    assertThat(nodes.out().get(0)).startsWith("node").contains("role", "connections", "health");
    assertThat(nodes.out().get(1)).matches("a +\\d+ +member +- +2 +serving +ok +\\d+ s");
    assertThat(nodes.out().get(2)).startsWith("b ");
  }

  @Test
  void nodesAreListedForPrograms() {
    JsonNode json = baton("nodes", "--json").json();
    ContractShape.NODES.isThatOf(json);
    assertThat(json.get("nodes")).hasSize(2);
    assertThat(json.at("/nodes/0/name").asString()).isEqualTo("a");
    assertThat(json.at("/nodes/0/connections").asInt()).isEqualTo(2);
    assertThat(json.at("/nodes/0/pid").asLong()).isEqualTo(ProcessHandle.current().pid());
  }

  @Test
  void aGroupWithoutNodesIsAnEmptyList() {
    Invocation json = Invocation.of("nodes", "--group", "other", "--dir", dir.toString(), "--json");
    assertThat(json.status()).isZero();
    assertThat(json.err()).isEmpty();
    ContractShape.NODES.isThatOf(json.json());
    Invocation text = Invocation.of("nodes", "--group", "other", "--dir", dir.toString());
    assertThat(text.status()).isZero();
    assertThat(text.err())
        .singleElement()
        .asString()
        .contains("no node of group 'other' runs here");
  }

  @Test
  void aNodeThatDoesNotAnswerIsReportedNextToThoseThatDo() throws IOException {
    Path socket = dir.resolve(TestNode.GROUP).resolve("mute.sock");
    try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      mute.bind(UnixDomainSocketAddress.of(socket));
      Invocation nodes = baton("nodes", "--json");
      assertThat(nodes.status()).isEqualTo(1);
      assertThat(nodes.json().get("nodes")).hasSize(2);
      assertThat(nodes.json().at("/unreachable/0/name").asString()).isEqualTo("mute");
      assertThat(nodes.err())
          .singleElement()
          .asString()
          .startsWith("baton: node 'mute' does not answer");
    }
    assertThat(baton("nodes").status()).as("its socket has outlived it").isZero();
  }

  @Test
  void connectionsOfAllNodesOrOneAreListed() {
    start("c").with("c3", "/other.bin", BUSY);
    assertThat(baton("connections").out()).hasSize(4);
    Invocation one = baton("connections", "--node", "c");
    assertThat(one.status()).isZero();
    assertThat(one.out().get(1))
        .matches("c +c3 +\\[fd00::1]:40112 +response +GET +/other.bin +7.00 MiB +no: " + BUSY);
    assertThat(baton("connections", "--node", "b").out()).containsExactly("no connections");
  }

  @Test
  void connectionsAreListedForPrograms() {
    JsonNode json = baton("connections", "--json").json();
    ContractShape.CONNECTIONS.isThatOf(json);
    assertThat(json.get("connections")).hasSize(2);
    assertThat(json.at("/connections/0/movable").asBoolean()).isFalse();
    assertThat(json.at("/connections/0/reason").asString()).isEqualTo(BUSY);
    assertThat(baton("connections", "--node", "b", "--json").json().get("connections")).isEmpty();
  }

  @Test
  void whatCannotBeMovedIsSkippedAndThatIsDoneInPart() {
    Invocation json = baton("handoff", "--from", "a", "--to", "b", "--all", "--json");
    assertThat(json.status()).isEqualTo(1);
    ContractShape.HANDOFF.isThatOf(json.json());
    assertThat(json.json().get("skipped").asInt()).isEqualTo(2);
    assertThat(json.json().at("/connections/0/result").asString()).isEqualTo("skipped");
    Invocation text = baton("handoff", "--from", "a", "--to", "b", "--connection", "c2");
    assertThat(text.status()).isEqualTo(1);
    assertThat(text.out().get(1)).contains("GET /small.bin", "skipped: " + BUSY);
    assertThat(text.out()).contains("0 connections handed off from a to b, 1 skipped, 0 failed");
  }

  @Test
  void handingOffNothingIsDone() {
    Invocation nothing = baton("handoff", "--from", "b", "--to", "a", "--all");
    assertThat(nothing.status()).isZero();
    assertThat(nothing.out())
        .containsExactly("0 connections handed off from b to a, 0 skipped, 0 failed");
  }

  @Test
  void anAcceptorThatIsNotThereIsStatus3() {
    Stream.of(
            baton("handoff", "--from", "a", "--to", "ghost", "--all", "--json"),
            baton("drain", "--node", "a", "--to", "ghost", "--json"))
        .forEach(
            ghost -> {
              assertThat(ghost.status()).isEqualTo(3);
              assertThat(ghost.out()).isEmpty();
              assertThat(ghost.err())
                  .singleElement()
                  .asString()
                  .contains("no node 'ghost' of group 'shop' runs here")
                  .endsWith("these do: a, b");
            });
  }

  @Test
  void aConnectionThatIsNotThereIsRefusedByTheNode() {
    Invocation none = baton("handoff", "--from", "a", "--to", "b", "--connection", "c9", "--json");
    assertThat(none.status()).isEqualTo(1);
    ContractShape.HANDOFF.isThatOf(none.json());
    assertThat(none.json().get("error").asString()).contains("c9");
    assertThat(none.err()).singleElement().asString().startsWith("baton: node 'a' refuses: ");
  }

  @Test
  void aDrainWaitsForWhatCannotBeMovedYet() throws IOException {
    start("busy").with("c4", "/count", BUSY, 30);
    Invocation drain = baton("drain", "--node", "busy");
    assertThat(drain.status()).isZero();
    assertThat(drain.out().get(0)).matches("draining busy: 0 moved, [01] remaining, .*");
    assertThat(drain.out())
        .last()
        .isEqualTo("0 connections handed off from busy, 0 skipped, 0 failed");
  }

  @Test
  void whatIsLeftAfterADrainIsNamed() {
    Invocation drain = baton("drain", "--node", "a", "--to", "b");
    assertThat(drain.status()).isEqualTo(1);
    assertThat(String.join("\n", drain.out())).contains("why it stayed", "/big.bin", BUSY);
    Invocation json = baton("drain", "--node", "a", "--json");
    assertThat(json.status()).isEqualTo(1);
    ContractShape.HANDOFF.isThatOf(json.json());
    assertThat(json.json().get("skipped").asInt()).isEqualTo(2);
  }

  @Test
  void aLastNodeHasNobodyToDrainTo() throws IOException {
    nodes.remove(1).close();
    Invocation drain = baton("drain", "--node", "a");
    assertThat(drain.status()).isEqualTo(3);
    assertThat(drain.err())
        .containsExactly(
            "baton: no other node of the group runs here to hand over to: start one first; 'a'"
                + " carries on");
  }

  private TestNode start(String name) {
    try {
      TestNode node = TestNode.start(name, dir);
      nodes.add(node);
      return node;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Invocation baton(String... args) {
    return Invocation.of(
        Stream.concat(
                Stream.of(args), Stream.of("--group", TestNode.GROUP, "--dir", dir.toString()))
            .toArray(String[]::new));
  }
}
