"""Drive the demo as a visitor would, without a browser, and say whether each hit fared as the policy says."""

from typing import NamedTuple

import aiohttp

from gateway.demo.marks import Kind
from gateway.demo.passages import Passage
from gateway.demo.running import Demo

_BROWSER = {
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0",
    "accept-language": "de-DE,de;q=0.9,en;q=0.8",
}
_NEVER = (Kind.EMAIL, Kind.CONTACT, Kind.ADDRESS, Kind.VISITOR, Kind.DEVICE)


class Finding(NamedTuple):
    """One thing that was tried, and whether it came out right."""

    right: bool
    sentence: str


class _Visitor:
    """A browser that keeps its cookies by hand: the consent cookie asks for TLS or loopback, which clients judge
    differently."""

    def __init__(self, demo: Demo, session: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._session = session
        self._cookies: dict[str, str] = {}

    async def post(self, path: str, **form: str) -> None:
        """Send a form of the page."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {**_BROWSER, **({"cookie": cookie} if cookie else {})}
        url = self._demo.url + path
        async with self._session.post(url, data=form, headers=headers, allow_redirects=False) as answer:
            for line in answer.headers.getall("set-cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value

    async def fire(self, scene: str) -> Passage:
        """Press a button of the page, and see what became of the hit."""
        await self.post("/demo/fire", scene=scene)
        return self._demo.exhibit.passages[0]


async def check(demo: Demo) -> list[Finding]:
    """A visit to each of the places where the answer differs."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        visitor = _Visitor(demo, session)
        await visitor.post("/demo/situation", place="FR")
        unasked = await visitor.fire("meta_purchase")
        await visitor.post("/demo/choice", choice="none")
        refused = await visitor.fire("meta_purchase")
        await visitor.post("/demo/choice", choice="all")
        granted = [await visitor.fire(scene) for scene in ("meta_purchase", "ga4_purchase", "linkedin_conversion")]
        await visitor.post("/demo/situation", place="US-CA", gpc="1")
        signalled = await visitor.fire("meta_purchase")
        await visitor.post("/demo/situation", place="unknown")
        await visitor.post("/demo/choice", choice="forget")
        unknown = await visitor.fire("own_page_view")
    return [
        _silent("France, not asked yet: a purchase leaves nothing", unasked, "no_consent"),
        _silent("France, refused: a purchase leaves nothing", refused, "refused"),
        *[_weakened(f"France, accepted: {hit.arrived.title} arrives without the person", hit) for hit in granted],
        _silent("California, accepted, Global Privacy Control on: a purchase leaves nothing", signalled, "signal_gpc"),
        _silent("somewhere unknown: not even our own page view is counted", unknown, "no_consent"),
    ]


def _silent(sentence: str, passage: Passage, reason: str) -> Finding:
    """Every destination refused for this reason, and nobody caught a thing, though the page was answered."""
    reasons = {fate.reason for fate in passage.fates}
    sent = [fate for fate in passage.fates if fate.requests]
    right = reasons == {reason} and not sent and passage.status in (200, 204)
    return Finding(right, f"{sentence} ({', '.join(sorted(reasons)) or 'no decision'})")


def _weakened(sentence: str, passage: Passage) -> Finding:
    """It arrived, and nothing of the person did."""
    sent = [fate.destination for fate in passage.fates if fate.requests]
    left = [value.personal.kind for value in passage.remaining if value.reached and value.personal.kind in _NEVER]
    found = (
        f"{passage.gone} of {len(passage.remaining)} personal values gone" if not left else f"left: {', '.join(left)}"
    )
    return Finding(bool(sent) and not left, f"{sentence} ({found})")
