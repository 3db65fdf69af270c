package dev.baton.handoff.policy;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection as a policy sees it.
 *
 * @param at the name of the node that has it
 * @param client the client's end
 * @param method of the request it begins with or is busy with; null if there is none
 * @param target of that request, as in the request line
 * @param host that the request is for, as in its Host field; null if that is not known
 * @param trafficClass the eight bits that the client's packets carry as IPv6 traffic class or IPv4
 *     type of service (RFC 2474); 0 if they carry none
 * @param flowLabel the 20 bits that they carry as IPv6 flow label (RFC 6437); 0 if they carry none
 */
public record Candidate(
    String at,
    InetSocketAddress client,
    @Nullable String method,
    @Nullable String target,
    @Nullable String host,
    int trafficClass,
    int flowLabel) {}
