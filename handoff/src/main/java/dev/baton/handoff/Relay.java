package dev.baton.handoff;

import dev.baton.handoff.wire.FrameChannel;
import dev.baton.handoff.wire.Message;
import dev.baton.handoff.wire.ProtocolException;
import dev.baton.handoff.wire.RefusedException;
import java.io.IOException;

/**
 * Puts a command through to a node on another host, which a command cannot reach: it has no name
 * and no keys. Questions and answers are passed on as they are. Only a command is put through, and
 * only it can be on this host; nodes speak for themselves.
 */
final class Relay {
  private final Group group;
  private final String self;

  Relay(Group group, String self) {
    this.group = group;
    this.self = self;
  }

  /**
   * Puts a command through, until one of the two hangs up.
   *
   * @throws RefusedException if the caller is no command, or the node is not there
   */
  void put(FrameChannel command, Message.Through through, Message.Hello caller) throws IOException {
    if (caller.node() != null) {
      throw new RefusedException("only commands are put through to other nodes");
    }
    NodeClient node;
    try {
      node = group.open(through.node(), self);
    } catch (NoSuchNodeException e) {
      throw new RefusedException(Log.words(e));
    }
    try (node) {
      command.send(new Message.Welcome(Message.VERSION, node.node()), NodeClient.ANSWER_MILLIS);
      while (true) {
        Message question = command.receive(NodeClient.IDLE_MILLIS);
        if (!isCommands(question)) {
          throw new ProtocolException(
              "got " + question.getClass().getSimpleName() + " from a command");
        }
        node.channel().send(question, NodeClient.ANSWER_MILLIS);
        passAnswers(node.channel(), command);
      }
    }
  }

  private static boolean isCommands(Message question) {
    return question instanceof Message.Describe
        || question instanceof Message.Connections
        || question instanceof Message.Handoff
        || question instanceof Message.Drain;
  }

  private static void passAnswers(FrameChannel node, FrameChannel command) throws IOException {
    Message answer;
    do {
      answer = node.receive(NodeClient.WORK_MILLIS);
      command.send(answer, NodeClient.ANSWER_MILLIS);
    } while (answer instanceof Message.Progress);
  }
}
