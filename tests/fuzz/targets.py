"""All that reads text which a stranger wrote, as functions of one text that never raise."""

import json
from importlib.resources import files

from gateway.consent.ac import decode_ac
from gateway.consent.cmps import parse_cmps
from gateway.consent.cookies import parse_cookies
from gateway.consent.google import decode_dma_cps, decode_gcd, decode_gcs
from gateway.consent.gpp import decode_gpp
from gateway.consent.kind import kind_of
from gateway.consent.request_json import Request, show_request, view_of
from gateway.consent.string_json import KINDS
from gateway.consent.tcf import decode_tcf
from gateway.consent.usp import decode_usp
from tests.consent.strings import rows, strings

NOW = 1_795_000_000.0
_VIEW = view_of({}, parse_cmps((files("gateway.consent") / "cmps.yaml").read_text("utf-8")))


def _shown(show):
    return lambda text: json.dumps(show(text, NOW))


def cookies(text):
    """The parts of a Cookie header."""
    return parse_cookies([_bytes(text)])


def request(text):
    """A Cookie header through the decoders of every platform, and every string that is in it."""
    return json.dumps(show_request(Request({b"cookie": [_bytes(text)]}, NOW), _VIEW))


def _bytes(text):
    return text.encode("utf-8", "surrogatepass")


TARGETS = {kind: _shown(show) for kind, show in KINDS.items()} | {
    "kind": kind_of,
    "cookies": cookies,
    "request": request,
}


# What a request is read with; the others make of it what an operator looks at.
DECODERS = {
    "tcf": decode_tcf,
    "gpp": decode_gpp,
    "usp": decode_usp,
    "ac": decode_ac,
    "gcs": decode_gcs,
    "gcd": decode_gcd,
    "dma_cps": decode_dma_cps,
    "cookies": cookies,
}


def seeds():
    """Target -> texts that it reads, to be damaged."""
    found = {target: [""] for target in TARGETS}
    for name in ("tcf", "gpp", "usp", "ac", "google", "damaged"):
        for row in strings(name):
            found[row["kind"]].append(row["text"])
            found["kind"].append(row["text"])
    headers = [row["cookies"] for row in rows("cmp_headers.jsonl")]
    return found | {"cookies": headers, "request": headers}
