"""Plant unique values in every place of a request that can carry something personal, on every kind of request."""

import ipaddress
import json
import random
import socket
import string
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from tests.consent.tcf_packer import core, disclosed, gpp_header, vendors

HOST = "127.0.0.1"
ANSWER_SECONDS = 3.0

_WORDS = (
    "user_agent", "referer_host", "referer_path", "cookie_value", "cookie_name", "query_value", "query_name",
    "path_segment", "body_value", "body_key", "body_deep", "language", "authorization", "custom_header", "form_value",
    "multipart_name", "broken_json", "oversize", "unknown_method", "bad_percent", "bad_consent", "free_id", "host",
    "origin", "mail_local", "page_path", "page_query", "title", "visitor", "user", "click", "order", "campaign",
    "consent_id", "usp_note", "bad_tc", "bad_gpp", "bad_usp", "bad_ac", "bad_gcs", "bad_sid", "bad_flag", "bad_cmp", "residence",
)  # fmt: skip
# The national US section without an opt-out, as one platform writes it.
_US = "BVQqAAAACgA.QA"
_ADDRESSES = ("forwarded_for", "forwarded_for_left", "real_ip")
_ADDRESSES_6 = ("forwarded", "forwarded_for_6")

# The parts of the edge that take hits, each by a path for GET and one for POST.
ENDPOINTS = (("/p.gif", "/e"), ("/g/meta_pixel/tr", "/g/meta_pixel/tr"), ("/consent", "/consent"))


class Kind(NamedTuple):
    """One request to make. `headers` are set over the common ones."""

    name: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Reply(NamedTuple):
    """What came back: the status (0: nothing readable) and all bytes of it."""

    kind: str
    status: int
    text: bytes


def make() -> dict[str, str]:
    """Fresh values by field name; no two runs share one."""
    values = {name: "cnry" + "".join(random.choices(string.ascii_lowercase, k=14)) for name in _WORDS}
    values |= {name: f"198.{random.choice((18, 19))}.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
               for name in _ADDRESSES}  # fmt: skip
    values |= {name: _tc_string() for name in ("tc_query", "tc_cookie", "tc_body")}
    values["gpp_query"] = f"{gpp_header(2)}~{_tc_string()}"
    values["gpp_cookie"] = f"{gpp_header(2, 7)}~{_tc_string()}~{_US}"
    values["ac_query"] = "2~" + ".".join(str(each) for each in sorted(random.sample(range(1, 9999), 12))) + "~dv."
    values |= {name: str(ipaddress.IPv6Address((0x20010DB8 << 96) | random.getrandbits(96))) for name in _ADDRESSES_6}
    return values


