"""Plant unique values in every place of a request that can carry something personal, on every kind of request."""

import random
import time
from collections.abc import Mapping
from typing import NamedTuple

from gateway.canary.marks import Marks
from gateway.canary.requests import HITS, OTHERS, Endpoint, Said, common_headers
from gateway.canary.sending import joined
from gateway.canary.wire import Wire
from tests.consent.tcf_packer import core, disclosed, gpp_header, vendors

HOST = "127.0.0.1"
KINDS = (*HITS, *OTHERS)

# The parts of the edge that take hits.
ENDPOINTS = (
    Endpoint("/p.gif", "/e"),
    Endpoint("/g/meta_pixel/tr", "/g/meta_pixel/tr", "meta_pixel"),
    Endpoint("/consent", "/consent", ""),
)

# Consent of others is not trusted by the battery's policy: a yes in it must not help.
_AGREEING = Said(usp="1YNN", gcs="G111", groups="C0002:1,C0004:1")
# The national US section without an opt-out, as one platform writes it.
_US = "BVQqAAAACgA.QA"


class Reply(NamedTuple):
    """What came back: the status (0: nothing readable) and all bytes of it."""

    kind: str
    status: int
    text: bytes


def make() -> Marks:
    """Fresh values by kind of place; no two runs share one. What is asked for first comes into being then."""
    values = Marks(int(time.time() // 86400))
    values |= {name: _tc_string() for name in ("tc_query", "tc_cookie", "tc_body")}
    values["gpp_query"] = f"{gpp_header(2)}~{_tc_string()}"
    values["gpp_cookie"] = f"{gpp_header(2, 7)}~{_tc_string()}~{_US}"
    return values


def _tc_string() -> str:
    """A TC string of these days that agrees to everything, and whose vendors are no other string's."""
    day = int(time.time() // 86400) - 2
    consented = vendors(*random.sample(range(1, 900), 400), highest=900)
    return f"{core(day=day, consent=range(1, 12), consented=consented)}.{disclosed(*range(1, 900))}"


def plant(port: int, host: str, values: Marks, headers: Mapping[str, str]) -> list[Reply]:
    """Send every kind of request to every endpoint. `headers` are those of the visitor: choice, signals, region;
    a Cookie among them is added to the planted ones."""
    wire = Wire(HOST, port, rate=10_000)
    replies = []
    for endpoint in ENDPOINTS:
        for write in KINDS:
            request = write(values, endpoint, _AGREEING)
            sent = joined({**common_headers(values, host), **request.headers}, headers)
            reply = wire.send(request, sent)
            replies.append(Reply(request.name, reply.status, reply.text))
    return replies
