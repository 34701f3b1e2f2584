"""Take requests of persons and what is done to them over HTTP, and hand them to the desk."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from starlette.responses import Response

from gateway.dsr import acts
from gateway.dsr.books import Books
from gateway.dsr.desk import Desk, Draft, Sought, Witness
from gateway.dsr.request import Denial, Request, Scope, TaskState, Type, Verification
from gateway.dsr.verification import Codes, address_of
from gateway.web.dsr import answers, bodies
from gateway.web.dsr.answers import BASE, told
from gateway.web.dsr.cursor import Cursors
from gateway.web.dsr.endpoint import Act, said
from gateway.web.dsr.operation import Call
from gateway.web.dsr.operations import ATTEST
from gateway.web.dsr.problems import HEADERS, Refused
from gateway.web.dsr.scalars import shown
from gateway.web.dsr.waiting import Waiting

EMAIL_CODE, COOKIE = "email_otp", "cookie"
OF_A_COOKIE = "visitor_id"


class Taking(NamedTuple):
    """What requests are taken with. `may_call` tells whether a callback leads to a host on the list, `destinations` are
    the names of those that are connected, `clock` is POSIX seconds."""

    desk: Desk
    books: Books
    codes: Codes
    evidence: Witness
    cursors: Cursors
    waiting: Waiting
    may_call: Callable[[str], bool]
    clock: Callable[[], float]
    destinations: Callable[[], Collection[str]]


class Requests:
    """The acts."""

    def __init__(self, taking: Taking) -> None:
        self._desk = taking.desk
        self._taking = taking

    def acts(self) -> Mapping[str, Act]:
        """All of them, by the names of their operations."""
        return {
            "submit": self._submit,
            "browse": self._browse,
            "preview": self._preview,
            "show": self._show,
            "tasks": self._tasks,
            "events": self._events,
            "receipt": self._receipt,
            "verify": self._verify,
            "complete": self._complete,
            "cancel": self._cancel,
            "extend": self._extend,
            "deny": self._deny,
            "retry": self._retry,
            "appeal": self._appeal,
            "decide": self._decide,
        }

    async def _submit(self, call: Call) -> Response:
        body: bodies.Submission = call.body
        for place, url in enumerate(body.status_callback_urls):
            if not self._taking.may_call(url):
                raise Refused("callback-not-allowed", [{"pointer": f"/status_callback_urls/{place}", "code": "host"}])
        draft = _draft(body, call)
        _connected(draft.scope, self._taking.destinations())
        request, fresh = await self._desk.submit(draft, call.by)
        return said(told(request), 201 if fresh else 200, {"location": f"{BASE}/{request.id}"})

    async def _browse(self, call: Call) -> Response:
        asked: bodies.Browsing = call.query
        sought = Sought(asked.state, asked.type, asked.due_before, asked.reference)
        named = "/".join("" if each is None else str(each) for each in sought)
        after = self._taking.cursors.open(asked.cursor, named)
        found = await self._desk.browse(after, asked.limit + 1, sought)
        page, more = found[: asked.limit], len(found) > asked.limit
        cursor = self._taking.cursors.seal(page[-1].id, named) if more else None
        given = {
            "state": asked.state, "type": asked.type, "reference": asked.reference, "limit": str(asked.limit),
            "due_before": shown(asked.due_before) if asked.due_before is not None else None, "cursor": cursor,
        }  # fmt: skip
        query = "&".join(f"{name}={value}" for name, value in given.items() if value)
        headers = {"link": f'<{BASE}?{query}>; rel="next"'} if more else {}
        return said(answers.RequestList(items=[told(each) for each in page], next_cursor=cursor), 200, headers)

    async def _preview(self, call: Call) -> Response:
        identities = [each.identity() for each in call.body.subject_identities]
        return said(answers.preview(await self._desk.preview(identities, call.by)))

    async def _show(self, call: Call) -> Response:
        async def look() -> answers.RequestTold:
            return told(await self._desk.show(call.spots["id"]))

        return await self._taking.waiting.answer(look, call.headers)

    async def _tasks(self, call: Call) -> Response:
        return said(answers.TaskList(items=answers.tasks(await self._desk.show(call.spots["id"]))))

    async def _events(self, call: Call) -> Response:
        return said(answers.events(await self._desk.show(call.spots["id"])))

    async def _receipt(self, call: Call) -> Response:
        receipt = await self._desk.receipt(call.spots["id"])
        if receipt is None:
            raise Refused("receipt-not-ready")
        return Response(receipt, 200, HEADERS, "application/jose")

    async def _verify(self, call: Call) -> Response:
        body: bodies.Proof = call.body
        id = call.spots["id"]
        if body.method == EMAIL_CODE and body.code is None:
            return await self._send_code(id, call.by)
        how = Verification(body.method, body.assurance, call.by, body.evidence_ref or "")
        acts.verified(await self._desk.show(id), how, int(self._taking.clock()))
        if body.method == EMAIL_CODE:
            await self._taking.codes.check(id, body.code or "")
        else:
            _attests(call)
        return said(told(await self._desk.verify(id, how)))

    async def _send_code(self, id: str, by: str) -> Response:
        request = await self._desk.show(id)
        acts.verified(request, Verification(EMAIL_CODE), int(self._taking.clock()))
        held = await self._taking.books.held(id)
        address = address_of(held.identities) if held else ""
        if not address:
            raise Refused("verification-failed", [{"pointer": "/method", "code": "no_address"}])
        await self._taking.evidence.require("dsr.code_sent", request=id, by=by)
        await self._taking.codes.send(id, address)
        return said(told(request), 202)

    async def _complete(self, call: Call) -> Response:
        body: bodies.Completion = call.body
        state = TaskState(body.state)
        id, target = call.spots["id"], call.spots["target"]
        return _taken(await self._desk.complete_manual(id, target, body.note, call.by, state))

    async def _cancel(self, call: Call) -> Response:
        return _taken(await self._desk.cancel(call.spots["id"], call.by))

    async def _extend(self, call: Call) -> Response:
        return _taken(await self._desk.extend(call.spots["id"], call.body.reason, call.by))

    async def _deny(self, call: Call) -> Response:
        denial = Denial(call.body.reason, call.body.text, call.by, 0)
        return _taken(await self._desk.deny(call.spots["id"], denial))

    async def _retry(self, call: Call) -> Response:
        return _taken(await self._desk.retry(call.spots["id"], call.by, call.body.target or ""))

    async def _appeal(self, call: Call) -> Response:
        request = await self._desk.appeal(call.spots["id"], call.by)
        return said(told(request), 201, {"location": f"{BASE}/{request.id}"})

    async def _decide(self, call: Call) -> Response:
        id, appeal = call.spots["id"], call.spots["appeal"]
        return said(told(await self._desk.decide_appeal(id, appeal, call.body.upheld, call.by)))


def _draft(body: bodies.Submission, call: Call) -> Draft:
    destinations = () if body.scope.destinations == "all" else tuple(body.scope.destinations)
    return Draft(
        subject_request_id=body.subject_request_id,
        type=body.subject_request_type,
        identities=tuple(each.identity() for each in body.subject_identities),
        regulation=body.regulation,
        scope=Scope(destinations, body.scope.keep_suppressed),
        verification=_shown(body, call),
        callbacks=tuple(body.status_callback_urls),
    )


def _connected(scope: Scope, connected: Collection[str]) -> None:
    """Refused where a request is limited to what nobody knows: it would end without the one that was meant."""
    for place, name in enumerate(scope.destinations):
        if name not in connected:
            raise Refused("unknown-destination", [{"pointer": f"/scope/destinations/{place}", "code": "unknown"}])


def _shown(body: bodies.Submission, call: Call) -> Verification:
    given, kinds = body.verification, {each.identity_type for each in body.subject_identities}
    if body.subject_request_type is Type.OPT_IN and OF_A_COOKIE not in kinds:
        raise Refused("unsupported-identity", [{"pointer": "/subject_identities", "code": "no_consent_record"}])
    if given is None:
        return Verification()
    if given.method != COOKIE:
        _attests(call)
    elif kinds != {OF_A_COOKIE}:
        raise Refused("verification-failed", [{"pointer": "/verification", "code": "not_by_this_cookie"}])
    return Verification(given.method, given.assurance, call.by, given.evidence_ref or "")


def _attests(call: Call) -> None:
    if ATTEST not in call.scopes:
        raise Refused("insufficient-scope", [{"pointer": "/verification", "code": ATTEST}])


def _taken(request: Request) -> Response:
    return said(told(request), 202)
