"""The API of rights over a real desk, asked as a key with some scopes would."""

import asyncio
import json
import os
import re
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.routing import Router

from gateway.dsr.consent_log import ConsentLog
from gateway.dsr.identities import Record
from gateway.dsr.packages import Packages, Shelf
from gateway.dsr.verification import Codes
from gateway.dsr.webhooks import Hooks
from gateway.web.dsr.consent_records import ConsentRecords
from gateway.web.dsr.cursor import Cursors
from gateway.web.dsr.endpoint import Front
from gateway.web.dsr.erasures import Erasures
from gateway.web.dsr.handing_out import HandingOut
from gateway.web.dsr.mount import mounted
from gateway.web.dsr.operations import SCOPES
from gateway.web.dsr.repeats import Repeats
from gateway.web.dsr.requests import Requests, Taking
from gateway.web.dsr.suppressions import Suppressing, Suppressions
from gateway.web.dsr.waiting import Waiting
from gateway.web.rates import Rates
from tests.dsr.answering import BY, KEY, NOW, PURPOSES, SUBJECTS, house

BASE = "/v1/dsr/requests"
JANE = "jane@shop.example"
EMAIL = {"identity_type": "email", "identity_value": JANE}
COOKIE = {"identity_type": "visitor_id", "identity_value": "cookie-1"}
ATTESTED = {"method": "attested", "assurance": "substantial", "evidence_ref": "crm-991"}
OTHER_KEY = "ZbCdEf123_-x"


class Answer:
    """Status, headers by lower-case name, and body of an answer."""

    def __init__(self, sent):
        self.status = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def slug(self):
        """What kind of problem it is; every other answer has none."""
        return self.json["type"].rpartition(":")[2] if "problem" in self.headers.get("content-type", "") else ""


class Desk:
    """The API of a house."""

    def __init__(self, house, per_minute=10**6, rootless=False):
        self.house, self.faults, self.codes_sent, self.stopping = house, [], [], False
        self.takes_codes = True
        if rootless:  # a process that may not hold the root key, and so cannot tell whom an identity names
            house.desk = type(house.desk)(replace(house.desk._office, reader=None))
        self.steady = 0.0
        self.codes = Codes(house.store, KEY, self._courier, house.clock, os.urandom)
        self.packages = Packages(house.store, Shelf(house.desk.package, house.desk.shred), house.clock, os.urandom)
        self.repeats = Repeats(house.store, KEY, house.clock)
        hooks = Hooks("whsec_x", frozenset({"ctl.example"}))
        self.waiting = Waiting(lambda: self.stopping)
        taking = Taking(
            house.desk, house.books, self.codes, house.evidence, Cursors([KEY], os.urandom),
            self.waiting, hooks.may_call, house.clock, lambda: ("meta", "crm"),
        )  # fmt: skip
        suppressing = Suppressing(
            house.store, house.desk._office.reader, house.salts, house.evidence, lambda: PURPOSES, house.landed,
            house.clock,
        )  # fmt: skip
        parts = (
            Requests(taking),
            HandingOut(house.desk, self.packages, house.evidence),
            Suppressions(suppressing),
            Erasures(house.journal.read, self._replay),
            ConsentRecords(ConsentLog(house.store, SUBJECTS, house.salts.salt, uuid.uuid4), house.evidence),
        )
        front = Front(Rates(per_minute, lambda: self.steady), self.repeats, self.faults.append)
        self.app = Router(mounted(parts, front, "1"), redirect_slashes=False)

    async def ask(self, method, path, body=None, *, by=BY, scopes=tuple(SCOPES), raw=None, **headers):
        """One request. `raw` is a body that is sent as it is."""
        sent, chunks = [], iter([raw if raw is not None else b"" if body is None else json.dumps(body).encode()])
        if body is not None or raw is not None:
            headers.setdefault("content_type", "application/json")
        target, _, query = path.partition("?")
        scope = {
            "type": "http", "method": method, "path": target, "raw_path": target.encode(), "root_path": "",
            "query_string": query.encode(), "actor": by, "granted": frozenset(scopes),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": next(chunks, b""), "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        return Answer(sent)

    async def submit(self, type="erasure", *identities, **other):
        """Hand in a request of a fresh id; where it is."""
        answer = await self.ask("POST", BASE, submission(type, *identities, **other))
        assert answer.status == 201, answer.body
        return answer.headers["location"]

    async def _courier(self, message):
        self.codes_sent.append(message)
        return self.takes_codes

    async def _replay(self):
        return len(self.house.journal.read().entries)


def submission(type="erasure", *identities, **other):
    return {
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": type,
        "subject_identities": list(identities) or [EMAIL],
        **other,
    }


@asynccontextmanager
async def desk(directory, **other):
    async with house(directory) as made:
        made.records["cookie-1"] = Record("record-1", NOW - 100, ("ads",))
        yield Desk(made, **other)


def at_the_desk(directory, use, **other):
    """Run `use(desk)` in a loop of its own; there must be no fault."""

    async def run():
        async with desk(directory, **other) as made:
            found = await use(made)
            assert made.faults == made.house.faults == []
            return found

    return asyncio.run(run())


def leaves(directory):
    """Every act that the evidence of a house tells of."""
    text = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    return set(re.findall(rb'"act":"([a-z_.]+)"', text))
