"""Encrypt addresses as draft-denis-ipcrypt writes it down: deterministic, prefix-preserving, or not correlatable.

| mode | key | gives |
| --- | --- | --- |
| `det` (ipcrypt-deterministic) | 16 bytes | an address, the same for the same address |
| `pfx` (ipcrypt-pfx) | 32 bytes | an address of the same family; those that share a prefix share the encrypted one |
| `ndx` (ipcrypt-ndx) | 32 bytes, and 16 random ones each time | 32 bytes that never come twice |

Whoever has the key can undo each of them. ipcrypt-nd is not here: no library has its cipher, and a hand-made one would
tell its key by its timing. Keys of two modes are never the same bytes; the caller derives one for each.
"""

from ipaddress import IPv4Address, IPv6Address

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Address = IPv4Address | IPv6Address

BLOCK = 16  # bytes of an address in its IPv6 form, of an AES block, and of a tweak
KEY_BYTES = {"det": BLOCK, "pfx": 2 * BLOCK, "ndx": 2 * BLOCK}

_MAPPED = 0xFFFF << 32
_ALL = (1 << 128) - 1


def plain(address: Address) -> Address:
    """IPv4-mapped addresses as IPv4, everything else as it is: both forms encrypt to the same."""
    return address if address.version == 4 else address.ipv4_mapped or address


def encrypt_det(address: Address, key: bytes) -> Address:
    """One AES-128 block. ValueError where the key is not 16 bytes."""
    check_key(key, "det")
    return plain(IPv6Address(_encrypt(key, _block(address))))


def decrypt_det(address: Address, key: bytes) -> Address:
    """The address that `encrypt_det` was given. ValueError where the key is not 16 bytes."""
    check_key(key, "det")
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305
    return plain(IPv6Address(decryptor.update(_block(address))))


def encrypt_ndx(address: Address, key: bytes, tweak: bytes) -> bytes:
    """32 bytes: the tweak, then AES-XTS of the address. `tweak` is 16 random bytes. ValueError for bad key or tweak."""
    check_key(key, "ndx")
    if len(tweak) != BLOCK:
        raise ValueError(f"ipcrypt-ndx needs a tweak of {BLOCK} bytes")
    return tweak + Cipher(algorithms.AES(key), modes.XTS(tweak)).encryptor().update(_block(address))


def decrypt_ndx(sealed: bytes, key: bytes) -> Address:
    """The address that `encrypt_ndx` was given; another one for bytes it did not make. ValueError for a bad size."""
    check_key(key, "ndx")
    if len(sealed) != 2 * BLOCK:
        raise ValueError(f"ipcrypt-ndx writes {2 * BLOCK} bytes")
    decryptor = Cipher(algorithms.AES(key), modes.XTS(sealed[:BLOCK])).decryptor()
    return plain(IPv6Address(decryptor.update(sealed[BLOCK:])))


def encrypt_pfx(address: Address, key: bytes) -> Address:
    """Bit by bit, each under what stands before it. ValueError where the key is not two different ones of 16 bytes."""
    check_key(key, "pfx")
    address = plain(address)
    bits, number = address.max_prefixlen, int(address)
    # Each bit depends on the bits before it in clear, so all blocks can be encrypted at once.
    blocks = b"".join(_before(number, done, bits) for done in range(bits))
    return type(address)(number ^ int(_pads(key, blocks), 2))


def decrypt_pfx(address: Address, key: bytes) -> Address:
    """The address that `encrypt_pfx` was given. ValueError where the key is not two different ones of 16 bytes."""
    check_key(key, "pfx")
    address = plain(address)
    bits, sealed, number = address.max_prefixlen, int(address), 0
    for done in range(bits):
        rest = bits - done
        pad = int(_pads(key, _before(number << rest, done, bits)), 2)
        number = number << 1 | (sealed >> rest - 1 & 1 ^ pad)
    return type(address)(number)


def _before(number: int, done: int, bits: int) -> bytes:
    """The first `done` bits of an address, behind a marker bit and, of IPv4, what its IPv6 form begins with."""
    first = 1 if bits == 128 else 1 << 96 | 0xFFFF
    return ((first << done | number >> (bits - done)) & _ALL).to_bytes(BLOCK, "big")


def _pads(key: bytes, blocks: bytes) -> str:
    """A binary digit for each block: the last bits of it under both keys, put together."""
    one, two = _encrypt(key[:BLOCK], blocks), _encrypt(key[BLOCK:], blocks)
    return "".join("1" if (one[last] ^ two[last]) & 1 else "0" for last in range(BLOCK - 1, len(blocks), BLOCK))


def _block(address: Address) -> bytes:
    address = plain(address)
    return address.packed if address.version == 6 else (_MAPPED | int(address)).to_bytes(BLOCK, "big")


def _encrypt(key: bytes, blocks: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305


def check_key(key: bytes, mode: str) -> None:
    """ValueError where this is no key of the mode: of another length, or of two halves that are the same."""
    if len(key) != KEY_BYTES[mode]:
        raise ValueError(f"ipcrypt-{mode} needs a key of {KEY_BYTES[mode]} bytes")

    if key[:BLOCK] == key[BLOCK:]:
        raise ValueError(f"the two halves of an ipcrypt-{mode} key must differ")
