package dev.baton.handoff;

import dev.baton.handoff.wire.Endpoint;
import dev.baton.handoff.wire.Message;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes that are neither donor nor acceptor but share the listener: while the connection has no
 * socket, a segment of the client may meet their listener too. Each guards as long as this is open;
 * a donor that dies takes its guards with it, because they end with the conversation.
 */
final class ThirdNodes implements Closeable {
  private final List<NodeClient> guarding = new ArrayList<>();

  private ThirdNodes() {}

  /**
   * Has all third nodes guard a flow.
   *
   * @throws IOException if one of them cannot; none guards then
   */
  static ThirdNodes guard(Group group, String donor, String acceptor, Flow flow)
      throws IOException {
    ThirdNodes third = new ThirdNodes();
    try {
      for (String name : group.names()) {
        if (!name.equals(donor) && !name.equals(acceptor)) {
          third.ask(group, name, donor, flow);
        }
      }
    } catch (IOException e) {
      third.close();
      throw e;
    }
    return third;
  }

  private void ask(Group group, String name, String donor, Flow flow) throws IOException {
    NodeClient node;
    try {
      node = group.open(name, donor);
    } catch (NoSuchNodeException e) {
      return; // its socket has outlived it
    }
    if (!node.node().ports().contains(flow.server().getPort())) {
      node.close();
      return;
    }
    guarding.add(node);
    node.channel()
        .ask(
            new Message.Guard(Endpoint.of(flow.client()), Endpoint.of(flow.server())),
            Message.Ready.class,
            NodeClient.ANSWER_MILLIS);
  }

  @Override
  public void close() {
    guarding.forEach(NodeClient::close);
  }
}
