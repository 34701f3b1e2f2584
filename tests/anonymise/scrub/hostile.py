"""Texts that were made to cost a detector as much as they can, and what makes worse ones of them."""

import base64
import json
from urllib.parse import quote

SIZE = 4096
KINDS = ("text", "value", "query", "url", "json", "cookie", "header", "path")

# Each is repeated until the text is full.
UNITS = (
    "4111 ", "4111 1111 1111 1111 ", "4111-1111-", "4111.1111.", "1 ", "1 2-3.", "12 34 ", "1-", "1.", "1,", "1/", "0", "9", "12",
    "123456 ", "1234567890", "123456/1234 ", "123456-1234 ", "123-45-6789 ", "A123456(1) ", "S1234567D ", "X1234567L ", "AB12CD",
    "+1 ", "+49 ", "+49 171 ", "00 1", "0171 ", "0171/", "(1) ", "(171) ", "tel ", "tel 1", "tel 171234 ", "card 4", "card 411111 ",
    "ssn 1", "DE89 ", "DE89 3704 0044 0532 0130 00 ", "DE11", "192.168.1.1 ", "1.2.3.4.", "fe80::1 ", "::1", "::", "ab:cd:ef:",
    "1.23456,", "1.23456, 2.34567 ", "born 1.1.1990 ", "1990-01-01 ", "5 Main st ", "Main Street 5 ", "Straße 5 ", "via a 5 ",
    "no. 5, ", "1 ext ", "a sokak 5 ", "5 a st ", "rua a-5 ", "东京都1", "길 1", "٠", "４１１１ ", "４", "é", "é ", "é1", "😀", "😀1",
    "a", "a1", "a1 ", "aA1_", "aB3", "1a2b", "Aa ", "A-A ", "A.A", "a-b", "a_b", "'a", "a'", "-a-", "Aa-", "a b ", "John Smith ",
    "john-smith-", "Mr Aa ", "my name is ", "name: ", "name: Aa ", "a: ", "a b: ", "a:b:", ": ", "a-b: ", "Привет ", "Иван Иванов ",
    "a@", "a@b ", "a@b.co ", "@a.b", "@", "a @ b ", "a at b dot c ", "(at)", "a [at] b ", '"a"@', '"', "=40", "a=40b.c ",
    "%25", "%2525", "%40", "%", "%u0040", "%c3%a9", "%e2%80%8b", "&#64;", "&#64", "&lt;", "&amp;", "&commat;", "\\u0040", '\\"', "\\",
    "a=1&", "a=1&a=1", "ab=cd12345&", "&", "=", "?a=", "a=b;", "a;", ";a=", "user[email]=a@b.co&", "user[a][b]=1&", "//", "/a", "/1",
    "/users/a", "/a;b=c", "http://a/", "https://a?b=", "https://a/?u=", "[", "{", "[[", '["a",', '["a"@', '{"a":', '{"a":1},', "[1,", "a,", ", ",
    "\n", "a: b\n", "cookie: a=b\n", "cookie: a=b;c=d\n", "Bearer ", "Bearer abcdefghijkl1 ", "sk_live_", "amp-", "fb.1.1234567890.",
    "GA1.", "-----BEGIN ", "eyJ.", "eyJhbGciOiJIUzI1NiJ9.", "YWJj", "ZW1haWw9YUBiLmNv ", "41", "4a4b", "\u200b", "\u00a0", "1\u00a0",
    "q8Kd02LmXz71PqRs5TuVw3Yz ", "2bd961d9-ca1f-4053-8840-a8adef09376d ", "x" * 63 + "=", "a" * 30 + " ", "1" * 15 + " ",
)  # fmt: skip

_NESTS = {
    "percent": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in a query": lambda text: "u=" + base64.b64encode(text.encode()).decode(),
    "json": lambda text: json.dumps({"a": text}),
    "address": lambda text: "https://a.example/?u=" + quote(text, safe=""),
    "query": lambda text: "u=" + quote(text, safe="") + "&v=1",
    "hexadecimal": lambda text: text.encode().hex(),
}


def full(unit):
    return (unit * (SIZE // len(unit) + 1))[:SIZE]


def families():
    """Every family at full length, as (name, text)."""
    for unit in UNITS:
        yield f"{unit!r} repeated", full(unit)
    for name, wrap in _NESTS.items():
        text = "mail=eva@mail.example"
        while len(wrapped := wrap(text)) <= SIZE:
            text = wrapped
        yield f"nested {name}", text
    blobs = [base64.b64encode(f"name=eva{at}&phone=+49171{at:07d}".encode()).decode() for at in range(200)]
    yield "blobs", " ".join(blobs)[:SIZE]
    yield "blobs in a query", "&".join(f"k{at}={blob}" for at, blob in enumerate(blobs))[:SIZE]
    for unit in ("4111 ", "a=1&", "Aa ", "name: ", "[1,"):
        yield f"{unit!r} in base64", base64.b64encode((unit * SIZE)[:3070].encode()).decode()
    yield "many keys", "&".join(f"key{at}=value{at}" for at in range(500))[:SIZE]
    yield "many keys of numbers", "&".join(f"a{at}=41{at:06d}" for at in range(500))[:SIZE]
    yield "many cards", json.dumps([4111111111111111] * 300)[:SIZE]
    yield "many objects", json.dumps([{"a": at, "b": "c d"} for at in range(300)])[:SIZE]
    yield "many words", " ".join(f"{at * 7919 % 99991:x}{at * 104729 % 99991:x}" for at in range(1, 500))[:SIZE]
    # A sign that opens a detector's gate, in front of what that detector reads slowly.
    for unit in ("a-b", "-a-", "john-smith-", "'a", "A-A", "a.b-", "1-", "x" * 24 + "-"):
        yield f"{unit!r} behind a name", f"name: Eva, tel 1 at home =40 @ {full(unit)}"[:SIZE]


def worse(dice, texts):
    """A text made of some of `texts` by cutting, repeating and joining."""
    text = dice.choice(texts)
    for _ in range(dice.randint(1, 3)):
        at, size = dice.randrange(SIZE), dice.choice((1, 4, 16, 64, 512))
        way = dice.randrange(5)
        if way == 0:
            piece = dice.choice(UNITS) * dice.choice((1, 4, 64))
        elif way == 1:
            other = dice.choice(texts)
            piece = other[at : at + size]
        elif way == 2:
            piece = "".join(dice.choices(UNITS, k=size // 4 + 1))
        elif way == 3:
            text, piece = full("".join(dice.choices(UNITS, k=dice.randint(2, 4)))), ""
        else:
            text, piece = full(text[at : at + size] or "1 "), ""
        text = text[:at] + piece + text[at + len(piece) :]
    return text[:SIZE]
