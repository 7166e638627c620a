"""Which addresses are open to everybody: the only ones that are fetched from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_UNICAST = IPv6Network("2000::/3")  # all that was ever given out of IPv6's space
_NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it


def is_public(address: str) -> bool:
    """Whether the address, and any other wrapped into it, belongs to the public internet."""
    try:
        given = ip_address(address)
    except ValueError:
        return False
    return _four(given) if isinstance(given, IPv4Address) else _six(given)


def _four(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _six(address: IPv6Address) -> bool:
    if address in _NAT64:
        return _four(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.ipv4_mapped:
        return _four(address.ipv4_mapped)
    wrapped = (address.sixtofour, *(address.teredo or ()))
    own = address in _UNICAST and address.is_global
    return own and all(_four(each) for each in wrapped if each is not None)
