"""Write a small database in MaxMind's format 2.0, so that tests need nobody's data."""

from ipaddress import ip_network

MARKER = b"\xab\xcd\xefMaxMind.com"
NOTHING = None


UINT16, UINT32, UINT64 = 5, 6, 9


class Unsigned(int):
    """A number of one of the format's types; the heading of a file is read by type."""

    kind = UINT32


class Short(Unsigned):
    kind = UINT16


class Long(Unsigned):
    kind = UINT64


def _control(kind, size):
    first, extended = (kind << 5, b"") if kind <= 7 else (0, bytes([kind - 7]))
    assert size < 29
    return bytes([first | size]) + extended


def encoded(value):
    """One value of the data section."""
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, str):
        data = value.encode()
        return (_control(2, len(data)) if len(data) < 29 else bytes([2 << 5 | 29, len(data) - 29])) + data
    if isinstance(value, int):
        data = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(getattr(value, "kind", UINT32), len(data)) + data
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(encoded, value))
    return _control(7, len(value)) + b"".join(encoded(key) + encoded(inner) for key, inner in value.items())


def database(networks, built, *, version=6, kind="Made-Up-City"):
    """The bytes of a database of `{network: record}`; in one of version 6, IPv4 is under ::/96."""
    root = [NOTHING, NOTHING]
    for text, record in networks.items():
        _plant(root, _bits(ip_network(text), version), record)
    nodes = [root]
    for node in nodes:
        nodes += [side for side in node if isinstance(side, list)]
    number = {id(node): index for index, node in enumerate(nodes)}
    data, places, tree = b"", {}, b""
    for node in nodes:
        for side in node:
            if isinstance(side, list):
                pointer = number[id(side)]
            elif side is NOTHING:
                pointer = len(nodes)
            else:
                blob = encoded(side)
                if blob not in places:
                    places[blob] = len(data)
                    data += blob
                pointer = len(nodes) + 16 + places[blob]
            tree += pointer.to_bytes(4, "big")
    about = {
        "binary_format_major_version": Short(2), "binary_format_minor_version": Short(0), "build_epoch": Long(built),
        "database_type": kind, "description": {"en": "made up"}, "ip_version": Short(version), "languages": ["en"],
        "node_count": len(nodes), "record_size": Short(32),
    }  # fmt: skip
    return tree + bytes(16) + data + MARKER + encoded(about)


def _bits(network, version):
    number, length, width = int(network.network_address), network.prefixlen, network.max_prefixlen
    if version == 6 and network.version == 4:
        length, width = length + 96, 128
    return [number >> (width - 1 - place) & 1 for place in range(length)]


def _plant(node, bits, record):
    for bit in bits[:-1]:
        if not isinstance(node[bit], list):
            node[bit] = [NOTHING, NOTHING]
        node = node[bit]
    node[bits[-1]] = record
