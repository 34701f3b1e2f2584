"""Read what Segment's libraries send: one message or a batch of them, of a visitor's page or of a server.

A page speaks for its visitor, as every pixel does. A server does not: its address, its browser and its cookies are its
own, and its batch is of many people. So each of its messages stands alone, and says itself all that is known of whom it
is about.
"""

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from gateway.days import SECONDS_A_DAY
from gateway.errors import BadRequest
from gateway.hit import Alone, Hit, RawEvent
from gateway.inflate import inflated
from gateway.vendors.pixel import Pixel
from gateway.vendors.strict_json import parse

PIXEL = "segment_pixel"
MOST = 500
MOST_AGO = 7 * SECONDS_A_DAY

# What the libraries call themselves that run where the visitor is.
_AT_THE_VISITOR = frozenset((
    "analytics.js", "analytics-ios", "analytics-swift", "analytics-android", "analytics-kotlin",
    "analytics-react-native", "analytics-flutter",
))  # fmt: skip
_LIBRARY, _SENT, _AGENT = "params.library", "params.sent_at", "device.user_agent"


class _Message(NamedTuple):
    """One message of a batch: `whole` with what stands beside the list, and what it says of its visitor alone."""

    whole: bytes
    alone: Alone


@dataclass(frozen=True, slots=True)
class Segment:
    """The decoder of Segment's pixel and of its HTTP API. `keys` are the write keys of each site; a message under any
    other is nobody's, and where no site has keys any will do."""

    pixel: Pixel
    keys: Mapping[str, Collection[str]]

    def decode(self, hit: Hit) -> list[RawEvent]:
        """The events of one hit; none where nobody here knows the key. BadRequest where nothing of it can be read."""
        user = _user(hit)
        batch = _batch(hit.body) if hit.method == "POST" else None
        if batch is None:
            events = [(each, Alone(hit.body)) for each in self._read(hit, hit.body, user)]
        else:
            events = list(self._of_batch(hit, batch, user))
        return [
            _settled(event, hit.received, alone if user or _by_a_server(hit, event) else None)
            for event, alone in events
            if not self.keys or event.account in self.keys.get(hit.site, ())
        ]

    def _of_batch(self, hit: Hit, batch: list[_Message], user: str) -> Iterator[tuple[RawEvent, Alone]]:
        """Each message that can be read: nobody would send the others again for the sake of one."""
        read = 0
        for message in batch:
            try:
                events = self._read(hit, message.whole, user)
            except BadRequest:
                continue
            read += 1
            yield from ((event, message.alone) for event in events)
        if not read:
            raise BadRequest(400, "a batch without a message that can be read")

    def _read(self, hit: Hit, body: bytes, user: str) -> list[RawEvent]:
        """A message, under the key of the request's own credentials where it names none itself."""
        query = f"{hit.query}&writeKey={quote(user, safe='')}" if user else hit.query
        return self.pixel.read(hit.method, hit.path, query, hit.header(b"content-type"), body)


def _batch(body: bytes) -> list[_Message] | None:
    """The messages of a batch; None where it is no batch."""
    body = inflated(body)
    if b'"batch"' not in body:
        return None
    document = parse(body)
    messages = document.pop("batch", None) if isinstance(document, dict) else None
    if not isinstance(messages, list):
        return None
    if len(messages) > MOST:
        raise BadRequest(413, f"more than {MOST} messages")
    beside = _written(document)
    return [
        _Message(_written(_over(document, message)), Alone(_written(message), beside))
        for message in messages
        if isinstance(message, dict)
    ]


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, default=lambda number: format(number, "f")).encode()


def _over(shared: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    beside, own = shared.get("context"), message.get("context")
    both = {**(beside if isinstance(beside, dict) else {}), **(own if isinstance(own, dict) else {})}
    return {**shared, **message, "context": both}


def _user(hit: Hit) -> str:
    """The user name of the request's credentials, where the libraries of servers put the key; or nothing."""
    kind, _, given = hit.header(b"authorization").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _by_a_server(hit: Hit, event: RawEvent) -> bool:
    """Whether a message without credentials is a server's: its library says so, or no browser is there."""
    library = event.fields.get(_LIBRARY)
    return library not in _AT_THE_VISITOR if library else not hit.header(b"user-agent").startswith("Mozilla/")


def _settled(event: RawEvent, received: float, alone: Alone | None) -> RawEvent:
    """An event at its time, without what only served to tell that."""
    fields = {name: value for name, value in event.fields.items() if name not in (_LIBRARY, _SENT)}
    fields["event.time"] = _time(fields.get("event.time"), event.fields.get(_SENT), received)
    if alone is not None:
        fields.setdefault(_AGENT, "")  # that of the request is the server's
    return replace(event, fields=fields, alone=alone)


def _time(happened: Any, sent: Any, received: float) -> float:
    """POSIX seconds of an event, by how long before it was sent it happened: the sender's clock may go wrong. Without
    both times, and beyond what is believable, the time of arrival."""
    ago = (_moment(sent) or received) - (_moment(happened) or received)
    return received - ago if 0 <= ago <= MOST_AGO else received


def _moment(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
