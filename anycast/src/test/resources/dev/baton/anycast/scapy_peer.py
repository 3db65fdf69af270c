"""A codec of Mobile IPv6 that is not ours: builds packets with scapy, and takes ours apart.

One request a line, one answer a line:
  build EXPRESSION   the packet that the Python expression makes, in hex
  show HEX           the packet as scapy reads it, as an expression, checksums verified
"""

import hashlib
import hmac
import logging
import sys

logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

from scapy.layers.inet import TCP  # noqa: E402,F401
from scapy.layers.inet6 import *  # noqa: E402,F403
from scapy.utils import checksum  # noqa: E402
from scapy.utils6 import inet_pton  # noqa: E402


def address(text):
    return inet_pton(socket.AF_INET6, text)


def hao(home):
    return IPv6ExtHdrDestOpt(options=[HAO(hoa=home)])


def rh2(home):
    return IPv6ExtHdrRouting(type=2, segleft=1, addresses=[home])


def nonces(home, care_of):
    # scapy's own default for the length is wrong here and below
    return MIP6OptNonceIndices(olen=4, hni=home, coni=care_of)


def cookie(number):
    return number.to_bytes(8, "big", signed=number < 0)


def kbm(home_token, care_of_token=None):
    tokens = cookie(home_token) + (b"" if care_of_token is None else cookie(care_of_token))
    return hashlib.sha1(tokens).digest()


def mobility(packet):
    while not isinstance(packet, (MIP6MH_BU, MIP6MH_BA)):
        packet = packet.payload
    return packet


def signed(packet, key, care_of, correspondent):
    """Adds binding authorization data (RFC 6275, 6.2.7)."""
    header = mobility(packet)
    header.options = header.options + [MIP6OptBindingAuthData(olen=12)]
    header.cksum = 0
    covered = raw(header)[:-12]
    mac = hmac.new(key, address(care_of) + address(correspondent) + covered, "sha1").digest()
    header.options[-1].authenticator = int.from_bytes(mac[:12], "big")
    header.cksum = None
    return packet


def associated(packet, spi, key, care_of, home):
    """Adds the authentication option of RFC 4285, 5.1."""
    header = mobility(packet)
    header.options = header.options + [MIP6OptMsgAuth(subtype=1, mspi=spi, authdata=b"\0" * 12)]
    header.cksum = 0
    whole = raw(header)
    covered = whole[: whole.index(spi.to_bytes(4, "big") + b"\0" * 12) + 4]
    mac = hmac.new(key, address(care_of) + address(home) + covered, "sha1").digest()
    header.options[-1].authdata = mac[:12]
    header.cksum = None
    return packet


def altered(packet, **fields):
    """Overwrites bytes of the finished packet: at40=1 sets byte 40."""
    octets = bytearray(raw(packet))
    for name, value in fields.items():
        octets[int(name[2:])] = value
    return bytes(octets)


def show(octets):
    packet = IPv6(octets)
    sender, receiver = packet.src, packet.dst
    layer = packet
    while not type(layer).__name__.startswith("MIP6MH"):
        if isinstance(layer, IPv6ExtHdrRouting):
            receiver = layer.addresses[-1]
        if isinstance(layer, IPv6ExtHdrDestOpt):
            sender = next(option.hoa for option in layer.options if isinstance(option, HAO))
        layer = layer.payload
    header = octets[-8 * (layer.len + 1) :]
    # not in6_chksum: that overlooks a home address option with padding before it
    pseudo = PseudoIPv6(src=sender, dst=receiver, nh=135, uplen=len(header))
    if checksum(raw(pseudo) + header) != 0:
        return "checksum is wrong: " + packet.command()
    if raw(packet) != octets:
        return "differs: " + raw(packet).hex()
    return packet.command()


for line in sys.stdin:
    verb, _, rest = line.strip().partition(" ")
    try:
        if verb == "build":
            print(bytes(eval(rest)).hex(), flush=True)
        else:
            print(show(bytes.fromhex(rest)), flush=True)
    except Exception as e:
        print("error: %s: %s" % (type(e).__name__, e), flush=True)
