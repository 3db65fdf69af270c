package dev.baton.anycast.node;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.correspondent.Correspondent;
import dev.baton.anycast.home.HomeAgent;
import dev.baton.anycast.home.HomeAgentSetup;
import dev.baton.anycast.home.HomeLink;
import dev.baton.anycast.message.HomeAssociation;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityPacket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * A client, a home agent, and nodes A and B that hand the client to each other, over a simulated
 * network.
 */
class SimulatedGroup {

  static final Ip6 CLIENT = Ip6.of("2001:db8:c::1");
  static final Ip6 CONTACT = Ip6.of("2001:db8:a::80");
  static final Ip6 AGENT = Ip6.of("2001:db8:a::1");
  static final Ip6 A = Ip6.of("2001:db8:b::a");
  static final Ip6 B = Ip6.of("2001:db8:b::b");
  static final Ip6 C = Ip6.of("2001:db8:b::c");
  static final Ip6 ELSEWHERE = Ip6.of("2001:db8:e::e");
  static final HomeAssociation SHARED =
      new HomeAssociation(500, "the key of the group".getBytes(US_ASCII));

  final long seed = System.nanoTime();
  final SimulatedNetwork network = new SimulatedNetwork(seed);
  final List<String> told = new ArrayList<>();
  final List<Ip6> proxied = new ArrayList<>();
  final HomeAgent homeAgent = homeAgent();
  long clientAheadNanos;
  Correspondent client = client();
  final MobileNode a = node(A);
  final MobileNode b = node(B);

  SimulatedGroup() {
    System.out.println("SimulatedGroup: seed " + seed);
  }

  // --- The hosts
  // ----------------------------------------------------------------------------------

  Correspondent client() {
    Correspondent made =
        new Correspondent(
            CLIENT,
            network.outlet(),
            () -> network.clock.getAsLong() + clientAheadNanos,
            new Random(network.random.nextLong()),
            10);
    network.attach(
        CLIENT,
        new SimulatedNetwork.Host() {
          @Override
          public void packet(ByteBuffer packet) {
            made.mobility(packet);
          }

          @Override
          public void tunnelled(Ip6 from, ByteBuffer inner) {
            throw new AssertionError("no tunnel ends at a client");
          }
        });
    network.tick(() -> made.tick() - clientAheadNanos);
    return made;
  }

  HomeAgent homeAgent() {
    HomeLink link =
        new HomeLink() {
          @Override
          public CompletionStage<Boolean> isFree(Ip6 home) {
            CompletableFuture<Boolean> result = new CompletableFuture<>();
            network.after(1, () -> result.complete(true));
            return result;
          }

          @Override
          public void startProxy(Ip6 home) {
            proxied.add(home);
          }

          @Override
          public void stopProxy(Ip6 home) {
            proxied.remove(home);
          }
        };
    HomeAgent made =
        new HomeAgent(
            new HomeAgentSetup(
                AGENT,
                List.of(Ip6Prefix.of("2001:db8:a::/64")),
                (home, spi) -> home.equals(CONTACT) && spi == SHARED.spi() ? SHARED : null,
                3600,
                10),
            link,
            network.outlet(),
            network.clock);
    network.attach(
        AGENT,
        new SimulatedNetwork.Host() {
          @Override
          public void packet(ByteBuffer packet) {
            made.mobility(packet);
          }

          @Override
          public void tunnelled(Ip6 from, ByteBuffer inner) {
            Ip6 source = Ip6.read(inner, 8);
            if (made.acceptsFrom(from.high(), from.low(), source.high(), source.low())) {
              network.forward(Ip6.read(inner, 24), inner);
            }
          }
        });
    network.attach(
        CONTACT,
        new SimulatedNetwork.Host() {
          @Override
          public void packet(ByteBuffer packet) {
            Ip6 careOf = made.careOf(CONTACT.high(), CONTACT.low());
            if (careOf != null) {
              network.forwardInTunnel(AGENT, careOf, packet);
            }
          }

          @Override
          public void tunnelled(Ip6 from, ByteBuffer inner) {
            throw new AssertionError("no tunnel ends at the contact address");
          }
        });
    network.tick(made::tick);
    return made;
  }

  MobileNode node(Ip6 careOf) {
    BindingListener listener =
        new BindingListener() {
          @Override
          public void bindingError(Ip6 client) {
            told.add("error " + careOf);
          }

          @Override
          public void bindingEnded(Ip6 client, NotBoundException why) {
            told.add("ended " + careOf);
          }

          @Override
          public void registrationEnded(NotBoundException why) {
            told.add("registration " + careOf);
          }
        };
    MobileNode made =
        new MobileNode(
            new NodeSetup(CONTACT, Set.of(A, B, C)::contains, Duration.ofSeconds(60), 100),
            careOf,
            network.outlet(),
            listener,
            network.clock,
            new Random(network.random.nextLong()));
    attach(made, careOf);
    network.tick(made::tick);
    return made;
  }

  void attach(MobileNode node, Ip6 at) {
    network.attach(
        at,
        new SimulatedNetwork.Host() {
          @Override
          public void packet(ByteBuffer packet) {
            node.mobility(packet);
          }

          @Override
          public void tunnelled(Ip6 from, ByteBuffer inner) {
            node.tunnelled(from, inner);
          }
        });
  }

  Ip6 bound() {
    return client.careOf(CONTACT.high(), CONTACT.low());
  }

  static boolean isBound(MobileNode node) {
    return node.careOf(CLIENT.high(), CLIENT.low()) != null;
  }

  void await(CompletionStage<Void> stage) {
    CompletableFuture<Void> future = stage.toCompletableFuture();
    assertThat(network.runUntil(future::isDone, 120)).as("done within two minutes").isTrue();
    future.join();
  }

  NotBoundException failure(CompletionStage<Void> stage) {
    CompletableFuture<Void> future = stage.toCompletableFuture();
    assertThat(network.runUntil(future::isDone, 120)).isTrue();
    try {
      future.get();
      throw new AssertionError("it succeeded");
    } catch (ExecutionException e) {
      return (NotBoundException) e.getCause();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A is the contact node, and B's way to the home agent. */
  void start() {
    b.passive(A);
    await(a.active(AGENT, A, SHARED));
  }

  List<Integer> sequencesOfUpdatesTo(Ip6 receiver) {
    List<Integer> sequences = new ArrayList<>();
    for (MobilityPacket packet : network.sent) {
      if (packet.message() instanceof BindingUpdate update
          && packet.destination().equals(receiver)) {
        sequences.add(update.sequence());
      }
    }
    return sequences;
  }

  static SimulatedNetwork.Host deaf() {
    return new SimulatedNetwork.Host() {
      @Override
      public void packet(ByteBuffer packet) {}

      @Override
      public void tunnelled(Ip6 from, ByteBuffer inner) {}
    };
  }
}
