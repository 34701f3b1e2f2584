"""Have an act of choice recorded together with what stood around it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from starlette.requests import Request

from gateway.consent.headers import says_dnt, says_gpc
from gateway.consent.receipt import ConsentRecord
from gateway.dsr.consent_record import Act, Around, Notice, Offer
from gateway.errors import BadRequest, StoreUnavailable

Fields = Mapping[bytes, list[bytes]]
Turn = Callable[[Fields, str, str, float], float]

_FORMS = {
    "id": re.compile(r"[A-Za-z0-9._-]{1,64}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "language": re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}"),
}


class Log(Protocol):
    """Where records are kept."""

    async def write(self, act: Act, until: int) -> None:
        """Return when the record is durable. StoreUnavailable where it cannot be."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Under one version of the policy, `offer`. `regions` tells the evidence of the place of a request: its headers,
    the address of its peer, site and time; `keeps` for how many seconds records are kept where that is the evidence.
    `turn` takes one for where the request comes from, and tells how many seconds it has to wait where there is none."""

    log: Log
    offer: Offer
    regions: Callable[[Fields, str, str, float], tuple[str, ...]]
    keeps: Callable[[tuple[str, ...], float], int]
    turn: Turn

    async def write(
        self, request: Request, known: ConsentRecord | None, chosen: ConsentRecord, how: tuple[str, Notice]
    ) -> None:
        """Record a choice and the one before it; `how` is the method and what was shown. StoreUnavailable where that
        cannot be done."""
        fields: Fields = request.scope["fields"]
        site, peer = request.scope["site"], request.client.host if request.client else ""
        if wait := self.turn(fields, peer, site, chosen.given):
            raise StoreUnavailable("too many choices come from there", ceil(wait))
        regions = self.regions(fields, peer, site, chosen.given)
        host = fields[b"host"][0].decode("latin-1").lower()
        around = Around(site, host, regions, says_gpc(fields), says_dnt(fields), *how)
        until = max(chosen.expires, chosen.given + self.keeps(regions, chosen.given))
        await self.log.write(Act(chosen, known, around, self.offer), until)


def read_notice(value: Any) -> Notice:
    """What a page says that it showed: `id`, and where it says so `sha256` and `language`. BadRequest for anything
    else."""
    if value is None:
        return Notice()
    if not isinstance(value, dict) or "id" not in value or not set(value) <= set(_FORMS):
        raise BadRequest(400, "a notice has id, sha256 and language, and nothing else")
    for name, text in value.items():
        if not isinstance(text, str) or not _FORMS[name].fullmatch(text):
            raise BadRequest(400, f"this is no {name} of a notice")
    return Notice(value["id"], value.get("sha256", ""), value.get("language", ""))
