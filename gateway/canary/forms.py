"""Know every form in which software tends to leave a value behind.

Unkeyed digests are forms too: who knows a value can compute them, so they hide nothing.
"""

import base64
import hashlib
import html
import ipaddress
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

DIGESTS = ("md5", "sha1", "sha256", "sha512", "blake2b")
SHORTEST = 8  # bytes; anything shorter would be found anywhere

# Of a digest so much tells it from every other, also where it was cut.
_HEX_DIGITS, _BASE64_DIGITS, _RAW_BYTES = 16, 16, 12
_TO_URL = bytes.maketrans(b"+/", b"-_")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def writings(value: str) -> dict[str, str]:
    """The ways a value is written in URLs, forms, JSON and HTML, by name; several may be the same."""
    quoted = quote(value, safe="")
    return {
        "plain": value,
        "percent": quoted,
        "percent, some": quote(value, safe=":/?"),
        "form": quote_plus(value),
        "percent twice": quote(quoted, safe=""),
        "JSON": json.dumps(value)[1:-1],
        "HTML": html.escape(value),
    }


def forms_of(value: str, wholes: Iterable[str] = ()) -> dict[str, bytes]:
    """Every form that betrays a value, by name, each at least SHORTEST bytes long and each once.

    `wholes` are texts around the value of which somebody may have made a digest, such as the header it stands in.
    """
    forms = {name: text.encode() for name, text in writings(value).items()}
    forms.update(_encodings(value))
    address = _address(value)
    hashed = {"": value.encode(), "upper case": value.upper().encode(), "lower case": value.lower().encode()}
    hashed |= {f"text {number} around": whole.encode() for number, whole in enumerate(wholes)}
    if address is not None:
        forms.update(_of_address(address))
        hashed |= {"bytes": address.packed, "long form": address.exploded.encode(), "mapped": _mapped(value)}
    for text, what in {text: what for what, text in reversed(hashed.items())}.items():
        forms.update(_digests(f" of its {what}" if what else "", text))
    distinct = {form: name for name, form in reversed(forms.items()) if len(form) >= SHORTEST}
    return {name: form for form, name in distinct.items()}


def _encodings(value: str) -> dict[str, bytes]:
    raw = value.encode()
    digits = raw.hex()
    forms = {
        "upper case": raw.upper(),
        "lower case": raw.lower(),
        "reversed": raw[::-1],
        "UTF-16": value.encode("utf-16-le"),
        "hex": digits.encode(),
        "hex upper": digits.upper().encode(),
        "hex escapes": "".join(f"\\x{byte:02x}" for byte in raw).encode(),
        "percent, all": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "percent, all, lower": "".join(f"%{byte:02x}" for byte in raw).encode(),
        "JSON escapes": "".join(f"\\u{ord(character):04x}" for character in value).encode(),
        "HTML escapes": "".join(f"&#{ord(character)};" for character in value).encode(),
    }
    for offset in range(3):
        inner = _inner_base64(raw, offset)
        forms[f"base64 at {offset}"] = inner
        forms[f"base64url at {offset}"] = inner.translate(_TO_URL)
    return forms


def _inner_base64(raw: bytes, offset: int) -> bytes:
    """What the value always looks like inside a base64 text that begins `offset` bytes before it."""
    text = base64.b64encode(b"\0" * offset + raw)
    shared_end = 4 if (offset + len(raw)) % 3 else 0
    return text[(0, 2, 3)[offset] : len(text) - shared_end]


def _mapped(address: str) -> bytes:
    return f"::ffff:{address}".encode()


def _digests(of: str, text: bytes) -> Iterator[tuple[str, bytes]]:
    for name in DIGESTS:
        digest = hashlib.new(name, text, usedforsecurity=False).digest()
        in_base64 = base64.b64encode(digest)[:_BASE64_DIGITS]
        yield f"{name}{of}", digest.hex()[:_HEX_DIGITS].encode()
        yield f"{name}{of} in upper case", digest.hex()[:_HEX_DIGITS].upper().encode()
        yield f"{name}{of} in base64", in_base64
        yield f"{name}{of} in base64url", in_base64.translate(_TO_URL)
        yield f"{name}{of} as bytes", digest[:_RAW_BYTES]


def _address(value: str) -> Address | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _of_address(address: Address) -> dict[str, bytes]:
    """How an address may be written, and how its network."""
    network = ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
    forms = {
        "integer": str(int(address)).encode(),
        "integer in hex": b"%x" % int(address),
        "expanded": address.exploded.encode(),
        "reverse DNS": address.reverse_pointer.encode(),
        "network": str(network.network_address).encode(),
        "packed": address.packed,
    }
    return {**forms, "mapped": _mapped(str(address))} if address.version == 4 else forms
