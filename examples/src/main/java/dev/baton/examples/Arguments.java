package dev.baton.examples;

import dev.baton.handoff.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The command line of an example: {@code key=value} each, with the names that the agent's settings
 * have: {@code node}, {@code group}, {@code dir}, and for several hosts {@code keys}, {@code
 * listen}, {@code peers}, {@code contact}.
 */
final class Arguments {
  private final Map<String, String> values = new HashMap<>();

  private Arguments() {}

  static Arguments of(String... arguments) {
    Arguments all = new Arguments();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("'" + argument + "' is not key=value");
      }
      all.values.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    return all;
  }

  long number(String key, long otherwise) {
    String value = values.get(key);
    return value == null ? otherwise : Long.parseLong(value);
  }

  private String text(String key, String otherwise) {
    return values.getOrDefault(key, otherwise);
  }

  /** How the node is configured. */
  NodeConfig config() throws IOException {
    String node = text("node", "node-" + ProcessHandle.current().pid());
    String group = text("group", "numbers");
    Path dir = Path.of(text("dir", "/run/baton"));
    String keys = values.get("keys");
    if (keys == null) {
      return NodeConfig.onOneHost(node, group, dir);
    }
    List<InetSocketAddress> peers = new ArrayList<>();
    for (String peer : list("peers")) {
      peers.add(endpoint(peer));
    }
    List<InetAddress> contacts = new ArrayList<>();
    for (String contact : list("contact")) {
      contacts.add(InetAddress.getByName(contact));
    }
    Optional<InetSocketAddress> listen =
        values.containsKey("listen") ? Optional.of(endpoint(text("listen", ""))) : Optional.empty();
    return NodeConfig.onManyHosts(
        node, group, dir, new NodeConfig.Elsewhere(Path.of(keys), listen, peers, contacts));
  }

  private List<String> list(String key) {
    String value = text(key, "");
    return value.isEmpty() ? List.of() : List.of(value.split(",", -1));
  }

  private static InetSocketAddress endpoint(String text) {
    int colon = text.lastIndexOf(':');
    return InetSocketAddress.createUnresolved(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }
}
