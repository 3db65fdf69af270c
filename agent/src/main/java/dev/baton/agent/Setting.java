package dev.baton.agent;

import dev.baton.handoff.policy.PolicyKind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every setting there is: its key, what kind of value it takes, its default and what it means. The
 * parser, the message about an unknown key and the reference in {@code docs/CONFIGURATION.md} all
 * come from here.
 */
public enum Setting {
  ENABLED("enabled", Kind.BOOLEAN, "true", "The off switch."),
  NODE("node", Kind.NAME, "host name and pid", "This node's name in its group."),
  GROUP("group", Kind.NAME, "default", "The distributed server this node belongs to."),
  PORTS("ports", Kind.PORTS, "all", "Server ports to manage."),
  DIR(
      "dir",
      Kind.FOLDER,
      "/run/baton, else a per-user folder",
      "Where nodes on one host find each other (Unix sockets, owner-only). Nodes that share the"
          + " folder but not the network namespace (containers with a shared volume) are on"
          + " different hosts."),
  LISTEN(
      "listen",
      Kind.ADDRESS,
      "none",
      "Where nodes on other hosts reach this one. With `baton.switch=mip6`, when the host has lost"
          + " this address, the node goes by another one of the same interface until it has it"
          + " again."),
  PEERS("peers", Kind.ADDRESSES, "none", "Other nodes."),
  KEYS(
      "keys",
      Kind.FOLDER,
      "none",
      "Folder with `ca.pem`, `node.pem` and `node.key`; required with `baton.listen`."),
  ADMISSION(
      "admission",
      Kind.FILE,
      "none",
      "Which nodes this one lets into the group, and talks to on other hosts; without it, all that"
          + " have a certificate. Read again when it changes. See below."),
  TICKET(
      "ticket",
      Kind.DURATION,
      "60s",
      "How long a node that was let in may stay until its certificate and `baton.admission` are"
          + " looked at again."),
  CONTACT(
      "contact",
      Kind.CONTACTS,
      "none",
      "Contact addresses of the group. Baton itself puts them on the right interface of each node"
          + " and takes them off again. The first node of the group to start is its contact node;"
          + " when that leaves or dies, the next takes them over."),
  MEMBERSHIP_PORT(
      "membershipPort",
      Kind.PORT,
      "that of `baton.listen` and 1",
      "Where the nodes of a group with contact addresses keep in touch; the same on all nodes, or"
          + " each the one after its `baton.listen`."),
  DISCOVERY(
      "discovery",
      Kind.DISCOVERY,
      "peers",
      "How the nodes of a group with contact addresses find each other: at `baton.peers`, at the"
          + " addresses that a name has in the DNS, or by multicast."),
  ABSENCE(
      "absence",
      Kind.DURATION,
      "10m",
      "How long a node that has disappeared keeps its place in a group with contact addresses: more"
          + " than half of the nodes that have one must be there, or nobody has the addresses. A"
          + " node that leaves in order gives it up at once."),
  SWITCH(
      "switch",
      Kind.SWITCH,
      "local",
      "How traffic follows a connection: not at all (`local`: same host), through the contact node"
          + " (`steer`), or by Mobile IPv6 (`mip6`)."),
  HOME_AGENT(
      "homeAgent",
      Kind.ADDRESS6,
      "none",
      "With `baton.switch=mip6`: the home agent, a router of the contact addresses' network, where"
          + " the contact node registers them (`baton home-agent`, or another one with RFC 4285)."),
  HOME_KEY(
      "homeKey",
      Kind.HOME_KEY,
      "none",
      "With `baton.switch=mip6`: what the nodes of the group share with the home agent, a number of"
          + " at least 256 and the file that has the key in hexadecimal, readable by its owner"
          + " only."),
  ACTIVATION(
      "activation",
      Kind.ACTIVATION,
      "acknowledged",
      "With `baton.switch=mip6`: when a connection goes on that has been handed off, as soon as the"
          + " client has acknowledged where it is now, or right behind the binding update"
          + " (`pipelined`), which saves a round trip and costs the client a repetition if the"
          + " update is lost."),
  POLICY(
      "policy",
      Kind.POLICY,
      "first-come",
      "Which node of the group serves a connection that comes to this one; also which node gets"
          + " those that cannot stay, when this one drains. See below."),
  ROUTES(
      "routes",
      Kind.ROUTES,
      "none",
      "Which nodes serve which requests; `baton.policy` chooses among the nodes of a route, and"
          + " among all where no route fits. See below."),
  BELOW(
      "below",
      Kind.NAMES,
      "none",
      "The nodes below this one: new connections that another node gives to this one are placed"
          + " once more, among this node and those below it, by `baton.policy` and `baton.routes`,"
          + " of which it needs one. See below."),
  TAKEOVER(
      "takeover",
      Kind.BOOLEAN,
      "true",
      "A second JVM of the group on the same host may bind the same port: it shares the listener."),
  DRAIN_ON_TERM(
      "drainOnTerm",
      Kind.BOOLEAN,
      "true",
      "SIGTERM first hands everything over, then lets the JVM stop."),
  DRAIN_TIMEOUT(
      "drainTimeout",
      Kind.DURATION,
      "30s",
      "How long a drain may take before what is left is cut."),
  MAX_REPLAY("maxReplay", Kind.SIZE, "1MiB", "Largest request kept for replay."),
  REPLAYABLE(
      "replayable", Kind.REQUESTS, "none", "Requests the operator declares safe to run twice."),
  CONFIG("config", Kind.FILE, "none", "A file with further settings, one `key=value` a line.");

