"""Be visitors who say no in every way there is, and one who says yes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.canary.requests import Request
from gateway.canary.wire import Reply, Wire
from gateway.consent.receipt import COOKIE, VERSION

PATH = "/consent"
GARBAGE = "__Host-consent=1.zz.!!; euconsent-v2=CP%%%; OptanonConsent=groups%3D%zz; CookieConsent={broken"
_RECORD = re.compile(rf"{COOKIE}={VERSION}\.([^.;]+)\.")
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0 (canary)"


class Visitor(NamedTuple):
    """Who sends hits: the headers by which the visitor is known, and the situation in the words of the policy."""

    name: str
    headers: Mapping[str, str]
    situation: Mapping[str, Any]


@dataclass
class Desk:
    """The deployment's `/consent` at a host, over which choices are made and, in the end, taken back.

    `headers` come with every request; `replies` are all its answers, `records` the ids of the
    choices, as far as receipts tell them.
    """

    wire: Wire
    host: str
    headers: Mapping[str, str]
    replies: list[tuple[str, Reply]] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    _cookies: list[str] = field(default_factory=list)

    def purposes(self) -> list[str]:
        """What there is to choose; nothing where the deployment does not tell."""
        reply = self._ask("GET")
        try:
            told = json.loads(reply.body)["purposes"]
            return [each["name"] for each in told if each["choice"] != "necessary"] if reply.status == 200 else []
        except (ValueError, KeyError, TypeError):
            return []

    def choose(self, purposes: Sequence[str], yes: bool) -> str:
        """Answer every purpose alike; the cookies that were set, or nothing where none were."""
        body = json.dumps({"purposes": dict.fromkeys(purposes, yes)}).encode()
        reply = self._ask("POST", {"Content-Type": "application/json"}, body)
        cookie = "; ".join(value.partition(";")[0] for value in reply.header("set-cookie"))
        if reply.status != 200 or not cookie:
            return ""
        self._cookies.append(cookie)
        self.records += _RECORD.findall(cookie)
        return cookie

    def leave(self) -> bool:
        """Take every choice back; whether the deployment agreed to each."""
        cookies, self._cookies = self._cookies, []
        return all([self._ask("DELETE", {"Cookie": cookie}).status == 200 for cookie in cookies])

    def _ask(self, method: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Reply:
        scheme = "https" if self.wire.tls else "http"
        same = {"Origin": f"{scheme}://{self.host}", "Sec-Fetch-Site": "same-origin", "User-Agent": _BROWSER}
        sent = {"Host": self.host, **same, **self.headers, **(headers or {})}
        reply = self.wire.send(Request(method, method, PATH, {}, body), sent)
        self.replies.append((f"{method} {PATH}", reply))
        return reply


def refusing(desk: Desk, purposes: Sequence[str]) -> list[Visitor]:
    """Those of whom nothing may be left."""
    no = desk.choose(purposes, yes=False) if purposes else ""
    yes = desk.choose(purposes, yes=True) if purposes else ""
    agreed = {"Cookie": yes} if yes else {}
    consent = ["all"] if yes else []
    visitors = [
        Visitor("no choice", {}, {}),
        Visitor("an unreadable choice", {"Cookie": GARBAGE}, {}),
        Visitor("Do Not Track", {**agreed, "DNT": "1"}, {"consent": consent, "dnt": True}),
        Visitor("Global Privacy Control", {**agreed, "Sec-GPC": "1"}, {"consent": consent, "gpc": True}),
    ]
    refused = Visitor("refused", {"Cookie": no}, {"consent": [f"{purpose}=no" for purpose in purposes]})
    return [refused, *visitors] if no else visitors


def agreeing(desk: Desk, purposes: Sequence[str]) -> Visitor | None:
    """One who agrees to everything; None where that cannot be said."""
    cookie = desk.choose(purposes, yes=True) if purposes else ""
    return Visitor("agreed", {"Cookie": cookie}, {"consent": ["all"]}) if cookie else None
