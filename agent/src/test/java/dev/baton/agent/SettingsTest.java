package dev.baton.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.baton.agent.Settings.TrafficSwitch;
import dev.baton.handoff.policy.PolicyKind;
import dev.baton.handoff.policy.Route;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {

  private final Properties properties = new Properties();
  private final Map<String, String> environment = new HashMap<>();

  @TempDir private Path dir;

  @Test
  void everythingHasADefault() throws SettingsException {
    Settings settings = read(null);
    assertThat(settings.enabled()).isTrue();
    assertThat(settings.node()).endsWith("-" + ProcessHandle.current().pid());
    assertThat(settings.group()).isEqualTo("default");
    assertThat(settings.ports()).isEmpty();
    assertThat(settings.dir()).isEqualTo(Settings.defaultDir());
    assertThat(settings.listen()).isEmpty();
    assertThat(settings.peers()).isEmpty();
    assertThat(settings.keys()).isEmpty();
    assertThat(settings.admission()).isEmpty();
    assertThat(settings.ticket()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.contact()).isEmpty();
    assertThat(settings.membershipPort()).isEmpty();
    assertThat(settings.discovery()).isEqualTo("peers");
    assertThat(settings.absence()).isEqualTo(Duration.ofMinutes(10));
    assertThat(settings.trafficSwitch()).isEqualTo(TrafficSwitch.LOCAL);
    assertThat(settings.policy()).isEqualTo(PolicyKind.FIRST_COME);
    assertThat(settings.routes()).isEmpty();
    assertThat(settings.below()).isEmpty();
    assertThat(settings.takeover()).isTrue();
    assertThat(settings.drainOnTerm()).isTrue();
    assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.maxReplay()).isEqualTo(1024 * 1024);
    assertThat(settings.replayable()).isEmpty();
  }

  @Test
  void everythingCanBeSaidAfterTheAgentJar() throws Exception {
    Settings settings =
        read(
            "node=a,group=shop,ports=8080,8081,dir=/d,listen=[fd00::1]:7000,"
                + "peers=b.example:7000,[fd00::2]:7001,keys=/k,admission=/k/map,ticket=5s,contact=192.0.2.1,fd00::c,"
                + "membershipPort=7800,discovery=dns:shop.example,absence=1h,switch=mip6,homeAgent=fd00::a,homeKey=300:/k/home,activation=pipelined,policy=load,routes=/static/*=a,b,POST"
                + " shop/x=c,below=d,e,takeover=false,drainOnTerm=false,drainTimeout=2m,maxReplay=64KiB,replayable=POST"
                + " /search*,* /pure");
    assertThat(settings)
        .isEqualTo(
            new Settings(
                true,
                "a",
                "shop",
                Set.of(8080, 8081),
                new File("/d"),
                Optional.of(InetSocketAddress.createUnresolved("fd00::1", 7000)),
                List.of(
                    InetSocketAddress.createUnresolved("b.example", 7000),
                    InetSocketAddress.createUnresolved("fd00::2", 7001)),
                Optional.of(new File("/k")),
                Optional.of(new File("/k/map")),
                Duration.ofSeconds(5),
                List.of(InetAddress.getByName("192.0.2.1"), InetAddress.getByName("fd00::c")),
                OptionalInt.of(7800),
                "dns:shop.example",
                Duration.ofHours(1),
                TrafficSwitch.MIP6,
                Optional.of(InetAddress.getByName("fd00::a")),
                Optional.of("300:/k/home"),
                true,
                PolicyKind.LOAD,
                List.of(
                    new Route(
                        new RoutePattern.OfRequest("", new RequestPattern("*", "/static/*")),
                        List.of("a", "b")),
                    new Route(
                        new RoutePattern.OfRequest("shop", new RequestPattern("POST", "/x")),
                        List.of("c"))),
                List.of("d", "e"),
                false,
                false,
                Duration.ofMinutes(2),
                65536,
                List.of(new RequestPattern("POST", "/search*"), new RequestPattern("*", "/pure"))));
  }

  @Test
  void agentOptionsWinOverPropertiesOverEnvironmentOverFile() throws Exception {
    Path file = Files.writeString(dir.resolve("baton.conf"), "# ours\n\ngroup = file\nnode=file\n");
    environment.put("BATON_CONFIG", file.toString());
    assertThat(read(null).group()).isEqualTo("file");
    environment.put("BATON_GROUP", "environment");
    assertThat(read(null).group()).isEqualTo("environment");
    properties.setProperty("baton.group", "property");
    assertThat(read(null).group()).isEqualTo("property");
    assertThat(read("group=option").group()).isEqualTo("option");
    assertThat(read("group=option").node()).isEqualTo("file");
  }

  @Test
  void environmentVariablesAreUpperCase() throws SettingsException {
    environment.put("BATON_DRAINONTERM", "false");
    environment.put("BATON_MAXREPLAY", "0");
    assertThat(read(null).drainOnTerm()).isFalse();
    assertThat(read(null).maxReplay()).isZero();
  }

  @Test
  void aPartWithoutAKeyContinuesTheValueBeforeIt() throws SettingsException {
    assertThat(read("ports=1,2,3,node=a").ports()).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(read("replayable=GET /a-b=c,POST /d").replayable())
        .containsExactly(new RequestPattern("GET", "/a-b=c"), new RequestPattern("POST", "/d"));
  }

  @ParameterizedTest
  @CsvSource({"250ms, 250", "30s, 30000", "5m, 300000", "1h, 3600000"})
  void durationsHaveUnits(String text, long millis) throws SettingsException {
    assertThat(read("drainTimeout=" + text).drainTimeout()).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"17, 17", "17B, 17", "2KiB, 2048", "3MiB, 3145728", "1GiB, 1073741824"})
  void sizesMayHaveUnits(String text, long bytes) throws SettingsException {
    assertThat(read("maxReplay=" + text).maxReplay()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "enabled=yes",
        "node=",
        "node=a b",
        "group=a/b",
        "ports=0",
        "ports=65536",
        "ports=80,,81",
        "ports=http",
        "listen=7000",
        "listen=:7000",
        "listen=fd00::1:7000",
        "peers=a:1,b",
        "contact=shop.example",
        "discovery=dns:",
        "discovery=gossip",
        "membershipPort=0",
        "absence=0s",
        "contact=1.2.3.4.5",
        "switch=lan",
        "takeover=1",
        "drainTimeout=30",
        "drainTimeout=0s",
        "drainTimeout=-1s",
        "drainTimeout=99999999999999999h",
        "maxReplay=1MB",
        "maxReplay=-1",
        "maxReplay=9999999999GiB",
        "replayable=/search",
        "dir=",
      })
  void aBadValueIsNamedWithWhereItCameFromAndWhatItMustBe(String option) {
    String key = option.substring(0, option.indexOf('='));
    String value = option.substring(option.indexOf('=') + 1);
    assertThatThrownBy(() -> read(option))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("agent option " + key + " is '" + value + "', must be ")
        .hasMessageNotContaining("\n");
  }

  @Test
  void anUnknownKeyIsNamedWhereverItIs() throws IOException {
    expectFailure("nodes=a", "unknown agent option nodes");
    expectFailure("node=a,Node=b", "unknown agent option Node");
    expectFailure("8080", "agent options must be key=value,…, not '8080'");
    expectFailure("node=a,node=b", "agent option node is given twice");

    Path file = Files.writeString(dir.resolve("c"), "node=a\nport=1\n");
    expectFailure("config=" + file, "unknown " + file + " line 2: port");
    Files.writeString(file, "node\n");
    expectFailure("config=" + file, file + " line 1 is not key=value: 'node'");

    properties.setProperty("baton.x", "");
    expectFailure(null, "unknown system property baton.x");
    properties.clear();
    environment.put("BATON_X", "");
    expectFailure(null, "unknown environment variable BATON_X");
  }

  @Test
  void whatKubernetesSaysAboutAServiceCalledBatonIsNoSetting() throws SettingsException {
    environment.put("BATON_SERVICE_HOST", "10.0.0.1");
    environment.put("BATON_PORT", "tcp://10.0.0.1:80");
    environment.put("BATON_PORT_80_TCP_ADDR", "10.0.0.1");
    assertThat(read(null).enabled()).isTrue();
  }

  @Test
  void listeningToOtherHostsRequiresKeys() {
    expectFailure("listen=0.0.0.0:7000", "baton.listen requires baton.keys");
  }

  @Test
  void aSecurityMapRequiresKeys() {
    expectFailure("admission=/etc/baton/map", "baton.admission requires baton.keys");
  }

  @Test
  void nodesBelowRequireSomethingToPlaceBy() throws SettingsException {
    expectFailure("below=c,d", "baton.below requires baton.policy or baton.routes");
    assertThat(read("below=c,d,routes=/x=c").below()).containsExactly("c", "d");
    expectFailure("policy=load,below=c d", "agent option below is 'c d', must be node,…");
  }

  @Test
  void theCommandsFindTheFolderOfTheNodes() {
    assertThat(Settings.defaultDir().getPath())
        .isIn("/run/baton", "/tmp/baton-" + System.getProperty("user.name"));
  }

  private void expectFailure(String options, String message) {
    assertThatThrownBy(() -> read(options))
        .isInstanceOf(SettingsException.class)
        .hasMessage(message);
  }

  private Settings read(String options) throws SettingsException {
    return Settings.of(options, properties, environment);
  }
}