def _tc_string() -> str:
    """A TC string of these days that agrees to everything, and whose vendors are no other string's."""
    day = int(time.time() // 86400) - 2
    consented = vendors(*random.sample(range(1, 900), 400), highest=900)
    return f"{core(day=day, consent=range(1, 12), consented=consented)}.{disclosed(*range(1, 900))}"


def plant(port: int, host: str, values: Mapping[str, str], headers: Mapping[str, str]) -> list[Reply]:
    """Send every kind of request to every endpoint. `headers` are those of the visitor: choice, signals, region;
    a Cookie among them is added to the planted ones."""
    replies = []
    for get, post in ENDPOINTS:
        for kind in _kinds(values, get, post):
            sent = {**_common(values, host), **kind.headers}
            for name, value in headers.items():
                sent[name] = f"{sent[name]}; {value}" if name == "Cookie" and name in sent else value
            replies.append(_send(port, kind, sent))
    return replies


def _common(v: Mapping[str, str], host: str) -> dict[str, str]:
    return {
        "Host": host,
        "User-Agent": f"Mozilla/5.0 (X11; {v['user_agent']}) Firefox/143.0",
        "Referer": f"https://{v['referer_host']}.example/{v['referer_path']}?q=1",
        "Accept-Language": f"en-{v['language']}",
        "Authorization": f"Bearer {v['authorization']}",
        "Cookie": f"_ga={v['cookie_value']}; {v['cookie_name']}=1",
        "X-Custom": v["custom_header"],
        "Origin": f"https://{v['origin']}.example",
        "X-Forwarded-For": f"{v['forwarded_for_left']}, {v['forwarded_for']}",
        "X-Real-IP": v["real_ip"],
        "Forwarded": f'for="[{v["forwarded"]}]"',
    }


def _query(v: Mapping[str, str]) -> str:
    """The same facts in our words and in Meta's, so that either endpoint finds its own."""
    page = f"https://shop.example/{v['page_path']}?x={v['page_query']}"
    return urlencode({
        "name": "purchase", "ev": "Purchase", "id": "1234567890", "eid": str(uuid.uuid4()),
        "page.url": page, "dl": page, "page.referrer": f"https://{v['referer_host']}.example/", "page.title": v["title"],
        "order.id": v["order"], "cd[order_id]": v["order"], "order.value": "9.99", "cd[value]": "9.99",
        "order.currency": "EUR", "cd[currency]": "EUR", "id.visitor": v["visitor"], "fbp": f"fb.1.1.{v['visitor']}",
        "id.user": v["user"], "click.fbc": v["click"], "fbc": f"fb.1.1.{v['click']}", "utm.campaign": v["campaign"],
        "contact.email": f"{v['mail_local']}@mail.example", "ud[em]": f"{v['mail_local']}@mail.example",
        "params.note": v["query_value"], v["query_name"]: v["query_value"],
    })  # fmt: skip


def _unreadable(v: Mapping[str, str]) -> dict[str, str]:
    """One value that cannot be read for each signal that a request may carry."""
    return {"gdpr_consent": v["bad_tc"], "gpp": v["bad_gpp"], "gpp_sid": v["bad_sid"], "us_privacy": v["bad_usp"],
            "addtl_consent": v["bad_ac"], "gcs": v["bad_gcs"], "gcd": v["bad_gcs"], "npa": v["bad_gcs"],
            "dpo": v["bad_flag"], "consent_string": v["bad_tc"], "IABTCF_TCString": v["bad_tc"]}  # fmt: skip


def _kinds(v: Mapping[str, str], get: str, post: str) -> Iterator[Kind]:
    good = f"{get}?{_query(v)}"
    is_json = {"Content-Type": "application/json"}
    event = {"name": "purchase", v["body_key"]: v["body_value"], "order": {"id": v["order"], "note": v["body_value"]},
             "params": {"deep": [{"deeper": v["body_deep"]}], "note": v["body_value"]}}  # fmt: skip
    disposition = f'Content-Disposition: form-data; name="f"; filename="{v["multipart_name"]}"'
    usp = json.dumps({"uspString": "1YNN", "note": v["usp_note"]}, separators=(",", ":"))
    cookies = f"euconsent-v2={v['tc_cookie']}; __gpp={v['gpp_cookie']}; OptanonConsent=consentId={v['consent_id']}&groups=C0002:1,C0004:1"
    bad_cookies = (
        f"__gpp={v['bad_gpp']}; usprivacy={v['bad_usp']}; OptanonConsent={v['bad_cmp']}; CookieConsent={{{v['bad_cmp']}"
    )
    yield Kind("well-formed", "GET", good, {})
    yield Kind("IPv6 visitor", "GET", good, {"X-Forwarded-For": v["forwarded_for_6"]})
    yield Kind("HEAD", "HEAD", good, {})
    yield Kind("OPTIONS", "OPTIONS", good, {})
    yield Kind("unknown path", "GET", f"/none{get}/{v['path_segment']}?{_query(v)}", {})
    yield Kind("bad percent sign", "GET", f"{get}?eid=%zz{v['bad_percent']}&%ff=%00", {})
    yield Kind("unknown method", "BREW", f"{get}?m={v['unknown_method']}", {})
    yield Kind("free-text id", "GET", f"{get}?name=purchase&ev=Purchase&eid={v['free_id']}", {})
    yield Kind("foreign host", "GET", good, {"Host": f"{v['host']}.example"})
    yield Kind("JSON event", "POST", post, is_json, json.dumps(event).encode())
    resident = {"name": "purchase", "residence": v["residence"], "order": {"id": v["order"]}}
    yield Kind("JSON event of a resident", "POST", post, is_json, json.dumps(resident).encode())
    yield Kind("broken JSON", "POST", post, is_json, f'{{"name": "{v["broken_json"]}'.encode())
    yield Kind("form", "POST", post, {"Content-Type": "application/x-www-form-urlencoded"},
               f"ev=Purchase&cd[note]={v['form_value']}".encode())  # fmt: skip
    yield Kind("multipart", "POST", post, {"Content-Type": "multipart/form-data; boundary=B"},
               f"--B\r\n{disposition}\r\n\r\nx\r\n--B--\r\n".encode())  # fmt: skip
    yield Kind("oversize body", "POST", post, is_json, (v["oversize"] * 40_000).encode())
    yield Kind("deep JSON", "POST", post, is_json, b"[" * 50_000)
    yield Kind("unreadable choice", "GET", good, {"Cookie": f"euconsent-v2={v['bad_consent']}!!; __Host-consent=1.{v['bad_consent']}"})  # fmt: skip
    carried = {"gdpr": "1", "gdpr_consent": v["tc_query"], "gpp": v["gpp_query"], "gpp_sid": "2", "us_privacy": usp,
               "addtl_consent": v["ac_query"], "gcs": "G111"}  # fmt: skip
    yield Kind("carried consent", "GET", f"{good}&{urlencode(carried)}", {"Cookie": cookies})
    inside = {"name": "purchase", "order": {"id": v["order"]}, "regs": {"gdpr": 1, "gpp": v["gpp_query"], "gpp_sid": [2]},
              "user": {"consent": v["tc_body"]}, "addtl_consent": v["ac_query"], "us_privacy": usp}  # fmt: skip
    yield Kind("carried consent in JSON", "POST", post, is_json, json.dumps(inside).encode())
    form = f"{_query(v)}&{urlencode(carried)}".encode()
    yield Kind("carried consent in a form", "POST", post, {"Content-Type": "application/x-www-form-urlencoded"}, form)
    yield Kind("unreadable consent", "GET", f"{good}&gdpr=1&{urlencode(_unreadable(v))}", {"Cookie": bad_cookies})
    yield Kind(
        "unreadable consent in JSON", "POST", post, is_json, json.dumps({"name": "purchase", **_unreadable(v)}).encode()
    )
    yield Kind("opt-out headers", "GET", good, {"DNT": "1", "Sec-GPC": "1"})


def _send(port: int, kind: Kind, headers: Mapping[str, str]) -> Reply:
    lines = [f"{kind.method} {kind.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if kind.body is not None:
        lines.append(f"Content-Length: {len(kind.body)}")
    head = "\r\n".join([*lines, "Connection: close", "", ""]).encode()
    text = b""
    with socket.create_connection((HOST, port), ANSWER_SECONDS) as connection:
        connection.settimeout(ANSWER_SECONDS)
        with suppress(ConnectionError):  # refused before it was read to the end: the answer may be there all the same
            connection.sendall(head + (kind.body or b""))
        with suppress(ConnectionError, TimeoutError):
            while piece := connection.recv(65536):
                text += piece
    status = text[9:12]
    return Reply(kind.name, int(status) if status.isdigit() else 0, text)
