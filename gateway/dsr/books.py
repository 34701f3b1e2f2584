"""Keep requests in the ledger, and apart from them, sealed, whom they are about and what is handed out."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from gateway.dsr.problems import UnknownRequest
from gateway.dsr.request import ENDED, IN_WORK, Identity, Request, State
from gateway.dsr.sealed import Sealed
from gateway.errors import StoreUnavailable
from gateway.store.protocols import Ledger

# Book -> what its sheets are, by what key.
BOOKS: Mapping[str, str] = {
    "dsr.request": "a request, by its id",
    "dsr.client": "the id and digest of a request, by the id that the client gave it",
    "dsr.key": "the wrapped key of what is sealed of a request, by its id",
    "dsr.person": "whom a request is about, sealed, by its id",
    "dsr.package": "what is handed out on a request for access, sealed, by its id",
    "dsr.receipt": "the signed receipt of a request, by its id and, unless it was completed, when it ended",
    "dsr.open": "that something is still to be done about a request, by its id",
}
_REQUEST, _CLIENT, _KEY, _PERSON, _PACKAGE, _RECEIPT, _OPEN = BOOKS
_TRIES = 50
_AT_ONCE = 200


class Claim(NamedTuple):
    """Whose request the client's id names, and the keyed digest of what it asked."""

    id: str
    digest: str


class Kept(NamedTuple):
    """A request and its revision."""

    request: Request
    revision: int


@dataclass(frozen=True, slots=True)
class Held:
    """Whom a request is about, for as long as it is in work. `subjects` are those that its identities name, `resolved`
    with those that they lead to, once that was looked up. `proven` is what a vendor may be told, `sent` what each
    destination was sent: field -> the values, the latest last. `granted` are purposes that a consent record grants, and
    `given` is when."""

    identities: tuple[Identity, ...]
    subjects: tuple[str, ...]
    resolved: tuple[str, ...] = ()
    proven: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    granted: tuple[str, ...] = ()
    given: int = 0

    def __repr__(self) -> str:
        return "<Held>"


