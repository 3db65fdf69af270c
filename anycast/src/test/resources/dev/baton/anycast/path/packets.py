"""Packets before and after a rewriting, as scapy builds them: one a line, NAME BEFORE AFTER in hexadecimal."""

import logging

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)
from scapy.layers.inet import TCP, UDP  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    HAO, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, RouterAlert)

HOME, CARE_OF, PEER, AGENT = "2001:db8::a", "2001:db8:1::b", "2001:db8:2::c", "2001:db8::1"


def ip(source, destination, **more):
    return IPv6(src=source, dst=destination, fl=0x12345, hlim=61, **more)


def routing():
    return IPv6ExtHdrRouting(type=2, segleft=1, addresses=[HOME])


def home_address():
    # scapy pads it; with an option for that of our own it would not find the address for checksums.
    return IPv6ExtHdrDestOpt(options=[HAO(hoa=HOME)])


def hop_by_hop():
    return IPv6ExtHdrHopByHop(options=[RouterAlert()])


def payloads():
    yield "tcp", TCP(sport=80, dport=4711, seq=1, ack=2, flags="PA") / (b"baton" * 33)
    yield "udp", UDP(sport=53, dport=4711) / b"odd"
    yield "empty", TCP(sport=80, dport=4711, flags="S", options=[("MSS", 1220)])


def show(name, before, after):
    print(name, bytes(before).hex(), bytes(after).hex())


for kind, payload in payloads():
    show("routing-" + kind, ip(PEER, HOME) / payload, ip(PEER, CARE_OF) / routing() / payload)
    show("routing-options-" + kind, ip(PEER, HOME) / hop_by_hop() / payload,
         ip(PEER, CARE_OF) / hop_by_hop() / routing() / payload)
    show("home-" + kind, ip(HOME, PEER) / payload, ip(CARE_OF, PEER) / home_address() / payload)
    show("home-options-" + kind, ip(HOME, PEER) / hop_by_hop() / payload,
         ip(CARE_OF, PEER) / hop_by_hop() / home_address() / payload)
    inner = ip(HOME, PEER, tc=0xb9) / payload
    show("tunnel-" + kind, inner, IPv6(src=CARE_OF, dst=AGENT, tc=0xb9, hlim=64) / inner)

fragment = IPv6ExtHdrFragment(offset=0, m=1, id=7, nh=17) / (b"fragment" * 4)
show("home-fragment", ip(HOME, PEER) / fragment, ip(CARE_OF, PEER) / home_address() / fragment)

large = TCP(sport=80, dport=4711, seq=1, ack=2, flags="A") / (b"x" * 1400)
for name, before, after, mtu in (
        ("routing", ip(PEER, HOME) / large, ip(PEER, CARE_OF) / routing() / large, 1376),
        ("home", ip(HOME, PEER) / large, ip(CARE_OF, PEER) / home_address() / large, 1376),
        ("tunnel", ip(HOME, PEER) / large, IPv6(src=CARE_OF, dst=AGENT) / ip(HOME, PEER) / large, 1360)):
    whole, told = bytes(before), bytes(after)[:1232]
    quoted = len(told) - (len(bytes(after)) - len(whole))
    said = IPv6(src="2001:db8:9::9", dst=PEER) / ICMPv6PacketTooBig(mtu=1400) / told
    wanted = IPv6(src=before.dst, dst=before.src) / ICMPv6PacketTooBig(mtu=mtu) / whole[:quoted]
    show("big-" + name, bytes(said)[40:], wanted)
