package dev.baton.agent.cli;

import dev.baton.agent.HomeKey;
import dev.baton.anycast.Ip6;
import dev.baton.anycast.Ip6Prefix;
import dev.baton.anycast.home.Associations;
import dev.baton.anycast.home.HomeAgentSetup;
import dev.baton.anycast.host.HomeAgentHost;
import dev.baton.linux.steer.Interfaces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code baton home-agent}: a router of the contact address's network. */
@Command(
    name = "home-agent",
    description = {
      "Makes this router the home agent of contact addresses (Mobile IPv6), until",
      "SIGINT or SIGTERM: it tunnels what is for them to the contact node, wherever",
      "that is. Needs CAP_NET_ADMIN and CAP_NET_RAW."
    },
    mixinStandardHelpOptions = true)
final class HomeAgentCommand implements Callable<Integer> {

  @Option(
      names = "--address",
      required = true,
      paramLabel = "ADDR",
      description = "The home agent's own address, which nodes register at.")
  private String address = "";

  @Option(
      names = "--home",
      required = true,
      paramLabel = "PREFIX%IF",
      description = "A network of contact addresses and its interface: 2001:db8:1::/64%%eth0.")
  private List<String> homes = List.of();

  @Option(
      names = "--key",
      required = true,
      paramLabel = "HOMEADDR=SPI:FILE",
      description =
          "A contact address and its key: a number of at least 256, and the file that has it in"
              + " hexadecimal, at least 16 bytes, readable by its owner only.")
  private List<String> keys = List.of();

  @Option(
      names = "--lifetime",
      paramLabel = "SECONDS",
      defaultValue = "420",
      description = "How long a registration lasts at most (default: ${DEFAULT-VALUE}).")
  private int lifetime;

  @Mixin private final MobileOptions options = new MobileOptions();

  private record Ready(
      String event, String role, String address, List<String> homes, List<String> interfaces) {}

  @Override
  public Integer call() throws IOException, CommandFailedException {
    HomeAgentSetup setup;
    Map<Ip6Prefix, String> links = new LinkedHashMap<>();
    try {
      homes.forEach(home -> addLink(links, home));
      setup = setup(List.copyOf(links.keySet()));
    } catch (IllegalArgumentException e) {
      throw options.wrong(Failures.firstLine(e));
    }
    List<String> interfaces = options.interfaces();
    for (String link : links.values()) {
      if (!Interfaces.forwards(link)) {
        throw new CommandFailedException(
            Cli.NOT_REACHABLE,
            "this host is no router: "
                + link
                + " forwards no IPv6; sysctl -w net.ipv6.conf.all.forwarding=1");
      }
    }
    String where = String.join(", ", interfaces);
    return options
        .run()
        .run(
            "home agent",
            "home agent " + setup.address() + " of " + String.join(", ", homes) + " on " + where,
            new Ready("ready", "home-agent", setup.address().toString(), homes, interfaces),
            (listener, log) -> HomeAgentHost.open(setup, links, interfaces, listener, log));
  }

  private void addLink(Map<Ip6Prefix, String> links, String home) {
    int percent = home.indexOf('%');
    if (percent < 0) {
      throw new IllegalArgumentException("a home network is written PREFIX%IF, not " + home);
    }
    String link = home.substring(percent + 1);
    links.put(Ip6Prefix.of(home.substring(0, percent)), link);
    options.check(link);
  }

  private HomeAgentSetup setup(List<Ip6Prefix> prefixes) throws IOException {
    Ip6 own = Ip6.of(address);
    if (!Interfaces.addresses().contains(own.toInetAddress())) {
      throw new IllegalArgumentException("--address " + own + " is not an address of this host");
    }
    List<HomeKey> known = new ArrayList<>();
    for (String key : keys) {
      HomeKey one = HomeKey.of(key);
      if (prefixes.stream().noneMatch(prefix -> prefix.contains(one.home()))) {
        throw new IllegalArgumentException(one.home() + " is in no network named by --home");
      }
      known.add(one);
    }
    Associations associations =
        (home, spi) ->
            known.stream()
                .filter(key -> key.home().equals(home) && key.association().spi() == spi)
                .map(HomeKey::association)
                .findAny()
                .orElse(null);
    return new HomeAgentSetup(own, prefixes, associations, lifetime, known.size());
  }
}