class Books:
    """The requests of an installation. StoreUnavailable from each method where the ledger does not answer."""

    def __init__(self, ledger: Ledger, sealed: Sealed) -> None:
        self._ledger = ledger
        self._sealed = sealed

    async def claim(self, client: str, claim: Claim) -> Claim:
        """Whose the client's id is from now on: the one claimed, unless somebody was first."""
        if await self._ledger.add(_CLIENT, client, json.dumps(claim)):
            return claim
        known = await self.claimed(client)
        if known is None:
            raise StoreUnavailable("a request ended while it was asked for")
        return known

    async def claimed(self, client: str) -> Claim | None:
        """Whose the client's id is."""
        sheet = await self._ledger.sheet(_CLIENT, client)
        return None if sheet is None else Claim(*json.loads(sheet.body))

    async def add(self, request: Request) -> bool:
        """Keep a new request; False where it is there already."""
        await self._ledger.add(_OPEN, request.id, "")
        return await self._ledger.add(_REQUEST, request.id, request.to_json())

    async def load(self, id: str) -> Kept | None:
        """A request as it is now."""
        sheet = await self._ledger.sheet(_REQUEST, id)
        return None if sheet is None else Kept(Request.from_json(sheet.body), sheet.revision)

    async def in_work(self, id: str) -> bool:
        """Whether there is such a request, and it is worked on until it is done."""
        kept = await self.load(id)
        return kept is not None and kept.request.state in IN_WORK

    async def change(self, id: str, alter: Callable[[Request], Request]) -> Request:
        """Alter a request as it is now, whoever else does. UnknownRequest where there is none."""
        for _ in range(_TRIES):
            kept = await self.load(id)
            if kept is None:
                raise UnknownRequest("there is no such request")
            altered = alter(kept.request)
            if altered == kept.request or await self.save(altered, kept.revision):
                return altered
        raise StoreUnavailable("a request is changed by too many at once")

    async def save(self, request: Request, revision: int) -> bool:
        """Keep a request in the place of one revision; False where it has another one by now."""
        return await self._ledger.rewrite(_REQUEST, request.id, request.to_json(), revision)

    async def page(self, after: str, most: int) -> list[Request]:
        """Up to `most` requests that came after the one of this id."""
        return [Request.from_json(sheet.body) for sheet in await self._ledger.sheets(_REQUEST, after, most)]

    async def all(self, after: str = "") -> AsyncIterator[Request]:
        """Every request that came after the one of this id, the oldest first."""
        while page := await self.page(after, _AT_ONCE):
            for request in page:
                yield request
            after = page[-1].id

    async def open(self) -> AsyncIterator[str]:
        """The ids of the requests about which something is still to be done, the oldest first."""
        after = ""
        while page := await self._ledger.sheets(_OPEN, after, _AT_ONCE):
            for sheet in page:
                yield sheet.key
            after = page[-1].key

    async def close(self, id: str) -> None:
        """Nothing more is to be done about a request."""
        await self._ledger.strike(_OPEN, id)

    async def hold(self, id: str, held: Held) -> bool:
        """Keep whom a request is about; False where that is known already."""
        await self._ledger.add(_KEY, id, self._sealed.new_key(id))
        return await self._ledger.add(_PERSON, id, await self._close(_PERSON, id, _written(held)))

    async def held(self, id: str) -> Held | None:
        """Whom a request is about; None when it has ended."""
        text = await self._opened(_PERSON, id)
        return None if text is None else _read(text)

    async def rehold(self, id: str, held: Held) -> None:
        """Keep more of whom a request is about. StoreUnavailable where somebody else did so at once."""
        sheet = await self._ledger.sheet(_PERSON, id)
        body = await self._close(_PERSON, id, _written(held))
        if sheet is None or not await self._ledger.rewrite(_PERSON, id, body, sheet.revision):
            raise StoreUnavailable("somebody else works on this request")

    async def let_go(self, id: str) -> None:
        """Forget whom a request was about: its key first."""
        if await self._ledger.sheet(_PACKAGE, id) is None:
            await self._ledger.strike(_KEY, id)
        await self._ledger.strike(_PERSON, id)

    async def pack(self, id: str, text: str) -> None:
        """Keep what is to be handed out, in the place of what was."""
        body = await self._close(_PACKAGE, id, text)
        if not await self._ledger.add(_PACKAGE, id, body):
            sheet = await self._ledger.sheet(_PACKAGE, id)
            if sheet is None or not await self._ledger.rewrite(_PACKAGE, id, body, sheet.revision):
                raise StoreUnavailable("somebody else works on this request")

    async def package(self, id: str) -> str | None:
        """What is handed out, as long as it is there."""
        return await self._opened(_PACKAGE, id)

    async def shred(self, id: str) -> bool:
        """Destroy what was to be handed out, and its key where nothing else needs it; whether there was something."""
        if await self._ledger.sheet(_PERSON, id) is None:
            await self._ledger.strike(_KEY, id)
        return await self._ledger.strike(_PACKAGE, id)

    async def prove(self, request: Request, receipt: str) -> None:
        """Keep the receipt of a request that has ended, or is about to be completed; the first one stays."""
        await self._ledger.add(_RECEIPT, _receipt_name(request), receipt)

    async def receipt(self, request: Request) -> str | None:
        """The receipt of a request as it has ended; None before it has."""
        sheet = await self._ledger.sheet(_RECEIPT, _receipt_name(request)) if request.state in ENDED else None
        return None if sheet is None else sheet.body

    async def forget(self, request: Request) -> None:
        """Forget a request and all that was kept for it. The request itself goes last, so that this can be repeated."""
        for book in (_KEY, _PERSON, _PACKAGE, _RECEIPT, _OPEN):
            await self._ledger.strike(book, request.id)
        for moment in request.history:
            await self._ledger.strike(_RECEIPT, f"{request.id}/{moment.at}")
        await self._ledger.strike(_CLIENT, request.subject_request_id)
        await self._ledger.strike(_REQUEST, request.id)

    async def orphans(self) -> AsyncIterator[tuple[str, Claim]]:
        """The client's id and the claim of everything that was begun to be handed in and is no request."""
        after = ""
        while page := await self._ledger.sheets(_CLIENT, after, _AT_ONCE):
            for sheet in page:
                claim = Claim(*json.loads(sheet.body))
                if await self._ledger.sheet(_REQUEST, claim.id) is None:
                    yield sheet.key, claim
            after = page[-1].key

    async def abandon(self, client: str, claim: Claim) -> None:
        """Forget what was begun to be handed in."""
        for book in (_KEY, _PERSON, _OPEN):
            await self._ledger.strike(book, claim.id)
        await self._ledger.strike(_CLIENT, client)

    async def _close(self, book: str, id: str, text: str) -> str:
        sheet = await self._ledger.sheet(_KEY, id)
        if sheet is None:
            raise StoreUnavailable("the key of a request is gone")
        return self._sealed.seal(sheet.body, id, json.dumps([book, text]))

    async def _opened(self, book: str, id: str) -> str | None:
        key, sheet = await self._ledger.sheet(_KEY, id), await self._ledger.sheet(book, id)
        text = self._sealed.open(key.body, id, sheet.body) if key and sheet else None
        if text is None:
            return None
        named, inner = json.loads(text)
        return str(inner) if named == book else None


def _receipt_name(request: Request) -> str:
    """What ends a second time, after an appeal, has a second receipt."""
    return f"{request.id}/{request.ended}" if request.state in ENDED - {State.COMPLETED} else request.id


def _written(held: Held) -> str:
    return json.dumps(asdict(held), separators=(",", ":"))


def _read(text: str) -> Held:
    told: dict[str, Any] = json.loads(text)
    lists = {name: tuple(told[name]) for name in ("subjects", "resolved", "granted")}
    return Held(**{**told, **lists, "identities": tuple(Identity(*each) for each in told["identities"])})
