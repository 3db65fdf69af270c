package dev.baton.linux.steer;

import java.net.InetSocketAddress;

/**
 * A TCP connection, as the contact node sees its packets come in.
 *
 * @param client the client's address and port
 * @param contact the contact address and the server's port
 */
public record Flow(InetSocketAddress client, InetSocketAddress contact) {

  /**
   * Checks that it can be one.
   *
   * @throws IllegalArgumentException if an address is only a name, or one is IPv4 and the other
   *     IPv6
   */
  public Flow {
    if (client.isUnresolved()
        || contact.isUnresolved()
        || Addresses.isIpv4(client.getAddress()) != Addresses.isIpv4(contact.getAddress())) {
      throw new IllegalArgumentException("no connection: from " + client + " to " + contact);
    }
  }

  boolean isIpv4() {
    return Addresses.isIpv4(contact.getAddress());
  }

  @Override
  public String toString() {
    return client + " -> " + contact;
  }
}
