package dev.baton.agent;

import dev.baton.handoff.policy.Candidate;
import dev.baton.handoff.policy.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which connections a route of {@code baton.routes} is for. */
sealed interface RoutePattern extends Predicate<Candidate> {

  /**
   * By the request a connection begins with, {@code POST shop.example/api/*}.
   *
   * @param host without a port, in any case; empty for any
   */
  record OfRequest(String host, RequestPattern request) implements RoutePattern {

    @Override
    public boolean test(Candidate connection) {
      String method = connection.method();
      String target = connection.target();
      return method != null
          && target != null
          && (host.isEmpty() || host.equalsIgnoreCase(withoutPort(connection.host())))
          && request.matches(method, target);
    }

    private static @Nullable String withoutPort(@Nullable String host) {
      int colon = host == null ? -1 : host.lastIndexOf(':');
      return host == null || colon < 0 || host.indexOf(']') > colon
          ? host
          : host.substring(0, colon);
    }
  }

  /**
   * By the traffic class or type of service of its packets, {@code class:0xb8}. The two bits that
   * routers use to report congestion (RFC 3168) play no part.
   */
  record OfTrafficClass(int trafficClass) implements RoutePattern {
    private static final int CONGESTION = 3;

    @Override
    public boolean test(Candidate connection) {
      return (connection.trafficClass() & ~CONGESTION) == (trafficClass & ~CONGESTION);
    }
  }

  /** By the flow label of its packets, {@code flow:0x12345}. */
  record OfFlowLabel(int flowLabel) implements RoutePattern {

    @Override
    public boolean test(Candidate connection) {
      return connection.flowLabel() == flowLabel;
    }
  }

  /** Reads {@code PATTERN=node,node,PATTERN=node}; null if it cannot be read. */
  static @Nullable List<Route> routes(String text) {
    List<Route> routes = new ArrayList<>();
    RoutePattern pattern = null;
    List<String> nodes = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      int equals = item.lastIndexOf('=');
      if (equals >= 0) {
        if (pattern != null) {
          routes.add(new Route(pattern, List.copyOf(nodes)));
        }
        nodes.clear();
        pattern = of(item.substring(0, equals).trim());
      }
      String node = item.substring(equals + 1).trim();
      if (pattern == null || !isName(node)) {
        return null;
      }
      nodes.add(node);
    }
    if (pattern != null) {
      routes.add(new Route(pattern, List.copyOf(nodes)));
    }
    return List.copyOf(routes);
  }

  private static @Nullable RoutePattern of(String text) {
    if (text.startsWith("class:")) {
      int value = number(text.substring("class:".length()), 0xff);
      return value < 0 ? null : new OfTrafficClass(value);
    }
    if (text.startsWith("flow:")) {
      int value = number(text.substring("flow:".length()), 0xfffff);
      return value < 0 ? null : new OfFlowLabel(value);
    }
    int space = text.indexOf(' ');
    String method = space < 0 ? "*" : text.substring(0, space);
    String where = text.substring(space + 1).trim();
    int slash = where.indexOf('/');
    if (slash < 0) {
      return null;
    }
    RequestPattern request = RequestPattern.parse(method + " " + where.substring(slash));
    return request == null ? null : new OfRequest(where.substring(0, slash), request);
  }

  /** Decimal, or hexadecimal behind {@code 0x}; −1 if it is none, or too large. */
  private static int number(String text, int most) {
    try {
      int number = Integer.decode(text);
      return number <= most ? number : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isLetterOrDigit(c) && ".-_".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
