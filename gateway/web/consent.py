"""`/consent`: what this visitor chose, kept in a signed cookie of our own; a no is durable before it is answered.

    GET     what was chosen, and what there is to choose
    POST    {"purposes": {"measure": true, "retarget": false}, "notified": false, "notice": {"id": "banner-7"}}
    DELETE  refuse everything that can be refused

A POST replaces the choice before it: a purpose that was granted and is not named any more is withdrawn. Only pages of
the very same origin may write. Each act is recorded: a yes counts only with its record, a no with or without.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.consent.cookies import parse_cookies
from gateway.consent.headers import says_dnt, says_gpc
from gateway.consent.invalid import Invalid
from gateway.consent.opt_out import COOKIE as OPT_OUT
from gateway.consent.receipt import COOKIE, Choice, ConsentRecord, open_receipt, seal
from gateway.dsr.consent_record import Notice
from gateway.errors import BadRequest, StoreUnavailable
from gateway.keys import Subjects
from gateway.policy.model import Purpose
from gateway.vendors.strict_json import parse
from gateway.web import own_cookies
from gateway.web.collect import read_body
from gateway.web.recording import Recording, read_notice
from gateway.web.replies import Reply, refusal, unavailable
from gateway.web.visitor import VisitorDesk

_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "origin, cookie, sec-gpc, dnt"}
_SAME = frozenset((b"same-origin", b"none"))


class Withdraws(Protocol):
    """What a choice asks of the store. A subject is a keyed digest of the record's id."""

    async def refuse(self, subject: str, purposes: Collection[str] | None, at: int) -> None:
        """Return when the refusal is durable; None refuses every purpose."""

    async def lift(self, subject: str, purposes: Collection[str] | None) -> None:
        """End refusals for what comes from now on."""


class Asked(NamedTuple):
    """What a request asks for: the choice, whether the visitor was told of a conflict, and what was shown."""

    answers: Mapping[str, bool]
    notified: bool = False
    notice: Notice = Notice()