  /** What a value looks like. */
  public enum Kind {
    BOOLEAN("`true` or `false`"),
    NAME("letters, digits, `.`, `_`, `-`"),
    NAMES("`node,…`"),
    PORTS("`port,…`, or `all`"),
    FOLDER("a folder"),
    FILE("a file"),
    PORT("a port"),
    DISCOVERY("`peers`, `dns:NAME` or `multicast`"),
    ADDRESS("`host:port`; an IPv6 address in brackets"),
    ADDRESSES("`host:port,…`"),
    CONTACTS("`address,…`, IPv4 or IPv6"),
    SWITCH("`local`, `steer` or `mip6`"),
    ADDRESS6("an IPv6 address"),
    HOME_KEY("`SPI:FILE`"),
    ACTIVATION("`acknowledged` or `pipelined`"),
    POLICY(PolicyKind.words()),
    ROUTES("`PATTERN=node,node,PATTERN=node,…`"),
    DURATION("a number and `ms`, `s`, `m` or `h`"),
    SIZE("a number, alone or with `KiB`, `MiB` or `GiB`"),
    REQUESTS("`METHOD /path,…`; `*` stands for anything, in the path or as the method");

    private final String form;

    Kind(String form) {
      this.form = form;
    }

    /** Returns how to write such a value, in Markdown. */
    public String form() {
      return form;
    }
  }

  private final String name;
  private final Kind kind;
  private final String byDefault;
  private final String meaning;

  Setting(String name, Kind kind, String byDefault, String meaning) {
    this.name = name;
    this.kind = kind;
    this.byDefault = byDefault;
    this.meaning = meaning;
  }

  /** Returns the key of the system property, {@code baton.drainTimeout}. */
  public String key() {
    return "baton." + name;
  }

  /** Returns the name of the environment variable, {@code BATON_DRAINTIMEOUT}. */
  public String variable() {
    return "BATON_" + name.toUpperCase(Locale.ROOT);
  }

  /** Returns what kind of value it takes. */
  public Kind kind() {
    return kind;
  }

  /** Returns the default, as people read it. */
  public String byDefault() {
    return byDefault;
  }

  /** Returns what it means, in Markdown. */
  public String meaning() {
    return meaning;
  }

  /** Finds a setting by its key, with or without {@code baton.}; null if there is none. */
  static @Nullable Setting named(String key) {
    String wanted = key.startsWith("baton.") ? key.substring("baton.".length()) : key;
    for (Setting setting : values()) {
      if (setting.name.equals(wanted)) {
        return setting;
      }
    }
    return null;
  }

  /** Finds a setting by its environment variable; null if there is none. */
  static @Nullable Setting ofVariable(String variable) {
    for (Setting setting : values()) {
      if (setting.variable().equals(variable)) {
        return setting;
      }
    }
    return null;
  }
}
