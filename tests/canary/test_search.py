"""The search sees a planted value in each form, and nothing where nothing is."""

import base64
import gzip
import hashlib
import ipaddress
import json
import os
import urllib.parse
import zlib

import pytest

from gateway.canary.artefacts import Search
from gateway.canary.forms import SHORTEST, forms_of
from gateway.canary.marks import Mark, Marks
from gateway.canary.search import Index

WORD = "cnryqwertzuiopas"
ADDRESS = "198.18.7.200"


def searching(*values: str) -> Search:
    return Search(Index(Mark("a hit", str(number), value) for number, value in enumerate(values)))


def found(value: str, data: bytes) -> bool:
    search = searching(value)
    search.look("here", data)
    return search.found() == {"0"}


FORMS = {
    "raw": WORD.encode(),
    "upper case": WORD.upper().encode(),
    "reversed": WORD[::-1].encode(),
    "UTF-16": WORD.encode("utf-16-le"),
    "hexadecimal": WORD.encode().hex().encode(),
    "escaped bytes": "".join(f"\\x{byte:02x}" for byte in WORD.encode()).encode(),
    "every letter percent-encoded": "".join(f"%{byte:02x}" for byte in WORD.encode()).encode(),
    "JSON escapes": "".join(f"\\u{ord(letter):04x}" for letter in WORD).encode(),
    "base64": base64.b64encode(WORD.encode()),
    "base64, one byte in": base64.b64encode(b"?" + WORD.encode() + b"!"),
    "base64, two bytes in": base64.urlsafe_b64encode(b"??" + WORD.encode() + b"?!"),
    "MD5": hashlib.md5(WORD.encode()).hexdigest().encode(),
    "SHA-1": hashlib.sha1(WORD.encode()).hexdigest().encode(),
    "SHA-256": hashlib.sha256(WORD.encode()).hexdigest().encode(),
    "SHA-256 in upper case": hashlib.sha256(WORD.encode()).hexdigest().upper().encode(),
    "SHA-256 of the upper case": hashlib.sha256(WORD.upper().encode()).hexdigest().encode(),
    "SHA-256 in base64": base64.b64encode(hashlib.sha256(WORD.encode()).digest()),
    "SHA-256 as bytes": hashlib.sha256(WORD.encode()).digest(),
    "gzip": gzip.compress(b"text " * 20 + WORD.encode()),
    "zlib inside something else": b"\0\1" + zlib.compress(WORD.encode() * 3) + b"\2",
    "gzip of gzip's neighbour": gzip.compress(b"nothing in here") + gzip.compress(WORD.encode() * 2),
    "gzip inside gzip": gzip.compress(b"outside " * 9 + gzip.compress(b"inside " * 9 + WORD.encode())),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("before", range(8))
def test_it_sees_a_word_in_each_form_wherever_it_begins(before, data):
    assert found(WORD, b"." * before + data + b" after")


@pytest.mark.parametrize("times", [1, 2])
def test_it_sees_what_is_percent_encoded(times):
    value = text = "ann+shop@mail.example"
    for _ in range(times):
        text = urllib.parse.quote(text, safe="")
    assert found(value, text.encode())


def test_it_sees_what_is_escaped():
    assert found('say "hello"', json.dumps('say "hello"').encode())
    assert found("a<b>&c'd", b"a&lt;b&gt;&amp;c&#x27;d")


def test_it_sees_an_address_in_each_form():
    number = int(ipaddress.ip_address(ADDRESS))
    written = [
        ADDRESS, f"::ffff:{ADDRESS}", str(number), f"{number:x}", "200.7.18.198.in-addr.arpa", "198.18.7.0",
        hashlib.sha256(ADDRESS.encode()).hexdigest(), hashlib.md5(number.to_bytes(4, "big")).hexdigest(),
    ]  # fmt: skip
    assert [text for text in written if not found(ADDRESS, text.encode())] == []


def test_it_sees_an_ipv6_address_however_written():
    address = ipaddress.ip_address("2001:db8::17:beef:1:2")
    forms = str(address).encode(), address.exploded.encode(), address.packed, str(int(address)).encode()
    assert all(found(str(address), form) for form in forms)


def test_it_sees_a_digest_of_the_text_around_a_value():
    search = Search(Index([Mark("a hit", "mail", WORD, (f"{WORD}@mail.example",))]))
    search.look("here", hashlib.sha256(f"{WORD}@mail.example".encode()).hexdigest().encode())
    assert [find.form for find in search.finds] == ["sha256 of its text 0 around"]


def test_it_tells_form_place_and_byte():
    search = searching("cnrysomethingelse", WORD)
    search.look("here", b"12345 " + WORD.encode())
    assert [(find.mark.kind, find.form, find.place, find.packing, find.at) for find in search.finds] == [
        ("1", "plain", "here", "", 6)
    ]


def test_it_tells_values_apart_that_begin_alike():
    search = searching("cnrybeginsalike1", "cnrybeginsalike2", "cnrybeginsalike3")
    search.look("here", b"cnrybeginsalike3, cnrybeginsalike1")
    assert search.found() == {"0", "2"}


def test_it_sees_nothing_where_nothing_is():
    marks = Marks(20_700)
    for kind in ("user_agent", "forwarded_for", "forwarded", "phone", "tc_query", "event.id", "ac_query"):
        assert marks[kind]
    search = Search(Index(marks.planted("a hit")))
    search.look("noise", os.urandom(1 << 20))
    search.look("text", b"an ordinary page, 198.51.100.7, 2001:db8::1" * 1000)
    search.look("little", b"")
    assert not search.finds
    assert (search.looked, search.size) == (3, (1 << 20) + 43_000)


@pytest.mark.parametrize("kind", ["word", "forwarded_for", "forwarded_for_6", "phone", "event.id", "gpp_query"])
def test_no_form_is_so_short_that_it_would_be_found_anywhere(kind):
    assert min(len(form) for form in forms_of(Marks(20_700)[kind]).values()) >= SHORTEST