@dataclass(frozen=True, slots=True)
class ConsentDesk:
    """Takes and tells choices. `key` is the ring that signs the cookie, `subject_key` the ring that keys what is
    withdrawn, `lifetime` is in seconds;
    `landed` waits until no request with an event of these subjects is under way, `counts` is told `granted`, `refused`
    or `withdrawn` for each choice, and `unrecorded` for a no without a record, `visitors` says whether the visitor may
    be known again, `recording` keeps the records."""

    purposes: Mapping[str, Purpose]
    key: bytes
    subject_key: bytes
    lifetime: int
    withdrawals: Withdraws
    landed: Callable[[Collection[str]], Awaitable[None]]
    now: Callable[[], float]
    new_id: Callable[[], str]
    counts: Callable[[str], None]
    visitors: VisitorDesk | None = None
    recording: Recording | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer GET, POST or DELETE."""
        fields: Mapping[bytes, list[bytes]] = request.scope["fields"]
        known = self.known(request)
        if request.method in ("GET", "HEAD"):
            return self._tell(known, fields, opted_out=_has_opted_out(fields))
        if not _is_same_origin(fields):
            return _plain(refusal(403))
        try:
            if request.method == "DELETE":
                chosen, how = self._withdrawal(), ("consent", Notice())
            else:
                asked = await self._asked(request, fields)
                chosen, how = self._chosen(asked, known), ("consent", asked.notice)
            await self._make_durable(request, known, chosen, how)
        except BadRequest as error:
            return _plain(refusal(error.status))
        except StoreUnavailable as error:
            return _plain(unavailable(error.retry_after))
        self._count(request.method, chosen)
        opted_out = _has_opted_out(fields) and not _grants(chosen)
        response = self._tell(chosen, fields, opted_out=opted_out)
        for line in self._cookies(request, chosen):
            response.headers.append("set-cookie", line)
        return response

    def known(self, request: Request) -> ConsentRecord | None:
        """The record that a request carries: one, and a good one, or none."""
        record = open_receipt(self.cookie(request), self.key, request.scope["site"], self.now())
        return None if isinstance(record, Invalid) else record

    async def take_back(self, request: Request, known: ConsentRecord, notice: Notice) -> list[str]:
        """Refuse everything for the visitor of a record, on a page of ours; the cookies to set. StoreUnavailable where
        that cannot be had: then the old choice stands, and what of it was taken back is."""
        chosen = self._chosen(Asked(dict.fromkeys(self._choosable(), False)), known)
        await self._make_durable(request, known, chosen, ("privacy_page", notice))
        self._count("DELETE", chosen)
        return [*self._cookies(request, chosen)]

    async def refuse_all(self, known: ConsentRecord) -> None:
        """Refuse everything that is filed under a record, without another choice in its place."""
        subject = Subjects(self.subject_key).digest(known.reference)
        await self.withdrawals.refuse(subject, None, int(self.now()))
        await self.landed([subject])

    def _cookies(self, request: Request, chosen: ConsentRecord) -> Iterator[str]:
        site = request.scope["site"]
        value = seal(chosen, self.key, site)
        yield own_cookies.line(COOKIE, value, self.lifetime)
        if _grants(chosen) and _has_opted_out(request.scope["fields"]):
            yield own_cookies.line(OPT_OUT, "", 0)  # who says yes takes back the no to everything
        peer = request.client.host if request.client else ""
        answer = self.visitors and self.visitors.answer(request.scope["fields"], peer, site, (chosen, value))
        if answer:
            yield answer

    def cookie(self, request: Request) -> str:
        """The value of our cookie, as it came; empty where there is none, or more than one."""
        pairs = parse_cookies(request.scope["fields"].get(b"cookie", []))
        values = [] if isinstance(pairs, Invalid) else [value for name, value in pairs if name == COOKIE.encode()]
        return values[0].decode("latin-1") if len(values) == 1 else ""

    async def _asked(self, request: Request, fields: Mapping[bytes, list[bytes]]) -> Asked:
        """What a POST asks for. BadRequest where it is no choice."""
        kinds = fields.get(b"content-type", [])
        if [kind.partition(b";")[0].strip().lower() for kind in kinds] != [b"application/json"]:
            raise BadRequest(415, "a choice is JSON")
        body = await read_body(request.receive)
        return _read_choice(parse(body or b""), self._choosable())

    def _chosen(self, asked: Asked, known: ConsentRecord | None) -> ConsentRecord:
        """The record of a choice. It keeps the id of the one before, unless that one refused everything: what is
        refused as a whole stays so. Under a new key it is a new record too: the pseudonym of the old one ends."""
        goes_on = known is not None and not known.age and _grants(known)
        return self._write(known.id if known and goes_on else self.new_id(), asked.answers, asked.notified)

    def _withdrawal(self) -> ConsentRecord:
        """Everything refused, under a new id that nothing links to the old one."""
        return self._write(self.new_id(), dict.fromkeys(self._choosable(), False), False)

    def _write(self, record: str, answers: Mapping[str, bool], notified: bool) -> ConsentRecord:
        given = int(self.now())
        choices = tuple(Choice(name, yes, self.purposes[name].terms) for name, yes in answers.items())
        return ConsentRecord(record, given, given + self.lifetime, choices, notified)

    async def _make_durable(
        self, request: Request, known: ConsentRecord | None, chosen: ConsentRecord, how: tuple[str, Notice]
    ) -> None:
        """Withdraw from the subject of the earlier record whatever the new one does not grant, have the choice
        recorded, and only then let anything go on that it grants."""
        subject = Subjects(self.subject_key).digest(known.reference) if known else ""
        granted = {choice.purpose for choice in chosen.choices if choice.granted}
        ends = known is not None and (chosen.id != known.id or bool(known.age) or not granted)
        withdrawn = [name for name in self._choosable() if name not in granted]
        if known and (ends or withdrawn):
            await self.withdrawals.refuse(subject, None if ends else withdrawn, chosen.given)
        await self._keep(request, known, chosen, how)
        if known and not ends:
            await self.withdrawals.lift(subject, sorted(granted))
        if known:
            await self.landed([subject])

    async def _keep(
        self, request: Request, known: ConsentRecord | None, chosen: ConsentRecord, how: tuple[str, Notice]
    ) -> None:
        """Have a choice recorded. A yes that nobody could prove later is none; a no needs no proof to stand."""
        if self.recording is None:
            return
        try:
            await self.recording.write(request, known, chosen, how)
        except StoreUnavailable:
            if _grants(chosen):
                raise
            self.counts("unrecorded")

    def _count(self, method: str, chosen: ConsentRecord) -> None:
        self.counts("withdrawn" if method == "DELETE" else "granted" if _grants(chosen) else "refused")

    def _choosable(self) -> Sequence[str]:
        return [name for name, purpose in self.purposes.items() if purpose.family != "necessary"]

    def answers(self, record: ConsentRecord | None) -> list[dict[str, str]]:
        """Each purpose, and what was chosen for it: `granted`, `denied`, `unset` or `necessary`."""
        current = {choice.purpose: choice for choice in record.choices} if record else {}
        return [
            {"name": name, "label": each.label, "family": each.family, "choice": _word(each, current.get(name))}
            for name, each in self.purposes.items()
        ]

    def _tell(
        self, record: ConsentRecord | None, fields: Mapping[bytes, list[bytes]], *, opted_out: bool
    ) -> JSONResponse:
        told: dict[str, Any] = {
            "given": datetime.fromtimestamp(record.given, UTC).isoformat() if record else None,
            "expires": datetime.fromtimestamp(record.expires, UTC).isoformat() if record else None,
            "notified": bool(record and record.notified),
            "gpc": says_gpc(fields),
            "dnt": says_dnt(fields),
            "opted_out": opted_out,
            "purposes": self.answers(record),
        }
        return JSONResponse(told, headers=_HEADERS)


def _grants(record: ConsentRecord) -> bool:
    """Whether there is a yes in a record."""
    return any(choice.granted for choice in record.choices)


def _has_opted_out(fields: Mapping[bytes, list[bytes]]) -> bool:
    """Whether a request carries the no to everything, whatever is written in it."""
    pairs = parse_cookies(fields.get(b"cookie", []))
    return not isinstance(pairs, Invalid) and any(name == OPT_OUT.encode() for name, _ in pairs)


def _word(purpose: Purpose, choice: Choice | None) -> str:
    """What was chosen. A yes to words that have changed since is no answer any more; a no stays one."""
    if purpose.family == "necessary":
        return "necessary"
    if choice is None or (choice.granted and choice.terms != purpose.terms):
        return "unset"
    return "granted" if choice.granted else "denied"


def _read_choice(value: Any, choosable: Collection[str]) -> Asked:
    """What a body asks for. BadRequest where it is anything else than a choice."""
    if not isinstance(value, dict) or not set(value) <= {"purposes", "notified", "notice"}:
        raise BadRequest(400, "a choice has purposes, notified and notice, and nothing else")
    answers, notified = value.get("purposes"), value.get("notified", False)
    if not isinstance(answers, dict) or not answers or not isinstance(notified, bool):
        raise BadRequest(400, "purposes maps each purpose to true or false")
    if not set(answers) <= set(choosable) or not all(isinstance(answer, bool) for answer in answers.values()):
        raise BadRequest(400, "purposes maps each purpose to true or false")
    return Asked(answers, notified, read_notice(value.get("notice")))


def _is_same_origin(fields: Mapping[bytes, list[bytes]]) -> bool:
    """Whether a write comes from a page of ours, or from no page. Browsers send one or both of these headers."""
    sites, origins = fields.get(b"sec-fetch-site", []), fields.get(b"origin", [])
    if any(site not in _SAME for site in sites) or len(origins) > 1:
        return False
    host = fields[b"host"][0].lower()
    return all(origin.lower() in (b"https://" + host, b"http://" + host) for origin in origins)


def _plain(given: Reply) -> Response:
    return Response(given.body, given.status, {name.decode(): value.decode() for name, value in given.headers})
