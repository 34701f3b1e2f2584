"""Answer `/privacy` and all below it: what is known of this browser, and forms that ask first and act then.

    GET   /privacy                     everything at a glance
    GET   /privacy/<act>               are you sure? (withdraw, object, export, erase)
    POST  /privacy/<act>               do it
    GET   /privacy/receipts/<id>       the signed receipt of a choice
    GET   /privacy/r/<token>           how a request stands
    GET   /privacy/r/<token>/receipt   the signed receipt of a request
    POST  /privacy/r/<token>           the copy that was asked for, for the browser that asked

Whatever else fails, a no stands: who objects gets the cookie that refuses everything also where nobody can be told.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.opt_out import COOKIE as OPT_OUT
from gateway.consent.opt_out import VALUE
from gateway.consent.receipt import COOKIE as CONSENT
from gateway.consent.receipt import ConsentRecord
from gateway.consent.visitor import COOKIE as VISITOR
from gateway.days import SECONDS_A_DAY
from gateway.dsr.consent_record import Notice, receipt_of
from gateway.dsr.desk import PERSON
from gateway.dsr.packages import packed
from gateway.dsr.problems import Problem
from gateway.dsr.request import State, Type
from gateway.errors import LogUnavailable, StoreUnavailable
from gateway.keys import Subjects
from gateway.web import own_cookies
from gateway.web.collect import read_body
from gateway.web.consent import ConsentDesk
from gateway.web.privacy.asking import Asker, Asking, TooMany
from gateway.web.privacy.forms import Forms, is_our_page, request_id, token_in
from gateway.web.privacy.rendering import Renderer, download, onward
from gateway.web.privacy.speech import Speech, preferred
from gateway.web.privacy.view import Facing, Told, Viewer, chosen_on, date_of
from gateway.web.recording import Turn

PATH = "/privacy"
NOTICE = "privacy"  # what the page is called in a consent record
ACTS = ("withdraw", "object", "export", "erase")
_TYPES = {"object": Type.OBJECTION, "export": Type.ACCESS, "erase": Type.ERASURE}
_OPTED_OUT_SECONDS = 400 * SECONDS_A_DAY  # the longest that browsers keep a cookie
_RETRY = {"retry-after": "60"}
_AWAY = (StoreUnavailable, LogUnavailable)


class Visit(NamedTuple):
    """Who comes, as far as that can be known: the record of the browser and the value of its cookie, the language, the
    host. `subject` is empty without a record."""

    record: ConsentRecord | None
    cookie: str
    subject: str
    speech: Speech
    host: str
    site: str

    @property
    def bound(self) -> tuple[str, ...]:
        """What a form of this visit is worth something with."""
        return self.site, self.cookie

    def path(self, rest: str = "") -> str:
        """A page of ours in the same language."""
        return f"{PATH}{rest}{'&' if '?' in rest else '?'}lang={self.speech.code}"


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """The pages under one policy. `facing` tells the facts of a request, `receipt_seed` is the key (32 bytes) that
    receipts are signed with, `turn` is taken for each request that is made (`gateway.web.recording`)."""

    consent: ConsentDesk
    viewer: Viewer
    asking: Asking
    forms: Forms
    facing: Facing
    subjects: Subjects
    receipt_seed: bytes
    renderer: Renderer
    now: Callable[[], float]
    turn: Turn

    def routes(self) -> list[Route]:
        """All of them."""
        acts = [
            route
            for act in ACTS
            for route in (
                Route(f"{PATH}/{act}", self._confirming(act), methods=["GET"]),
                Route(f"{PATH}/{act}", self._acting(act), methods=["POST"]),
            )
        ]
        return [
            Route(PATH, self._overview, methods=["GET"]),
            Route(f"{PATH}/", self._elsewhere, methods=["GET"]),
            Route(f"{PATH}/style.css", self._style, methods=["GET"]),
            *acts,
            Route(f"{PATH}/receipts/{{id}}", self._receipt, methods=["GET"]),
            Route(f"{PATH}/r/{{token}}", self._status, methods=["GET"]),
            Route(f"{PATH}/r/{{token}}", self._package, methods=["POST"]),
            Route(f"{PATH}/r/{{token}}/receipt", self._request_receipt, methods=["GET"]),
        ]

    # ------------------------------------------------------------------ looking

    async def _overview(self, request: Request) -> Response:
        visit = self._visit(request)
        told, answers = self.viewer.told(self._facts(request)), self.consent.answers(visit.record)
        kept, away = None, False
        if visit.subject:
            try:
                kept = await self.viewer.kept(visit.subject)
            except StoreUnavailable:
                away = True
        return self._page(
            "overview.html",
            visit,
            503 if away else 200,
            told=told,
            answers=answers,
            chosen=chosen_on(visit.record),
            kept=kept,
            away=away,
            acts=ACTS if visit.record else ("object",),
            done=_done(request.query_params.get("done", ""), told, answers),
            date_of=date_of,
        )

    async def _elsewhere(self, request: Request) -> Response:
        return onward(PATH)

    async def _style(self, request: Request) -> Response:
        return self.renderer.style()

    async def _receipt(self, request: Request) -> Response:
        visit = self._visit(request)
        try:
            record = await self.viewer.log.one(visit.subject, request.path_params["id"]) if visit.subject else None
        except StoreUnavailable:
            return self._wrong(visit, "wrong_busy", 503)
        if record is None:
            return self._wrong(visit, "wrong_gone", 404)
        name = f"consent-{record['event']['event_time'][:10]}.jws"
        return download(receipt_of(record, self.receipt_seed), name, "application/jose")

    async def _status(self, request: Request) -> Response:
        visit = self._visit(request)
        token = request.path_params["token"]
        try:
            found = await self.asking.find(token)
            if found is None:
                return self._wrong(visit, "wrong_gone", 404)
            link, asked = found
            has_package = link.is_of(visit.subject) and await self.asking.requests.package(asked.id) is not None
            receipt = await self.asking.requests.receipt(asked.id)
        except StoreUnavailable:
            return self._wrong(visit, "wrong_busy", 503)
        form = self.forms.token(f"package/{token}", visit.bound, self.now()) if has_package else ""
        return self._page(
            "status.html",
            visit,
            asked=asked,
            link=token,
            form=form,
            has_receipt=receipt is not None,
            going_on=asked.state in (State.QUEUED, State.RUNNING, State.RECEIVED),
            label=self._label,
            date_of=date_of,
        )

    async def _request_receipt(self, request: Request) -> Response:
        visit = self._visit(request)
        try:
            found = await self.asking.find(request.path_params["token"])
            receipt = await self.asking.requests.receipt(found[1].id) if found else None
        except StoreUnavailable:
            return self._wrong(visit, "wrong_busy", 503)
        if found is None or receipt is None:
            return self._wrong(visit, "wrong_gone", 404)
        return download(receipt, f"request-{found[1].reference}.jws", "application/jose")

    # ------------------------------------------------------------------ acting

    def _confirming(self, act: str) -> Any:
        async def confirm(request: Request) -> Response:
            visit = self._visit(request)
            if visit.record is None and act != "object":
                return onward(visit.path())
            return self._page("confirm.html", visit, act=act, form=self.forms.token(act, visit.bound, self.now()))

        return confirm

    def _acting(self, act: str) -> Any:
        async def perform(request: Request) -> Response:
            visit = self._visit(request)
            token = await self._form(request, visit, act)
            if not token:
                return self._wrong(visit, "wrong_text", 403)
            try:
                response = await self._act(request, visit, act, token)
            except TooMany:
                response = self._wrong(visit, "wrong_many", 429)
            except _AWAY:
                response = self._wrong(visit, "wrong_busy", 503)
            except Problem:
                response = self._wrong(visit, "wrong_text", 403)
            if act == "object":
                _set(response, own_cookies.line(OPT_OUT, VALUE, _OPTED_OUT_SECONDS))
            return response

        return perform

    async def _act(self, request: Request, visit: Visit, act: str, token: str) -> Response:
        """Do what was confirmed. StoreUnavailable, LogUnavailable, TooMany and Problem where it was not done."""
        record = visit.record
        if record is None:
            return onward(visit.path("?done=object") if act == "object" else visit.path())
        if act == "withdraw":
            return _set(onward(visit.path("?done=withdraw")), *await self._take_back(request, visit, record))
        asker = Asker(visit.subject, visit.cookie, self._facts(request).regions)
        if act != "export":
            await self.consent.refuse_all(record)  # at once, whatever becomes of the rest
        if self.turn(request.scope["fields"], _peer(request), visit.site, self.now()):
            raise StoreUnavailable("too many requests come from there")
        link = await self.asking.ask(_TYPES[act], asker, request_id(token))
        response = onward(visit.path(f"/r/{link}"))
        if act == "object":
            return _set(response, *await self._take_back(request, visit, record))
        if act == "erase":
            gone = [own_cookies.line(name, "", 0) for name in (CONSENT, VISITOR)]
            return _set(response, *gone, own_cookies.line(OPT_OUT, VALUE, _OPTED_OUT_SECONDS))
        return response

    async def _take_back(self, request: Request, visit: Visit, record: ConsentRecord) -> list[str]:
        notice = Notice(NOTICE, visit.speech.fingerprint, visit.speech.code)
        return await self.consent.take_back(request, record, notice)

    async def _package(self, request: Request) -> Response:
        visit, token = self._visit(request), request.path_params["token"]
        if not await self._form(request, visit, f"package/{token}"):
            return self._wrong(visit, "wrong_text", 403)
        try:
            found = await self.asking.find(token)
            ours = found is not None and found[0].is_of(visit.subject)
            text = await self.asking.requests.hand_out(found[1].id, PERSON) if found and ours else None
        except _AWAY:
            return self._wrong(visit, "wrong_busy", 503)
        if text is None:
            return self._wrong(visit, "wrong_gone", 404)
        return download(packed(text), "my-data.zip", "application/zip")

    # ------------------------------------------------------------------ what all of them need

    def _visit(self, request: Request) -> Visit:
        fields: Mapping[bytes, list[bytes]] = request.scope["fields"]
        record = self.consent.known(request)
        code = preferred(request.query_params.get("lang", ""), fields.get(b"accept-language", []))
        host = fields[b"host"][0].decode("latin-1").lower().partition(":")[0]
        cookie = self.consent.cookie(request) if record else ""
        subject = self.subjects.digest(record.reference) if record else ""
        return Visit(record, cookie, subject, self.renderer.speeches[code], host, request.scope["site"])

    def _facts(self, request: Request) -> Any:
        return self.facing(request.scope["fields"], _peer(request), request.scope["site"], self.now())

    async def _form(self, request: Request, visit: Visit, act: str) -> str:
        """The token of the form that was sent; empty where it is not one of ours for this act and this browser."""
        fields: Mapping[bytes, list[bytes]] = request.scope["fields"]
        token = token_in(fields, await read_body(request.receive) or b"")
        return token if is_our_page(fields) and self.forms.holds(token, act, visit.bound, self.now()) else ""

    def _page(self, template: str, visit: Visit, status: int = 200, **values: Any) -> Response:
        return self.renderer.page(template, visit.speech, status, visit=visit, **values)

    def _wrong(self, visit: Visit, why: str, status: int) -> Response:
        response = self._page("wrong.html", visit, status, why=why)
        response.headers.update(_RETRY if status == 503 else {})
        return response

    def _label(self, target: str) -> str:
        """Who is meant by the target of a task."""
        name = target.partition(":")[2]
        return self.viewer.destinations.get(name, name)


def _done(act: str, told: Told, answers: Iterable[Mapping[str, str]]) -> str:
    """The text that says what an act has led to: as it is now, whatever the address of the page says."""
    if act == "object":
        return "done_object" if told.opted_out else "not_kept"
    yes = any(each["choice"] == "granted" for each in answers)
    return "done_withdraw" if act == "withdraw" and not yes else ""


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _set(response: Response, *lines: str) -> Response:
    """The response, which also sets cookies."""
    for line in lines:
        response.headers.append("set-cookie", line)
    return response
