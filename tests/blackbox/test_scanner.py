"""The scanner sees a planted value in each form, and nothing where nothing is."""

import base64
import gzip
import hashlib
import ipaddress
import json
import os
import urllib.parse
import zlib

import pytest

from tests.blackbox.canaries import make
from tests.blackbox.scanner import Scanner, forms_of

WORD = "cnryqwertzuiopas"
ADDRESS = "198.18.7.200"


def found(value: str, data: bytes) -> bool:
    scanner = Scanner({"it": value})
    scanner.look("here", data)
    return scanner.found() == {"it"}


FORMS = {
    "raw": WORD.encode(),
    "upper case": WORD.upper().encode(),
    "reversed": WORD[::-1].encode(),
    "UTF-16": WORD.encode("utf-16-le"),
    "hexadecimal": WORD.encode().hex().encode(),
    "base64": base64.b64encode(WORD.encode()),
    "base64, one byte in": base64.b64encode(b"?" + WORD.encode() + b"!"),
    "base64, two bytes in": base64.urlsafe_b64encode(b"??" + WORD.encode() + b"?!"),
    "MD5": hashlib.md5(WORD.encode()).hexdigest().encode(),
    "SHA-1": hashlib.sha1(WORD.encode()).hexdigest().encode(),
    "SHA-256": hashlib.sha256(WORD.encode()).hexdigest().encode(),
    "SHA-256 in base64": base64.b64encode(hashlib.sha256(WORD.encode()).digest()),
    "gzip": gzip.compress(b"text " * 20 + WORD.encode()),
    "zlib inside something else": b"\0\1" + zlib.compress(WORD.encode() * 3) + b"\2",
    "gzip of gzip's neighbour": gzip.compress(b"nothing in here") + gzip.compress(WORD.encode() * 2),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_it_sees_a_word_in_each_form(data):
    assert found(WORD, b"before " + data + b" after")


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
        ADDRESS, f"::ffff:{ADDRESS}", str(number), f"{number:x}", "200.7.18.198.in-addr.arpa",
        hashlib.sha256(ADDRESS.encode()).hexdigest(), hashlib.md5(number.to_bytes(4, "big")).hexdigest(),
    ]  # fmt: skip
    assert all(found(ADDRESS, text.encode()) for text in written)


def test_it_sees_an_ipv6_address_however_written():
    address = ipaddress.ip_address("2001:db8::17:beef:1:2")
    forms = str(address).encode(), address.exploded.encode(), address.packed, str(int(address)).encode()
    assert all(found(str(address), form) for form in forms)


def test_it_sees_nothing_where_nothing_is():
    scanner = Scanner(make())
    scanner.look("noise", os.urandom(1 << 20))
    scanner.look("text", b"an ordinary page, 198.51.100.7, 2001:db8::1" * 1000)
    assert scanner.finds == []
    assert scanner.looked == 2


def test_it_looks_into_files_and_at_their_names(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.gz").write_bytes(gzip.compress(WORD.encode()))
    (tmp_path / ADDRESS).write_text("empty")
    scanner = Scanner({"word": WORD, "address": ADDRESS})
    scanner.look_into(tmp_path)
    assert scanner.found() == {"word", "address"}


def test_no_form_is_so_short_that_it_would_be_found_anywhere():
    assert min(len(form) for value in make().values() for form in forms_of(value).values()) >= 7
