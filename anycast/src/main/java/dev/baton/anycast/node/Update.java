package dev.baton.anycast.node;

import dev.baton.anycast.Ip6;
import dev.baton.anycast.message.BindingManagementKey;
import dev.baton.anycast.message.MobilityMessage.BindingUpdate;
import dev.baton.anycast.message.MobilityOption;
import dev.baton.anycast.message.MobilityOption.AlternateCareOf;
import dev.baton.anycast.message.MobilityOption.NonceIndices;
import dev.baton.anycast.message.MobilityPacket;
import dev.baton.anycast.message.ReceivedPacket;
import dev.baton.anycast.node.ReturnRoutability.Token;
import java.util.List;

/**
 * What a binding update to a client says, but for its sequence number, and the key of its
 * acknowledgement.
 *
 * @param signedFor the care-of address in the authenticators
 */
record Update(
    Ip6 source,
    Ip6 home,
    Ip6 client,
    int lifetime,
    List<MobilityOption> options,
    BindingManagementKey key,
    Ip6 signedFor) {

  /** What a correspondent grants at most, in units of four seconds. */
  private static final int LIFETIME = 105;

  static Update binding(Ip6 home, Ip6 careOf, Ip6 client, Token homeToken, Token careOfToken) {
    return new Update(
        careOf,
        home,
        client,
        LIFETIME,
        List.of(new NonceIndices(homeToken.nonceIndex(), careOfToken.nonceIndex())),
        BindingManagementKey.of(homeToken.value(), careOfToken.value()),
        careOf);
  }

  /** Ends the binding: no lifetime, and the home address as care-of address (§11.7.2). */
  static Update deletion(Ip6 home, Ip6 careOf, Ip6 client, Token homeToken) {
    return new Update(
        careOf,
        home,
        client,
        0,
        List.of(new NonceIndices(homeToken.nonceIndex(), 0), new AlternateCareOf(home)),
        BindingManagementKey.forDeletion(homeToken.value()),
        home);
  }

  MobilityPacket packet(int sequence) {
    BindingUpdate update = BindingUpdate.toCorrespondent(sequence, lifetime, options);
    return key.sign(new MobilityPacket(source, client, home, null, update), signedFor, client);
  }

  boolean verifies(ReceivedPacket acknowledgement) {
    return key.verifies(acknowledgement, signedFor, client);
  }
}
