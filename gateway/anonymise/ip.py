"""Weaken a client address: keyed for a day, prefix-preserving, truncated, or gone.

Everything here is given IPv4 where an IPv4 address came in an IPv6 form, so both forms give the same.
"""

import hashlib
import hmac
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Address = IPv4Address | IPv6Address

# A /24 is an office or a street; one IPv6 household gets up to a /48 for good (RIPE-690), so an ISP's /32 it is.
_KEPT_BITS = {4: 24, 6: 32}
PREFIX_KEY_BYTES = 32


def plain(address: Address) -> Address:
    """IPv4-mapped addresses as IPv4, everything else as it is."""
    return address if address.version == 4 else address.ipv4_mapped or address


def parse(value: object) -> Address | None:
    """A literal address, or None."""
    try:
        return plain(ip_address(value.partition("%")[0])) if isinstance(value, str) and len(value) <= 64 else None
    except ValueError:
        return None


def truncate(address: Address) -> str:
    """The address with everything below /24 (IPv4) or /32 (IPv6) set to zero."""
    address = plain(address)
    dropped = address.max_prefixlen - _KEPT_BITS[address.version]
    return str(type(address)(int(address) >> dropped << dropped))


def keyed(address: Address, key: bytes) -> str:
    """32 hexadecimal digits of HMAC-SHA256; never without a key, since 2**32 addresses are soon tried."""
    return hmac.digest(key, plain(address).packed, hashlib.sha256)[:16].hex()


def prefix(address: Address, key: bytes) -> Address:
    """ipcrypt-pfx (draft-denis-ipcrypt): addresses that share a prefix share the encrypted one of equal length.

    `key` is 32 bytes, two AES-128 keys that must differ; ValueError otherwise.
    """
    if len(key) != PREFIX_KEY_BYTES or key[:16] == key[16:]:
        raise ValueError("ipcrypt-pfx needs two different keys of 16 bytes")
    address = plain(address)
    bits, number = address.max_prefixlen, int(address)
    whole = number if bits == 128 else 0xFFFF << 32 | number
    first = 1 if bits == 128 else 1 << 96 | whole >> 32  # the marker bit, then what stands above the encrypted part
    mask = (1 << 128) - 1
    blocks = b"".join(((first << done | (number >> (bits - done))) & mask).to_bytes(16, "big") for done in range(bits))
    # Each bit depends on the bits before it in clear, so all blocks can be encrypted at once.
    one, two = _encrypt(key[:16], blocks), _encrypt(key[16:], blocks)
    pad = 0
    for last in range(15, len(blocks), 16):
        pad = pad << 1 | (one[last] ^ two[last]) & 1
    return type(address)(number ^ pad)


def _encrypt(key: bytes, blocks: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(blocks)
