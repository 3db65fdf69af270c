package dev.baton.anycast.message;

import dev.baton.anycast.Ip6;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of Mobile IPv6 (RFC 6275 §6.1). Cookies and keygen tokens are the 64 bits as they stand
 * in the packet; sequence numbers and nonce indices are 0 to 65535; the options are those that mean
 * something, in order, without padding.
 */
public sealed interface MobilityMessage {

  /** How many seconds one unit of a lifetime field is (§6.1.7). */
  int LIFETIME_UNIT_SECONDS = 4;

  /** The message's type in the mobility header. */
  int type();

  /** The mobility options in the order of the packet, padding left out. */
  List<MobilityOption> options();

  /** The same message with other options. */
  MobilityMessage withOptions(List<MobilityOption> options);

  /** The first option of a kind, or null if there is none. */
  default <T extends MobilityOption> @Nullable T option(Class<T> kind) {
    for (MobilityOption option : options()) {
      if (kind.isInstance(option)) {
        return kind.cast(option);
      }
    }
    return null;
  }

  /** The same message with one more option at the end. */
  default MobilityMessage with(MobilityOption option) {
    List<MobilityOption> more = new ArrayList<>(options());
    more.add(option);
    return withOptions(more);
  }

  /** A correspondent asks for a binding update before the binding ends (§6.1.2). */
  record BindingRefreshRequest(List<MobilityOption> options) implements MobilityMessage {
    static final int TYPE = 0;

    public BindingRefreshRequest {
      options = List.copyOf(options);
    }

    public BindingRefreshRequest() {
      this(List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public BindingRefreshRequest withOptions(List<MobilityOption> options) {
      return new BindingRefreshRequest(options);
    }
  }

  /** The mobile node asks for a home keygen token, by way of its home agent (§6.1.3). */
  record HomeTestInit(long cookie, List<MobilityOption> options) implements MobilityMessage {
    static final int TYPE = 1;

    public HomeTestInit {
      options = List.copyOf(options);
    }

    public HomeTestInit(long cookie) {
      this(cookie, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public HomeTestInit withOptions(List<MobilityOption> options) {
      return new HomeTestInit(cookie, options);
    }
  }

  /** The mobile node asks for a care-of keygen token, directly (§6.1.4). */
  record CareOfTestInit(long cookie, List<MobilityOption> options) implements MobilityMessage {
    static final int TYPE = 2;

    public CareOfTestInit {
      options = List.copyOf(options);
    }

    public CareOfTestInit(long cookie) {
      this(cookie, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public CareOfTestInit withOptions(List<MobilityOption> options) {
      return new CareOfTestInit(cookie, options);
    }
  }

  /** The answer to {@link HomeTestInit} (§6.1.5). */
  record HomeTest(int nonceIndex, long cookie, long token, List<MobilityOption> options)
      implements MobilityMessage {
    static final int TYPE = 3;

    public HomeTest {
      options = List.copyOf(options);
    }

    public HomeTest(int nonceIndex, long cookie, long token) {
      this(nonceIndex, cookie, token, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public HomeTest withOptions(List<MobilityOption> options) {
      return new HomeTest(nonceIndex, cookie, token, options);
    }
  }

  /** The answer to {@link CareOfTestInit} (§6.1.6). */
  record CareOfTest(int nonceIndex, long cookie, long token, List<MobilityOption> options)
      implements MobilityMessage {
    static final int TYPE = 4;

    public CareOfTest {
      options = List.copyOf(options);
    }

    public CareOfTest(int nonceIndex, long cookie, long token) {
      this(nonceIndex, cookie, token, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public CareOfTest withOptions(List<MobilityOption> options) {
      return new CareOfTest(nonceIndex, cookie, token, options);
    }
  }

  /**
   * The mobile node tells where it is (§6.1.7).
   *
   * @param acknowledge the A bit: an acknowledgement is wanted
   * @param homeRegistration the H bit: the receiver is to be the home agent
   * @param linkLocal the L bit: the home address has the same interface identifier as the
   *     link-local one
   * @param keyManagement the K bit: the protocol for the IPsec keys survives movements
   * @param lifetime in units of {@link #LIFETIME_UNIT_SECONDS}, 0 to 65535; 0 deletes the binding
   */
  record BindingUpdate(
      int sequence,
      boolean acknowledge,
      boolean homeRegistration,
      boolean linkLocal,
      boolean keyManagement,
      int lifetime,
      List<MobilityOption> options)
      implements MobilityMessage {
    static final int TYPE = 5;

    public BindingUpdate {
      options = List.copyOf(options);
    }

    /** An update for a correspondent that is to acknowledge it. */
    public static BindingUpdate toCorrespondent(
        int sequence, int lifetime, List<MobilityOption> options) {
      return new BindingUpdate(sequence, true, false, false, false, lifetime, options);
    }

    /** An update for the home agent. */
    public static BindingUpdate toHomeAgent(
        int sequence, int lifetime, List<MobilityOption> options) {
      return new BindingUpdate(sequence, true, true, false, false, lifetime, options);
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public BindingUpdate withOptions(List<MobilityOption> options) {
      return new BindingUpdate(
          sequence, acknowledge, homeRegistration, linkLocal, keyManagement, lifetime, options);
    }
  }

  /**
   * The answer to a {@link BindingUpdate} (§6.1.8).
   *
   * @param status one of {@link Status}; from 128 on the update was refused
   * @param keyManagement the K bit
   * @param lifetime granted, in units of {@link #LIFETIME_UNIT_SECONDS}
   */
  record BindingAcknowledgement(
      int status, boolean keyManagement, int sequence, int lifetime, List<MobilityOption> options)
      implements MobilityMessage {
    static final int TYPE = 6;

    public BindingAcknowledgement {
      options = List.copyOf(options);
    }

    public BindingAcknowledgement(int status, int sequence, int lifetime) {
      this(status, false, sequence, lifetime, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public BindingAcknowledgement withOptions(List<MobilityOption> options) {
      return new BindingAcknowledgement(status, keyManagement, sequence, lifetime, options);
    }
  }

  /**
   * A correspondent cannot make sense of a packet (§6.1.9).
   *
   * @param status {@link #UNKNOWN_BINDING} or {@link #UNKNOWN_TYPE}
   * @param home the home address option of the packet, or {@code ::}
   */
  record BindingError(int status, Ip6 home, List<MobilityOption> options)
      implements MobilityMessage {
    static final int TYPE = 7;

    /** A home address option came for which there is no binding. */
    public static final int UNKNOWN_BINDING = 1;

    /** A mobility header came whose type is not known. */
    public static final int UNKNOWN_TYPE = 2;

    public BindingError {
      options = List.copyOf(options);
    }

    public BindingError(int status, Ip6 home) {
      this(status, home, List.of());
    }

    @Override
    public int type() {
      return TYPE;
    }

    @Override
    public BindingError withOptions(List<MobilityOption> options) {
      return new BindingError(status, home, options);
    }
  }
}
