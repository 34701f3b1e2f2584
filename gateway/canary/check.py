"""The check from end to end: controls, refused hits, permitted hits, a search of everything, a verdict."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gateway.canary.allowed import Permit, allows
from gateway.canary.artefacts import Find, Search
from gateway.canary.controls import planted
from gateway.canary.deployment import DATA, LOG, Caught, Deployment
from gateway.canary.marks import Mark
from gateway.canary.requests import Request
from gateway.canary.search import Index
from gateway.canary.sending import Sending, Sent, Told
from gateway.canary.verdict import Report, Tally, leaks_of
from gateway.canary.visitors import Desk, Visitor, agreeing, refusing

PAGES = ("/metrics", "/readyz", "/livez")
_AGREED = "agreed"
_SAID = ("answer to ", "name of ")
_STEP_SECONDS = 0.2


@dataclass
class _Check:
    deployment: Deployment
    told: Told
    report: Report = field(default_factory=Report)
    # Whose requests a place holds, where it holds those of some destinations alone.
    only: dict[str, Sequence[str]] = field(default_factory=dict)

    def run(self) -> Report:
        """Do all of it. What was begun at the deployment is ended whatever happens."""
        self._prove()
        if self.report.doubts:
            return self.report
        desk = Desk(self.deployment.public, self.deployment.host, self.deployment.edge or {})
        sending = Sending(self.deployment, self.told)
        try:
            self._send(desk, sending)
            search = self._search(desk, sending)
        except OSError as error:
            self.report.doubts.append(f"the deployment does not answer: {error.strerror or type(error).__name__}")
            return self.report
        finally:
            self._leave(desk)
        for name, reply in desk.replies:
            search.look(f"answer to {name}", reply.text)
        self._tally(search, "answers about choices", self.deployment.host)
        self._prove_store(desk)
        self._judge(search, sending)
        return self.report

    def _prove(self) -> None:
        self.told("controls")
        try:
            self.report.controls = planted(self.deployment.day)
        except OSError as error:
            self.report.doubts.append(f"no leak could be planted to prove the search: {error.strerror}")
        blind = [control.name for control in self.report.controls if not control.found]
        if blind:
            self.report.doubts.append(f"the search is blind to: {', '.join(blind)}")

    def _send(self, desk: Desk, sending: Sending) -> None:
        purposes = desk.purposes()
        visitors = refusing(desk, purposes)
        sending.refused(visitors)
        agreed = agreeing(desk, purposes) if self.deployment.permitted and self._knows_policy() else None
        if agreed:
            sending.permitted(agreed)
            self._await(sending)
        self.report.visitors = [visitor.name for visitor in visitors] + ([agreed.name] if agreed else [])
        self._doubt_answers(visitors, sending)
        self._doubt_refusals(visitors, sending)

    def _knows_policy(self) -> bool:
        """Whether somebody can say what is permitted; else what a permitted hit leaves would look like a leak."""
        known = self.deployment.ask({}) is not None
        if not known:
            self.report.doubts.append("nobody can say what the policy permits: name --config or --admin")
        return known

    def _doubt_refusals(self, visitors: Sequence[Visitor], sending: Sending) -> None:
        """Where the policy needs no consent, some of those who say no are not refused everything."""
        hits = sending.hits.values()
        for visitor in visitors:
            own = [permit.destination for sent in hits if sent.visitor == visitor.name for permit in sent.permitted]
            if own:
                self.report.exempt.append(f"{visitor.name}: the policy permits {', '.join(sorted(set(own)))}")
        if not any(sent.good and not sent.permitted and sent.visitor != _AGREED for sent in hits):
            self.report.doubts.append("no hit that was taken is refused by the policy as a whole")

    def _doubt_answers(self, visitors: Sequence[Visitor], sending: Sending) -> None:
        """Hits that nobody took prove nothing."""
        for visitor in visitors:
            own = [sent for sent in sending.hits.values() if sent.visitor == visitor.name]
            if not any(sent.good for sent in own):
                statuses = sorted({str(sent.reply.status) for sent in own})
                self.report.doubts.append(f"no hit was taken ({visitor.name}): answered {', '.join(statuses)}")
        silent = [sent.name for sent in sending.hits.values() if _is_silent(sent.reply.status)]
        if silent:
            self.report.doubts.append(f"{len(silent)} requests got no answer or an error of the server: {silent[0]}")

    def _await(self, sending: Sending) -> None:
        """Wait until each permitted event has arrived, or as long as was agreed."""
        if not self.deployment.captures:
            time.sleep(min(1.0, self.deployment.wait))
            return
        self.told("waiting for what is delivered")
        captures = self.deployment.captures
        due = [name for name, sent in sending.hits.items() if _is_due(sent) and _is_awaited(sent, captures)]
        ids = [mark.value.encode() for mark in sending.marks if mark.kind == "event.id" and mark.hit in due]
        deadline = time.monotonic() + self.deployment.wait
        while time.monotonic() < deadline:
            arrived = b"\n".join(request for each in self.deployment.captures for request in each.capture.requests)
            if ids and all(each in arrived for each in ids):
                return
            time.sleep(_STEP_SECONDS)

    def _search(self, desk: Desk, sending: Sending) -> Search:
        self.told("search")
        search = Search(Index(sending.marks))
        self.report.marks, self.report.forms = search.index.marks, search.index.forms
        for name, sent in sending.hits.items():
            search.look(f"answer to {name}", sent.reply.text)
        self._tally(search, "answers", self.deployment.host)
        for caught in self.deployment.captures:
            capture = f"capture {caught.capture.place}"
            self.only[capture] = caught.destinations
            for request in caught.capture.requests:
                search.look(capture, request)
            self._tally(search, "delivered", caught.capture.place)
            if caught.capture.lost:
                self.report.doubts.append(f"{caught.capture.lost} requests did not fit into the capture, or not whole")
        for place in self.deployment.places:
            if place.may_be_missing and not place.path.exists():
                continue
            self.told(f"search: {place.path}")
            search.look_into(place.path)
            self._tally(search, place.what, str(place.path))
        self._pages(search)
        self.report.unsearched = search.unsearched
        return search

    def _pages(self, search: Search) -> None:
        admin = self.deployment.admin
        if admin is None:
            return
        for page in PAGES:
            with suppress(OSError):
                reply = admin.send(Request(page, "GET", page, {}), {"Host": f"{admin.host}:{admin.port}"})
                if reply.status in (200, 503):
                    search.look(page, reply.text)
                    self._tally(search, "page", page)
                    continue
            self.report.doubts.append(f"{page} of the admin listener cannot be read")

    def _tally(self, search: Search, what: str, place: str) -> None:
        """What was looked at since the last time."""
        items = sum(tally.items for tally in self.report.searched)
        size = sum(tally.bytes for tally in self.report.searched)
        self.report.searched.append(Tally(what, place, search.looked - items, search.size - size))

    def _leave(self, desk: Desk) -> None:
        left = False
        with suppress(OSError):
            left = desk.leave()
        if not left:
            self.report.doubts.append("a choice that was made for this check could not be taken back")

    def _prove_store(self, desk: Desk) -> None:
        """The withdrawals that were just made are in the data directory, or it is another deployment's."""
        stores = [place.path for place in self.deployment.places if place.what == DATA]
        subject = self.deployment.subject
        if not (stores and subject and desk.records):
            return
        search = Search(Index(Mark("withdrawal", "subject", subject(record)) for record in desk.records))
        for store in stores:
            search.look_into(store)
        if search.finds:
            self.report.live.append("what this check withdrew is in the data directory")
        else:
            self.report.doubts.append("what this check withdrew is not in the data directory: is it this deployment's?")

    def _judge(self, search: Search, sending: Sending) -> None:
        finds = list(search.finds)
        allowed = {find: self._is_allowed(find, sending.hits[find.mark.hit]) for find in finds}
        self.report.leaks = leaks_of(finds, allowed)
        self.report.sent, self.report.hits = self.deployment.public.sent, len(sending.hits)
        self.report.permitted = sorted({
            f"{find.mark.kind} in {find.place}" for find, fine in allowed.items() if fine
        })  # fmt: skip
        self._doubt_life(allowed, sending)
        if self.report.unsearched:
            self.report.doubts.append("not everything could be searched")
        self.report.not_given = list(self._not_given())
        if len(self.report.searched) == 1:
            self.report.doubts.append("nothing but the answers was searched: name a data directory, a log or a capture")

    def _is_allowed(self, find: Find, sent: Sent) -> bool:
        only = self.only.get(find.place)
        permitted: list[Permit] = [each for each in sent.permitted if not only or each.destination in only]
        return self._may_hold(find.place) and allows(find.mark.kind, find.form, permitted)

    def _may_hold(self, place: str) -> bool:
        """Whether what is permitted may be there: in a capture, or in a file that is kept for it."""
        if place.startswith(_SAID) or place in PAGES:
            return False
        return place in self.only or self.deployment.may_hold(Path(place))

    def _doubt_life(self, allowed: dict[Find, bool], sending: Sending) -> None:
        """What the policy lets through must have come through, or nothing was running where we looked."""
        captures = self.deployment.captures
        due = {name for name, sent in sending.hits.items() if _is_due(sent)}
        came = {find.mark.hit for find, fine in allowed.items() if fine and find.mark.hit in due}
        looked = {name for name in due if not captures or name in came or _is_awaited(sending.hits[name], captures)}
        if not due:
            self.report.doubts.append(
                "no permitted hit was sent and taken, so nothing shows that we looked where hits go"
            )
        elif came:
            self.report.live.append(f"{len(came)} of {len(looked)} permitted hits found where they may be")
        elif captures or not self.report.live:  # where events wait they are sealed, and a withdrawal shows the place
            self.report.doubts.append(f"{len(due)} permitted hits were taken, and none was found in what was searched")
        for caught in captures:
            if not caught.capture.requests and any(_is_awaited(sending.hits[name], [caught]) for name in due):
                self.report.doubts.append(f"nothing arrived at {caught.capture.place}")

    def _not_given(self) -> Iterator[str]:
        kinds = {place.what for place in self.deployment.places}
        if DATA not in kinds:
            yield "the data directory"
        if LOG not in kinds:
            yield "the log (of the gateway, and of the proxies before it)"
        if not self.deployment.captures:
            yield "what is delivered"
        yield from (f"hits of {source}" for source in self.deployment.unwritten)
        if self.deployment.admin is None:
            yield "the pages of the admin listener"


def check(deployment: Deployment, told: Told) -> Report:
    """Check a deployment; `told` hears how far it is."""
    return _Check(deployment, told).run()


def _is_due(sent: Sent) -> bool:
    return sent.visitor == _AGREED and sent.good and sent.marked and bool(sent.permitted)


def _is_awaited(sent: Sent, captures: Sequence[Caught]) -> bool:
    """Whether one of the captures is due to get a permitted hit."""
    wanted = [each.destinations for each in captures]
    return any(not names or any(permit.destination in names for permit in sent.permitted) for names in wanted)


def _is_silent(status: int) -> bool:
    """Whether a request was not answered, or with an error other than an unknown version or method."""
    return status == 0 or (status >= 500 and status not in (501, 505))
