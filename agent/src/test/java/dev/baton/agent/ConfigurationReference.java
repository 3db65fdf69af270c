package dev.baton.agent;

import dev.baton.handoff.policy.PolicyKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/CONFIGURATION.md} from {@link Setting}; the only hand that does. */
final class ConfigurationReference {

  static final Path FILE = Path.of("..", "docs", "CONFIGURATION.md");

  private ConfigurationReference() {}

  public static void main(String[] arguments) throws IOException {
    Files.writeString(FILE, text());
  }

  static String text() {
    StringBuilder text =
        new StringBuilder(
            """
            <!-- Generated from dev.baton.agent.Setting; `ConfigurationReferenceTest` says how. -->
            # Configuration

            A setting `X` can be given in four places. The first that names it wins:

            1. agent options, `-javaagent:baton-agent.jar=X=value,Y=value`, or after `baton attach PID`
            2. the system property `baton.X`
            3. the environment variable `BATON_X`, in upper case
            4. a line `X=value` in the file named by `baton.config`; `#` begins a comment line

            In agent options a comma separates settings, and also the items of a list: a part that does
            not begin with a key and an equals sign continues the value before it. So
            `ports=8080,8081,node=a` is two settings. Where a setting has no value by default, `none` or
            nothing takes back what a later place says.

            An unknown key in any of these places, or a bad value, is one line on stderr; Baton stays off
            and the server starts without it. (Variables that Kubernetes sets for a service called
            `baton` are not taken for settings.) How the start went can be read from the system property
            `dev.baton.status`: `on`, or why Baton is off.

            | key | value | default | meaning |
            |---|---|---|---|
            """);
    for (Setting setting : Setting.values()) {
      text.append("| `")
          .append(setting.key())
          .append("` | ")
          .append(setting.kind().form())
          .append(" | ")
          .append(setting.byDefault())
          .append(" | ")
          .append(setting.meaning())
          .append(" |\n");
    }
    text.append(
        """

        ## Where a connection is served

        With `baton.policy` or `baton.routes`, a node looks at the first request of each new
        connection before its server reads it, and hands the connection to the node that the policy
        says, on this host or, with `baton.switch=steer` or `mip6`, on another. Whatever the method, nothing
        runs twice: the server here has read nothing. What is in doubt is served where it came: TLS
        and other protocols, a header section of more than 16 KiB or one that takes more than 20 ms
        to arrive, a handoff that takes more than two seconds. The default looks at nothing.

        | `baton.policy` | a new connection is served by |
        |---|---|
        """);
    for (PolicyKind kind : PolicyKind.values()) {
      text.append("| `").append(kind.word()).append("` | ").append(kind.meaning()).append(" |\n");
    }
    text.append(
        """

        A node to which two handoffs in a row have failed is avoided for a second, longer if it fails
        again, up to a minute, and then tried. A node that drains gives its connections to its
        successor on the same host, if there is one, else to the rest of the group by the policy;
        `first-come` then means the node with the fewest connections.

        `baton.routes` is a list of patterns with their nodes; the first that fits decides. Where
        none of a route's nodes is there, all nodes will do.

        | pattern | fits |
        |---|---|
        | `[METHOD ][host]/path` | the first request; `*` in the path stands for anything, the query plays no part |
        | `class:N` | packets with this IPv6 traffic class or IPv4 type of service (the upper six bits count) |
        | `flow:N` | packets with this IPv6 flow label |

        So `/static/*=a,b,POST /orders*=c,class:0xb8=fast` is three routes.

        With `baton.below=c,d` on node `b`, other nodes give to `b` what they would give to `c` or
        `d`, as long as `b` can take it, and `b` places it once more among `b`, `c` and `d`, by its own
        `baton.policy` and `baton.routes`. `c` may have nodes below it, too. The routes of a node
        name nodes it can give connections to itself: not `c`, on a node above `b`. How
        packets are marked is seen only where they come: `priority`, `class:` and `flow:` are for the top.

        ## Clients that follow by Mobile IPv6

        With `baton.switch=mip6` a client is told, by the messages of RFC 6275, which node it is to
        send to, and its packets go there directly. It needs a correspondent node (`baton
        correspondent`, or a kernel with Mobile IPv6); clients without one stay tunnelled through the
        contact node, which is found out by itself. The home agent is a router of the network that
        the contact addresses belong to; nodes may be anywhere. All addresses are IPv6 addresses.

        A client is one: all its connections to a contact address move together. With several
        contact addresses in the DNS (one AAAA record each, for one name), clients choose among them,
        and a client that uses two can be at two nodes.

        ## Who is let in

        `baton.admission` names a text file, the same one for all nodes of the group: each looks for
        itself whom it lets in and talks to on other hosts, by the name in the certificate. (Nodes on
        one host know each other by their user, and are not asked.)

        | line | means |
        |---|---|
        | `NAME` | this node may be in the group |
        | `NAME until 2027-01-31T00:00:00Z` | it may until then |
        | `not NAME` | it may not |
        | `*` | so may all that are not named; without this line they may not |

        `#` begins a comment. Of several lines about one node the strictest holds. To be able to shut a
        node out later, begin with a file of one line, `*`; a line `not b` then shuts node `b` out: it
        gets no new conversation at once, and has none after `baton.ticket`. Write a new file and move
        it over the old one. A file that makes no sense is an error at the start; later the last good
        one stays, with a warning.
        """);
    return text.toString();
  }
}
