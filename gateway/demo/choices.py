"""The visitor's choice, asked of and written through the gateway's own `/consent`."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.consent.receipt import COOKIE
from gateway.demo.situation import Situation
from gateway.demo.upstream import Answer, Headers, Request, Upstream

FORGET = f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
NOT_ASKED = "not asked yet"


class Asked(NamedTuple):
    """One purpose, and what the visitor said to it."""

    name: str
    label: str
    granted: bool


class Choice(NamedTuple):
    """The choice as the gateway tells it. `words` says it in a few words."""

    asked: tuple[Asked, ...]
    words: str
    given: bool
    notified: bool

    @property
    def mixed(self) -> bool:
        """Whether it is a yes to some and a no to others."""
        return len({each.granted for each in self.asked}) > 1


async def read(upstream: Upstream, headers: Headers, situation: Situation) -> Choice:
    """What this browser's record says now."""
    answer = await upstream.ask(Request("GET", "/consent", headers), situation)
    told: Mapping[str, Any] = json.loads(answer.body)
    listed = [each for each in told["purposes"] if each["choice"] != "necessary"]
    asked = tuple(Asked(each["name"], each["label"], each["choice"] == "granted") for each in listed)
    given = told["given"] is not None
    return Choice(asked, _words(asked, told) if given else NOT_ASKED, given, told["notified"])


def _words(asked: tuple[Asked, ...], told: Mapping[str, Any]) -> str:
    granted = [each.name for each in asked if each.granted]
    if not granted:
        return "refused everything"
    words = "accepted everything" if len(granted) == len(asked) else f"accepted {', '.join(granted)}"
    return f"{words}, knowing of the conflict with the signal" if told["notified"] else words


async def write(
    upstream: Upstream, headers: Headers, situation: Situation, answers: Mapping[str, bool | str]
) -> Answer:
    """Say yes or no to each purpose; `notified` in `answers` is the visitor's knowledge of a conflict."""
    notified = bool(answers.get("notified"))
    purposes = {name: bool(answer) for name, answer in answers.items() if name != "notified"}
    body = json.dumps({"purposes": purposes, "notified": notified}).encode()
    kept = [(name, value) for name, value in headers if name.lower() not in ("content-type", "content-length")]
    request = Request("POST", "/consent", [*kept, ("content-type", "application/json")], body)
    return await upstream.ask(request, situation)
