package dev.baton.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.BindingManagementKey;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityMessage;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityMessage.CareOfTest;
import dev.baton.anycast.message.MobilityMessage.CareOfTestInit;
import dev.baton.anycast.message.MobilityMessage.HomeTest;
import dev.baton.anycast.message.MobilityMessage.HomeTestInit;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.path.PacketPath;
import dev.baton.anycast.path.Reason;
import dev.baton.it.bed.FixedBinding;
import dev.baton.it.bed.Jdk;
import dev.baton.it.bed.Repository;
import dev.baton.it.net.Host;
import dev.baton.it.net.Network;
import dev.baton.it.net.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code baton home-agent} and {@code baton correspondent}, as processes on hosts of their own. */
class MobileCommandsIT {

  private static final int SPI = 300;
  private static final int LIFETIME = 100;
  private static final int TERMINATED = 143;
  private static final byte[] KEY = new byte[20];
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path dir;

  @Test
  void aClientBecomesBoundToANodeAndNothingIsLeftOfIt() throws Exception {
    try (Network network = Topology.homes("commands", "a", "b")) {
      Host client = network.host("client");
      Host home = network.host("home-a");
      Host node = network.host("b");
      InetAddress contact = network.lan("a").subnet().ipv6(0x99);
      String before = state(client) + state(home);
      Process agent = start(home, "home-agent", homeAgent(home, contact));
      Process correspondent = start(client, "correspondent", List.of());
      said("home-agent", "\"ready\"");
      said("correspondent", "\"ready\"");
      said("correspondent", FixedBinding.byKernel(client) ? "\"kernel\"" : "\"user-space\"");

      FixedBinding binding = new FixedBinding(Ip6.of(contact), node, Ip6.of(home.ipv6()));
      binding.bindClient(false);
      try (PacketPath path = binding.node(node, "eth0")) {
        Ip6 peer = Ip6.of(client.ipv6());
        Ip6 careOf = Ip6.of(node.ipv6());
        register(path, Ip6.of(home.ipv6()), careOf, Ip6.of(contact));
        said("home-agent", "\"bound\"");
        assertThat(state(home)).containsPattern("::99 dev eth0 proxy");
        bind(path, binding, peer, careOf, Ip6.of(contact));
        said("correspondent", "\"bound\"");
        binding.bindClient(true);
        talk(client, node, contact);
        assertThat(path.counters()).containsKey(Reason.UNROUTED);
        end(correspondent);
        end(agent);
      }
      assertThat(state(client) + state(home)).isEqualTo(before);
    }
  }

  @Test
  void aCorrespondentLeavesItsKernelAloneIfItIsTold() throws Exception {
    try (Network network = Topology.homes("user-space", "a")) {
      Host client = network.host("client");
      Process correspondent = start(client, "correspondent", List.of("--user-space"));
      said("correspondent", "\"path\":\"user-space\",\"kernelLacks\":null");
      end(correspondent);
    }
  }

  private List<String> homeAgent(Host home, InetAddress contact) throws IOException {
    Path key =
        Files.createFile(
            dir.resolve("key"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, HexFormat.of().formatHex(KEY));
    String address = contact.getHostAddress();
    return List.of(
        "--address=" + home.ipv6().getHostAddress(),
        "--home=" + address + "/64%eth0",
        "--key=" + address + "=" + SPI + ":" + key);
  }

  private Process start(Host host, String role, List<String> options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(Jdk.current().java(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"));
    command.add(Repository.agentJar().toString());
    command.add(role);
    command.add("--json");
    command.addAll(options);
    return host.program(command.toArray(String[]::new))
        .redirectOutput(dir.resolve(role).toFile())
        .redirectErrorStream(true)
        .start();
  }

  private void said(String role, String what) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(Files.readString(dir.resolve(role))).contains(what));
  }

  private static void register(PacketPath path, Ip6 agent, Ip6 careOf, Ip6 home) {
    BindingUpdate update =
        new BindingUpdate(
            1, true, true, false, false, LIFETIME, List.of(new AlternateCareOf(careOf)));
    MobilityPacket packet = new MobilityPacket(careOf, agent, home, null, update);
    path.send(new HomeAssociation(SPI, KEY).sign(packet, careOf, home).encode());
  }

  private static void bind(PacketPath path, FixedBinding binding, Ip6 peer, Ip6 careOf, Ip6 home) {
    path.send(new MobilityPacket(home, peer, new HomeTestInit(1, List.of())).encode());
    path.send(new MobilityPacket(careOf, peer, new CareOfTestInit(2, List.of())).encode());
    HomeTest there = answer(binding, HomeTest.class);
    CareOfTest here = answer(binding, CareOfTest.class);
    NonceIndices nonces = new NonceIndices(there.nonceIndex(), here.nonceIndex());
    BindingUpdate update = BindingUpdate.toCorrespondent(1, LIFETIME, List.of(nonces));
    MobilityPacket packet = new MobilityPacket(careOf, peer, home, null, update);
    BindingManagementKey key = BindingManagementKey.of(there.token(), here.token());
    path.send(key.sign(packet, careOf, peer).encode());
  }

  private static <M extends MobilityMessage> M answer(FixedBinding binding, Class<M> kind) {
    return await()
        .atMost(PATIENCE)
        .until(() -> find(binding, kind), Optional::isPresent)
        .orElseThrow();
  }

  private static <M extends MobilityMessage> Optional<M> find(FixedBinding binding, Class<M> kind)
      throws Exception {
    for (ByteBuffer message : binding.messages()) {
      MobilityMessage it = ReceivedPacket.decode(message).packet().message();
      if (kind.isInstance(it)) {
        return Optional.of(kind.cast(it));
      }
    }
    return Optional.empty();
  }

  private static void talk(Host client, Host node, InetAddress contact) throws Exception {
    try (ServerSocketChannel listener = node.call(ServerSocketChannel::open)) {
      listener.bind(new InetSocketAddress(contact, 0));
      InetSocketAddress server = (InetSocketAddress) listener.getLocalAddress();
      try (SocketChannel one = client.call(() -> SocketChannel.open(server));
          SocketChannel other = listener.accept()) {
        one.write(ByteBuffer.wrap(KEY));
        ByteBuffer read = ByteBuffer.allocate(KEY.length);
        while (read.hasRemaining()) {
          assertThat(other.read(read)).isPositive();
        }
      }
    }
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
  }

  /** Everything the kernel was told to do with packets. */
  private static String state(Host host) throws Exception {
    return host.run(
        "sh", "-ec", "ip -6 rule; ip -6 route; ip -6 neigh show proxy; tc qdisc; ip -o link");
  }
}
