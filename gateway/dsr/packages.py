"""Hand out what was gathered for a person by a link that works for a quarter of an hour, three times at most.

Of a link nothing is kept but a digest, so that nobody who reads the store can follow it. With its last use the package
is destroyed.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from gateway.dsr.problems import InvalidState, PackageGone
from gateway.store.protocols import Ledger, Sheet

BOOK = "dsr.link"
SECONDS = 900
MOST_USES = 3
TOKEN_BYTES = 32
_AT_ONCE = 200
_RACES = 50
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every file, so that the same package has the same bytes


class Shelf(NamedTuple):
    """Where packages are: `get` gives the JSON of one by the id of its request, None where it is gone, `shred` destroys
    it."""

    get: Callable[[str], Awaitable[str | None]]
    shred: Callable[[str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Link:
    """Whose package a link leads to, until when (POSIX seconds), and how often still."""

    request: str
    ends: int
    left: int = MOST_USES


class Link(NamedTuple):
    """A link, this once, and until when it works."""

    token: str
    ends: int


class Taken(NamedTuple):
    """A package as a ZIP file, and of which request it is."""

    request: str
    file: bytes


class Packages:
    """The links of an installation. `clock` is POSIX seconds, `random` gives so many random bytes."""

    def __init__(
        self, ledger: Ledger, shelf: Shelf, clock: Callable[[], float], random: Callable[[int], bytes]
    ) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._clock = clock
        self._random = random

    async def link(self, request: str) -> Link:
        """A new link to the package of a request. InvalidState where it has none."""
        if await self._shelf.get(request) is None:
            raise InvalidState("there is nothing to hand out")
        token = base64.urlsafe_b64encode(self._random(TOKEN_BYTES)).decode().rstrip("=")
        ends = int(self._clock()) + SECONDS
        await self._ledger.add(BOOK, _name(token), json.dumps(asdict(_Link(request, ends))))
        return Link(token, ends)

    async def whose(self, token: str) -> str:
        """The id of the request whose package a link leads to. PackageGone where the link leads nowhere, any more or at
        all."""
        return (await self._find(token))[1].request

    async def fetch(self, token: str) -> Taken:
        """The package that a link leads to, which is one use of it. PackageGone as for `whose`."""
        text = await self._shelf.get(await self.whose(token))  # before it counts: with the last use it is destroyed
        if text is None:
            raise PackageGone("there is nothing to hand out any more")
        link = await self._use(token)
        if not link.left:
            await self._shelf.shred(link.request)
            await self._ledger.strike(BOOK, _name(token))
        return Taken(link.request, packed(text))

    async def sweep(self) -> int:
        """Forget the links that have ended; how many."""
        after, gone, now = "", 0, self._clock()
        while page := await self._ledger.sheets(BOOK, after, _AT_ONCE):
            for sheet in page:
                over = _Link(**json.loads(sheet.body)).ends <= now
                gone += over and await self._ledger.strike(BOOK, sheet.key)
            after = page[-1].key
        return gone

    async def _use(self, token: str) -> _Link:
        for _ in range(_RACES):
            sheet, link = await self._find(token)
            used = replace(link, left=link.left - 1)
            if await self._ledger.rewrite(BOOK, sheet.key, json.dumps(asdict(used)), sheet.revision):
                return used
        raise PackageGone("too many follow this link at once")

    async def _find(self, token: str) -> tuple[Sheet, _Link]:
        sheet = await self._ledger.sheet(BOOK, _name(token))
        link = _Link(**json.loads(sheet.body)) if sheet else None
        if sheet is None or link is None or link.ends <= self._clock() or not link.left:
            raise PackageGone("this link leads nowhere")
        return sheet, link


def packed(text: str) -> bytes:
    """The ZIP file of a package: what it says, its JSON Schema, and a page for people. ValueError where it is none."""
    told = json.loads(text)
    schema, readme = told.pop("schema"), told.pop("readme")
    files = {
        "README.txt": str(readme),
        "data.json": json.dumps(told, ensure_ascii=False, indent=2),
        "schema.json": json.dumps(schema, ensure_ascii=False, indent=2),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
