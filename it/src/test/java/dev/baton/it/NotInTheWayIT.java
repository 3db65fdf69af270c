package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.it.bed.App;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Json;
import dev.baton.it.bed.Repository;
import dev.baton.it.bed.ServerProcess;
import dev.baton.it.bed.ServerSpec;
import dev.baton.it.bed.TestBed;
import dev.baton.it.wire.ClientConnection;
import dev.baton.it.wire.ExpectedBody;
import dev.baton.it.wire.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Where Baton cannot or must not work, the server does, and one line says why. */
@ParameterizedClass(name = "{0}")
@MethodSource("jdks")
class NotInTheWayIT implements OnTestBed {

  @Parameter Jdk jdk;

  private TestBed bed;

  static Stream<Jdk> jdks() {
    return Jdk.all().stream();
  }

  @BeforeEach
  void create() throws Exception {
    bed = TestBed.create("not-in-the-way-" + jdk.feature());
  }

  @AfterEach
  void stop() throws Exception {
    bed.close();
  }

  @Override
  public TestBed bed() {
    return bed;
  }

  @Test
  void withoutNetAdminTheServerRunsAndOneLineSaysWhatIsMissing() throws Exception {
    ServerProcess server =
        bed.start(
            ServerSpec.of(App.JETTY, jdk, "powerless")
                .by("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin", "--"));

    assertServesWithout(server);
    assertThat(server.ownWords()).singleElement().asString().contains("CAP_NET_ADMIN");
  }

  @Test
  void anUnknownSettingTurnsBatonOffAndIsNamed() throws Exception {
    ServerProcess server =
        bed.start(ServerSpec.of(App.TOMCAT, jdk, "typo").agentOption("drainTimeuot=3s"));

    assertServesWithout(server);
    assertThat(server.ownWords()).singleElement().asString().contains("drainTimeuot");
  }

  @Test
  void anUnknownSystemPropertyOfOursTurnsBatonOffAndIsNamed() throws Exception {
    ServerProcess server =
        bed.start(ServerSpec.of(App.SOCKET, jdk, "typo").jvmOption("-Dbaton.drainTimeuot=3s"));

    assertServesWithout(server);
    assertThat(server.ownWords()).singleElement().asString().contains("baton.drainTimeuot");
  }

  @Test
  void aValueThatMakesNoSenseTurnsBatonOffAndIsShown() throws Exception {
    ServerProcess server =
        bed.start(ServerSpec.of(App.JDK, jdk, "soon").agentOption("drainTimeout=soon"));

    assertServesWithout(server);
    assertThat(server.ownWords()).singleElement().asString().contains("drainTimeout", "soon");
  }

  @Test
  void switchedOffItSaysNothingAndLeavesNothingBehind() throws Exception {
    ServerProcess server =
        bed.start(ServerSpec.of(App.JETTY, jdk, "off").agentOption("enabled=false"));

    assertServesWithout(server);
    assertThat(server.ownWords()).isEmpty();
    try (Stream<Path> left = Files.list(bed.directory())) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void commandsTellWrongUsageFromANodeThatIsNotThere() throws Exception {
    bed.join(ServerSpec.of(App.SOCKET, jdk, "a"));

    assertThat(bed.commandLine().run("handoff", "--from=a", "--to=nobody", "--all").status())
        .isEqualTo(3);
    assertThat(bed.commandLine().run("handoff", "--from=nobody", "--to=a", "--all").status())
        .isEqualTo(3);
    assertThat(bed.commandLine().run("drain", "--node=nobody").status()).isEqualTo(3);
    assertThat(bed.commandLine().run("handoff", "--from=a", "--all").status()).isEqualTo(2);
    assertThat(bed.commandLine().run("hand-off").status()).isEqualTo(2);
    assertThat(bed.commandLine().run("nodes", "--json").succeeded().json(Json.Nodes.class))
        .satisfies(nodes -> assertThat(nodes.nodes()).hasSize(1));
  }

  /** The server serves, and no command finds it. */
  private void assertServesWithout(ServerProcess server) throws IOException {
    Repository.servedFile(0, 20);
    try (ClientConnection client = ClientConnection.open(server.address())) {
      client.exchange(Request.get("/name"), ExpectedBody.text(server.node() + "\n"));
      client.exchange(
          Request.get("/files/20m.bin"), ExpectedBody.file(Repository.servedFile(0, 20)));
    }
    assertThat(
            bed.commandLine().run("handoff", "--from=" + server.node(), "--to=x", "--all").status())
        .isEqualTo(3);
  }
}
