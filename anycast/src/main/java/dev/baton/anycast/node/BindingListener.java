package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;

/** Is told what happens to bindings by itself. Called without locks, by whoever came with it. */
public interface BindingListener {

  /**
   * A client does not know the binding that its packets were sent by: what was sent is lost, and
   * TCP repeats it. The node is binding the client again; until then packets go by the tunnel.
   */
  void bindingError(Ip6 client);

  /** A binding has ended and could not be renewed; the client's packets go by the tunnel. */
  void bindingEnded(Ip6 client, NotBoundException why);

  /** The home agent no longer knows this node: nobody new reaches the group here. */
  void registrationEnded(NotBoundException why);
}
