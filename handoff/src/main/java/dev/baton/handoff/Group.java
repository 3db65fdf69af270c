package dev.baton.handoff;

import dev.baton.handoff.trust.Names;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the nodes of one group find each other. On one host that is a folder that only its owner
 * can enter, with one Unix socket per node, {@code DIR/GROUP/NODE.sock}; nodes on other hosts are
 * found where the settings say that they listen.
 */
public final class Group {
  private static final String SUFFIX = ".sock";
  private static final int LONGEST_SOCKET_PATH = 107; // sockaddr_un.sun_path less its final 0
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final String name;
  private final Path folder;
  private final @Nullable Peers peers;

  /**
   * @param dir the folder of all groups
   * @param name the group
   * @throws IOException if the name cannot be one, with the reason
   */
  public Group(Path dir, String name) throws IOException {
    this(dir, name, null);
  }

  /**
   * @param peers the nodes on other hosts
   */
  Group(Path dir, String name, @Nullable Peers peers) throws IOException {
    this.name = Names.check("group", name);
    this.folder = dir.resolve(name);
    this.peers = peers;
  }

  /** The group's name. */
  public String name() {
    return name;
  }

  /**
   * Where a node's socket is.
   *
   * @throws IOException if the name cannot be one, or the path is too long for a socket
   */
  public Path socket(String node) throws IOException {
    Path path = folder.resolve(Names.check("node", node) + SUFFIX);
    if (path.toString().length() > LONGEST_SOCKET_PATH) {
      throw new IOException(
          "the path "
              + path
              + " is too long for a Unix socket (at most "
              + LONGEST_SOCKET_PATH
              + " bytes); choose a shorter baton.dir, group or node name");
    }
    return path;
  }

  /** Where a node keeps what it must know after a restart, see {@code contact}. */
  Path electorate(String node) throws IOException {
    return folder.resolve(Names.check("node", node) + ".electorate");
  }

  /** The names that have a socket here, in order; some may be dead. */
  public List<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(folder)) {
      for (Path socket : sockets) {
        String file = socket.getFileName().toString();
        if (file.endsWith(SUFFIX)) {
          names.add(file.substring(0, file.length() - SUFFIX.length()));
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return List.copyOf(names);
  }

  /**
   * Opens a conversation with a node, on this host or another.
   *
   * @param self the caller's name; null for a command line
   * @throws NoSuchNodeException if there is no such node, or it is not running
   */
  public NodeClient open(String node, @Nullable String self) throws IOException {
    try {
      return openHere(node, self);
    } catch (NoSuchNodeException e) {
      NodeClient elsewhere = peers == null || self == null ? null : peers.open(node, self);
      if (elsewhere == null) {
        throw e;
      }
      return elsewhere;
    }
  }

  private NodeClient openHere(String node, @Nullable String self) throws IOException {
    Path socket = socket(node);
    try {
      return NodeClient.open(socket, name, self);
    } catch (NoSuchFileException e) {
      throw new NoSuchNodeException(node, name, folder, e);
    } catch (ConnectException | EOFException e) { // dead, or just leaving
      throw new NoSuchNodeException(node, name, folder, e);
    } catch (java.net.SocketException e) {
      if (!Files.exists(socket)) {
        throw new NoSuchNodeException(node, name, folder, e);
      }
      throw e;
    }
  }

  /**
   * The nodes that answer, except the caller: first those of this host.
   *
   * @param self the caller's name; null for a command line
   */
  public List<NodeInfo> nodes(@Nullable String self) throws IOException {
    List<NodeInfo> nodes = new ArrayList<>();
    for (String node : names()) {
      if (!node.equals(self)) {
        try (NodeClient client = openHere(node, self)) {
          nodes.add(client.node());
        } catch (NoSuchNodeException e) {
          // Its socket has outlived it; the next node that starts sweeps it.
        }
      }
    }
    if (self != null) {
      for (NodeInfo node : nodesElsewhere(self)) {
        if (nodes.stream().noneMatch(here -> here.name().equals(node.name()))) {
          nodes.add(node);
        }
      }
    }
    return nodes;
  }

  /** Where a node is; null if it is not known to have an address that can change. */
  @Nullable InetAddress place(String node) {
    return peers == null ? null : peers.place(node);
  }

  /**
   * The nodes on other hosts that answer.
   *
   * @param self the caller's name
   */
  List<NodeInfo> nodesElsewhere(String self) throws IOException {
    return peers == null ? List.of() : peers.nodes(self);
  }

  /** Makes the folder, or checks that the one that is there is private. */
  void create() throws IOException {
    Path dir = folder.getParent();
    for (Path path : dir == null ? List.of(folder) : List.of(dir, folder)) {
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        try {
          Files.createDirectory(
              path,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (java.nio.file.FileAlreadyExistsException e) {
          // Another node was first; its folder is checked like any other.
        }
      }
    }
    PosixFileAttributes attributes =
        Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isDirectory()) {
      throw new IOException(folder + " is not a folder");
    }
    Set<PosixFilePermission> open = EnumSet.copyOf(OTHERS);
    open.retainAll(attributes.permissions());
    if (!open.isEmpty()) {
      throw new IOException(
          folder + " can be entered by others; make it private (chmod 700) or set baton.dir");
    }
    if (!Files.getOwner(folder).equals(self())) {
      throw new IOException(folder + " belongs to another user; set baton.dir");
    }
  }

  /** Removes the sockets of nodes that are gone. */
  void sweep() throws IOException {
    for (String node : names()) {
      Path socket = socket(node);
      try (java.nio.channels.SocketChannel probe =
          java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
        probe.connect(UnixDomainSocketAddress.of(socket));
      } catch (ConnectException e) {
        Files.deleteIfExists(socket);
      } catch (IOException e) {
        if (Files.exists(socket)) {
          throw e;
        }
      }
    }
  }

  private static java.nio.file.attribute.UserPrincipal self() throws IOException {
    return Files.getOwner(Path.of("/proc/self"));
  }
}
